"""What `audit` says of money that the provider gave back by itself, and of refunds that did not arrive (decision 31).

Such money is booked, and is still a problem until somebody has decided (SECURITY 20c).
"""

from collections import Counter

from bson import ObjectId

from gigflow.orders.models import PAID
from gigflow.orders.store import ORDERS
from gigflow.payments.store import BALANCES, PAYMENTS
from gigflow.proof.snapshot import Check, Problems, Snapshot
from gigflow.proof.whole import WholeOrder


def _nothing_waits_for_a_decision(whole: WholeOrder) -> Problems:
    order = whole.order
    if order["status"] in PAID and order["refunded_minor"]:
        yield f"{whole.name}: the provider gave {order['refunded_minor']} back by itself, and no admin has decided yet"
    if order.get("doubt_minor"):
        yield (
            f"{whole.name}: the provider took {order['lost_minor']} back after its end, and"
            f" {order['doubt_minor']} of the freelancer's balance are in doubt"
        )


def _held_back_orders_are_disputed(whole: WholeOrder) -> Problems:
    order = whole.order
    if order["status"] in PAID and order["status"] != "disputed" and order["refunded_minor"]:
        yield f"{whole.name} is {order['status']}, and {order['refunded_minor']} of its money went back"


def _what_was_told_is_booked(whole: WholeOrder) -> Problems:
    order = whole.order
    gone = sum(each.get("reversed_minor", 0) for each in whole.taken)
    unsent = sum(each.get("unsent_minor", 0) for each in whole.taken)
    if order["status"] in PAID and gone != order["refunded_minor"]:
        yield f"{whole.name} says that {order['refunded_minor']} went back, and its payment says {gone}"
    if unsent != order.get("unsent_minor", 0):
        yield f"{whole.name} says that {order.get('unsent_minor', 0)} did not arrive, and its payment says {unsent}"


def _refunds_have_arrived(at: Snapshot) -> Problems:
    for payment in at.rows(PAYMENTS, {"status": "refund_failed"}):
        yield f"a refund of {payment['unsent_minor']} of the payment {payment['_id']} did not arrive"


def _doubts_equal_their_orders(at: Snapshot) -> Problems:
    # Only of those orders that wait for a decision: there are few.
    doubts: Counter[ObjectId] = Counter()
    for order in at.rows(ORDERS, {"doubt_minor": {"$gt": 0}}, fields=("freelancer_id", "doubt_minor")):
        doubts[order["freelancer_id"]] += order["doubt_minor"]
    for balance in at.rows(BALANCES):
        doubt, expected = balance.get("in_doubt_minor", 0), doubts.pop(balance["_id"], 0)
        if doubt != expected or doubt > balance["amount_minor"]:
            yield f"{doubt} of the balance of {balance['_id']} are in doubt, and its orders say {expected}"
    yield from (f"{doubt} of {person} are in doubt, who has no balance" for person, doubt in doubts.items())


CHECKS_OF_ORDERS: tuple[Check, ...] = (
    ("2. What the provider told of refunds and chargebacks is booked", _what_was_told_is_booked),
    ("2. An order whose money went back waits for an admin", _held_back_orders_are_disputed),
    ("2. No money waits for an admin's decision", _nothing_waits_for_a_decision),
)
CHECKS: tuple[Check, ...] = (
    ("2. Every refund has arrived", _refunds_have_arrived),
    ("2. What is in doubt of a balance is in doubt of its orders", _doubts_equal_their_orders),
)
