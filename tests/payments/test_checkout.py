"""Paying at the sandbox, and what is known of it (docs/api.md)."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bson import ObjectId

from gigflow.core.db import Db
from gigflow.core.errors import Conflict
from gigflow.core.money import Currency
from gigflow.core.rules import Rules
from gigflow.orders.actions import payable
from gigflow.orders.store import get_order
from gigflow.payments import actions
from gigflow.sandbox.gateway import SandboxGateway
from tests.conftest import Join, shared
from tests.support.client import Client, Json, Person
from tests.support.invariants import check_at_provider, check_orders
from tests.support.market import code_of, offer_service
from tests.support.money import (
    DECLINED,
    DISORDERLY,
    GOOD,
    TOLD_THRICE,
    WRONG_AMOUNT,
    bought,
    buy,
    calls_are_made,
    checkout,
    do,
    hired,
    in_progress,
    pay,
    pay_at,
    payments_of,
    read,
)
from tests.support.server import DEFAULTS, Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")

PAYMENT_FIELDS = {
    "id", "_id", "orderId", "provider", "status", "amount", "currency", "received", "refunded", "createdAt",
    "updatedAt",
}  # fmt: skip


def status_of(person: Client, order: Any) -> Any:
    answer = person.get(f"/api/payment/orders/{order['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_who_asks_to_pay_while_the_news_of_the_payment_come_begins_no_second(
    server: Server, alice: Person, bob: Person
) -> None:
    """It was read that the order waits for money; then it was paid."""
    order = hired(alice, bob)
    inside = Db(server.mongo_uri, server.mongo_db)
    stale = get_order(inside, ObjectId(order["id"]))
    assert stale is not None
    pay(server, alice, order)
    gateway = SandboxGateway(DEFAULTS["SECRET_KEY"], inside)
    rules = Rules(currency=Currency("USD"), fee_basis_points=1_000)
    with pytest.raises(Conflict) as refused:
        actions.checkout(
            inside, gateway, payable(stale), rules=rules, base_url=server.url, now=stale.created_at
        )
    assert refused.value.code == "already_paid"
    assert [each["status"] for each in payments_of(server, order)] == ["paid"]
    inside.client.close()


def test_paying_and_what_is_known_of_it(
    server: Server, alice: Person, bob: Person, charlie: Person, visitor: Client, db: Any
) -> None:
    """The provider's own event arrives by itself."""
    order = hired(alice, bob, price=70)
    unpaid = status_of(bob, order)
    assert (unpaid["status"], unpaid["payment"], unpaid["payments"]) == ("unpaid", None, [])
    asked = checkout(alice, order)
    assert asked.status_code == 201
    assert asked.json().keys() == {"order", "checkoutUrl"}
    assert asked.json()["order"]["status"] == "pending_payment"
    assert asked.json()["checkoutUrl"].startswith(f"{server.url}/sandbox/checkout/")
    assert status_of(alice, order)["status"] == "open"
    assert pay_at(asked.json()["checkoutUrl"]).status_code == 200
    wait_for(lambda: read(bob, order)["status"] == "in_progress", what="the news of the payment")
    for person in (alice, bob):
        paid = status_of(person, order)
        assert (paid["orderId"], paid["status"], paid["order"]["status"]) == (
            order["id"],
            "paid",
            "in_progress",
        )
        assert paid["payment"].keys() == PAYMENT_FIELDS
        assert (paid["payment"]["amount"], paid["payment"]["received"], paid["payment"]["refunded"]) == (
            70,
            70,
            0,
        )
    path = f"/api/payment/orders/{order['id']}"
    assert (charlie.get(path).status_code, visitor.get(path).status_code) == (404, 401)
    again = checkout(alice, order)
    assert (again.status_code, code_of(again)) == (409, "order_state")
    check_orders(db, order["id"])
    check_at_provider(db, order["id"])


def test_only_the_client_pays(alice: Person, bob: Person, charlie: Person, root: Person) -> None:
    order = hired(alice, bob)
    assert [checkout(person, order).status_code for person in (bob, charlie, root)] == [403, 404, 403]
    assert checkout(alice, {"id": "f" * 24}).status_code == 404
    assert checkout(alice, {"id": "nonsense"}).status_code == 404


def test_a_second_tab_gets_the_same_checkout(server: Server, alice: Person, bob: Person) -> None:
    order = hired(alice, bob)
    first, second = checkout(alice, order).json(), checkout(alice, order).json()
    assert first["checkoutUrl"] == second["checkoutUrl"]
    assert len(payments_of(server, order)) == 1


