"""The steps of a sale that is paid by Stripe. Each asserts that it worked."""

from datetime import UTC, datetime

from bson import ObjectId

from gigflow.core.clock import now
from gigflow.payments.calling import make_due
from gigflow.payments.stripe_gateway import StripeGateway
from gigflow.proof.audit import audit
from tests.payments.fake_stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from tests.support.client import Client, Json, Person
from tests.support.market import offer_service
from tests.support.server import Server
from tests.support.waiting import wait_for


def buy(client: Client, service: Json) -> Json:
    """The order of a service, with its checkout made: `order` and `checkoutUrl`."""
    answer = client.post("/api/payment/checkout", {"gigId": service["id"]})
    assert answer.status_code == 201, answer.text
    return answer.json()


def session_of(stripe: FakeStripe, server: Server, order: Json) -> Json:
    """The checkout of an order at Stripe."""
    [payment] = server.db.payments.find({"order_id": ObjectId(order["id"])})
    [session] = [
        each for each in stripe.all("checkout.session") if each["client_reference_id"] == str(payment["_id"])
    ]
    return session


def paid_order(stripe: FakeStripe, server: Server, client: Person, freelancer: Person) -> Json:
    """An order of a service for 120, paid."""
    order = buy(client, offer_service(freelancer))["order"]
    event = stripe.pay(session_of(stripe, server, order))
    assert stripe.tell(server.url, event).status_code == 200
    assert status_of(client, order) == ("in_progress", "paid")
    return order


def completed_order(stripe: FakeStripe, server: Server, client: Person, freelancer: Person) -> Json:
    """An order that was paid, delivered and accepted: 108 are the freelancer's."""
    order = paid_order(stripe, server, client, freelancer)
    for who, what, said in ((freelancer, "deliver", {"message": "Here."}), (client, "accept", None)):
        answer = who.post(f"/api/orders/{order['id']}/{what}", said)
        assert answer.status_code == 200, answer.text
    assert balance_of(freelancer) == 108
    return order


def cancel(client: Client, freelancer: Client, order: Json) -> None:
    """Both sides agree not to go on."""
    for who, what, said in (
        (client, "cancel", {"reason": "x"}),
        (freelancer, "cancel/answer", {"agree": True}),
    ):
        answer = who.post(f"/api/orders/{order['id']}/{what}", said)
        assert answer.status_code == 200, answer.text


def status_of(client: Client, order: Json) -> tuple[str, str]:
    """How an order and its newest payment stand."""
    answer = client.get(f"/api/payment/orders/{order['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()["order"]["status"], answer.json()["status"]


def balance_of(freelancer: Client) -> float:
    return float(freelancer.get("/api/payment/balance").json()["balance"])


def onboarded(stripe: FakeStripe, freelancer: Person) -> None:
    """The freelancer asks for a payout, is sent to Stripe, and tells it what it must know."""
    answer = freelancer.post("/api/payment/payouts")
    assert answer.status_code == 409, answer.text
    account = next(each for each in stripe.all("account") if each["metadata"] == {"user": freelancer.id})
    stripe.onboard(account)


def until_called(server: Server) -> None:
    """Wait until Stripe was asked for all that was decided."""
    wanted = {"status": "waiting", "kind": {"$ne": "open_session"}}
    wait_for(lambda: not server.db.gateway_calls.count_documents(wanted), what="a call to Stripe")


def call_again(stripe: FakeStripe, server: Server) -> None:
    """Let the calls that wait be due, and nobody's, and be made now, as a tick of any process would."""
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    server.db.gateway_calls.update_many(
        {"status": "waiting"}, {"$set": {"due_at": long_ago, "claimed_until": None}}
    )
    make_due(server.house, StripeGateway(SECRET_KEY, WEBHOOK_SECRET, stripe.url), server.url, now())
    until_called(server)


def check_books(server: Server) -> None:
    """Every invariant of the money, over the whole database."""
    broken = [(words, problems) for words, problems in audit(server.house) if problems]
    assert not broken, broken
