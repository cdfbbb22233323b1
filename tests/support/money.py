"""Orders, payments and time, as tests begin with them. What is done asserts that it worked."""

import json
import time
from datetime import timedelta
from typing import Any

import requests
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.orders import due
from gigflow.sandbox.signatures import HEADER, sign
from tests.support.client import Client, Json
from tests.support.market import hire, offer_service, place_bid, post_job
from tests.support.server import DEFAULTS, Server
from tests.support.waiting import wait_for

# The sandbox's test cards.
GOOD, DECLINED, SLOW = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 0077"
TOLD_THRICE, DISORDERLY, WRONG_AMOUNT = "4000 0000 0000 0259", "4000 0000 0000 0341", "4000 0000 0000 0366"


def hired(client: Client, freelancer: Client, /, price: float = 449.5, **job: Any) -> Json:
    """The unpaid order of a new job and a new bid."""
    answer = hire(client, place_bid(freelancer, post_job(client, **job), price=price))
    assert answer.status_code == 200, answer.text
    return answer.json()["order"]


def buy(client: Client, service: Json, **seen: Any) -> requests.Response:
    """Try to buy a service."""
    return client.post("/api/payment/checkout", {"gigId": service["id"], **seen})


def bought(client: Client, freelancer: Client, /, **service: Any) -> Json:
    """The unpaid order of a new service."""
    answer = buy(client, offer_service(freelancer, **service))
    assert answer.status_code == 201, answer.text
    return answer.json()["order"]


def checkout(client: Client, order: Json) -> requests.Response:
    """Try to pay for an order."""
    return client.post("/api/payment/checkout", {"orderId": order["id"]})


def pay_at(address: str, card: str = GOOD) -> requests.Response:
    """Try to pay at a checkout of the sandbox: whoever has its address may."""
    url, _, session = address.rpartition("/sandbox/checkout/")
    payer = Client(url)
    answer = payer.post(f"/api/sandbox/checkout/{session}", {"cardNumber": card})
    payer.close()
    return answer


def news_of_money(server: Server, paid: requests.Response) -> Json:
    """The event that will tell of what was just paid at the sandbox."""
    assert paid.status_code == 200, paid.text
    news = server.db.sandbox_events.find_one({"data.session_id": paid.json()["id"], "type": "checkout.paid"})
    assert news is not None
    return {"id": news["event_id"], "type": news["type"], "data": news["data"]}


def pay(server: Server, client: Client, order: Json) -> Json:
    """The order, paid: at the sandbox, whose news is taken at once instead of a moment later."""
    asked = checkout(client, order)
    assert asked.status_code == 201, asked.text
    taken = tell(server, news_of_money(server, pay_at(asked.json()["checkoutUrl"])))
    assert taken.status_code == 200, taken.text
    return read(client, order)


def in_progress(server: Server, client: Client, freelancer: Client, /, **job: Any) -> Json:
    """The paid order of a new job."""
    return pay(server, client, hired(client, freelancer, **job))


def delivered(server: Server, client: Client, freelancer: Client, /, **job: Any) -> Json:
    """An order of a new job whose work was handed in."""
    return do(freelancer, in_progress(server, client, freelancer, **job), "deliver", message="Here it is.")


def disputed(server: Server, client: Client, freelancer: Client, /, **job: Any) -> Json:
    """A disputed order of a new job."""
    order = in_progress(server, client, freelancer, **job)
    return do(client, order, "dispute", reason="Nothing comes.")


def try_to(person: Client, order: Json, step: str, **said: Any) -> requests.Response:
    """Try to take a step with an order, such as `accept`."""
    return person.post(f"/api/orders/{order['id']}/{step}", said or None)


def do(person: Client, order: Json, step: str, **said: Any) -> Json:
    """The order after a step."""
    answer = try_to(person, order, step, **said)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(person: Client, order: Json) -> Json:
    """An order as it stands."""
    answer = person.get(f"/api/orders/{order['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def tell(
    server: Server,
    event: Json,
    *,
    sent: float = 0,
    secret: str = DEFAULTS["SECRET_KEY"],
    headers: dict[str, str] | None = None,
) -> requests.Response:
    """Send an event to the webhook, signed `sent` seconds from now, as the provider does."""
    body = json.dumps({"created": int(time.time()), **event}).encode()
    signature = {HEADER: sign(secret, body, int(time.time() + sent))}
    provider = Client(server.url)
    answer = provider.post(
        "/api/payment/webhook",
        data=body,
        headers={"Content-Type": "application/json", **(signature if headers is None else headers)},
    )
    provider.close()
    return answer


def paid_event(payment: Json, /, **data: Any) -> Json:
    """The news that a payment (as stored) was paid, by a charge that the sandbox does not know; refunds of it fail."""
    told = {
        "payment_id": str(payment["_id"]),
        "session_id": payment["session_id"],
        "charge_id": f"ch_{ObjectId()}",
        "amount_minor": payment["amount_minor"],
        "currency": payment["currency"],
    }
    return {"id": f"evt_{ObjectId()}", "type": "checkout.paid", "data": {**told, **data}}


def expired_event(payment: Json) -> Json:
    """The news that nobody has paid a payment (as stored) in time."""
    data = {"payment_id": str(payment["_id"]), "session_id": payment["session_id"]}
    return {"id": f"evt_{ObjectId()}", "type": "checkout.expired", "data": data}


def payments_of(server: Server, order: Json) -> list[Json]:
    """The payments of an order as stored, the oldest first."""
    return list(server.db.payments.find({"order_id": ObjectId(order["id"])}).sort("_id"))


def let_time_pass(server: Server, **ahead: float) -> None:
    """Do to orders what is due after so long (`days=3`), as a tick of any process would then."""
    while due.run_due(server.house, now() + timedelta(**ahead)):
        pass


def calls_are_made(server: Server) -> None:
    """Wait until the provider was called for everything that it has to be called for by now."""
    waits = {"status": "waiting", "kind": {"$ne": "open_session"}, "due_at": {"$lte": now()}}
    wait_for(lambda: not server.db.gateway_calls.find_one(waits), what="the calls to the provider")


def news_of_order(person: Client, order: Json) -> list[tuple[str, str]]:
    """What a person was told of an order, newest first."""
    told = person.get("/api/notifications?limit=100").json()["notifications"]
    return [(each["type"], each["message"]) for each in told if each.get("orderId") == order["id"]]
