"""What `audit` proves of the money of each order (docs/domain.md, invariants 1, 2 and 7)."""

from collections import Counter

from gigflow.core.db import Document
from gigflow.core.money import fee_of
from gigflow.orders.models import PAID
from gigflow.payments.models import OPEN
from gigflow.proof.snapshot import CLOCKS, Check, Problems
from gigflow.proof.whole import WholeOrder

KINDS = ("hold", "release", "refund")
# What the provider does by itself may happen several times (decision 31).
AFTERWARDS = ("reversal", "refund_failed", "refund_again", "taken_back")


def _orders_and_ledger_agree(whole: WholeOrder) -> Problems:
    order, name, status = whole.order, whole.name, whole.order["status"]
    booked: dict[str, int] = {}
    for entry in whole.entries:
        for line in entry["lines"]:
            account = line["account"]
            booked[account] = booked.get(account, 0) + line["amount_minor"]
    held, of_freelancer = booked.pop(f"held:{order['_id']}", 0), f"balance:{order['freelancer_id']}"
    expected = order["price_minor"] - order["refunded_minor"] if status in PAID else 0
    if held != expected:
        yield f"{name} is {status} and holds {held}, not {expected}"
    released, refunded = order["released_minor"], order["refunded_minor"]
    fee = fee_of(released, order["fee_basis_points"])
    net, fees, outside = (booked.pop(account, 0) for account in (of_freelancer, "fees", "provider"))
    taken_back, lost, unsent = (
        order.get(field, 0) for field in ("taken_back_minor", "lost_minor", "unsent_minor")
    )
    if (net + taken_back, fees) != (released - fee, fee):
        yield f"{name} released {released} with a fee of {fee}, and the ledger says {net} and {fees}"
    ended = status in ("completed", "cancelled")
    before = refunded if status in PAID else 0  # what the provider gave back by itself
    if released + refunded != (order["price_minor"] if order["paid_at"] and ended else before):
        yield f"{name} is {status} with {released} released and {refunded} refunded of {order['price_minor']}"
    if outside != (refunded + lost - unsent - order["price_minor"] if order["paid_at"] else 0):
        yield f"{name} has {-outside} of the provider's money in the ledger"
    owed, losses = booked.pop(f"owed:{order['_id']}", 0), booked.pop("losses", 0)
    if (owed, -losses) != (unsent, lost - taken_back):
        yield f"{name} owes {unsent} and has lost {lost}, and the ledger says {owed} and {-losses}"
    yield from (f"{name} has {amount} of {account} in the ledger" for account, amount in booked.items())
    if (status == "completed") != (released > 0):
        yield f"{name} is {status}, and {released} of it was released"


def _entries_are_of_their_order(whole: WholeOrder) -> Problems:
    order, name = whole.order, whole.name
    moments = {
        "hold": order["paid_at"],
        "release": order.get("ended_at"),
        "refund": order.get("ended_at"),
    }
    kinds: list[str] = []
    for entry in whole.entries:
        kind, _, subject = entry["key"].partition(":")
        if kind in AFTERWARDS:
            if entry["created_at"] not in {event["at"] for event in order["events"]}:
                yield f"the entry {entry['key']} of {name} was booked at {entry['created_at']}, when nothing happened"
            continue
        kinds.append(kind)
        if kind not in KINDS or subject != str(order["_id"]):
            yield f"the entry {entry['key']} of {name} is not named by it"
        elif entry["created_at"] != moments[kind]:
            yield f"the entry {entry['key']} was booked at {entry['created_at']}, and not when it happened"
    if len(set(kinds)) < len(kinds):
        counted = Counter(kinds).items()
        yield from (f"{name} has {count} entries of {kind}" for kind, count in counted if count > 1)


def _paid_orders_have_one_payment(whole: WholeOrder) -> Problems:
    order, name = whole.order, whole.name
    found = [each for each in whole.taken if each["received_minor"] == each["amount_minor"]]
    if len(found) != (1 if order["paid_at"] else 0):
        yield f"{name} is {order['status']} and {len(found)} payments were taken for it"
    elif found and found[0]["amount_minor"] != order["price_minor"]:
        yield f"{name} was paid with {found[0]['amount_minor']}, not {order['price_minor']}"
    elif found and found[0]["refunded_minor"] != order["refunded_minor"] + order.get("lost_minor", 0):
        yield f"{name} gave {order['refunded_minor']} back, and its payment {found[0]['refunded_minor']}"


def _payments_are_of_their_order(whole: WholeOrder) -> Problems:
    order = whole.order
    for payment in whole.payments:
        if payment["client_id"] != order["client_id"]:
            name, by = f"{_named(payment)} of {whole.name}", payment["client_id"]
            yield f"{name} is by {by}, and its client is {order['client_id']}"
        if payment["amount_minor"] != order["price_minor"]:
            yield f"{_named(payment)} asks for {payment['amount_minor']}, and {whole.name} costs {order['price_minor']}"
        if payment["path"] != f"/orders/{order['_id']}":
            yield f"{_named(payment)} of {whole.name} leads back to {payment['path']}"
        if payment["created_at"] < order["created_at"] - CLOCKS:
            yield f"{_named(payment)} is older than {whole.name}"


def _nobody_pays_for_what_has_ended(whole: WholeOrder) -> Problems:
    if whole.order["live"] and not whole.order["paid_at"]:
        return
    for payment in whole.payments:
        if payment["status"] in OPEN:
            yield f"{_named(payment)} is {payment['status']}, and its order is {whole.order['status']}"


def _amounts_in_the_timeline(whole: WholeOrder) -> Problems:
    """A line tells an amount as it was booked."""
    order = whole.order
    for event in order["events"]:
        for field, amount in _amounts_of(order, event).items():
            told = event["data"].get(field)
            if told is not None and told != amount:
                yield f"{whole.name} went by {event['name']} with {told} as {field}, and it is {amount}"


def _named(payment: Document) -> str:
    return f"the payment {payment['_id']}"


def _amounts_of(order: Document, event: Document) -> dict[str, int]:
    if event["name"] == "pay":
        return {"amount_minor": order["price_minor"]}
    return {"released_minor": order["released_minor"], "refunded_minor": order["refunded_minor"]}


CHECKS: tuple[Check, ...] = (
    ("1. Orders hold, release and refund what the ledger says", _orders_and_ledger_agree),
    (
        "2. Each order is held, released and refunded once at most, when it happened",
        _entries_are_of_their_order,
    ),
    ("7. A paid order was paid once, with its price", _paid_orders_have_one_payment),
    ("7. Payments are by the client of their order, of its price", _payments_are_of_their_order),
    ("7. Nobody is asked to pay for an order that has ended", _nobody_pays_for_what_has_ended),
    ("9. The amounts in a timeline are those of its order", _amounts_in_the_timeline),
)
