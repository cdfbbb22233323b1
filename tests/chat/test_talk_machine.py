"""Conversations in random hands against a model, over two web processes (docs/domain.md, invariant 8): sending, again,
at once, and with a lost answer; reading and calling unread; changing and taking back; blocking, archiving, hiring and
buying; leaving, being shut out, and time.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gigflow.accounts.models import Viewer
from gigflow.chat import reading
from gigflow.chat.due import tell_due
from gigflow.chat.wiring import WIRING
from gigflow.core.clock import now
from gigflow.notifications.posting import post_letters
from gigflow.proof.proving import prove
from tests.accounts.steps import leave
from tests.chat.model import ADMIN, BIDDER, OTHER, OWNER, ModelTalk
from tests.conftest import Join
from tests.support.client import Json, Person
from tests.support.machines import run_machine
from tests.support.market import hire, offer_service, place_bid, post_job
from tests.support.money import buy, pay
from tests.support.operator import disable, enable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import heard, open_talk
from tests.support.waiting import wait_for

TALKS = st.integers(0, 3)
SIDES = st.booleans()
PEOPLE = st.sampled_from([OWNER, BIDDER, OTHER])
TEXTS = st.sampled_from(["Yes", "No", "喜歡", "A longer line\nand another"])
NUMBERS = st.integers(0, 12)
SELDOM = st.sampled_from([False, False, False, True])
AHEAD = st.sampled_from(
    [timedelta(seconds=61), timedelta(minutes=20), timedelta(hours=9), timedelta(hours=25)]
)
ZONES = st.sampled_from(["", "Asia/Kathmandu", "America/Los_Angeles"])
QUIET = st.sampled_from([None, {"from": 22, "to": 7}])
SIX_MINUTES = 6 * 60_000  # ms; after five, a message stays as it is


class Talks(RuleBasedStateMachine):
    """The model, and the requests that it is compared with."""

    def __init__(self, server: Server, join: Join) -> None:
        super().__init__()
        self.server = server
        self.people: list[Person] = [join(name, at=server) for name in ("Ann", "Ben", "Cem", "Root")]
        server.make_admin(self.people[ADMIN].email)
        self.ids = [ObjectId(person.id) for person in self.people]
        self.talks: list[ModelTalk] = []
        self.clients: dict[tuple[str, int], tuple[int, dict[str, str]]] = {}
        self.touched: ModelTalk | None = None
        self.away: set[int] = set()  # whose account is shut, for now or for good
        self.were_away: set[int] = set()  # what these had on the market is closed

    @initialize()
    def begin(self) -> None:
        owner, bidder, other, admin = self.people
        job, service = post_job(owner), offer_service(bidder)
        about = {"gigId": job["id"]}
        for who in (BIDDER, OTHER):
            bid = place_bid(self.people[who], job)
            talk = open_talk(self.people[who], owner, **about)
            self.talks.append(ModelTalk(talk, (OWNER, who), about, bid=bid))
        about = {"gigId": service["id"]}
        talk = open_talk(other, bidder, **about)
        self.talks.append(ModelTalk(talk, (BIDDER, OTHER), about, is_of_strangers=True, service=service))
        self.talks.append(ModelTalk(open_talk(admin, bidder), (ADMIN, BIDDER), {}))

    def chosen(self, number: int, side: bool) -> tuple[ModelTalk, int, Person, str]:
        talk = self.touched = self.talks[number]
        who = talk.people[side]
        return talk, who, self.people[who], f"/api/chat/{talk.id}"

    @rule(number=TALKS, side=SIDES)
    def open_again(self, number: int, side: bool) -> None:
        talk, who, person, _ = self.chosen(number, side)
        if who not in self.away:
            assert open_talk(person, self.people[talk.other(who)], **talk.about) == talk.id

    @rule(
        number=TALKS, side=SIDES, text=TEXTS, again=st.sampled_from(["new", "new", "lost", "same", "other"])
    )
    def send(self, number: int, side: bool, text: str, again: str) -> None:
        talk, who, person, path = self.chosen(number, side)
        if who in self.away:
            assert person.post(path, {"text": text}).status_code == 401
            return
        sent = talk.texts_of(who)
        if again in ("same", "other") and sent:
            before = sent[-1]
            words = before.first if again == "same" else f"{before.first}!"
            answer = person.post(path, {"text": words, "clientId": before.client_id})
            assert answer.status_code == (200 if again == "same" else 409), answer.text
            if again == "same":
                assert (answer.json()["id"], answer.json()["text"]) == (before.id, before.text)
            return
        message, refusal = {"text": text, "clientId": f"c{len(talk.entries)}"}, talk.refusal(who)
        if again == "lost":
            tab = person.twin()
            tab.post(path, message)  # and nobody hears the answer
            tab.close()
        answer = person.post(path, message)
        if refusal:
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, refusal)
            return
        assert answer.status_code == (200 if again == "lost" else 201), answer.text
        talk.add(answer.json(), "text", who, text, hidden=talk.is_hidden(who))

    @rule(number=TALKS, side=SIDES, seq=NUMBERS)
    def read(self, number: int, side: bool, seq: int) -> None:
        talk, who, person, path = self.chosen(number, side)
        if who not in self.away:
            assert person.post(f"{path}/read", {"seq": seq}).status_code == 200
            talk.read_up_to(who, seq)

    @rule(number=TALKS, side=SIDES, seq=st.none() | NUMBERS)
    def call_unread(self, number: int, side: bool, seq: int | None) -> None:
        talk, who, person, path = self.chosen(number, side)
        if who in self.away:
            return
        received = talk.received_by(who)
        answer = person.post(f"{path}/unread", {} if seq is None else {"seq": seq})
        if seq is None and not received:
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "nothing_received")
            return
        assert answer.status_code == 200, answer.text
        talk.call_unread(who, received[-1] if seq is None else seq)

    @rule(number=TALKS, side=SIDES, seq=NUMBERS)
    def arrive(self, number: int, side: bool, seq: int) -> None:
        """A page says that it shows a message, as its socket does."""
        talk, who, person, _ = self.chosen(number, side)
        viewer = Viewer(user_id=ObjectId(person.id), device_id=ObjectId(), name=person.name)
        reading.note_delivered(self.server.house, viewer, ObjectId(talk.id), seq)
        talk.deliver(who, seq)

    @rule(number=TALKS, side=SIDES, at=NUMBERS, text=TEXTS)
    def change(self, number: int, side: bool, at: int, text: str) -> None:
        talk, who, person, path = self.chosen(number, side)
        own = talk.texts_of(who)
        if not own or who in self.away:
            return
        entry = own[at % len(own)]
        answer = person.patch(f"{path}/{entry.id}", {"text": text})
        if entry.text == text and not entry.retracted:
            assert answer.status_code == 200
        elif talk.has_left or entry.retracted or entry.is_old or talk.is_shut(who):
            assert answer.status_code == 409
        else:
            assert answer.status_code == 200, answer.text
            hidden = entry.hidden or talk.is_hidden(who)
            entry.change(text, hidden=hidden)
            note = heard(person, talk.id)[-1]
            talk.add({**note, "clientId": None}, "edit", who, text, hidden=hidden)

    @rule(number=TALKS, side=SIDES, at=NUMBERS)
    def take_back(self, number: int, side: bool, at: int) -> None:
        talk, who, person, path = self.chosen(number, side)
        own = talk.texts_of(who)
        if not own or who in self.away:
            return
        entry = own[at % len(own)]
        stays = not entry.retracted and (entry.is_old or talk.has_left)
        assert person.delete(f"{path}/{entry.id}").status_code == (409 if stays else 200)
        if not stays and not entry.retracted:
            entry.take_back()
            note = heard(person, talk.id)[-1]
            talk.add({**note, "clientId": None}, "retract", who, "", hidden=entry.hidden)

    @rule(number=TALKS)
    def grow_old(self, number: int) -> None:
        """Six minutes pass for what was said: it can no longer be changed."""
        talk, _, _, _ = self.chosen(number, False)
        earlier = {"$set": {"created_at": {"$subtract": ["$created_at", SIX_MINUTES]}}}
        self.server.house.database.messages.update_many({"conversation_id": ObjectId(talk.id)}, [earlier])
        for entry in talk.entries:
            entry.is_old = True

    @rule(number=TALKS, side=SIDES, blocks=st.booleans())
    def block(self, number: int, side: bool, blocks: bool) -> None:
        talk, who, person, _ = self.chosen(number, side)
        if who in self.away or talk.has_left:
            return
        path = f"/api/users/{self.people[talk.other(who)].id}/block"
        if not blocks:
            assert person.delete(path).status_code == 200
            talk.blocked_by.discard(who)
            return
        refused = 403 if talk.other(who) == ADMIN else 409 if talk.order else 0
        answer = person.post(path)
        assert answer.status_code == (refused or 200), answer.text
        if not refused:
            talk.block(who)

    @rule(number=TALKS, side=SIDES, flag=st.sampled_from(["archive", "mute", "star"]))
    def keep(self, number: int, side: bool, flag: str) -> None:
        _, who, person, path = self.chosen(number, side)
        assert person.post(f"{path}/{flag}").status_code == (401 if who in self.away else 200)

    @rule(number=TALKS)
    def agree(self, number: int) -> None:
        """The two come to an order, also under a block: by a hire, or by buying the service."""
        talk = self.touched = self.talks[number]
        is_open = not self.were_away.intersection(talk.people)
        if talk.bid and is_open and not any(each.order for each in self.talks if each.bid):
            client, answer = self.people[OWNER], hire(self.people[OWNER], talk.bid)
        elif talk.service and is_open and not talk.order:
            client, answer = self.people[OTHER], buy(self.people[OTHER], talk.service)
        else:
            return
        assert answer.status_code in (200, 201), answer.text
        order = answer.json()["order"]
        pay(self.server, client, order)
        talk.order = order["id"]

    @rule(number=TALKS)
    def burst(self, number: int) -> None:
        """Both send at once, from two processes, and read meanwhile."""
        talk, _, _, path = self.chosen(number, False)
        if any(talk.refusal(who) or talk.is_limited(who) or who in self.away for who in talk.people):
            return
        ids = {who: f"b{who}-{len(talk.entries)}" for who in talk.people}
        tabs = {who: [self.people[who].twin() for _ in range(4)] for who in talk.people}
        works = [
            partial(tabs[who][each].post, path, {"text": "Burst", "clientId": f"{ids[who]}-{min(each, 1)}"})
            for who in talk.people
            for each in (0, 1, 2)
        ]
        works += [partial(tabs[who][3].post, f"{path}/read", {"seq": 1}) for who in talk.people]
        assert all(answer.status_code in (200, 201) for answer in at_once(works))
        for tab in (*tabs[talk.people[0]], *tabs[talk.people[1]]):
            tab.close()
        for row in heard(self.people[talk.people[0]], talk.id, after=len(talk.entries)):
            who = next(each for each in talk.people if self.people[each].id == row["senderId"])
            talk.add(row, "text", who, "Burst", hidden=False)
        found = self.row(talk)
        for who in talk.people:  # who had nothing to read before the burst may have read its first message
            for name, marks in talk.marks().items():
                at = found[name][self.people[who].id]
                assert marks[who] <= at <= max(marks[who], 1)
                marks[who] = at

    @rule(who=PEOPLE, seldom=SELDOM)
    def leave_for_good(self, who: int, seldom: bool) -> None:
        """Not with an order under way. What they said goes, and nothing more is sent to them."""
        theirs = [talk for talk in self.talks if who in talk.people]
        if not seldom or who in self.away:
            return
        answer = leave(self.people[who], self.people[who].password)
        if any(talk.order for talk in theirs):
            assert answer.status_code == 409, answer.text
            return
        assert answer.status_code == 200, answer.text
        swept = {
            "swept": ObjectId(self.people[who].id),
            "_id": {"$in": [ObjectId(each.id) for each in theirs]},
        }
        rows = self.server.house.database.conversations
        wait_for(lambda: rows.count_documents(swept) == len(theirs), what="the sweep")
        self.away.add(who)
        self.were_away.add(who)
        for talk in theirs:
            talk.has_left = True
            for entry in talk.entries:
                if entry.sender == who:
                    entry.sweep()
            self.clients = {key: each for key, each in self.clients.items() if key[0] != talk.id}

    @rule(who=PEOPLE, seldom=SELDOM)
    def shut_out(self, who: int, seldom: bool) -> None:
        """What is sent meanwhile waits for them."""
        if seldom and who not in self.away:
            disable(self.server, self.people[who].email)
            self.away.add(who)
            self.were_away.add(who)

    @rule(who=PEOPLE)
    def let_in(self, who: int) -> None:
        person = self.people[who]
        if who in self.away and not any(who in each.people and each.has_left for each in self.talks):
            enable(self.server, person.email)
            assert person.post("/api/auth/login", person.credentials).status_code == 200
            self.away.discard(who)

    @rule(who=PEOPLE, ahead=AHEAD, zone=ZONES, quiet=QUIET, daily=st.booleans())
    def write_letters(self, who: int, ahead: timedelta, zone: str, quiet: Json | None, daily: bool) -> None:
        """Time passes, for somebody with these hours. Nothing is written twice, nor of what was read."""
        person, house = self.people[who], self.server.house
        if who not in self.away:
            choices = {"message_received": {"app": True, "email": True, "daily": daily}}
            assert person.put("/api/users/profile", {"timeZone": zone}).status_code == 200
            hours = {"choices": choices, "quiet": quiet}
            assert person.put("/api/notifications/choices", hours).status_code == 200
        tell_due(house, now() + ahead)
        before = self.written_of()
        is_read = {"_id": {"$nin": before}, "read_at": {"$ne": None}, "user_id": {"$in": self.ids}}
        read = set(house.database.notifications.distinct("_id", is_read))
        post_letters(house, now() + ahead + timedelta(minutes=10))
        after = self.written_of()
        assert len(after) == len(set(after))
        assert not read.intersection(after)

    @rule(number=TALKS, side=SIDES, steps=st.integers(1, 3), back=st.integers(0, 5))
    def catch_up(self, number: int, side: bool, steps: int, back: int) -> None:
        """A client that was away goes on from a number that it knows, a page at a time."""
        talk, who, person, path = self.chosen(number, side)
        if who in self.away:
            return
        cursor, rows = self.clients.get((talk.id, who), (0, {}))
        cursor = max(0, cursor - back)  # what it knows already harms nothing
        while True:
            answer: Json = person.get(f"{path}?after={cursor}&limit={steps}").json()
            for each in answer["messages"]:
                cursor = each["seq"]
                if each["kind"] == "text":
                    rows[each["id"]] = each["text"]
                elif each["kind"] in ("edit", "retract") and each["of"] in rows:
                    rows[each["of"]] = each["text"] if each["kind"] == "edit" else ""
            if not answer["next"]:
                break
        self.clients[talk.id, who] = cursor, rows
        fresh = {each["id"]: each["text"] for each in heard(person, talk.id) if each["kind"] == "text"}
        assert rows == fresh

    @rule(number=TALKS, side=SIDES)
    def look(self, number: int, side: bool) -> None:
        """The page of the thread and that of the order show the same messages."""
        talk, who, person, _ = self.chosen(number, side)
        pages = [f"/messages/{talk.id}", *([f"/orders/{talk.order}"] if talk.order else [])]
        if who not in self.away:
            for path in pages:
                rows = person.page(path).all("#entries .said")
                found = [int(row.attrs["data-seq"] or 0) for row in rows]
                assert found == talk.shown_to(who)[-len(found) :]
                assert found or not talk.shown_to(who)

    @rule(number=TALKS, who=st.integers(0, 3))
    def pry(self, number: int, who: int) -> None:
        """To others, admins included, a conversation is not there."""
        talk = self.talks[number]
        if who in talk.people or who in self.away:
            return
        person, missing = self.people[who], self.people[who].get(f"/api/chat/{'f' * 24}")
        for answer in (
            person.get(f"/api/chat/{talk.id}"),
            person.post(f"/api/chat/{talk.id}", {"text": "I am here, too"}),
            person.post(f"/api/chat/{talk.id}/read", {"seq": 1}),
        ):
            said, expected = answer.json(), missing.json()
            assert (answer.status_code, said["message"]) == (404, expected["message"])
            assert said["error"]["code"] == expected["error"]["code"]

    @invariant()
    def both_see_what_they_should(self) -> None:
        talk, self.touched = self.touched, None
        if talk is None:
            return
        row = self.row(talk)
        talk.check_row(row, {who: self.people[who].id for who in talk.people})
        for who in set(talk.people) - self.away:
            talk.check_heard(who, heard(self.people[who], talk.id))
        kept = self.server.house.database.messages.find({"conversation_id": row["_id"]}).sort("seq")
        assert [[each["text"] for each in stored["versions"]] for stored in kept] == talk.versions()

    @invariant()
    def the_audit_finds_nothing(self) -> None:
        for each in WIRING.proof:
            assert not any(prove(self.server.house, each).values()), prove(self.server.house, each)

    def row(self, talk: ModelTalk) -> Any:
        return self.server.house.database.conversations.find_one({"_id": ObjectId(talk.id)})

    def written_of(self) -> list[ObjectId]:
        """Of which notifications these people were written a letter."""
        asked = {"kind": "notifications", "data.user_id": {"$in": self.ids}}
        return [each for mail in self.server.house.database.mails.find(asked) for each in mail["data"]["ids"]]


def test_random_talk_never_breaks_the_rules(two_processes: Server, join: Join) -> None:
    run_machine(lambda: Talks(two_processes, join), lives=7, steps=24)
