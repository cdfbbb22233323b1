"""Every act of an admin leaves one row in the record, in its transaction (docs/domain.md, invariant 13)."""

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import PASSWORD, shared
from tests.requests.steps import ask_for, assign
from tests.requests.steps import reject as reject_request
from tests.services.moderating import approve, reject, take_down
from tests.support.client import Json, Person
from tests.support.invariants import Db
from tests.support.market import ask_question, offer_service, put_into
from tests.support.money import (
    delivered,
    disputed,
    do,
    hired,
    in_progress,
    paid_event,
    payments_of,
    tell,
)
from tests.support.operator import disable, enable
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
root = shared("Root Admin", is_admin=True)


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A server of this file's own: a refund that fails is an error in its log."""
    return start_server()


class Stage:
    """What an act is done to, and by whom."""

    def __init__(self, server: Server, alice: Person, bob: Person, root: Person, db: Db) -> None:
        self.server, self.alice, self.bob, self.root, self.db = server, alice, bob, root, db

    def pending(self) -> Json:
        return put_into(self.db, offer_service(self.alice), "pending")

    def dispute(self) -> Json:
        return disputed(self.server, self.alice, self.bob)


def _page(stage: Stage, path: str, **typed: str) -> str:
    assert stage.root.page(path).submit("#ask form", **typed).status == 200
    return path.split("/")[2]


def _question(stage: Stage) -> str:
    question = ask_question(stage.bob, offer_service(stage.alice))
    assert stage.root.delete(f"/api/questions/{question['id']}").status_code == 200
    return str(question["id"])


def _order(stage: Stage, how: str) -> str:
    order = in_progress(stage.server, stage.alice, stage.bob)
    assert stage.root.post(f"/api/admin/orders/{order['id']}/{how}", {"note": "Why."}).status_code == 200
    return str(order["id"])


def _void(stage: Stage) -> str:
    order = hired(stage.alice, stage.bob)
    assert stage.root.post(f"/api/admin/orders/{order['id']}/void", {"note": "Why."}).status_code == 200
    return str(order["id"])


def _stopped(stage: Stage) -> str:
    """An order that the shutting of its freelancer has stopped; the account is open again."""
    dan = Person(stage.server.url, "Dan", f"dan-{ObjectId()}@example.test", PASSWORD)
    order = in_progress(stage.server, stage.alice, dan)
    disable(stage.server, dan.email)
    enable(stage.server, dan.email)
    return str(order["id"])


def _resume(stage: Stage) -> str:
    order_id = _stopped(stage)
    assert stage.root.post(f"/api/admin/orders/{order_id}/resume", {"note": "Why."}).status_code == 200
    return order_id


def _resolve(stage: Stage) -> str:
    order = stage.dispute()
    path = f"/api/admin/disputes/{order['dispute']['id']}/resolve"
    assert stage.root.post(path, {"amount": 100, "note": "Why."}).status_code == 200
    return str(order["id"])


def _charge(stage: Stage, order: Json) -> Json:
    """What an event says of the money of an order."""
    (payment,) = payments_of(stage.server, order)
    return {**paid_event(payment)["data"], "charge_id": payment["charge_id"]}


def _told(stage: Stage, kind: str, data: Json) -> None:
    assert tell(stage.server, {"id": f"evt_{ObjectId()}", "type": kind, "data": data}).status_code == 200


def _lost(stage: Stage) -> str:
    """An order whose money a bank took back after its end."""
    order = do(stage.alice, delivered(stage.server, stage.alice, stage.bob), "accept")
    data = {**_charge(stage, order), "ref": f"cb_{ObjectId()}", "stage": "open"}
    _told(stage, "chargeback.opened", data)
    return str(order["id"])


def _settle_loss(stage: Stage) -> str:
    order_id = _lost(stage)
    body = {"takeBack": True, "note": "Why."}
    assert stage.root.post(f"/api/admin/orders/{order_id}/settle-loss", body).status_code == 200
    return order_id


