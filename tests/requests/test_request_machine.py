"""Requests in random hands against a model, over two web processes (invariants 11, 12 and 13): everything that the
tables of docs/states.md name, and three of these at once, which must come to what some order of them comes to.
"""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations
from random import Random
from typing import Any

import pytest
import requests
from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from gigflow.proof.audit import audit
from tests.conftest import Join
from tests.files.test_files_of_jobs import fetched, ids_of, upload
from tests.offers.steps import answer_offer
from tests.requests.model import Act, ModelHouse, ModelRequest
from tests.requests.steps import ask_for, do, reject, try_to_assign
from tests.support.client import Client, Json, Person
from tests.support.machines import run_machine
from tests.support.money import checkout, pay
from tests.support.operator import disable, enable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.ticks import do_house
from tests.support.waiting import wait_for

CLIENT, FREELANCERS, ADMINS = 0, (1, 2, 3), (4, 5)
PRICE = 450
# What is tried, and how often.
ACTS = {
    "assign": 5,
    "accept": 4,
    "decline": 2,
    "withdraw": 1,
    "expire": 2,
    "edit": 1,
    "reject": 1,
    "finish": 1,
}
ACTS |= {"send_again": 3, "take_back": 1, "cancel": 1, "open_up": 1, "call_off": 2, "pay": 1, "shut": 2}
RIVALS = [
    "accept",
    "accept",
    "decline",
    "withdraw",
    "take_back",
    "cancel",
    "assign",
    "reject",
    "call_off",
    "shut",
]
OF_CLIENT = {"edit", "send_again", "take_back", "cancel", "open_up", "pay"}
OF_OFFER = {"accept", "decline", "withdraw", "expire"}
OF_ORDER = {"call_off", "pay", "finish"}


def agree(expected: int, status: int) -> bool:
    """Whether an answer is the expected one. Who is shut out at this moment may read how it stands."""
    return status == expected or (expected, status) == (401, 409)


