"""Orders, payments, disputes, reviews and payouts in random hands against a model (docs/states.md; invariants 1
to 7, 9 and 10).

A client, a freelancer, a stranger and an admin do everything in any state, rightly and wrongly, through HTTP; the
provider tells of money twice, late, too little and out of order; time passes at any moment. What each answer must be
follows from the table of orders; after each step the database is read directly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.orders.due import run_due
from gigflow.proof.audit import audit
from gigflow.reviews.actions import reveal_due
from gigflow.sandbox.models import SLOW_BY
from tests.conftest import Join
from tests.orders.model import ADMIN, CLIENT, FREELANCER, SIDES, STEPS, ModelOrder, ModelPayment
from tests.support.client import Json, Person
from tests.support.invariants import check_at_provider, check_orders, check_reviews
from tests.support.machines import run_machine
from tests.support.market import code_of
from tests.support.money import (
    GOOD,
    SLOW,
    WRONG_AMOUNT,
    bought,
    calls_are_made,
    checkout,
    expired_event,
    hired,
    paid_event,
    pay_at,
    payments_of,
    tell,
    try_to,
)
from tests.support.server import Server

MOST_ORDERS = 3  # so that much happens to each
PRICES = st.sampled_from([1, 99.99, 450])
PARTS = st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0, 1.1])  # of what is held
AHEAD = st.sampled_from(
    [timedelta(hours=1), timedelta(days=2), timedelta(days=4), timedelta(days=8), timedelta(days=15)]
)
WORDS = {
    "deliver": {"message": "Here it is."},
    "revise": {"message": "Bluer, please."},
    "accept": {},
    "cancel": {"reason": "No time."},
    "take_back": {},
    "agree_to_cancel": {"agree": True},
    "refuse": {"agree": False},
    "dispute": {"reason": "This is not it."},
}
# What a person would try in each state; without it most steps would be refused.
LIKELY = {
    "pending_payment": ("cancel",),
    "in_progress": ("deliver", "deliver", "cancel", "dispute"),
    "delivered": ("revise", "accept", "cancel", "dispute"),
    "disputed": ("accept", "dispute"),
}


@dataclass(frozen=True)
class Choice:
    """Who does what to which order: mostly somebody who may, something that can be done, to one that goes on."""

    nth: int
    lively: bool
    rightly: bool
    other: int

    def order(self, orders: list[ModelOrder]) -> ModelOrder:
        going = [each for each in orders if each.status not in ("completed", "cancelled")]
        among = going if self.lively and going else orders
        return among[self.nth % len(among)]

    def person(self, right: int) -> int:
        return right if self.rightly else (right + self.other) % (ADMIN + 1)

    def side(self, order: ModelOrder, side: str | None = None) -> int:
        return self.person(order.person(side or (CLIENT, FREELANCER)[self.nth // 2 % 2]))


MOSTLY = st.sampled_from([True, True, True, True, False])
CHOICES = st.builds(Choice, st.integers(0, 11), MOSTLY, MOSTLY, st.integers(1, 3))


class Deals(RuleBasedStateMachine):
    """The model, and the requests that it is compared with. All ids of orders are kept in `known`."""

    def __init__(self, server: Server, inside: Db, people: list[Person], known: list[str]) -> None:
        super().__init__()
        self.server, self.inside, self.people, self.known = server, inside, people, known
        self.orders: list[ModelOrder] = []
        self.touched: list[ModelOrder] = []

    @initialize(price=PRICES)
    def begin(self, price: float) -> None:
        self.agree(0, 1, "bid", price, 0)
        self.agree(1, 2, "service", price, 1)
        for order in self.orders:
            self.pay_for(order, self.new_payment(order), GOOD)
        self.touched = list(self.orders)

    @precondition(lambda self: len(self.orders) < MOST_ORDERS)
    @rule(
        client=st.integers(0, 2),
        step=st.integers(1, 2),
        door=st.sampled_from(["bid", "service"]),
        price=PRICES,
        revisions=st.integers(0, 2),
    )
    def agree(self, client: int, step: int, door: str, price: float, revisions: int) -> None:
        freelancer = (client + step) % 3
        between = self.people[client], self.people[freelancer]
        made = hired(*between, price) if door == "bid" else bought(*between, price=price, revisions=revisions)
        order = ModelOrder(
            made["id"], client, freelancer, door, round(price * 100), 3 if door == "bid" else revisions
        )
        if door == "service":
            payment = payments_of(self.server, made)[0]
            order.payments.append(ModelPayment(payment["checkout_url"]))
        self.orders.append(order)
        self.known.append(order.id)
        self.touched = [order]

    @rule(choice=CHOICES, any_step=st.sampled_from(STEPS))
    def step(self, choice: Choice, any_step: str) -> None:
        order = choice.order(self.orders)
        likely = LIKELY.get(order.status, STEPS)
        name = likely[choice.nth % len(likely)] if choice.lively else any_step
        self.take(order, name, choice.side(order, SIDES.get(name)))

    @precondition(lambda self: any(order.asked for order in self.orders))
    @rule(choice=CHOICES, name=st.sampled_from(["take_back", "agree_to_cancel", "refuse", "cancel"]))
    def answer(self, choice: Choice, name: str) -> None:
        order = choice.order([order for order in self.orders if order.asked])
        self.take(order, name, choice.side(order))

    def take(self, order: ModelOrder, name: str, who: int) -> None:
        expected = order.step(name, who)
        person, path = self.people[who], f"/api/orders/{order.id}"
        if name == "take_back":
            answer = person.delete(f"{path}/cancel")
        else:
            asked = {"agree_to_cancel": "cancel/answer", "refuse": "cancel/answer"}.get(name, name)
            answer = try_to(person, {"id": order.id}, asked, **WORDS[name])
        self.expect(order, answer.status_code, expected)

    @rule(choice=CHOICES)
    def ask_to_pay(self, choice: Choice) -> None:
        order = choice.order(self.orders)
        who = choice.side(order, CLIENT)
        answer = checkout(self.people[who], {"id": order.id})
        expected = order.for_a_side(who, CLIENT)
        if expected == 200:
            expected = 201 if order.may("pay") else 409
        payment = order.open_payment
        if expected == 201 and payment and payment.news:
            # Asking looks at the provider first: it is paid already.
            order.hear_of(payment, right=True)
            expected = 409
        self.expect(order, answer.status_code, expected)
        if expected == 201 and payment:
            assert answer.json()["checkoutUrl"] == payment.address
        elif expected == 201:
            order.payments.append(ModelPayment(answer.json()["checkoutUrl"]))

    @rule(choice=CHOICES, card=st.sampled_from([GOOD, GOOD, SLOW, WRONG_AMOUNT]), part=st.integers(0, 2))
    def pay(self, choice: Choice, card: str, part: int) -> None:
        """Whoever has the address of a checkout may pay there, whatever has become of the order meanwhile."""
        waiting = [each for each in self.orders if each.status == "pending_payment"]
        order = choice.order(waiting if waiting and choice.lively else self.orders)
        uncharged = [each for each in order.payments if not each.charged]
        if not uncharged and order.may("pay") and not order.open_payment:
            uncharged = [self.new_payment(order)]
        if uncharged:
            self.pay_for(order, uncharged[part % len(uncharged)], card)
            self.touched = [order]

    def new_payment(self, order: ModelOrder) -> ModelPayment:
        """The payment that the client has asked for, if not before then now."""
        if not order.open_payment:
            answer = checkout(self.people[order.client], {"id": order.id})
            assert answer.status_code == 201, answer.text
            order.payments.append(ModelPayment(answer.json()["checkoutUrl"]))
        assert order.open_payment is not None
        return order.open_payment

    def pay_for(self, order: ModelOrder, payment: ModelPayment, card: str) -> None:
        """Pay at the sandbox; of what was paid by the slow card GigFlow hears when a rule tells it."""
        answer = pay_at(payment.address, card)
        if answer.status_code == 409:
            # The checkout was ended, as it is wherever nobody waits for its money any more.
            assert (code_of(answer), payment.status) == ("checkout_over", "expired")
            return
        assert answer.status_code == 200, answer.text
        payment.charged = True
        events = self.server.db.sandbox_events
        of_this = {"data.session_id": answer.json()["id"], "type": "checkout.paid"}
        news = events.find_one(of_this)
        assert news is not None
        payment.news = {"id": news["event_id"], "type": news["type"], "data": news["data"]}
        if card == SLOW:
            events.update_many(of_this, {"$set": {"due_at": now() + timedelta(days=1)}})
            # Its bank has taken its time already: who asks the provider is told.
            charge = {"_id": news["data"]["charge_id"]}
            told = self.server.db.sandbox_charges.update_one(
                charge, {"$set": {"created_at": now() - SLOW_BY}}
            )
            assert told.matched_count == 1
        else:
            self.hear(order, payment, 1)

    @precondition(lambda self: any(each.news for order in self.orders for each in order.payments))
    @rule(nth=st.integers(0, 5), times=st.integers(1, 2))
    def hear_at_last(self, nth: int, times: int) -> None:
        waiting = [(order, each) for order in self.orders for each in order.payments if each.news]
        order, payment = waiting[nth % len(waiting)]
        self.hear(order, payment, times)
        self.touched = [order]

    def hear(self, order: ModelOrder, payment: ModelPayment, times: int) -> None:
        news = payment.news
        assert news is not None
        for _ in range(times):
            assert tell(self.server, news).status_code == 200
        order.hear_of(payment, right=news["data"]["amount_minor"] == order.price)

    @precondition(lambda self: any(order.payments for order in self.orders))
    @rule(nth=st.integers(0, 5), kind=st.sampled_from(["expired", "expired", "forged", "old", "future"]))
    def hear_what_is_not_so(self, nth: int, kind: str) -> None:
        """Of any payment that it has expired, which may be late; and that it is paid, by somebody else's hand."""
        order = [order for order in self.orders if order.payments][nth % 2 - 1]
        payment = order.payments[nth % len(order.payments)]
        stored = self.server.db.payments.find_one({"checkout_url": payment.address})
        assert stored is not None
        self.touched = [order]
        if kind == "expired":
            assert tell(self.server, expired_event(stored)).status_code == 200
            payment.status = "expired" if payment.status == "open" else payment.status
            return
        wrong: dict[str, Any] = {"forged": {"secret": "x"}, "old": {"sent": -400}, "future": {"sent": 90}}[
            kind
        ]
        assert tell(self.server, paid_event(stored), **wrong).status_code == 400

    @precondition(lambda self: any(order.status == "disputed" for order in self.orders))
    @rule(choice=CHOICES, part=PARTS)
    def name_number(self, choice: Choice, part: float) -> None:
        disputed = [order for order in self.orders if order.status == "disputed"]
        order = choice.order(disputed if choice.lively else self.orders)
        who, amount = choice.side(order), round(order.price * part)
        expected = order.name_number(who, amount)
        answer = try_to(self.people[who], {"id": order.id}, "dispute/offer", amount=amount / 100)
        self.expect(order, answer.status_code, expected)

    @rule(choice=CHOICES, part=PARTS, how=st.sampled_from(["complete", "cancel", "resolve"]))
    def decide(self, choice: Choice, part: float, how: str) -> None:
        disputed = [order for order in self.orders if order.status == "disputed"]
        if choice.lively and not disputed:
            return  # admins decide where they are asked to, mostly
        order = choice.order(disputed or self.orders)
        who = choice.person(ADMIN)
        stored = self.server.db.orders.find_one({"_id": ObjectId(order.id)})
        assert stored is not None
        if how == "resolve" and stored["dispute_id"]:
            amount = round(order.price * part)
            path, said = f"disputes/{stored['dispute_id']}/resolve", {"amount": amount / 100, "note": "So."}
        else:
            amount = order.price if how == "complete" else 0
            path, said = f"orders/{order.id}/{'complete' if amount else 'cancel'}", {"note": "So."}
        expected = order.decide(who, amount)
        self.expect(order, self.people[who].post(f"/api/admin/{path}", said).status_code, expected)

    @precondition(lambda self: any(order.status == "completed" for order in self.orders))
    @rule(choice=CHOICES, rating=st.integers(1, 5))
    def review(self, choice: Choice, rating: int) -> None:
        completed = [order for order in self.orders if order.status == "completed"]
        order = choice.order(completed if choice.lively else self.orders)
        who = choice.side(order)
        expected = order.review(who)
        answer = try_to(self.people[who], {"id": order.id}, "review", rating=rating, text="As agreed.")
        self.expect(order, answer.status_code, expected)

    @rule(ahead=AHEAD)
    def let_time_pass(self, ahead: timedelta) -> None:
        later = now() + ahead
        while run_due(self.inside, later):
            pass
        reveal_due(self.inside, later)
        self.touched = [order for order in self.orders if order.let_time_pass(ahead)]

    @rule(who=st.integers(0, 2), wanted=st.sampled_from(["whole", "more"]))
    def have_paid_out(self, who: int, wanted: str) -> None:
        """In whole units: the sandbox's bank has a whim about some cents."""
        person = self.people[who]
        there_is = person.get("/api/payment/balance").json()["balance"]
        balance = int(there_is)
        amount = balance if wanted == "whole" else 900_000
        answer = person.post("/api/payment/payouts", {"amount": amount})
        # Where nothing is there, that is said before the amount is looked at.
        refused = 409 if amount and not there_is else 400
        assert answer.status_code == (201 if 0 < amount <= balance else refused)

    @rule(choice=CHOICES)
    def look(self, choice: Choice) -> None:
        """Invariant 10: both sides and an admin read an order; to a stranger it is not there."""
        order = choice.order(self.orders)
        for who, person in enumerate(self.people):
            expected = 200 if who == ADMIN or order.side(who) else 404
            assert person.get(f"/api/orders/{order.id}").status_code == expected

    def expect(self, order: ModelOrder, status: int, expected: int) -> None:
        self.touched = [order]
        assert status == expected, (order, status, expected)

    @invariant()
    def the_database_is_as_the_model_says(self) -> None:
        for order in self.touched:
            check_orders(self.server.db, order.id)
            if order.reviews:
                check_reviews(self.server.db, order.id)
            stored = self.server.db.orders.find_one({"_id": ObjectId(order.id)})
            assert stored is not None
            assert (
                stored["status"],
                stored["released_minor"],
                stored["refunded_minor"],
                stored["terms"]["revisions"] - stored["revisions_used"],
                stored["cancellation"] and stored["cancellation"]["by"],
            ) == (order.status, order.released, order.refunded, order.revisions, order.asked)


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """With a database of its own, whose books are audited in the end."""
    return start_server()


@pytest.mark.slow
@pytest.mark.timeout(300)  # on a machine that does other things too
def test_orders_in_random_hands(server: Server, join: Join, root: Person) -> None:
    people = [*(join(name) for name in ("Alice", "Bob", "Charlie")), root]
    known: list[str] = []
    run_machine(lambda: Deals(server, server.house, people, known), lives=20, steps=25)
    hear_everything(server)
    calls_are_made(server)
    check_orders(server.db, *known)
    check_reviews(server.db, *known)
    check_at_provider(server.db, *known)
    assert [(words, problems) for words, problems in audit(server.house) if problems] == []
    assert not server.errors()


def hear_everything(server: Server) -> None:
    """Let the provider tell what it has not told yet."""
    for news in server.db.sandbox_events.find({"due_at": {"$ne": None}}):
        event: Json = {"id": news["event_id"], "type": news["type"], "data": news["data"]}
        assert tell(server, event).status_code == 200