def _unsent(stage: Stage) -> tuple[str, str]:
    """An order and its payment whose refund failed at the bank."""
    order = in_progress(stage.server, stage.alice, stage.bob)
    assert stage.root.post(f"/api/admin/orders/{order['id']}/cancel", {"note": "Why."}).status_code == 200
    data = _charge(stage, order)
    _told(stage, "refund.failed", {**data, "ref": f"re_{ObjectId()}", "call": f"refund:{data['payment_id']}"})
    return str(order["id"]), str(data["payment_id"])


def _refund(stage: Stage) -> str:
    _, payment_id = _unsent(stage)
    assert stage.root.post(f"/api/admin/payments/{payment_id}/refund", {"note": "Why."}).status_code == 200
    return payment_id


def _refund_page(stage: Stage) -> str:
    order_id, payment_id = _unsent(stage)
    assert "Send the refund again" in stage.root.page(f"/orders/{order_id}").text
    _page(stage, f"/orders/{order_id}/refund", note="Why.")
    return payment_id


def _service(stage: Stage, act: Callable[..., Any], service: Json) -> str:
    assert act(stage.root, service).status_code == 200
    return str(service["id"])


def _assigned(stage: Stage) -> str:
    sent = ask_for(stage.alice)
    assign(stage.root, sent, stage.bob, note="Why.")
    return str(sent["id"])


def _sent_back(stage: Stage) -> str:
    sent = ask_for(stage.alice)
    assert reject_request(stage.root, sent, "Why.").status_code == 200
    return str(sent["id"])


def _offer_withdrawn(stage: Stage) -> str:
    """An offer that another admin has sent."""
    other = Person(stage.server.url, "Olga", f"olga-{ObjectId()}@example.test", PASSWORD)
    stage.server.make_admin(other.email)
    (sent,) = assign(other, ask_for(stage.alice), stage.bob)
    path = f"/api/admin/offers/{sent['id']}/withdraw"
    assert stage.root.post(path, {"note": "Why."}).status_code == 200
    return str(sent["id"])


# Each row of the API that only admins have, and each page with which one decides: the act, its name in the record, the
# states before and after, and whether it says why. A new one has to be entered here.
ACTS: dict[str, tuple[Callable[[Stage], str], str, str | None, str | None, bool]] = {
    "POST /api/admin/services/<id>/approve": (
        lambda stage: _service(stage, approve, stage.pending()),
        *("service_approved", "pending", "live", False),
    ),
    "POST /api/admin/services/<id>/reject": (
        lambda stage: _service(stage, reject, stage.pending()),
        *("service_rejected", "pending", "rejected", True),
    ),
    "POST /api/admin/services/<id>/take-down": (
        lambda stage: _service(stage, take_down, offer_service(stage.alice)),
        *("service_taken_down", "live", "rejected", True),
    ),
    "POST /gigs/<gig_id>/moderate/<decision>": (
        lambda stage: _page(stage, f"/gigs/{stage.pending()['id']}/moderate/reject", note="Why."),
        *("service_rejected", "pending", "rejected", True),
    ),
    "POST /api/admin/orders/<id>/complete": (
        lambda stage: _order(stage, "complete"),
        *("order_decided", "in_progress", "completed", True),
    ),
    "POST /api/admin/orders/<id>/cancel": (
        lambda stage: _order(stage, "cancel"),
        *("order_decided", "in_progress", "cancelled", True),
    ),
    "POST /api/admin/disputes/<id>/resolve": (
        _resolve,
        *("order_decided", "disputed", "completed", True),
    ),
    "POST /orders/<order_id>/decide": (
        lambda stage: _page(stage, f"/orders/{stage.dispute()['id']}/decide", amount="0", note="Why."),
        *("order_decided", "disputed", "cancelled", True),
    ),
    "POST /api/admin/orders/<id>/void": (_void, *("order_voided", "pending_payment", "cancelled", True)),
    "POST /orders/<order_id>/void": (
        lambda stage: _page(stage, f"/orders/{hired(stage.alice, stage.bob)['id']}/void", note="Why."),
        *("order_voided", "pending_payment", "cancelled", True),
    ),
    "POST /api/admin/orders/<id>/resume": (_resume, *("order_resumed", "disputed", "in_progress", True)),
    "POST /orders/<order_id>/resume": (
        lambda stage: _page(stage, f"/orders/{_stopped(stage)}/resume", note="Why."),
        *("order_resumed", "disputed", "in_progress", True),
    ),
    "POST /api/admin/orders/<id>/settle-loss": (_settle_loss, *("loss_settled", None, None, True)),
    "POST /orders/<order_id>/settle-loss": (
        lambda stage: _page(stage, f"/orders/{_lost(stage)}/settle-loss", note="Why.", take_back="y"),
        *("loss_settled", None, None, True),
    ),
    "POST /api/admin/payments/<id>/refund": (_refund, *("refund_again", None, None, True)),
    "POST /orders/<order_id>/refund": (_refund_page, *("refund_again", None, None, True)),
    "POST /api/admin/requests/<id>/assign": (_assigned, *("offer_sent", "pending", "assigned", True)),
    "POST /api/admin/requests/<id>/reject": (_sent_back, *("request_rejected", "pending", "rejected", True)),
    "POST /api/admin/offers/<id>/withdraw": (
        _offer_withdrawn,
        *("offer_withdrawn", "sent", "withdrawn", True),
    ),
    "DELETE /api/questions/<id>": (_question, "question_removed", None, None, False),
}


