"""The brief of a purchase in random hands against a model, over two web processes (docs/domain.md, Briefs): bought,
bought again, changed, paid, cancelled, while the service asks otherwise; and two or three of these at once.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from itertools import permutations, product
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gigflow.proof.audit import audit
from tests.conftest import Join
from tests.files.test_files_of_jobs import fetched, ids_of, upload
from tests.orders.test_briefs import CHOICE, FILE, WORDS
from tests.support.client import Client, Json
from tests.support.machines import run_machine
from tests.support.market import offer_service
from tests.support.money import checkout, news_of_money, pay_at, tell
from tests.support.races import at_once
from tests.support.server import Server

ASKED: list[list[Json]] = [[], [WORDS], [{**CHOICE, "required": True}, FILE], [WORDS, CHOICE]]
# What is tried, and how often.
ACTS = {"buy": 4, "again": 2, "put": 4, "bare": 2, "pay": 1, "cancel": 1, "ask": 3}
RIVALS = ["buy", "again", "put", "put", "bare", "pay", "cancel", "ask"]


@dataclass
class Act:
    """What somebody does: with these words and this file, about the order that was unpaid then."""

    name: str
    order: str = ""
    text: str = ""
    body: Json = field(default_factory=dict)
    made: str = ""
    asks: list[Json] = field(default_factory=list)


@dataclass
class ModelOrder:
    """An order with what it asked and what was answered."""

    asked: list[Json]
    status: str = "pending_payment"
    text: str = ""
    answers: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def take(self, act: Act) -> bool:
        """Replace the brief, unless something that must be answered is not."""
        said = {each["questionId"]: each["text"] for each in act.body.get("answers", [])}
        if any(each["required"] and each["id"] not in said for each in self.asked):
            return False
        self.text, self.files = act.body.get("brief", ""), act.body.get("fileIds", [])
        self.answers = [said[each["id"]] for each in self.asked if each["id"] in said]
        return True


@dataclass
class ModelService:
    """What a service asks, and its orders by their ids; each act returns the status of its answer."""

    asks: list[Json]
    orders: dict[str, ModelOrder] = field(default_factory=dict)

    @property
    def unpaid(self) -> str:
        return next((each for each, order in self.orders.items() if order.status == "pending_payment"), "")

    def apply(self, act: Act) -> int:
        status: int = getattr(self, act.name)(act)
        return status

    def buy(self, act: Act) -> int:
        """Buy it, or again: an unpaid order is the same one, with this brief. `again` says nothing of a brief."""
        new = ModelOrder(self.asks)
        is_new = not self.unpaid
        if not is_new and not act.body:
            return 201 if act.made == self.unpaid else 0
        if not new.take(act) or (not is_new and not self.orders[self.unpaid].take(act)):
            return 400
        if is_new:
            self.orders[act.made] = new
        return 201 if act.made == self.unpaid else 0

    again = buy

    def put(self, act: Act) -> int:
        order = self.orders[act.order]
        if order.status != "pending_payment":
            return 409
        return 200 if order.take(act) else 400

    bare = put

    def pay(self, act: Act) -> int:
        """Pay; what is paid for an order that is over goes back."""
        order = self.orders[act.order]
        if order.status == "pending_payment":
            order.status = "in_progress"
        return 200

    def cancel(self, act: Act) -> int:
        order = self.orders[act.order]
        if order.status != "pending_payment":
            return 0  # of a paid order it is another act, which rivals do not do
        order.status = "cancelled"
        return 200

    def ask(self, act: Act) -> int:
        self.asks = act.asks
        return 200

    def shown(self) -> Json:
        """What is read of each order."""
        return {
            each: (order.status, order.text, order.answers, order.files)
            for each, order in self.orders.items()
        }


class Briefs(RuleBasedStateMachine):
    """The model, and the requests that it is compared with."""

    def __init__(self, server: Server, join: Join) -> None:
        super().__init__()
        self.server, self.number = server, 0
        self.client, self.freelancer, self.stranger = (
            join(each, at=server) for each in ("Cleo", "Finn", "Sam")
        )
        self.files: dict[str, Json] = {}

    @initialize(chance=st.randoms(use_true_random=True))
    def begin(self, chance: Random) -> None:
        """A service that asks. What comes is drawn by `chance`."""
        self.chance = chance
        self.service = offer_service(self.freelancer, questions=ASKED[1])
        self.model = ModelService(self.service["questions"])

    @rule()
    def one(self) -> None:
        (name,) = self.chance.choices(list(ACTS), list(ACTS.values()))
        if act := self.chosen(name):
            self.settle([(act, self.send(act, self.client))])

    @rule()
    def rush(self) -> None:
        """Rivals at once, from two processes: their answers and what is read are those of some order of them."""
        names = self.chance.sample(RIVALS, 3)
        if "cancel" in names and "pay" in names:
            names.remove("cancel")
        rivals = [act for act in map(self.chosen, names) if act]
        tabs = [self.client.twin() for _ in rivals]
        works = [partial(self.send, *each) for each in zip(rivals, tabs, strict=True)]
        said = at_once(works) if works else []
        for tab in tabs:
            tab.close()
        self.settle(list(zip(rivals, said, strict=True)))

    def chosen(self, name: str) -> Act | None:
        """An act about the unpaid order, or any; with words, answers and a file of its own."""
        order = self.model.unpaid or next(reversed(self.model.orders), "")
        if (name in ("put", "bare") and not order) or (name in ("pay", "cancel") and not self.model.unpaid):
            return None
        self.number += 1
        act = Act(name, order, f"Brief {self.number}")
        if name == "bare":
            act.body = {"brief": act.text, "answers": [], "fileIds": []}
        elif name in ("buy", "put"):
            file = upload(self.client, f"file-{self.number}.txt")
            self.files[file["id"]] = file
            asked = {each["id"]: each for each in [*self.model.asks, *self.asked_by(order)]}.values()
            answers = [
                {"questionId": each["id"], "text": self.answer_to(each)}
                for each in asked
                if each["kind"] != "file"
            ]
            act.body = {"brief": act.text, "answers": answers, "fileIds": ids_of(file)}
        elif name == "ask":
            act.body = {"questions": self.chance.choice(ASKED)}
        elif name == "pay":
            asked_to_pay = checkout(self.client, {"id": order})
            assert asked_to_pay.status_code == 201, asked_to_pay.text
            act.text = asked_to_pay.json()["checkoutUrl"]
        return act

    def asked_by(self, order: str) -> list[Json]:
        return self.model.orders[order].asked if order else []

    def answer_to(self, question: Json) -> str:
        return "A4" if question["kind"] == "choice" else f"Answer {self.number}"

    def send(self, act: Act, person: Client) -> int:
        """Send an act, note what it made, and return its status."""
        if act.name in ("buy", "again"):
            bought = person.post("/api/payment/checkout", {"gigId": self.service["id"], **act.body})
            act.made = bought.json()["order"]["id"] if bought.status_code == 201 else ""
            return bought.status_code
        if act.name in ("put", "bare"):
            return person.put(f"/api/orders/{act.order}/brief", act.body).status_code
        if act.name == "pay":
            return tell(self.server, news_of_money(self.server, pay_at(act.text))).status_code
        if act.name == "cancel":
            return person.post(f"/api/orders/{act.order}/cancel", {"reason": "Changed plans"}).status_code
        tab = self.freelancer.twin()
        asked = tab.patch(f"/api/gigs/{self.service['id']}", act.body)
        tab.close()
        act.asks = asked.json()["questions"]
        return asked.status_code

    def settle(self, done: list[tuple[Act, int]]) -> None:
        """Take the model that some order of these acts leads to, with these answers and what is read now."""
        read, tried = self.read(), []
        ended = any(act.name in ("pay", "cancel") for act, _ in done)

        def come_to(model: ModelService, act: Act, status: int, *, took: bool) -> int:
            """The status that this act should have. Who comes back to an order while it is paid or cancelled may find
            that there is nothing to pay any longer, after their brief was taken or before; nothing is bought twice.
            """
            is_late = ended and status == 409 and act.name in ("buy", "again")
            expected = model.apply(act) if took or not is_late else 0
            return status if is_late else expected

        for order, took in product(permutations(done), (True, False)):
            model = deepcopy(self.model)
            said = [(come_to(model, act, status, took=took), status) for act, status in order]
            tried.append((said, model.shown()))
            if all(expected == status for expected, status in said) and model.shown() == read:
                self.model = model
                return
        raise AssertionError(f"no order of {done} comes to {read}, but to {tried}")

    def read(self) -> Json:
        """The state and the brief of each order that there is, the same for its two sides."""
        found: dict[str, Any] = {}
        orders = self.client.get("/api/orders", params={"limit": 100}).json()["orders"]
        for each in (order["id"] for order in orders):
            one, other = (
                person.get(f"/api/orders/{each}").json() for person in (self.client, self.freelancer)
            )
            assert one["terms"]["brief"] == other["terms"]["brief"]
            brief = one["terms"]["brief"]
            answers = [said["answer"] for said in brief["answers"]]
            found[each] = (one["status"], brief["text"], answers, [file["id"] for file in brief["files"]])
        return found

    @invariant()
    def only_the_two_may_have_the_files_of_a_brief(self) -> None:
        """And not those of a brief that was changed."""
        if not self.files:
            return
        kept = {each for order in self.model.orders.values() for each in order.files}
        for each in list(self.files)[-3:]:
            people = (self.freelancer, self.stranger)
            assert fetched(self.files[each], *people) == ([200, 404] if each in kept else [404, 404])
            assert each not in kept or fetched(self.files[each], self.client) == [200]

    def teardown(self) -> None:
        """At the end the audit finds nothing."""
        found = {words: problems for words, problems in audit(self.server.house) if problems}
        assert not found, found


@pytest.mark.slow
def test_a_brief_in_random_hands(two_processes: Server, join: Join) -> None:
    run_machine(lambda: Briefs(two_processes, join), lives=2, steps=20)
