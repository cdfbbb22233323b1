"""What freelancers have earned, and how they have it paid out (docs/api.md)."""

from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join, shared
from tests.support.client import Client, Json, Person
from tests.support.invariants import check_balance
from tests.support.market import code_of
from tests.support.money import calls_are_made, delivered, do
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")

PAYOUTS = "/api/payment/payouts"


def earn(server: Server, client: Person, freelancer: Person, price: float) -> Json:
    """The order by which a freelancer has earned this, less the fee of a tenth."""
    return do(client, delivered(server, client, freelancer, price=price), "accept")


def balance_of(person: Person) -> Json:
    answer = person.get("/api/payment/balance")
    assert answer.status_code == 200, answer.text
    return answer.json()


def pay_out(person: Client, amount: object = None, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return person.post(PAYOUTS, {} if amount is None else {"amount": amount}, headers=headers)


def test_nothing_earned(server: Server, join: Join, visitor: Client) -> None:
    alice = join("Alice Owner")
    assert balance_of(alice) == {"balance": 0, "currency": "USD", "movements": [], "next": None}
    refused = pay_out(alice)
    assert (refused.status_code, code_of(refused)) == (409, "nothing_to_pay_out")
    assert server.db.payout_accounts.count_documents({"user_id": ObjectId(alice.id)}) == 0
    assert alice.get(PAYOUTS).json() == {"payouts": [], "next": None}
    for path in ("/api/payment/balance", PAYOUTS):
        assert visitor.get(path).status_code == 401
    assert pay_out(visitor).status_code == 401


def test_a_part_and_then_the_rest(server: Server, alice: Person, bob: Person, db: Any) -> None:
    order = earn(server, alice, bob, 100)
    part = pay_out(bob, 30.5)
    assert part.status_code == 201
    assert (part.json()["amount"], part.json()["currency"], part.json()["status"]) == (
        30.5,
        "USD",
        "requested",
    )
    assert balance_of(bob)["balance"] == 59.5
    for wrong in (59.51, 1_000_000):
        refused = pay_out(bob, wrong)
        assert (refused.status_code, refused.json()["error"]["fields"]) == (
            400,
            {"amount": ["Your balance is less than that."]},
        )
    for nonsense in (0, -1, "all", 0.001):
        assert pay_out(bob, nonsense).json()["error"]["fields"].keys() == {"amount"}
    assert pay_out(bob).json()["amount"] == 59.5
    movements = balance_of(bob)["movements"]
    assert [(each["what"], each["amount"], each["orderId"]) for each in movements] == [
        ("payout", -59.5, None),
        ("payout", -30.5, None),
        ("release", 90, order["id"]),
    ]
    first = bob.get("/api/payment/balance?limit=2").json()
    rest = bob.get(f"/api/payment/balance?limit=2&cursor={first['next']}").json()
    assert (first["movements"] + rest["movements"], rest["next"]) == (movements, None)
    calls_are_made(server)
    payouts = bob.get(PAYOUTS).json()["payouts"]
    assert [(each["amount"], each["status"]) for each in payouts] == [(59.5, "sent"), (30.5, "sent")]
    assert alice.get(PAYOUTS).json()["payouts"] == []
    check_balance(db, bob.id)


def test_a_key_is_one_payout(server: Server, join: Join, bob: Person) -> None:
    """A lost answer is asked for again; another person's key is another key."""
    alice = join("Alice Owner")
    for person in (bob, alice):
        earn(server, alice if person is bob else bob, person, 100)
    first = pay_out(bob, 10, key="k1")
    assert first.status_code == 201
    for again in (pay_out(bob, 10, key="k1"), pay_out(bob, key="k1")):
        assert (again.status_code, again.json()["id"], again.json()["amount"]) == (
            201,
            first.json()["id"],
            10,
        )
    other = pay_out(bob, 20, key="k1")
    assert (other.status_code, code_of(other)) == (409, "key_reused")
    assert balance_of(bob)["balance"] == 80
    assert pay_out(bob, 10, key="k2").json()["id"] != first.json()["id"]
    assert pay_out(alice, 10, key="k1").json()["id"] != first.json()["id"]
    long = pay_out(bob, 10, key="k" * 201)
    assert (long.status_code, code_of(long)) == (400, "invalid_fields")


@pytest.mark.parametrize(
    ("price", "is_sent"),
    [
        pytest.param(100.14, True, id="sent back by the bank"),  # 90.13 after the fee, see sandbox.models
        pytest.param(100.16, False, id="refused at once"),  # 90.14
    ],
)
def test_a_payout_that_fails_is_in_the_balance_again(
    price: float, is_sent: bool, server: Server, alice: Person, bob: Person, db: Any
) -> None:
    earn(server, alice, bob, price)
    net = balance_of(bob)["balance"]
    payout = pay_out(bob).json()
    assert payout["amount"] == net

    def is_now(status: str) -> bool:
        return bool(db.payouts.find_one({"_id": ObjectId(payout["id"]), "status": status}))

    if is_sent:
        wait_for(lambda: is_now("sent"), what="the payout")
        assert balance_of(bob)["balance"] == 0
    wait_for(lambda: is_now("failed"), what="the return of the money")
    # The test reads the primary, the house what the majority has: that is a moment later.
    wait_for(lambda: balance_of(bob)["balance"] == net, what="the money in the balance")
    assert [each["what"] for each in balance_of(bob)["movements"]] == ["payout_returned", "payout", "release"]
    failed = bob.get(PAYOUTS).json()["payouts"][0]
    assert (failed["id"], failed["status"], bool(failed["why"])) == (payout["id"], "failed", True)
    told = [
        each
        for each in bob.get("/api/notifications").json()["notifications"]
        if each["type"] == "payout_failed"
    ]
    assert [each["message"] for each in told] == [
        "A payout did not reach your bank. The money is in your balance again."
    ]
    check_balance(db, bob.id)