def test_every_row_of_admins_is_tried(server: Server) -> None:
    """A new row of the API that only admins have has to leave its row in the record."""
    rows = {f"{method} {rule}" for method, rule in server.routes()}
    acts = {row for row in rows if row.split()[1].startswith("/api/admin/") and not row.startswith("GET ")}
    assert acts <= ACTS.keys() <= rows


@pytest.mark.parametrize("row", ACTS)
def test_an_act_leaves_one_row(
    row: str, server: Server, alice: Person, bob: Person, root: Person, db: Db
) -> None:
    """Who, at which device, what, about what, from where to where, and why."""
    act, event, before, after, says_why = ACTS[row]
    device = next(each["id"] for each in root.get("/api/auth/sessions").json()["sessions"] if each["current"])
    subject = ObjectId(act(Stage(server, alice, bob, root, db)))
    (found,) = db.audit.find({"subject.id": subject, "by": ObjectId(root.id)})
    assert found["event"] == event
    assert (found["by"], found["device"]) == (ObjectId(root.id), ObjectId(device))
    assert (found["before"].get("status"), found["after"].get("status")) == (before, after)
    assert bool(found["note"]) == says_why
    if found["subject"]["kind"] == "order":
        order = db.orders.find_one({"_id": subject})
        assert order is not None
        both = {side: order[side] for side in ("client_id", "freelancer_id")}
        assert (found["user_id"], found["data"]) == (order["freelancer_id"], both)
    assert found["user_id"] is not None


def test_a_refused_act_leaves_none(alice: Person, bob: Person, root: Person, db: Db) -> None:
    service = offer_service(alice)
    assert take_down(bob, service).status_code == 403
    assert take_down(root, service, version=7).status_code == 409
    assert db.audit.count_documents({"subject.id": ObjectId(service["id"])}) == 0


def test_nobody_takes_away_an_answered_question_of_their_own_as_an_admin(alice: Person, root: Person) -> None:
    question = ask_question(root, offer_service(alice))
    alice.put(f"/api/questions/{question['id']}", {"answer": "This."})
    assert root.delete(f"/api/questions/{question['id']}").status_code == 409
