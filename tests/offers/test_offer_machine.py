"""Offers between people in random hands against a model, over two web processes (invariants 11 and 12): sending,
countering, accepting, declining, withdrawing, expiring; calling off and paying the order; blocking, being shut out,
leaving; and three of these at once, which must come to what some order of them comes to.
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
from tests.accounts.steps import leave
from tests.conftest import Join
from tests.files.test_files_of_jobs import fetched, ids_of, upload
from tests.invitations.steps import listed
from tests.offers.model import Act, ModelDoor, ModelOffer, ModelPerson
from tests.offers.steps import OFFER, answer_offer, try_to_offer
from tests.support.client import Json, Person
from tests.support.machines import run_machine
from tests.support.market import offer_service
from tests.support.money import checkout, pay
from tests.support.operator import disable, enable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import open_talk, say
from tests.support.ticks import do_house
from tests.support.waiting import wait_for

# What is tried, and how often.
ACTS = {"send": 4, "counter": 4, "accept": 3, "decline": 1, "withdraw": 1, "expire": 2}
ACTS |= {"block": 3, "call_off": 2, "pay": 1, "shut": 2, "leave": 1}
RIVALS = ["send", "counter", "accept", "accept", "decline", "withdraw", "block", "call_off", "shut"]
PAIRS = [(client, freelancer) for client in (0, 1) for freelancer in (2, 3)]


def agree(expected: int, status: int) -> bool:
    """Whether an answer is the expected one. Who is shut out at this moment may read what has become of the offer."""
    return status == expected or (expected, status) == (401, 409)


class Offering(RuleBasedStateMachine):
    """The model, and the requests that it is compared with."""

    def __init__(self, server: Server, join: Join) -> None:
        super().__init__()
        self.server = server
        self.people: list[Person] = [join(name, at=server) for name in ("Olga", "Otto", "Finn", "Gita")]
        service = offer_service(listed(self.people[2]))
        listed(self.people[3])
        say(self.people[0], open_talk(self.people[0], self.people[2], gigId=service["id"]), "Hello")
        self.files: dict[str, Json] = {}
        self.touched = PAIRS[0]

    @initialize(chance=st.randoms(use_true_random=True))
    def begin(self, chance: Random) -> None:
        """A few offers. What comes is drawn by `chance`: Hypothesis itself tries the same again and again, which would
        seldom lead far.
        """
        self.chance = chance
        self.model = ModelDoor([ModelPerson() for _ in self.people], {(0, 2)})
        for who, other, side in ((0, 2, "client"), (2, 0, "freelancer"), (0, 3, "client"), (1, 2, "client")):
            self.act(Act("send", who, other, side=side))

    @rule()
    def one(self) -> None:
        """One act, mostly one that is possible: else nothing would ever happen."""
        (name,) = self.chance.choices(list(ACTS), list(ACTS.values()))
        self.act(self.chosen(name, self.chance.choice(PAIRS)))

    @rule()
    def rush(self) -> None:
        """Rivals at once, from two processes: their answers and what is stored are those of some order of them."""
        pair = self.chance.choice(PAIRS)
        acts = [self.chosen(name, pair) for name in self.chance.sample(RIVALS, 3)]
        rivals = [act for act in acts if act and (act.name != "shut" or act.on)]
        tabs = [self.people[act.who].twin() for act in rivals]
        files = [self.upload_for(act) for act in rivals]
        works = [partial(self.send, *each) for each in zip(rivals, tabs, files, strict=True)]
        said = at_once(works) if works else []
        for tab in tabs:
            tab.close()
        self.settle(pair, list(zip(rivals, said, strict=True)))

    def chosen(self, name: str, pair: tuple[int, int]) -> Act | None:
        """An act of these two, mostly about what is open between them."""
        side, mostly = self.chance.choice(["client", "freelancer"]), self.chance.random() < 0.85
        who, other = pair if side == "client" else pair[::-1]
        if name == "send":
            return Act(name, who, other, side=side)
        if name == "block":
            return Act(name, who, other, on=other not in self.model.people[who].blocks)
        if name in ("shut", "leave"):
            return self.goes(name, who, on=not self.model.people[who].shut)
        wanted = "accepted" if name in ("call_off", "pay") else "sent"
        known = [each for each in self.model.between(*pair) if each.status == wanted or not mostly]
        if not known:
            return None
        offer = self.chance.choice(known)
        if name in ("call_off", "pay"):
            return Act(name, who if name == "call_off" else pair[0], about=offer.id) if offer.order else None
        by_sender = (name == "withdraw") == mostly
        key = self.chance.choice(["", "once", "twice"]) if name == "accept" else ""
        return Act(
            name,
            offer.sender if by_sender else offer.to,
            *(0, offer.id),
            on=self.chance.random() < 0.85,
            key=key,
        )

    def goes(self, name: str, who: int, *, on: bool) -> Act | None:
        """Somebody goes; not yet if an admin would have to decide about an order of theirs."""
        has_paid = any(each.paid and who in each.pair for each in self.model.offers.values())
        person = self.model.people[who]
        is_busy = has_paid if name == "shut" else self.chance.random() < 0.7
        return None if is_busy or person.left or (person.shut and name == "leave") else Act(name, who, on=on)

    def act(self, act: Act | None) -> None:
        """Do one thing, which must come to what the model says."""
        if act:
            offer = self.model.offers.get(act.about)
            pair = (offer.client, offer.freelancer) if offer else self.pair_of(act)
            self.settle(pair, [(act, self.send(act, self.people[act.who], self.upload_for(act)))])

    def pair_of(self, act: Act) -> tuple[int, int]:
        """The two whom an act concerns, or two of whom one is."""
        one, *others = sorted({act.who, act.other})
        return (one, others[0]) if others and (one, others[0]) in PAIRS else (min(one, 1), max(act.who, 2))

    def upload_for(self, act: Act) -> Json | None:
        """A file for an offer, of somebody who can still send one."""
        is_here = act.name == "send" and not self.model.people[act.who].is_away
        return upload(self.people[act.who]) if is_here else None

    def send(self, act: Act, person: Any, file: Json | None) -> int:
        """Send an act, note the id of what it made, and return its status."""
        about, other = {"id": act.about}, self.people[act.other]
        if act.name == "send":
            answer = try_to_offer(person, other, act.side, fileIds=ids_of(file) if file else [])
            act.made = answer.json().get("id", "")
            if act.made and file:
                self.files[act.made] = file
        elif act.name == "counter":
            answer = answer_offer(person, about, "counter", price=450)
            act.made = answer.json().get("id", "")
        elif act.name == "accept":
            price = OFFER["price"] if self.model.offers[act.about].round == 1 else 450
            answer = answer_offer(person, about, "accept", act.key, price=price if act.on else 999)
            act.made = answer.json()["order"]["id"] if answer.status_code == 200 else ""
        else:
            return self.send_simple(act, person)
        return answer.status_code

    def send_simple(self, act: Act, person: Any) -> int:
        """Send what makes nothing."""
        who, other = self.people[act.who], self.people[act.other]
        if act.name == "shut":
            (disable if act.on else enable)(self.server, who.email)
            assert act.on or who.post("/api/auth/login", who.credentials).status_code == 200
            return 200
        if act.name == "expire":
            past = {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}}
            self.server.db.offers.update_one({"_id": ObjectId(act.about), "status": "sent"}, past)
            if act.on:
                do_house(self.server.house)
            return 200
        if act.name == "leave":
            return leave(person, who.password).status_code
        if act.name == "block":
            path = f"/api/users/{other.id}/block"
            return (person.post(path) if act.on else person.delete(path)).status_code
        if act.name in ("call_off", "pay"):
            return self.send_order(act, person).status_code
        return answer_offer(person, {"id": act.about}, act.name).status_code

    def send_order(self, act: Act, person: Any) -> requests.Response:
        """Call off an order, or pay for it."""
        offer = self.model.offers[act.about]
        order = {"id": offer.order}
        if act.name == "call_off":
            answer: requests.Response = person.post(f"/api/orders/{offer.order}/cancel")
            return answer
        asked = checkout(person, order)
        if asked.status_code == 201 and not offer.paid:
            pay(self.server, person, order)
        return asked

    def settle(self, pair: tuple[int, int], done: list[tuple[Act, int]]) -> None:
        """Take the model that some order of these acts leads to, with these answers and what is stored now."""
        self.touched = pair
        away = {"_id": {"$in": [ObjectId(each.id) for each in self.people]}, "leaving_at": {"$ne": None}}
        wait_for(lambda: not self.server.db.users.find_one(away), what="the end of what is theirs")
        stored, tried = self.stored(), []
        # What is theirs ends after somebody is shut out, and another act may come between.
        ends = [(Act("gone", act.who), 200) for act, _ in done if act.name == "shut" and act.on]
        for order in permutations([*done, *ends]):
            names = [act.name for act, _ in order]
            if ends and names.index("gone") < names.index("shut"):
                continue
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
        mine = list(db.offers.find({"client_id": {"$in": list(numbers)}}))
        sources = {"source.id": {"$in": [row["_id"] for row in mine]}}
        orders = {row["_id"]: row["status"] for row in db.orders.find(sources)}
        now = datetime.now(UTC)
        return {
            str(row["_id"]): (
                *(numbers[row[field]] for field in ("client_id", "freelancer_id", "sender_id")),
                "expired" if row["status"] == "sent" and row["expires_at"] <= now else row["status"],
                *(row["hidden"], row["round"], str(row.get("answers") or "")),
                *(str(row.get("order_id") or ""), orders.get(row.get("order_id"), "")),
            )
            for row in mine
        }

    @invariant()
    def both_sides_read_it(self) -> None:
        """What the two have got and sent, whose turn it is, and what is news."""
        if not hasattr(self, "model"):
            return
        for who in self.touched:
            person, mine = self.people[who], [each for each in self.model.offers.values() if who in each.pair]
            if self.model.people[who].is_away:
                assert person.get("/api/offers").status_code == 401
                continue
            sent = {each.id: each.status for each in mine if each.sender == who}
            got = {each.id: each.status for each in mine if each.to == who and not each.hidden}
            assert [self.read(who, box) for box in ("sent", "received")] == [sent, got]
            waits = sorted(each.id for each in mine if each.to == who and each.waits)
            turn = [row for group in person.get("/api/turn").json()["groups"] for row in group["items"]]
            assert sorted(row["id"] for row in turn if row["kind"] == "answer_offer") == waits
            told = person.get("/api/notifications").json()["notifications"]
            unread = [row["url"] for row in told if row["type"] == "offer_received" and not row["readAt"]]
            late = {f"/offers/{each.id}" for each in mine if each.status == "expired"}
            assert sorted(set(unread) - late) == sorted(f"/offers/{each}" for each in waits)

    def read(self, who: int, box: str) -> dict[str, str]:
        """How the offers of somebody stand, as they read them."""
        answer = self.people[who].get("/api/offers", params={"box": box, "limit": 100})
        return {each["id"]: each["status"] for each in answer.json()["offers"]}

    @invariant()
    def only_the_two_may_have_the_file_of_an_offer(self) -> None:
        if not hasattr(self, "model"):
            return
        for offer in [each for each in self.model.between(*self.touched) if each.id in self.files][-1:]:
            self.check_file(offer)

    def check_file(self, offer: ModelOffer) -> None:
        for who, person in enumerate(self.people):
            if who == offer.sender and not offer.has_file:
                continue  # it is theirs until it is swept
            is_away = self.model.people[who].is_away
            may = offer.has_file and (offer.is_shown_to(who) or (bool(offer.order) and who in offer.pair))
            expected = 401 if is_away else 200 if may else 404
            assert fetched(self.files[offer.id], person) == [expected], (who, offer)

    def teardown(self) -> None:
        """At the end the audit finds nothing."""
        do_house(self.server.house)
        found = {words: problems for words, problems in audit(self.server.house) if problems}
        assert not found, found


@pytest.mark.slow
def test_offers_in_random_hands(two_processes: Server, join: Join) -> None:
    run_machine(lambda: Offering(two_processes, join), lives=3, steps=24)
