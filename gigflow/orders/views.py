"""What pages show of orders: rows with names, the one sentence that says whose turn it is, and what can be done."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from bson import ObjectId
from flask import Response, url_for
from markupsafe import Markup

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, name_of
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.files import actions as files
from gigflow.files.models import File
from gigflow.orders import actions, delivering, disputes, reading, shutting, statements
from gigflow.orders.briefs import NOTHING
from gigflow.orders.dispute_models import Dispute
from gigflow.orders.models import ANSWER_WITHIN, ORDER, PAID, SIDES, Order, Side, other
from gigflow.orders.progress import asked_changes, steps_of
from gigflow.orders.splits import split_sentence, split_slots
from gigflow.orders.turns import (
    NOTHING_PAID,
    is_turn_of,
    next_sentence,
    next_step,
    silence_sentence,
    slots_of,
)
from gigflow.payments import actions as payments
from gigflow.turn.views import ItemRow
from gigflow.web.forms import Form, VersionedForm
from gigflow.web.htmx import render_question
from gigflow.web.runtime import db, person, runtime
from gigflow.web.templating import exact

Names = dict[Side, str]
NONE: Mapping[ObjectId, ItemRow] = {}

# What the page of each step's question is called.
_TITLES = {
    "deliver": "Deliver",
    "revise": "Request changes",
    "accept": "Accept",
    "cancel": "Cancel",
    "dispute": "Dispute",
    "number": "Propose an amount",
    "statement": "Your statement",
    "decide": "Decide",
    "void": "Cancel",
    "resume": "Resume the order",
    "settle_loss": "Decide about the loss",
    "refund": "Send the refund again",
}


class Turn(msgspec.Struct, frozen=True):
    """Who must do what now (docs/ui.md, Whose turn). `mine` says that it is the reader; `action` is what a
    button says.
    """

    text: str
    mine: bool = False
    url: str | None = None
    action: str | None = None


class Act(msgspec.Struct, frozen=True):
    """Something that the reader can do with an order: what its button says, and where it leads. `asks` if that is a
    question that fits into a dialog.
    """

    word: str
    symbol: str
    url: str
    asks: bool = True


class OrderRow(msgspec.Struct, frozen=True):
    """An order as a list shows it: who is on the other side, and whose turn it is."""

    order: Order
    other_name: str
    other: Person | None
    other_side: Side
    turn: Turn
    review: ItemRow | None = None  # that the reader can write

    @property
    def title(self) -> str:
        """What it is called."""
        return self.order.terms.title


class Handed(msgspec.Struct, frozen=True):
    """What was handed in, a delivery or a statement, with its files."""

    message: str
    files: list[File]
    created_at: datetime


def order_rows(orders: Sequence[Order], reviews: Mapping[ObjectId, ItemRow] = NONE) -> list[OrderRow]:
    """Return these orders of the reader with the names of their other sides: one query. `reviews` are those that they
    can write, by the order.
    """
    people = _people_of(orders)
    rows = []
    for order in orders:
        side = order.side_of(person().user_id)
        names = _names(order, people)
        facing = other(side or "client")
        found = people.get(order.person(facing))
        turn = turn_in(order, names, side)
        rows.append(OrderRow(order, names[facing], found, facing, turn, reviews.get(order.id)))
    return rows


def turns_of_orders(found: dict[ObjectId, Order]) -> dict[ObjectId, Turn]:
    """Return whose turn it is in each of the reader's orders, by the same keys."""
    rows = order_rows(list(found.values()))
    return {key: row.turn for key, row in zip(found, rows, strict=True)}


def turn_in(order: Order, names: Names, side: Side | None) -> Turn:
    """Return whose turn it is in an order, for a person who is on this side of it."""
    acts = acts_of(order, side)
    # A reader of an order who is on neither side is an admin.
    mine = is_turn_of(order, side or "admin", now(), takes_money=runtime().gateway is not None)
    word = acts[0].word if mine and acts else "Open the order"
    return Turn(sentence_of(order, names, side), mine, order.path, word)


def sentence_of(order: Order, names: Names, side: Side | None) -> Markup:
    """Return who must do what by when, with the names as they are and the time in the reader's zone."""
    moment = now()
    step = next_step(order, moment)
    said = Markup(next_sentence(step, side, moment, is_admin=person().is_admin))  # noqa: S704 - our own words
    return said.format(
        by=exact(step.by) if step.by else "",
        **_in_markup(names),
        **slots_of(order, runtime().currency.format),
    )


