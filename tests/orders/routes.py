"""Orders and money in the table of tests/test_routes.py, and what their rows name in braces."""

from datetime import UTC, datetime

from bson import ObjectId

from tests.files.delivering import delivered, order_in_work
from tests.reviews.steps import completed, paid_purchase, reviewed
from tests.support.client import Person
from tests.support.invariants import Db
from tests.support.market import offer_service
from tests.support.money import buy, do, hired
from tests.support.waiting import wait_for

Status = int | str
Body = dict[str, object]
SIGN_IN = "sign in"
SAID: Body = {"message": "Here it is.", "reason": "We moved."}

# An order that was put into work is of version 1.
DECISION: Body = {"amount": "449.50", "note": "Done.", "version": "1"}

# In each order Alice is the client and Bob the freelancer: {unpaid}, being worked on {work}, {handed} in, {disputed},
# {stopped} because of an account that was shut, and one that she {asked} to cancel. For a visitor, a stranger, Bob,
# Alice and an admin.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("GET", "/orders", None, (SIGN_IN, 200, 200, 200, 200)),
    ("GET", "/orders/{work}", None, (SIGN_IN, 404, 200, 200, 200)),
    ("GET", "/orders/{ordered}/brief", None, (SIGN_IN, 404, 403, 200, 403)),
    ("POST", "/orders/{ordered}/brief", {"brief": "More."}, (SIGN_IN, 404, 403, 303, 403)),
    ("PUT", "/api/orders/{ordered}/brief", {"brief": "More."}, (401, 404, 403, 200, 403)),
    ("GET", "/orders/{work}/deliver", None, (SIGN_IN, 404, 200, 403, 403)),
    ("POST", "/orders/{work}/deliver", {**SAID}, (SIGN_IN, 404, 303, 403, 403)),
    ("GET", "/orders/{handed}/revise", None, (SIGN_IN, 404, 403, 200, 403)),
    ("POST", "/orders/{handed}/revise", {**SAID}, (SIGN_IN, 404, 403, 303, 403)),
    ("GET", "/orders/{handed}/accept", None, (SIGN_IN, 404, 403, 200, 403)),
    ("POST", "/orders/{handed}/accept", {}, (SIGN_IN, 404, 403, 303, 403)),
    ("GET", "/orders/{work}/cancel", None, (SIGN_IN, 404, 200, 200, 403)),
    ("POST", "/orders/{work}/cancel", {**SAID}, (SIGN_IN, 404, 303, 303, 403)),
    ("POST", "/orders/{asked}/cancel/take-back", {}, (SIGN_IN, 404, 403, 303, 403)),
    ("POST", "/orders/{asked}/cancel/answer", {"agree": "no"}, (SIGN_IN, 404, 303, 403, 403)),
    ("GET", "/orders/{work}/dispute", None, (SIGN_IN, 404, 200, 200, 403)),
    ("POST", "/orders/{work}/dispute", {**SAID}, (SIGN_IN, 404, 303, 303, 403)),
    ("GET", "/orders/{disputed}/number", None, (SIGN_IN, 404, 200, 200, 403)),
    ("POST", "/orders/{disputed}/number", {"amount": "100"}, (SIGN_IN, 404, 303, 303, 403)),
    ("GET", "/orders/{disputed}/statement", None, (SIGN_IN, 404, 200, 200, 403)),
    ("POST", "/orders/{disputed}/statement", {"text": "So it was."}, (SIGN_IN, 404, 303, 303, 403)),
    ("GET", "/orders/{work}/decide", None, (SIGN_IN, 404, 403, 403, 200)),
    ("POST", "/orders/{work}/decide", DECISION, (SIGN_IN, 404, 403, 403, 303)),
    ("GET", "/orders/{work}/split", None, (SIGN_IN, 404, 303, 303, 303)),
    ("GET", "/orders/{disputed}/conversation", None, (SIGN_IN, 404, 403, 403, 200)),
    ("GET", "/orders/{unpaid}/void", None, (SIGN_IN, 404, 403, 403, 200)),
    ("POST", "/orders/{unpaid}/void", {"version": "1", "note": "So."}, (SIGN_IN, 404, 403, 403, 303)),
    ("GET", "/orders/{stopped}/resume", None, (SIGN_IN, 404, 403, 403, 200)),
    ("POST", "/orders/{stopped}/resume", {"version": "1", "note": "So."}, (SIGN_IN, 404, 403, 403, 303)),
    # Nothing of it is in doubt, and no refund has failed.
    ("GET", "/orders/{paid}/settle-loss", None, (SIGN_IN, 404, 403, 403, 409)),
    ("POST", "/orders/{paid}/settle-loss", {"note": "So.", "version": "1"}, (SIGN_IN, 404, 403, 403, 409)),
    ("GET", "/orders/{paid}/refund", None, (SIGN_IN, 404, 403, 403, 409)),
    ("POST", "/orders/{paid}/refund", {}, (SIGN_IN, 404, 403, 403, 409)),
    ("GET", "/receipts/{receipt}", None, (SIGN_IN, 404, 200, 200, 200)),
    ("GET", "/checkout/{unpaid}", None, (SIGN_IN, 404, 403, 200, 403)),
    ("POST", "/checkout/{unpaid}", {}, (SIGN_IN, 404, 403, 303, 403)),
    ("GET", "/settings/payouts/withdraw", None, (SIGN_IN, 409, 409, 409, 409)),  # there is nothing
    ("GET", "/settings/payouts/balance", None, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/gigs/{service}/buy", None, (200, 200, 200, 403, 200)),
    ("POST", "/gigs/{service}/buy", {}, (303, 303, 303, 403, 303)),
    ("GET", "/settings/payouts", None, (SIGN_IN, 200, 200, 200, 200)),
    (
        "POST",
        "/settings/payouts",
        {"amount": "much"},
        (SIGN_IN, 400, 400, 400, 400),
    ),  # nobody has that much
    ("GET", "/api/turn", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/orders", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/orders/{work}", None, (401, 404, 200, 200, 200)),
    ("GET", "/api/orders/{work}/receipts", None, (401, 404, 200, 200, 200)),
    ("GET", "/api/receipts/{receipt}", None, (401, 404, 200, 200, 200)),
    ("GET", "/api/receipts/{receipt}.pdf", None, (401, 404, 200, 200, 200)),
    ("POST", "/api/orders/{work}/deliver", {**SAID}, (401, 404, 200, 403, 403)),
    ("POST", "/api/orders/{handed}/revise", {**SAID}, (401, 404, 403, 200, 403)),
    ("POST", "/api/orders/{handed}/accept", {}, (401, 404, 403, 200, 403)),
    ("POST", "/api/orders/{work}/cancel", {**SAID}, (401, 404, 200, 200, 403)),
    ("DELETE", "/api/orders/{asked}/cancel", None, (401, 404, 403, 200, 403)),
    ("POST", "/api/orders/{asked}/cancel/answer", {"agree": False}, (401, 404, 200, 403, 403)),
    ("POST", "/api/orders/{work}/dispute", {**SAID}, (401, 404, 200, 200, 403)),
    ("POST", "/api/orders/{disputed}/dispute/offer", {"amount": 100}, (401, 404, 200, 200, 403)),
    ("POST", "/api/orders/{disputed}/dispute/statement", {"text": "So it was."}, (401, 404, 200, 200, 403)),
    ("GET", "/api/admin/orders", None, (401, 403, 403, 403, 200)),
    ("POST", "/api/admin/orders/{paid}/complete", {}, (401, 403, 403, 403, 200)),
    ("POST", "/api/admin/orders/{paid}/cancel", {}, (401, 403, 403, 403, 200)),
    ("GET", "/api/admin/orders/{disputed}/conversation", None, (401, 404, 403, 403, 200)),
    # It has no files.
    (
        "GET",
        "/api/admin/orders/{disputed}/conversation/files/{disputed}",
        None,
        (401, 404, 403, 403, 404),
    ),
    ("POST", "/api/admin/orders/{unpaid}/void", {}, (401, 403, 403, 403, 200)),
    ("POST", "/api/admin/orders/{stopped}/resume", {}, (401, 403, 403, 403, 200)),
    (
        "POST",
        "/api/admin/orders/{paid}/settle-loss",
        {"note": "So."},
        (401, 403, 403, 403, 409),
    ),  # nothing is in doubt
    ("POST", "/api/admin/payments/{paid}/refund", None, (401, 403, 403, 403, 404)),  # this is an order's id
    ("GET", "/api/admin/disputes", None, (401, 403, 403, 403, 200)),
    (
        "POST",
        "/api/admin/disputes/{dispute}/resolve",
        {"amount": 100, "note": "So."},
        (401, 403, 403, 403, 200),
    ),
    ("POST", "/api/payment/checkout", {"orderId": "{unpaid}"}, (401, 404, 403, 201, 403)),
    ("GET", "/api/payment/orders/{unpaid}", None, (401, 404, 200, 200, 200)),
    ("POST", "/api/payment/webhook", {}, (400, 400, 400, 400, 400)),  # nobody of these can sign
    ("GET", "/api/payment/balance", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/payment/payouts", None, (401, 200, 200, 200, 200)),
    ("POST", "/api/payment/payouts", {"amount": "much"}, (401, 400, 400, 400, 400)),
]


def order_things(row: str, alice: Person, bob: Person, db: Db) -> dict[str, str]:
    """The orders that a row names, and what belongs to them: the file and the review are Bob's."""
    made: dict[str, str] = {}
    if "{ordered}" in row:
        made["{ordered}"] = buy(alice, offer_service(bob)).json()["order"]["id"]
    if "{unpaid}" in row:
        made["{unpaid}"] = hired(alice, bob)["id"]
    if "{checkout}" in row:
        made["{checkout}"] = buy(bob, offer_service(alice)).json()["checkoutUrl"].rpartition("/")[2]
    if "{paid}" in row:
        made["{paid}"] = paid_purchase(alice, bob)["id"]
    if "{receipt}" in row:
        of_order = {"order_id": ObjectId(paid_purchase(alice, bob)["id"])}
        wait_for(lambda: db.receipts.find_one(of_order), what="the receipt")
        made["{receipt}"] = str(db.receipts.distinct("_id", of_order)[0])
    if "{dispute}" in row:
        disputed = do(alice, paid_purchase(alice, bob), "dispute", reason="Nothing comes.")
        made["{dispute}"] = str(disputed["dispute"]["id"])
    for name in ("{work}", "{handed}", "{disputed}", "{stopped}", "{asked}", "{file}", "{review}", "{done}"):
        if name in row:
            made[name] = _put(name, order_in_work(alice, bob, db), alice, bob, db)
    return made


def stop(db: Db, order_id: str) -> None:
    """Make it as if a disputed order had come to an admin because Bob was shut out, and he is back. A page that shows
    it says version 1.
    """
    paused = {"status": "in_progress", "at": datetime.now(UTC)}
    stopped = {"escalated_for": "freelancer", "paused": paused, "version": 1}
    db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": stopped})


def _put(name: str, order_id: str, alice: Person, bob: Person, db: Db) -> str:
    """Bring an order in work to where a row's name says; the id that the name stands for."""
    order = {"id": order_id}
    match name:
        case "{handed}":
            delivered(bob, order_id)
        case "{disputed}":
            do(alice, order, "dispute", reason="Nothing comes.")
        case "{stopped}":
            do(alice, order, "dispute", reason="Nothing comes.")
            stop(db, order_id)
        case "{asked}":
            do(alice, order, "cancel", reason="We moved.")
        case "{done}":
            completed(db, order_id)
        case "{file}":
            return str(delivered(bob, order_id, ("plan.pdf", b"plan"))[0]["id"])
        case "{review}":
            completed(db, order_id)
            reviewed(alice, order)
            return str(reviewed(bob, order)["id"])
    return order_id
