"""From inviting to hiring in random hands against a model, over two web processes (invariants 3, 9, 10, 11): inviting,
bidding, declining, looking again, starring, hiring, closing, opening again; blocking, being listed or not, being shut
out, leaving; and two or three of these at once, which must come to what some order of them comes to.
"""

from copy import deepcopy
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
from tests.invitations.model import OWNER, Act, ModelBid, ModelJob, ModelMarket, ModelPerson
from tests.invitations.steps import ask_to_bid, sent_for, turns, unread_news
from tests.support.client import Client, Json, Person
from tests.support.machines import run_machine
from tests.support.market import BID, change_profile, hire, post_job
from tests.support.operator import disable, enable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for

# What is tried, and how often.
ACTS = {
    "invite": 2,
    "bid": 3,
    "answer": 1,
    "withdraw": 1,
    "decline": 3,
    "reconsider": 3,
    "star": 1,
    "hire": 2,
}
ACTS |= {"call_off": 2, "close": 1, "block": 2, "list_oneself": 1, "shut": 2, "leave": 1}
RIVALS = ["invite", "bid", "answer", "withdraw", "decline", "reconsider", "hire", "close", "block", "shut"]


class Choosing(RuleBasedStateMachine):
    """The model, and the requests that it is compared with."""

    def __init__(self, server: Server, join: Join) -> None:
        super().__init__()
        self.server = server
        self.people: list[Person] = [join(name, at=server) for name in ("Olga", "Finn", "Gita", "Hugo")]
        for each in self.people[1:]:
            change_profile(each, listed=True, headline="I draw maps.")
        self.files: dict[str, Json] = {}
        self.touched = 0

    @initialize(chance=st.randoms(use_true_random=True))
    def begin(self, chance: Random) -> None:
        """Two jobs, with invitations and bids. What comes is drawn by `chance`: Hypothesis itself tries the same again
        and again, which would seldom lead far.
        """
        self.chance = chance
        jobs = [ModelJob(post_job(self.people[OWNER])["id"]) for _ in range(2)]
        self.model = ModelMarket(jobs, {who: ModelPerson() for who in (1, 2, 3)})
        for name, job, who in (
            ("invite", 0, 1),
            ("invite", 0, 2),
            ("bid", 0, 2),
            ("bid", 0, 3),
            ("bid", 1, 1),
        ):
            self.act(Act(name, job, who))

    @rule()
    def one(self) -> None:
        """One act, mostly one that is possible: else nothing would ever happen."""
        (name,) = self.chance.choices(list(ACTS), list(ACTS.values()))
        self.act(self.chosen(name, self.chance.randrange(2), self.chance.randint(1, 3)))

    @rule()
    def rush(self) -> None:
        """Rivals at once, from two processes: their answers and what is stored are those of some order of them."""
        job, who = self.chance.randrange(2), self.chance.randint(1, 3)
        acts = [self.chosen(name, job, who) for name in self.chance.sample(RIVALS, 3)]
        rivals = [act for act in acts if act and (act.name != "shut" or act.on)]
        tabs = [self.people[self.actor(act)].twin() for act in rivals]
        files = [self.upload_for(act) for act in rivals]
        works = [partial(self.send, *each) for each in zip(rivals, tabs, files, strict=True)]
        said = at_once(works) if works else []
        for tab in tabs:
            tab.close()
        self.settle(job, list(zip(rivals, said, strict=True)))

    def chosen(self, name: str, job: int, who: int) -> Act | None:
        """An act about a bid or an invitation that there is, or of this person: mostly about what waits for it."""
        among, person, mostly = self.model.jobs[job], self.model.people[who], self.chance.random() < 0.8
        if name == "answer":
            invited = [each for each, made in among.invitations.items() if made.waits or not mostly]
            return Act(name, job, self.chance.choice(invited)) if invited else None
        if name == "call_off":
            hired = among.hired
            return Act(name, job, hired.who, on=mostly, made=among.order) if hired else None
        if name in ("withdraw", "decline", "reconsider", "star", "hire"):
            wanted = {"reconsider": lambda bid: bid.declined, "star": lambda bid: True}
            suits = wanted.get(name, lambda bid: bid.status == "pending")
            bids = [bid for bid in among.bids.values() if suits(bid) or not mostly]
            bid = self.chance.choice(bids) if bids else None
            return Act(name, job, bid.who, bid.id, on=mostly) if bid else None
        if name == "shut":
            return None if person.left else Act(name, job, who, on=not person.shut)
        if name in ("close", "leave") and mostly:
            return None
        return Act(name, job, who, on=not person.blocks if name == "block" else mostly)

    def actor(self, act: Act) -> int:
        """Who sends an act."""
        by_owner = act.name in ("invite", "decline", "reconsider", "star", "hire", "close")
        return OWNER if by_owner or (act.name == "call_off" and act.on) else act.who

    def act(self, act: Act | None) -> None:
        """Do one thing, which must come to what the model says."""
        if act:
            person = self.people[self.actor(act)]
            self.settle(act.job, [(act, self.send(act, person, self.upload_for(act)))])

    def upload_for(self, act: Act) -> Json | None:
        """A file for a bid, of somebody who can still send one."""
        is_here = act.name == "bid" and not self.model.people[act.who].is_away
        return upload(self.people[act.who]) if is_here else None

    def send(self, act: Act, person: Client, file: Json | None) -> int:
        """Send an act, note the id of what it made, and return its status."""
        job, other = {"id": self.model.jobs[act.job].id}, self.people[act.who]
        if act.name == "invite":
            answer = ask_to_bid(person, job, other)
            if answer.status_code == 201:
                act.made = answer.json()["results"][0]["invitation"]["id"]
        elif act.name == "bid":
            with_file = {"fileIds": ids_of(file)} if file else {}
            answer = person.post("/api/bids", {**BID, "gigId": job["id"], **with_file})
            act.made = answer.json().get("id", "")
            if act.made and file:
                self.files[act.made] = file
        elif act.name == "hire":
            answer = hire(person, {"id": act.bid})
            act.made = answer.json()["order"]["id"] if answer.status_code == 200 else ""
        elif act.name == "shut":
            (disable if act.on else enable)(self.server, other.email)
            assert act.on or other.post("/api/auth/login", other.credentials).status_code == 200
            return 200
        else:
            answer = self.send_simple(act, person, job)
        return answer.status_code

    def send_simple(self, act: Act, person: Client, job: Json) -> requests.Response:
        """Send what makes nothing."""
        bid = f"/api/bids/{act.bid}"
        invitation = self.model.jobs[act.job].invitations.get(act.who)
        block = f"/api/users/{self.people[OWNER].id}/block"
        ways: dict[str, Any] = {
            "answer": lambda: person.post(f"/api/invitations/{invitation.id if invitation else ''}/decline"),
            "star": lambda: (person.put if act.on else person.delete)(f"{bid}/star"),
            "close": lambda: person.delete(f"/api/gigs/{job['id']}"),
            "call_off": lambda: person.post(f"/api/orders/{act.made}/cancel", {"reason": "Changed plans"}),
            "block": lambda: person.post(block) if act.on else person.delete(block),
            "list_oneself": lambda: person.put("/api/users/profile", {"listed": act.on}),
            "leave": lambda: leave(person, self.people[act.who].password),
        }
        answer: requests.Response = ways.get(act.name, lambda: person.patch(f"{bid}/{act.name}"))()
        return answer

    def settle(self, job: int, done: list[tuple[Act, int]]) -> None:
        """Take the model that some order of these acts leads to, with these answers and what is stored now."""
        self.touched = job
        away = {"_id": {"$in": [ObjectId(each.id) for each in self.people]}, "leaving_at": {"$ne": None}}
        wait_for(lambda: not self.server.db.users.find_one(away), what="the end of what is theirs")
        stored, tried = self.stored(), []
        for order in permutations(done):
            model = deepcopy(self.model)
            said = [(model.apply(act), status) for act, status in order]
            tried.append((said, model.stored()))
            if all(expected == status for expected, status in said) and model.stored() == stored:
                self.model = model
                return
        raise AssertionError(f"no order of {done} comes to {stored}, but to {tried}")

    def stored(self) -> dict[str, Any]:
        """What the database has of all this."""
        db, numbers = self.server.db, {ObjectId(each.id): who for who, each in enumerate(self.people)}
        ids = [ObjectId(job.id) for job in self.model.jobs]
        on_jobs = {"gig_id": {"$in": ids}}
        jobs = {
            str(row["_id"]): (row["status"], row["bid_count"]) for row in db.gigs.find({"_id": {"$in": ids}})
        }
        bids = {
            str(row["_id"]): (
                *(numbers[row["freelancer_id"]], row["status"], row.get("declined_at") is not None),
                *(row.get("starred_at") is not None, row.get("for_good", False)),
            )
            for row in db.bids.find(on_jobs)
        }
        invitations = {
            str(row["_id"]): (
                *(numbers[row["freelancer_id"]], row["status"], row["hidden"]),
                row["waits_for"] is not None,
            )
            for row in db.invitations.find(on_jobs)
        }
        hired = db.users.find({"_id": {"$in": list(numbers)[1:]}, "for_hire": True}, {"_id": 1})
        for_hire = {numbers[row["_id"]] for row in hired}
        return {"jobs": jobs, "bids": bids, "invitations": invitations, "for_hire": for_hire}

    @invariant()
    def both_sides_read_it(self) -> None:
        """Whose turn it is, what is news, and how the owner's invitations stand."""
        if not hasattr(self, "model"):
            return
        job = self.model.jobs[self.touched]
        for who, person in self.model.people.items():
            if person.is_away:
                assert self.people[who].get("/api/turn").status_code == 401
                continue
            mine = [(each, each.invitations[who]) for each in self.model.jobs if who in each.invitations]
            assert sorted(turns(self.people[who])) == sorted(each.id for each, mine in mine if mine.waits)
            news = unread_news(self.people[who], {"id": job.id})
            assert ("invited" in news) == (who in job.invitations and job.invitations[who].told), news
        read = {each["freelancerId"]: each["status"] for each in sent_for(self.people[OWNER], {"id": job.id})}
        people = self.model.people
        assert read == {self.people[who].id: job.standing(who, people[who]) for who in job.invitations}

    @invariant()
    def only_the_two_may_have_the_file_of_a_bid(self) -> None:
        if not hasattr(self, "model"):
            return
        bids = [bid for bid in self.model.jobs[self.touched].bids.values() if bid.id in self.files]
        for bid in bids[-1:]:
            self.check_file(bid)

    def check_file(self, bid: ModelBid) -> None:
        for who, person in enumerate(self.people):
            is_away = who != OWNER and self.model.people[who].is_away
            may = who in (OWNER, bid.who) and bid.has_file
            expected = 401 if is_away else 200 if may else 404
            assert fetched(self.files[bid.id], person) == [expected], (who, bid)

    def teardown(self) -> None:
        """At the end the audit finds nothing."""
        found = {words: problems for words, problems in audit(self.server.house) if problems}
        assert not found, found


@pytest.mark.slow
def test_from_inviting_to_hiring_in_random_hands(two_processes: Server, join: Join) -> None:
    run_machine(lambda: Choosing(two_processes, join), lives=3, steps=24)