def test_whoever_asks_to_pay_what_is_paid_hears_so(server: Server, alice: Person, bob: Person) -> None:
    """Also where the event has not come: asking looks at the provider first, and the event changes nothing then."""
    order = hired(alice, bob)
    address = checkout(alice, order).json()["checkoutUrl"]
    assert pay_at(address).status_code == 200
    again = checkout(alice, order)
    assert (again.status_code, code_of(again) in ("already_paid", "order_state")) == (409, True)
    assert read(alice, order)["status"] == "in_progress"
    wait_for(
        lambda: server.db.sandbox_events.find_one({"data.session_id": address.rpartition("/")[2]})["told_at"]
    )
    assert [each["status"] for each in payments_of(server, order)] == ["paid"]
    check_orders(server.db, order["id"])


def test_a_card_that_is_declined_can_be_followed_by_another(
    server: Server, alice: Person, bob: Person
) -> None:
    order = hired(alice, bob)
    address = checkout(alice, order).json()["checkoutUrl"]
    declined = pay_at(address, DECLINED)
    assert (declined.status_code, declined.json()["error"]["fields"].keys()) == (400, {"cardNumber"})
    assert read(alice, order)["status"] == "pending_payment"
    assert pay_at(address).status_code == 200
    wait_for(lambda: read(alice, order)["status"] == "in_progress")


@pytest.mark.parametrize("card", [TOLD_THRICE, DISORDERLY], ids=["told three times", "out of order"])
def test_however_the_provider_tells_it(
    card: str, server: Server, alice: Person, bob: Person, db: Any
) -> None:
    """Invariant 7: one hold, one payment."""
    order = hired(alice, bob)
    address = checkout(alice, order).json()["checkoutUrl"]
    assert pay_at(address, card).status_code == 200
    session = address.rpartition("/")[2]
    wait_for(lambda: not db.sandbox_events.find_one({"data.session_id": session, "told_at": None}))
    assert read(alice, order)["status"] == "in_progress"
    assert [each["status"] for each in payments_of(server, order)] == ["paid"]
    check_orders(db, order["id"])
    check_at_provider(db, order["id"])


def test_the_wrong_amount_goes_back_and_the_order_waits(
    server: Server, alice: Person, bob: Person, db: Any
) -> None:
    """Invariant 7: a wrong amount never funds an order. It can be paid rightly then, and cancelled after."""
    order = hired(alice, bob)
    assert pay_at(checkout(alice, order).json()["checkoutUrl"], WRONG_AMOUNT).status_code == 200
    wait_for(lambda: status_of(alice, order)["status"] == "refunded", what="the money on its way back")
    wrong = status_of(alice, order)
    assert (wrong["order"]["status"], wrong["payment"]["received"], wrong["payment"]["refunded"]) == (
        "pending_payment",
        449.49,
        449.49,
    )
    check_orders(db, order["id"])
    check_at_provider(db, order["id"])
    order = pay(server, alice, order)
    assert [each["status"] for each in status_of(bob, order)["payments"]] == ["paid", "refunded"]
    do(alice, order, "cancel")
    do(bob, order, "cancel/answer", agree=True)
    calls_are_made(server)
    assert [each["refunded"] for each in status_of(alice, order)["payments"]] == [449.5, 449.49]
    check_orders(db, order["id"])
    check_at_provider(db, order["id"])


def test_where_payments_are_switched_off(payments_off: Server, join: Join) -> None:
    """People agree, but nobody pays, and nobody is told that they did."""
    alice, bob = join("Alice", at=payments_off), join("Bob", at=payments_off)
    order = hired(alice, bob)
    service = offer_service(bob)
    for refused in (checkout(alice, order), buy(alice, service), bob.post("/api/payment/payouts")):
        assert (refused.status_code, code_of(refused)) == (409, "payments_off")
    assert payments_off.db.orders.count_documents({"source.type": "service", "client_id": alice.id}) == 0
    assert alice.post("/api/payment/webhook", {}).status_code == 404
    assert alice.get(f"/api/payment/orders/{order['id']}").json()["status"] == "unpaid"
    assert do(alice, order, "cancel")["status"] == "cancelled"


