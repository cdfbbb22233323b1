"""How orders are put together with the rest."""

from gigflow.accounts.hooks import copying, leaving, obstacle_to_leaving
from gigflow.accounts.parts import ends_each
from gigflow.chat.hooks import (
    about_order,
    began,
    has_paid,
    keeps_words,
    may_talk,
    must_talk,
    obstacle_to_blocking,
    things,
)
from gigflow.files.hooks import has_worked, may_read
from gigflow.notifications.hooks import EVENTS, letter_facts
from gigflow.orders import (
    actions,
    admin_api,
    api,
    brief_pages,
    due,
    events,
    hooks,
    letters,
    money_pages,
    pages,
    paying_pages,
    reversals,
    shutting,
    sockets,
    talking,
    waiting,
)
from gigflow.payments.hooks import checkout, paid, reversal, unsent
from gigflow.proof import books, disputes, orders
from gigflow.proof.snapshot import Reading
from gigflow.proof.whole import whole_orders
from gigflow.turn.hooks import waits
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.ended_unpaid, hooks.finished, hooks.order_paid, hooks.work_done),
    takes=(
        *EVENTS.by(events),
        *waits.by(waiting.orders_that_wait),
        *letter_facts.by("order", letters.facts),
        *obstacle_to_leaving.by(actions.orders_under_way),
        *leaving.by(
            ends_each("unpaid orders voided", "order", shutting.unpaid_left, shutting.void_order_of),
            ends_each(
                "paid orders put before an admin", "order", shutting.paid_left, shutting.escalate_order_of
            ),
            ends_each(
                "disputes left to an admin", "order", shutting.disputes_left, shutting.leave_dispute_of
            ),
        ),
        *copying.by(
            ends_each("", "order", shutting.disputes_to_give_back, shutting.give_dispute_back),
        ),
        *may_read.by("order", actions.may_see),
        *has_worked.by(actions.has_worked),
        *may_talk.by(talking.both_sides),
        *about_order.by(talking.about_order),
        *must_talk.by(talking.has_order_under_way),
        *obstacle_to_blocking.by(talking.order_under_way),
        *has_paid.by(talking.share_a_paid_order),
        *keeps_words.by(talking.share_an_order),
        *began.by(talking.orders_begun),
        *things.by("order", talking.things),
        *checkout.by(actions.wait_for_money),
        *paid.by(actions.take_money),
        *reversal.by(reversals.note_reversal),
        *unsent.by(reversals.note_unsent),
    ),
    blueprints=(
        brief_pages.pages,
        pages.pages,
        paying_pages.pages,
        money_pages.pages,
        api.api,
        admin_api.api,
    ),
    watchables=(sockets.WATCHED,),
    writers=("/orders", "/api/orders", "/api/admin"),
    due=(due.run_due,),
    proof=(
        Reading(
            whole_orders,
            (*books.CHECKS, *orders.CHECKS, *disputes.CHECKS),
            "0. What belongs to an order has one",
        ),
    ),
)
