"""What an order does when the provider gives its money back by itself, or a refund does not arrive (decision 31).

While money is held, the order stops and an admin decides about what is left. After the end it is a loss; the part of it
that is still in the freelancer's balance stays there until an admin has decided who bears it.
"""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.admins import note_act
from gigflow.accounts.models import Admin
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict
from gigflow.core.ids import new_id
from gigflow.core.money import Currency
from gigflow.orders import store
from gigflow.orders.actions import move
from gigflow.orders.deciding import order_of_others
from gigflow.orders.dispute_models import Dispute
from gigflow.orders.events import ORDER_DECIDED, PAYMENT_REVERSED
from gigflow.orders.models import ORDER, PAID, SIDES, WORKED_ON, Actor, Order
from gigflow.orders.shutting import as_seen
from gigflow.orders.telling import tell_judges, tell_side
from gigflow.payments import payouts, refunding
from gigflow.payments.events import MONEY_TO_CHECK
from gigflow.payments.models import Payment
from gigflow.record.models import Subject

Data = dict[str, str | int]

SETTLED = "loss_settled"  # in the record

_REASONS = {
    "refund": "The payment provider refunded {amount} to the client.",
    "chargeback": "The client’s bank took back {amount}.",
}
_TAKEN = {
    "refund": "The payment provider refunded {amount} of the payment for {title}.",
    "chargeback": "The client’s bank took back {amount} of the payment for {title}.",
}
_BACK = "{amount} that had gone back to the client for {title} has come in again."
# The same to the client, if it differs.
_TO_CLIENT = {
    _TAKEN["chargeback"]: "Your bank took back {amount} of the payment for {title}.",
    _BACK: "{amount} that had gone back to you for {title} has come in again.",
}


def note_reversal(tx: Tx, payment: Payment, change_minor: int, kind: str, now: datetime) -> int:
    """Let an order know of money that the provider gave back by itself, or, if it is negative, that came in again.
    Returns how much of it is part of what is held for the order.
    """
    order = store.get_order(tx, payment.order_id)
    assert order is not None, "money that was taken is of an order"
    shown = Currency(payment.currency).format(abs(change_minor))
    if order.status not in PAID:
        _after_the_end(tx, order, change_minor, kind, shown, now)
        return 0
    if change_minor < 0:
        changes = {"refunded_minor": order.refunded_minor + change_minor}
        data: Data = {"amount_minor": -change_minor}
        restored = move(tx, order, ORDER["restore"], "provider", now, changes, data=data)
        _tell_both(tx, restored, _BACK, shown, "An admin decides about this order.", now)
    elif order.status in WORKED_ON:
        _hold_back(tx, order, change_minor, kind, shown, now)
    else:
        changes = {"refunded_minor": order.refunded_minor + change_minor}
        data = {"amount_minor": change_minor, "kind": kind}
        reversed_ = move(tx, order, ORDER["reverse"], "provider", now, changes, data=data)
        _tell_both(tx, reversed_, _TAKEN[kind], shown, "An admin decides about this order.", now)
        _tell_admins(tx, reversed_, _TAKEN[kind], shown, "Please decide about the order.", now)
    return change_minor


def note_unsent(tx: Tx, payment: Payment, unsent_minor: int, now: datetime) -> None:
    """Note in an order that a refund did not arrive, or, with 0, that it is on its way again."""
    order = store.get_order(tx, payment.order_id)
    assert order is not None
    name = "miss_refund" if unsent_minor else "refund_again"
    data: Data = {"amount_minor": unsent_minor or order.unsent_minor}
    actor: Actor = "provider" if unsent_minor else "admin"
    move(tx, order, ORDER[name], actor, now, {"unsent_minor": unsent_minor}, data=data)


def order_in_doubt(db: Db, admin: Admin, order_id: ObjectId) -> Order:
    """Return somebody else's order with money in doubt, for admins. Raises Forbidden, NotFound, Conflict."""
    order = order_of_others(db, admin, order_id)
    if not order.doubt_minor:
        raise Conflict("Nothing of this order is in doubt.", code="nothing_in_doubt")
    return order


def order_to_refund_again(db: Db, admin: Admin, order_id: ObjectId) -> tuple[Order, Payment]:
    """Return somebody else's order and its payment whose refund failed, for admins. Raises Forbidden, NotFound,
    Conflict.
    """
    order = order_of_others(db, admin, order_id)
    failed = refunding.failed_of(db, order.id)
    if failed is None:
        raise refunding.none_failed()
    return order, failed


def refund_again(db: Db, admin: Admin, order_id: ObjectId, why: str, now: datetime) -> Order:
    """Send the failed refund of an order again. Raises Forbidden, NotFound, Conflict if none has failed."""
    order, failed = order_to_refund_again(db, admin, order_id)
    refunding.send_again(db, admin, failed, why, now)
    return order