def split_of(order: Order, names: Names, side: Side | None, amount_minor: int | None) -> Markup:
    """Return what both sides get if this amount of what is held is released, or, without one, the rule."""
    said = Markup(split_sentence(order, amount_minor, side))  # noqa: S704 - our own words
    slots = split_slots(order, amount_minor, runtime().currency.format)
    return said.format(**_in_markup(names), **slots)


def _in_markup(names: Names) -> dict[str, Markup]:
    return {each: Markup("<bdi>{}</bdi>").format(names[each]) for each in SIDES}


def acts_of(order: Order, side: Side | None) -> list[Act]:
    """Return what this side of an order can do with it at the moment; first what the state asks of it."""
    if side is None:
        return _acts_of_admin(order)
    asked = order.cancellation
    answers = [_act("Answer", "handshake", "cancel", order)] if asked and asked.by != side else []
    works = _acts_of_client(order) if side == "client" else _acts_of_freelancer(order)
    return [*answers, *works, *_ways_out(order, side)]


def names_in(order: Order) -> Names:
    """Return who is on each side of an order."""
    return _names(order, _people_of([order]))


def files_of(ids: Sequence[ObjectId]) -> list[File]:
    """Return those of these files that are there, in their order; callers have made sure that the reader may know
    them.
    """
    known = files.files_by_id(db(), ids)
    return [known[each] for each in ids if each in known]


def _attached(order: Order) -> dict[str, Any]:
    """Return the files that belong to what was agreed, by what they came with, in one round trip; those of the brief by
    their ids.
    """
    terms = order.terms
    brief = terms.brief or NOTHING
    found = files.files_by_id(db(), [*terms.file_ids, *terms.message_file_ids, *brief.file_ids])
    return {
        "files": [found[each] for each in terms.file_ids if each in found],
        "message_files": [found[each] for each in terms.message_file_ids if each in found],
        "brief": found,
        "others": [found[each] for each in brief.other_file_ids if each in found],
    }


def order_context(order: Order) -> dict[str, Any]:
    """Return everything that the page of an order shows to its reader: either side, or an admin."""
    side = order.side_of(person().user_id)
    people = _people_of([order])
    names = _names(order, people)
    acts = acts_of(order, side)
    entries = payments.entries_for(db(), order.id)
    paid = payments.payments_for(db(), order.id)
    if side is None and any(each.status == "refund_failed" for each in paid):
        url = url_for("order_money.ask_refund", order_id=order.id)
        acts.append(Act("Send the refund again", "wallet", url))
    return {
        "order": order,
        "side": side,
        "names": names,
        "attached": _attached(order),
        "may_brief": side == "client" and order.status == "pending_payment",
        "present": {each for each in SIDES if _is_present(people.get(order.person(each)))},
        "turn": turn_in(order, names, side),
        "acts": acts,
        "silence": silence_sentence(order.source.type, to_client=side == "client"),
        "steps": steps_of(order),
        "changes": asked_changes(order),
        "deliveries": _deliveries(order),
        "dispute": _dispute_context(order, side),
        "may_read_conversation": reading.may_read_conversation(person(), order),
        "entries": entries,
        "sums": payments.sums_of(order.id, entries),
        "payments": paid,
        "nothing_paid": NOTHING_PAID,
        "payments_off": runtime().gateway is None,
    }


def question(what: str, order_id: str, form: Form) -> Response:
    """Return a step's question; if the order's state has refused the step, how it stands and the way back instead."""
    order = actions.order_for(db(), person(), object_id(order_id))
    names, side = names_in(order), order.side_of(person().user_id)
    context: dict[str, Any] = {
        "answer_hours": ANSWER_WITHIN // timedelta(hours=1),
        "order": order,
        "names": names,
        "side": side,
        "standing": sentence_of(order, names, side),
        "silence": silence_sentence(order.source.type, to_client=side == "client"),
    }
    if what in ("decide", "number"):
        typed = None if form["amount"].errors else form["amount"].data
        context |= {
            "split": split_of(order, names, side, typed),
            "everything": split_of(order, names, side, order.held_minor),
            "nothing": split_of(order, names, side, 0),
        }
    part = "refused" if form.status == 409 and not _asks_again(what, order) else what
    if what == "statement":
        before = statements.statement_of(db(), order, side) if side else None
        context |= {"has_statement": before is not None, "there": files_of(before.file_ids) if before else []}
    if isinstance(form, VersionedForm) and form.status != 400:
        form.show_again(order.version)
    title = f"{_TITLES[what]} · {order.terms.title}"
    return render_question(f"orders/_{part}.html", title, status=form.status, form=form, **context)