class Asking(RuleBasedStateMachine):
    """The model, and the requests that it is compared with."""

    def __init__(self, server: Server, join: Join) -> None:
        super().__init__()
        self.server = server
        names = ("Clara", "Finn", "Gita", "Hugo", "Root", "Sam", "Stranger")
        self.people: list[Person] = [join(name, at=server) for name in names]
        for each in ADMINS:
            server.make_admin(self.people[each].email)
        self.file = upload(self.people[CLIENT])

    @initialize(chance=st.randoms(use_true_random=True))
    def begin(self, chance: Random) -> None:
        """A request with a file that is offered to two. What comes is drawn by `chance`: Hypothesis itself tries the
        same again and again, which would seldom lead far.
        """
        self.chance, self.model = chance, ModelHouse()
        self.ask(fileIds=ids_of(self.file))
        (first,) = self.model.requests
        self.act(Act("assign", first, ADMINS[0], asked=FREELANCERS[:2]))

    def ask(self, **terms: Any) -> None:
        made = ask_for(self.people[CLIENT], **terms)["id"]
        self.model.requests[made] = ModelRequest(made)

    @rule()
    def one(self) -> None:
        """One act, mostly one that is possible: else nothing would ever happen."""
        if CLIENT not in self.model.shut_out and not self.open_requests():
            self.ask()
        (name,) = self.chance.choices(list(ACTS), list(ACTS.values()))
        self.act(self.chosen(name, self.one_of_the_requests()))

    @rule()
    def rush(self) -> None:
        """Rivals at once, from two processes: their answers and what is stored are those of some order of them."""
        request = self.one_of_the_requests()
        acts = [self.chosen(name, request) for name in self.chance.sample(RIVALS, 3)]
        rivals = [act for act in acts if act and (act.name != "shut" or act.on)]
        tabs = [self.people[act.who].twin() for act in rivals]
        said = (
            at_once([partial(self.send, *each) for each in zip(rivals, tabs, strict=True)]) if rivals else []
        )
        for tab in tabs:
            tab.close()
        self.settle(list(zip(rivals, said, strict=True)))

    def open_requests(self) -> list[ModelRequest]:
        over = ("posted", "completed", "cancelled")
        return [each for each in self.model.requests.values() if each.status not in over]

    def one_of_the_requests(self) -> ModelRequest:
        return self.chance.choice(self.open_requests() or list(self.model.requests.values()))

    def chosen(self, name: str, request: ModelRequest) -> Act | None:
        """An act about this request, mostly one that is possible."""
        mostly = self.chance.random() < 0.85
        if name == "assign":
            asked = tuple(self.chance.sample(FREELANCERS, self.chance.choice([1, 2, 3])))
            return Act(name, request.id, self.chance.choice(ADMINS), asked=asked)
        if name == "shut":
            return self.goes(request)
        if name in OF_ORDER:
            return self.about_its_order(name, request)
        if name in OF_CLIENT or name == "reject":
            return Act(name, request.id, CLIENT if name in OF_CLIENT else self.chance.choice(ADMINS))
        wanted = ("sent", "accepted") if name == "accept" else ("sent",)
        known = [each for each in request.offers.values() if each.status in wanted or not mostly]
        if not known:
            return None
        offer = self.chance.choice(known)
        who = self.chance.choice(ADMINS) if name == "withdraw" else offer.freelancer
        key = self.chance.choice(["", "once", "twice"]) if name == "accept" else ""
        return Act(name, request.id, who, offer.id, on=self.chance.random() < 0.85, key=key)

    def about_its_order(self, name: str, request: ModelRequest) -> Act | None:
        """Somebody ends, pays or finishes the order of a matched request."""
        offer = request.accepted()
        if offer is None or (name == "finish") != (offer.order_status == "in_progress"):
            return None
        if name == "finish" and {CLIENT, offer.freelancer} & self.model.shut_out:
            return None
        who = self.chance.choice([CLIENT, offer.freelancer]) if name == "call_off" else CLIENT
        return Act(name, request.id, who, offer.id, on=self.chance.random() < 0.5)

    def goes(self, request: ModelRequest) -> Act | None:
        """Somebody is shut out or let in; not yet if an admin would have to decide about an order of theirs."""
        who = self.chance.choice([CLIENT, *FREELANCERS])
        paid = [
            each.freelancer
            for one in self.model.requests.values()
            for each in one.offers.values()
            if each.order_status == "in_progress"
        ]
        is_busy = who in paid or (who == CLIENT and (paid or self.chance.random() < 0.6))
        return None if is_busy else Act("shut", request.id, who, on=who not in self.model.shut_out)

    def act(self, act: Act | None) -> None:
        """Do one thing, which must come to what the model says."""
        if act:
            self.settle([(act, self.send(act, self.people[act.who]))])

    def send(self, act: Act, person: Client) -> int:
        """Send an act, note the ids of what it made, and return its status."""
        request: Json = {"id": act.request}
        if act.name == "assign":
            answer = try_to_assign(person, request, *(self.people[each] for each in act.asked), price=PRICE)
            if answer.status_code == 200:
                ids = {self.people[each].id: each for each in FREELANCERS}
                act.made = {ids[each["to"]["id"]]: each["id"] for each in answer.json()["offers"]}
            return answer.status_code
        if act.name in OF_OFFER:
            return self.send_about_offer(act, person)
        if act.name in OF_ORDER:
            return self.send_about_order(act, person)
        if act.name == "shut":
            who = self.people[act.who]
            (disable if act.on else enable)(self.server, who.email)
            assert act.on or who.post("/api/auth/login", who.credentials).status_code == 200
            return 200
        if act.name == "edit":
            return person.patch(f"/api/requests/{act.request}", {"budget": 600}).status_code
        if act.name == "reject":
            return reject(person, request).status_code
        path = {"send_again": "send"}.get(act.name, act.name.replace("_", "-"))
        return do(person, request, path).status_code

    def send_about_offer(self, act: Act, person: Client) -> int:
        offer = {"id": act.about}
        if act.name == "expire":
            past = {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}}
            self.server.db.offers.update_one({"_id": ObjectId(act.about), "status": "sent"}, past)
            do_house(self.server.house)
            return 200
        if act.name == "accept":
            answer = answer_offer(person, offer, "accept", act.key, price=PRICE if act.on else 999)
            act.order = answer.json()["order"]["id"] if answer.status_code == 200 else ""
            return answer.status_code
        return answer_offer(person, offer, act.name).status_code

    def send_about_order(self, act: Act, person: Client) -> int:
        """Call off an order, pay for it, or finish it."""
        offer = self.model.requests[act.request].offers[act.about]
        order, path = {"id": offer.order}, f"/api/orders/{offer.order}"
        if act.name == "call_off":
            return person.post(f"{path}/cancel").status_code
        if act.name == "pay":
            asked: requests.Response = checkout(person, order)
            if asked.status_code == 201 and offer.order_status == "pending_payment":
                pay(self.server, self.people[CLIENT], order)
            return asked.status_code
        client, freelancer = self.people[CLIENT], self.people[offer.freelancer]
        acts = (
            ((freelancer, "deliver", {"message": "Done."}), (client, "accept", {}))
            if act.on
            else ((client, "cancel", {}), (freelancer, "cancel/answer", {"agree": True}))
        )
        for who, what, body in acts:
            answer = who.post(f"{path}/{what}", body)
            assert answer.status_code == 200, answer.text
        return 200

    def settle(self, done: list[tuple[Act, int]]) -> None:
        """Take the model that some order of these acts leads to, with these answers and what is stored now."""
        away = {"_id": {"$in": [ObjectId(each.id) for each in self.people]}, "leaving_at": {"$ne": None}}
        wait_for(lambda: not self.server.db.users.find_one(away), what="the end of what is theirs")
        stored, tried = self.stored(), []
        for order in permutations(done):
            model = deepcopy(self.model)
            said = [(model.apply(act), status) for act, status in order]
            tried.append((said, model.stored()))
            if all(agree(*each) for each in said) and model.stored() == stored:
                self.model = model
                return
        raise AssertionError(f"no order of {done} comes to {stored}, but to {tried}")

    def stored(self) -> dict[str, Any]:
        """What the database has of all this."""
        db, numbers = self.server.db, {ObjectId(each.id): who for who, each in enumerate(self.people)}
        ids = [ObjectId(each) for each in self.model.requests]
        offers = list(db.offers.find({"request_id": {"$in": ids}}))
        sources = {"source.id": {"$in": [row["_id"] for row in offers]}}
        orders = {row["_id"]: row["status"] for row in db.orders.find(sources)}
        return {
            str(row["_id"]): (
                row["status"],
                str(row.get("order_id") or ""),
                row["open_offers"],
                {
                    str(each["_id"]): (
                        *(numbers[each["to_id"]], each["status"], str(each.get("order_id") or "")),
                        orders.get(each.get("order_id"), ""),
                    )
                    for each in offers
                    if each["request_id"] == row["_id"]
                },
            )
            for row in db.requests.find({"_id": {"$in": ids}})
        }

    @invariant()
    def the_client_reads_how_their_requests_stand(self) -> None:
        if not hasattr(self, "model") or CLIENT in self.model.shut_out:
            return
        listed = self.people[CLIENT].get("/api/requests?limit=100").json()["requests"]
        assert {each["id"]: each["status"] for each in listed} == {
            each.id: each.status for each in self.model.requests.values()
        }
        assert self.people[CLIENT].get("/api/offers").json()["offers"] == []

    @invariant()
    def each_freelancer_reads_their_own_offers(self) -> None:
        """And whose turn it is, what is news, and nothing of the budget."""
        if not hasattr(self, "model"):
            return
        who = self.chance.choice(FREELANCERS)
        if who in self.model.shut_out:
            return
        person = self.people[who]
        mine = {
            each.id: each.status
            for one in self.model.requests.values()
            for each in one.offers.values()
            if each.freelancer == who
        }
        answer = person.get("/api/offers?limit=100")
        assert {each["id"]: each["status"] for each in answer.json()["offers"]} == mine
        assert "budget" not in answer.text
        waits = sorted(each for each, status in mine.items() if status == "sent")
        turn = [row for group in person.get("/api/turn").json()["groups"] for row in group["items"]]
        assert sorted(row["id"] for row in turn if row["kind"] == "answer_offer") == waits
        told = person.get("/api/notifications").json()["notifications"]
        unread = {row["url"] for row in told if row["type"] == "offer_received" and not row["readAt"]}
        assert unread <= {f"/offers/{each}" for each in waits}

    @invariant()
    def who_may_have_the_file(self) -> None:
        if not hasattr(self, "model"):
            return
        first = next(iter(self.model.requests.values()))
        for who, person in enumerate(self.people):
            live = any(
                each.freelancer == who and each.status in ("sent", "accepted")
                for each in first.offers.values()
            )
            of_order = any(each.freelancer == who and each.order for each in first.offers.values())
            may = who in (CLIENT, *ADMINS) or live or of_order or first.status == "posted"
            expected = 401 if who in self.model.shut_out else 200 if may else 404
            assert fetched(self.file, person) == [expected], (who, first)

    def teardown(self) -> None:
        """At the end the audit finds nothing."""
        do_house(self.server.house)
        found = {words: problems for words, problems in audit(self.server.house) if problems}
        assert not found, found


@pytest.mark.slow
def test_requests_in_random_hands(two_processes: Server, join: Join) -> None:
    run_machine(lambda: Asking(two_processes, join), lives=3, steps=24)