def settle_loss(
    db: Db,
    admin: Admin,
    order_id: ObjectId,
    take_back: bool,
    note: str,
    now: datetime,
    *,
    version: int | None = None,
) -> Order:
    """Decide who bears what the provider took back after the end: the freelancer, from the balance in doubt
    (`take_back`), or GigFlow. Raises Forbidden, NotFound, and Conflict if nothing is in doubt, or if the order is not
    of the `version` that was seen.
    """
    order = order_in_doubt(db, admin, order_id)
    as_it_was = as_seen(order, version)

    def work(tx: Tx) -> Order:
        doubt = order.doubt_minor
        changes = {"doubt_minor": 0, "inc:taken_back_minor": doubt if take_back else 0}
        seen = {"doubt_minor": doubt, **as_it_was}
        data: Data = {"amount_minor": doubt, "note": note, "taken": "yes" if take_back else "no"}
        settled = move(tx, order, ORDER["settle_loss"], "admin", now, changes, data=data, condition=seen)
        payouts.end_doubt(tx, order.id, order.freelancer_id, doubt, take_back, now)
        after = {"doubt_minor": 0, "taken_back_minor": settled.taken_back_minor}
        note_act(
            tx,
            admin,
            SETTLED,
            Subject("order", order.id),
            now,
            whose=order.freelancer_id,
            why=note,
            before={"doubt_minor": doubt},
            after=after,
            **order.sides,
        )
        text = (
            "An admin has decided: the disputed amount for {title} is no longer in your balance."
            if take_back
            else "An admin has decided: the disputed amount for {title} is yours."
        )
        tell_side(tx, ORDER_DECIDED, settled, "freelancer", text, now)
        return settled

    return db.transact(work)


def send_refund_again(db: Db, admin: Admin, payment_id: ObjectId, why: str, now: datetime) -> Payment:
    """Send the failed refunds of a payment for somebody else's order again; returns the payment as it is then.

    Raises Forbidden, NotFound, Conflict if none has failed.
    """
    payment = refunding.payment_for(db, admin, payment_id)
    order_of_others(db, admin, payment.order_id)
    return refunding.send_again(db, admin, payment, why, now)


def _hold_back(tx: Tx, order: Order, amount_minor: int, kind: str, shown: str, now: datetime) -> None:
    """Stop an order that is worked on: it is disputed by the provider, so that nothing is released by itself."""
    reason = _REASONS[kind].format(amount=shown)
    opened = Dispute(id=new_id(), order_id=order.id, by="provider", reason=reason, created_at=now)
    changes = {
        "dispute_id": opened.id,
        "cancellation": None,
        "remind_at": None,
        "refunded_minor": order.refunded_minor + amount_minor,
    }
    data: Data = {"amount_minor": amount_minor, "kind": kind}
    held = move(tx, order, ORDER["hold_back"], "provider", now, changes, data=data)
    store.insert_dispute(tx, opened)
    store.close_cancellation(tx, order.id, "closed", now)
    _tell_both(tx, held, _TAKEN[kind], shown, "The order stops until an admin has decided.", now)
    _tell_admins(tx, held, _TAKEN[kind], shown, "Please decide about the order.", now)


def _after_the_end(tx: Tx, order: Order, change_minor: int, kind: str, shown: str, now: datetime) -> None:
    """Note a loss, or less of one. The part of it that is in the freelancer's balance stays there until that is
    decided.
    """
    net = order.net_of(order.released_minor) - order.taken_back_minor
    if change_minor > 0:
        doubt = payouts.begin_doubt(
            tx, order.freelancer_id, min(change_minor, max(0, net - order.doubt_minor))
        )
    else:
        doubt = -min(-change_minor, order.doubt_minor)
        payouts.end_doubt(tx, order.id, order.freelancer_id, -doubt, False, now)
    changes = {"inc:lost_minor": change_minor, "inc:doubt_minor": doubt}
    data: Data = {"amount_minor": abs(change_minor), "kind": kind}
    name = "lose" if change_minor > 0 else "recover"
    moved = move(tx, order, ORDER[name], "provider", now, changes, data=data)
    said = _TAKEN[kind] if change_minor > 0 else _BACK
    slots = {"amount": shown}
    tell_side(tx, PAYMENT_REVERSED, moved, "client", _TO_CLIENT.get(said, said), now, slots=slots)
    then = (
        "The part of it that is in your balance stays there until an admin has decided." if doubt > 0 else ""
    )
    text = f"{said} {then}".strip()
    tell_side(tx, PAYMENT_REVERSED, moved, "freelancer", text, now, slots=slots)
    _tell_admins(tx, moved, said, shown, "The order had already ended. Please check it.", now)


def _tell_both(tx: Tx, order: Order, said: str, shown: str, then: str, now: datetime) -> None:
    for side in SIDES:
        told = _TO_CLIENT.get(said, said) if side == "client" else said
        tell_side(tx, PAYMENT_REVERSED, order, side, f"{told} {then}", now, slots={"amount": shown})


def _tell_admins(tx: Tx, order: Order, said: str, shown: str, then: str, now: datetime) -> None:
    tell_judges(tx, MONEY_TO_CHECK, order, f"{said} {then}", now, {"amount": shown})