def _asks_again(what: str, order: Order) -> bool:
    """Return whether a step that was refused can be taken after all: a delivery keeps its words, as does a decision
    about an order that has not ended or a loss that is not settled; for cancelling, the question is what the order as
    it is now allows.
    """
    if what == "cancel":
        return order.status in (*ORDER["call_off"].sources, *ORDER["ask_to_cancel"].sources)
    if what == "settle_loss":
        return order.doubt_minor > 0
    return what == "deliver" or (what == "decide" and order.status in PAID)


def _acts_of_admin(order: Order) -> list[Act]:
    if order.status in ORDER["void"].sources:
        return [_act("Cancel the order", "circle-x", "void", order)]
    if order.status not in PAID:
        url = url_for("order_money.ask_settle_loss", order_id=order.id)
        return [Act("Decide about the loss", "gavel", url)] if order.doubt_minor else []
    resume = shutting.can_resume(db(), person(), order)
    return [
        _act("Decide", "gavel", "decide", order),
        *([_act("Resume the order", "circle-check", "resume", order)] if resume else []),
    ]


def _acts_of_client(order: Order) -> list[Act]:
    if _cannot_be_paid(order):
        return []
    if order.status == "pending_payment":
        return [Act("Pay", "credit-card", url_for("paying.checkout", order_id=order.id), asks=False)]
    if order.status not in ORDER["accept"].sources:
        return []
    changes = [_act("Request changes", "undo-2", "revise", order)] if order.revisions_left else []
    return [_act("Accept", "check", "accept", order), *changes]


def _cannot_be_paid(order: Order) -> bool:
    return order.status == "pending_payment" and runtime().gateway is None


def _acts_of_freelancer(order: Order) -> list[Act]:
    if order.status not in ORDER["deliver"].sources:
        return []
    return [Act("Deliver", "package-check", url_for("orders.ask_deliver", order_id=order.id), asks=False)]


def _ways_out(order: Order, side: Side) -> list[Act]:
    if order.status == "pending_payment":
        return [_act("Cancel the order", "circle-x", "cancel", order)]
    if order.status == "disputed":
        names_now = next_step(order, now()).who in (side, "both")
        return [_act("Propose an amount", "scale", "number", order)] if names_now else []
    if order.status not in ORDER["dispute"].sources:
        return []
    dispute = _act("Dispute", "scale", "dispute", order)
    if order.cancellation is None:
        may_ask = order.may_repeat("ask_to_cancel", side)
        asks = [_act("Ask to cancel", "circle-x", "cancel", order)] if may_ask else []
        return [*asks, dispute]
    if order.cancellation.by == side:
        return [_act("Withdraw your cancellation request", "undo-2", "cancel", order), dispute]
    return [dispute]


def _act(word: str, symbol: str, what: str, order: Order) -> Act:
    return Act(word, symbol, url_for(f"orders.ask_{what}", order_id=order.id))


def _dispute_context(order: Order, side: Side | None) -> dict[str, Any] | None:
    """Return the newest dispute as this side may see it: the other side's number is in nobody's page."""
    found: Dispute | None = disputes.dispute_of(db(), order) if order.dispute_id else None
    if found is None:
        return None
    moment = now()
    return {
        "by": found.by,
        "reason": found.reason,
        "is_open": found.status == "open",
        "round": found.round_at(found.closed_at or moment),
        "round_ends": found.round_ends(moment),
        "mine": found.offer_of(side, moment) if side else None,
        "named": [each for each in SIDES if found.offer_of(each, moment)],
        "may_state": side is not None and found.status == "open" and order.may_repeat("statement", side),
        "statements": {
            each: Handed(said.text, files_of(said.file_ids), said.at)
            for each, said in found.statements.items()
        },
    }


def _deliveries(order: Order) -> list[Handed]:
    found = delivering.deliveries_of(db(), order)
    known = files.files_by_id(db(), [each for delivery in found for each in delivery.file_ids])
    return [
        Handed(
            delivery.message,
            [known[each] for each in delivery.file_ids if each in known],
            delivery.created_at,
        )
        for delivery in reversed(found)
    ]


def _people_of(orders: Iterable[Order]) -> dict[ObjectId, Person]:
    ids = [order.person(side) for order in orders for side in SIDES]
    return accounts.people(db(), ids) if ids else {}


def _names(order: Order, people: dict[ObjectId, Person]) -> Names:
    return {side: name_of(people.get(order.person(side))) for side in SIDES}


def _is_present(found: Person | None) -> bool:
    return found is not None and found.disabled_at is None
