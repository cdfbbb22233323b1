"""Conversations in random hands against a model, over two web processes (docs/domain.md, invariant 8): sending, again
and at once; reading and calling unread; changing and taking back; blocking, archiving, hiring; and time.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from gigflow.chat.due import tell_due
from gigflow.chat.wiring import WIRING
from gigflow.core.clock import now
from gigflow.proof.proving import prove
from tests.conftest import Join
from tests.support.client import Json, Person
from tests.support.market import hire, place_bid, post_job
from tests.support.money import pay
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import heard, open_talk

OWNER, BIDDER, OTHER = range(3)
TALKS = st.integers(0, 1)
SIDES = st.booleans()
TEXTS = st.sampled_from(["Yes", "No", "喜歡", "A longer line\nand another"])
NUMBERS = st.integers(0, 12)
HOURS = st.sampled_from([timedelta(seconds=61), timedelta(minutes=20), timedelta(hours=25)])


@dataclass
class ModelEntry:
    """What an entry should be."""

    id: str
    kind: str
    sender: int
    hidden: bool
    client_id: str
    first: str
    text: str
    shown: str  # what the other reads
    retracted: bool = False


@dataclass
class ModelTalk:
    """What a conversation should be: between the owner and one bidder."""

    id: str
    people: tuple[int, int]
    bid: Json
    entries: list[ModelEntry] = field(default_factory=list)
    read: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0, 2: 0})
    blocked_by: set[int] = field(default_factory=set)
    has_order: bool = False

    def other(self, who: int) -> int:
        return self.people[1] if who == self.people[0] else self.people[0]

    def is_hidden(self, who: int) -> bool:
        return self.other(who) in self.blocked_by and not self.has_order

    def is_shut(self, who: int) -> bool:
        return who in self.blocked_by and not self.has_order

    def add(self, answer: Json, kind: str, who: int, text: str, *, hidden: bool) -> None:
        assert answer["seq"] == len(self.entries) + 1
        client_id = answer["clientId"] or ""
        self.entries.append(ModelEntry(answer["id"], kind, who, hidden, client_id, text, text, text))

    def unread(self, who: int) -> int:
        texts = enumerate(self.entries, 1)
        return sum(
            each.kind == "text" and each.sender != who and not each.hidden and seq > self.read[who]
            for seq, each in texts
        )


class Talks(RuleBasedStateMachine):
    """The model, and the requests that it is compared with."""

    def __init__(self, server: Server, join: Join) -> None:
        super().__init__()
        self.server = server
        self.people: list[Person] = [join(name, at=server) for name in ("Ann", "Ben", "Cem")]
        self.talks: list[ModelTalk] = []
        self.clients: dict[tuple[str, int], tuple[int, dict[str, str]]] = {}
        self.touched: ModelTalk | None = None

    @initialize()
    def begin(self) -> None:
        job = post_job(self.people[OWNER])
        for bidder in (BIDDER, OTHER):
            bid = place_bid(self.people[bidder], job)
            talk = open_talk(self.people[bidder], self.people[OWNER], gigId=job["id"])
            self.talks.append(ModelTalk(talk, (OWNER, bidder), bid))

    def chosen(self, number: int, side: bool) -> tuple[ModelTalk, int, Person, str]:
        talk = self.touched = self.talks[number]
        who = talk.people[side]
        return talk, who, self.people[who], f"/api/chat/{talk.id}"

    @rule(number=TALKS, side=SIDES, text=TEXTS, again=st.sampled_from(["new", "same", "other"]))
    def send(self, number: int, side: bool, text: str, again: str) -> None:
        talk, who, person, path = self.chosen(number, side)
        sent = [each for each in talk.entries if each.kind == "text" and each.sender == who]
        if again != "new" and sent:
            before = sent[-1]
            words = before.first if again == "same" else f"{before.first}!"
            answer = person.post(path, {"text": words, "clientId": before.client_id})
            assert answer.status_code == (200 if again == "same" else 409), answer.text
            if again == "same":
                assert (answer.json()["id"], answer.json()["text"]) == (before.id, before.text)
            return
        answer = person.post(path, {"text": text, "clientId": f"c{len(talk.entries)}"})
        if talk.is_shut(who):
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "you_blocked")
            return
        assert answer.status_code == 201, answer.text
        talk.add(answer.json(), "text", who, text, hidden=talk.is_hidden(who))

    @rule(number=TALKS, side=SIDES, seq=NUMBERS)
    def read(self, number: int, side: bool, seq: int) -> None:
        talk, who, person, path = self.chosen(number, side)
        assert person.post(f"{path}/read", {"seq": seq}).status_code == 200
        talk.read[who] = max(talk.read[who], min(seq, len(talk.entries)))

    @rule(number=TALKS, side=SIDES, seq=NUMBERS)
    def call_unread(self, number: int, side: bool, seq: int) -> None:
        talk, who, person, path = self.chosen(number, side)
        assert person.post(f"{path}/unread", {"seq": seq}).status_code == 200
        talk.read[who] = min(talk.read[who], max(0, seq - 1))

    @rule(number=TALKS, side=SIDES, at=NUMBERS, text=TEXTS)
    def change(self, number: int, side: bool, at: int, text: str) -> None:
        talk, who, person, path = self.chosen(number, side)
        own = [each for each in talk.entries if each.kind == "text" and each.sender == who]
        if not own:
            return
        entry = own[at % len(own)]
        answer = person.patch(f"{path}/{entry.id}", {"text": text})
        if entry.retracted:
            assert answer.status_code == 409
        elif entry.text == text:
            assert answer.status_code == 200
        elif talk.is_shut(who):
            assert answer.status_code == 409
        else:
            assert answer.status_code == 200, answer.text
            hidden = entry.hidden or talk.is_hidden(who)
            entry.text = text
            entry.shown = entry.shown if hidden else text
            note = heard(person, talk.id)[-1]
            talk.add({**note, "clientId": None}, "edit", who, text, hidden=hidden)

    @rule(number=TALKS, side=SIDES, at=NUMBERS)
    def take_back(self, number: int, side: bool, at: int) -> None:
        talk, who, person, path = self.chosen(number, side)
        own = [each for each in talk.entries if each.kind == "text" and each.sender == who]
        if not own:
            return
        entry = own[at % len(own)]
        assert person.delete(f"{path}/{entry.id}").status_code == 200
        if not entry.retracted:
            entry.retracted, entry.text, entry.shown = True, "", ""
            note = heard(person, talk.id)[-1]
            talk.add({**note, "clientId": None}, "retract", who, "", hidden=entry.hidden)

    @rule(number=TALKS, side=SIDES, blocks=st.booleans())
    def block(self, number: int, side: bool, blocks: bool) -> None:
        talk, who, person, _ = self.chosen(number, side)
        path = f"/api/users/{self.people[talk.other(who)].id}/block"
        if not blocks:
            assert person.delete(path).status_code == 200
            talk.blocked_by.discard(who)
            return
        answer = person.post(path)
        assert answer.status_code == (409 if talk.has_order else 200), answer.text
        if not talk.has_order and who not in talk.blocked_by:
            talk.blocked_by.add(who)
            talk.read[who] = len(talk.entries)

    @rule(number=TALKS, side=SIDES, flag=st.sampled_from(["archive", "mute", "star"]))
    def keep(self, number: int, side: bool, flag: str) -> None:
        _, _, person, path = self.chosen(number, side)
        assert person.post(f"{path}/{flag}").status_code == 200

    @rule(number=TALKS)
    def hire(self, number: int) -> None:
        talk = self.touched = self.talks[number]
        if any(each.has_order for each in self.talks):
            return
        answer = hire(self.people[OWNER], talk.bid)
        pay(self.server, self.people[OWNER], answer.json()["order"])
        talk.has_order = True

    @rule(number=TALKS)
    def burst(self, number: int) -> None:
        """Both send at once, from two processes, and read meanwhile."""
        talk, _, _, path = self.chosen(number, False)
        if any(talk.is_shut(who) for who in talk.people):
            return
        ids = {who: f"b{who}-{len(talk.entries)}" for who in talk.people}
        works = [
            partial(self.people[who].twin().post, path, {"text": "Burst", "clientId": f"{ids[who]}-{each}"})
            for who in talk.people
            for each in (1, 2, 2)
        ]
        works += [partial(self.people[who].twin().post, f"{path}/read", {"seq": 1}) for who in talk.people]
        assert all(answer.status_code in (200, 201) for answer in at_once(works))
        for who in talk.people:
            talk.read[who] = max(talk.read[who], min(1, len(talk.entries)))
        for row in heard(self.people[talk.people[0]], talk.id, after=len(talk.entries)):
            who = next(each for each in talk.people if self.people[each].id == row["senderId"])
            talk.add(row, "text", who, "Burst", hidden=False)
        for who in talk.people:  # who had nothing to read before the burst may have read its first message
            talk.read[who] = max(talk.read[who], self.row(talk)["read"][self.people[who].id])

    @rule(after=HOURS)
    def pass_time(self, after: timedelta) -> None:
        tell_due(self.server.house, now() + after)

    @rule(number=TALKS, side=SIDES, steps=st.integers(1, 3))
    def catch_up(self, number: int, side: bool, steps: int) -> None:
        """A client that was away goes on from the last number that it knows, a page at a time."""
        talk, who, person, path = self.chosen(number, side)
        cursor, rows = self.clients.get((talk.id, who), (0, {}))
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

    @invariant()
    def both_see_what_they_should(self) -> None:
        talk, self.touched = self.touched, None
        if talk is None:
            return
        row = self.row(talk)
        assert row["last_seq"] == len(talk.entries)
        for who in talk.people:
            found = [(each["seq"], each["kind"]) for each in heard(self.people[who], talk.id)]
            expected = [
                (seq, "hidden" if each.hidden and each.sender != who else each.kind)
                for seq, each in enumerate(talk.entries, 1)
            ]
            assert found == expected
            said = {
                each["id"]: each["text"]
                for each in heard(self.people[who], talk.id)
                if each["kind"] == "text"
            }
            for entry in talk.entries:
                if entry.id in said:
                    assert said[entry.id] == (entry.text if entry.sender == who else entry.shown)
            assert row["unread"][self.people[who].id] == talk.unread(who)

    @invariant()
    def the_audit_finds_nothing(self) -> None:
        for reading in WIRING.proof:
            assert not any(prove(self.server.house, reading).values()), prove(self.server.house, reading)

    def row(self, talk: ModelTalk) -> Any:
        return self.server.house.database.conversations.find_one({"pair": self.pair(talk)})

    def pair(self, talk: ModelTalk) -> str:
        return ":".join(sorted(self.people[who].id for who in talk.people))


def test_random_talk_never_breaks_the_rules(two_processes: Server, join: Join) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Talks(two_processes, join),
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            database=None,
            # A failure is told as it was found: shrinking it would take longer than a test may.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