@pytest.mark.parametrize(
    ("fee_percent", "currency", "sales"),
    [
        # Each with its price, its fee and what is left.
        (
            "12.5",
            "USD",
            [(100, 12.5, 87.5), (0.04, 0.01, 0.03), (0.01, 0, 0.01)],
        ),  # half a cent counts as one
        ("50", "JPY", [(5000, 2500, 2500), (5, 3, 2), (1, 1, 0)]),
        ("10", "KWD", [(1.005, 0.101, 0.904)]),
    ],
)
def test_fees_and_currencies(
    fee_percent: str,
    currency: str,
    sales: list[tuple[float, float, float]],
    start_server: Callable[..., Server],
    join: Join,
) -> None:
    """The fee is the one of the agreement, in the smallest unit of the currency, and said before it."""
    units = Currency(currency)
    server = start_server(FEE_PERCENT=fee_percent, CURRENCY=currency)
    alice, bob = join("Alice", at=server), join("Bob", at=server)
    for price, fee, left in sales:
        said = bob.get("/fee", params={"price": str(price)}, headers={"HX-Request": "true"}).text
        assert f"You receive {units.format(units.of_number(left))} after" in said
        order = pay(server, alice, hired(alice, bob, price=price))
        assert (order["fee"], order["currency"], order["ledger"]["held"]) == (fee, currency, price)
        assert completed(alice, bob, order) == (fee, left)
        check_orders(server.db, order["id"])
        check_at_provider(server.db, order["id"])
    balance = bob.get("/api/payment/balance").json()["balance"]
    assert balance == pytest.approx(sum(net for _, _, net in sales))


def completed(client: Client, freelancer: Client, order: Json) -> tuple[float, float]:
    """What a paid order brings the site and the freelancer once its work is accepted."""
    do(freelancer, order, "deliver", message="Here.")
    books = do(client, order, "accept")["ledger"]
    return books["fee"], books["released"]


@pytest.fixture(scope="module")
def free(server: Server, start_server: Callable[..., Server]) -> Server:
    """The same market, whose operator takes no fee from now on."""
    return start_server(server.mongo_db, FEE_PERCENT="0")


@contextmanager
def there(free: Server, *people: Person) -> Iterator[list[Client]]:
    """People of the market, at that server."""
    found = [Client(free.url) for _ in people]
    for client, person in zip(found, people, strict=True):
        client.session.cookies.update(person.session.cookies)
    yield found
    for client in found:
        client.close()


def test_a_fee_that_is_changed_later_is_of_later_orders(
    server: Server, free: Server, alice: Person, bob: Person
) -> None:
    """Also where it is none from then on."""
    order = in_progress(server, alice, bob, price=100)
    with there(free, alice, bob) as (client, freelancer):
        assert completed(client, freelancer, order) == (10, 90)
        later = pay(free, client, hired(client, freelancer, price=100))
        assert later["fee"] == 0
        before = freelancer.get("/api/payment/balance").json()["balance"]
        assert completed(client, freelancer, later) == (0, 100)
        assert freelancer.get("/api/payment/balance").json()["balance"] == before + 100
        check_orders(server.db, order["id"], later["id"])


def test_without_a_fee_nobody_reads_of_one(free: Server, alice: Person, bob: Person, visitor: Client) -> None:
    with there(free, alice, bob) as people:
        client, freelancer = people
        order = hired(client, freelancer, price=100)
        pages = [Client(free.url).page("/").text, client.page("/settings/payouts").text]
        pages += [each.page(f"/orders/{order['id']}").text for each in people]
        pay(free, client, order)
        do(freelancer, order, "deliver", message="Here.")
        pages += [client.page(f"/orders/{order['id']}/accept").text]
        pages += [each.page(f"/orders/{order['id']}").text for each in people]
        do(client, order, "dispute", reason="Nothing comes.")
        pages += [each.page(f"/orders/{order['id']}/number").text for each in people]
        numbered = wait_for(lambda: client.get(f"/api/orders/{order['id']}/receipts").json()["receipts"])
        pages += [client.page(f"/receipts/{numbered[0]['id']}").text]
    said = {word for page in pages for word in re.findall(r"(?:\S+ ){0,2}\bfees?\b", page)}
    assert said == {"takes no fee"}


def test_a_checkout_that_fails_leaves_the_order(alice: Person, bob: Person) -> None:
    """A purchase makes its order first; a program that asks again pays for that one."""
    order = bought(alice, bob)
    assert checkout(alice, order).status_code == 201
    assert pay_at(checkout(alice, order).json()["checkoutUrl"], GOOD).status_code == 200
