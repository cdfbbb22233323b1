"""How soon people usually answer: the median of their first answers to those who wrote to them first."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

import pytest
from bson import ObjectId

from gigflow.chat import answering, answering_store
from gigflow.chat.answering import measure_due, usually_answers
from gigflow.core.clock import now
from tests.conftest import Join, shared
from tests.support.client import Client, Person
from tests.support.market import offer_service
from tests.support.server import Server
from tests.support.talk import open_talk, say
from tests.support.ticks import tick
from tests.support.waiting import wait_for

HOUR = 3_600
DAY = 24 * HOUR
SOON = timedelta(seconds=1)
EARLY = timedelta(days=2)

# An admin: how many people they write to first is not counted.
asker = shared("Arne Asker", is_admin=True)


def asked(server: Server, asker: Person, owner: Person, hours: Sequence[float]) -> list[str]:
    """Conversations in which somebody asked the owner of services, who answered after so many hours."""
    talks = []
    for each in hours:
        talk = open_talk(asker, owner, gigId=offer_service(owner)["id"])
        say(asker, talk, "Do you print, too?")
        say(owner, talk, "Yes.")
        _put(server, talk, created_at=now() - timedelta(hours=each), answered_after=each * HOUR)
        talks.append(talk)
    # A tick of the server's own may have measured it before it was so.
    changes = {"$set": {"due_at": now(), "mark": ObjectId()}}
    server.db.answering.update_one({"_id": ObjectId(owner.id)}, changes)
    return talks


def _put(server: Server, talk: str, **changes: object) -> None:
    server.db.conversations.update_one({"_id": ObjectId(talk)}, {"$set": changes})


def measured(server: Server, reader: Client, person: Person, after: timedelta = SOON) -> int | None:
    """What everybody reads after the next tick."""
    measure_due(server.house, now() + after)
    seconds: int | None = reader.get(f"/api/users/{person.id}").json()["answersWithinSeconds"]
    return seconds


def test_the_median_of_five_is_shown_where_one_writes(
    server: Server, asker: Person, alice: Person, visitor: Client
) -> None:
    talks = asked(server, asker, alice, [0.5, 90, 2.5, 1, 30])
    assert measured(server, visitor, alice) == 2.5 * HOUR
    words = "Usually answers within 3 h"
    gig = offer_service(alice)["id"]
    for path in (f"/u/{alice.id}", f"/gigs/{gig}"):
        assert words in visitor.page(path).text
    for path in (f"/messages/{talks[0]}", f"/messages/new?to={alice.id}&gig={gig}"):
        assert words in asker.page(path).text
    assert words not in alice.page(f"/messages/{talks[0]}").text


def test_four_say_nothing(server: Server, asker: Person, alice: Person) -> None:
    asked(server, asker, alice, [1] * 4)
    assert measured(server, asker, alice) is None
    assert "Usually answers" not in asker.page(f"/u/{alice.id}").text


def test_only_who_was_asked_answers(server: Server, asker: Person, alice: Person) -> None:
    """The one who began has answered nobody, and a second answer changes nothing."""
    talks = asked(server, asker, alice, [1, 2, 3, 4, 5])
    for talk in talks:
        say(asker, talk, "Thank you")
        say(alice, talk, "Any time")
    assert measured(server, asker, alice) == 3 * HOUR
    assert measured(server, alice, asker) is None


def test_a_tick_measures_who_has_answered_since(server: Server, asker: Person, alice: Person) -> None:
    """By the first answer in a conversation alone; nobody asks for it."""

    def mark() -> object:
        return (server.db.answering.find_one({"_id": ObjectId(alice.id)}) or {}).get("mark")

    marks = [mark()]
    for _ in range(5):
        talk = open_talk(asker, alice, gigId=offer_service(alice)["id"])
        for sender in (asker, alice):
            say(sender, talk, "Hello")
        marks.append(mark())
    assert len(set(marks)) == 6
    say(alice, talk, "And another thing")
    assert mark() == marks[-1]
    tick(server.db)
    wait_for(lambda: alice.get(f"/api/users/{alice.id}").json()["answersWithinSeconds"] == 0, what="the tick")


def test_an_answer_meanwhile_is_measured_next(server: Server) -> None:
    """What was measured without it is not put off for a day."""
    somebody, at = ObjectId(), now() + EARLY  # no tick of the server's own gets to it
    answering_store.note_answer(server.house, somebody, at)
    before = answering_store.get_mark(server.house, somebody)
    assert before
    answering_store.note_answer(server.house, somebody, at)
    answering_store.put_off(server.house, somebody, before, at + EARLY)
    assert server.db.answering.find_one_and_delete({"_id": somebody})["due_at"] == at


@pytest.mark.parametrize("what", ["blocked", "reported", "old"])
def test_what_does_not_count(server: Server, asker: Person, join: Join, what: str) -> None:
    """It falls out within a day, though nothing else happens."""
    alice, stranger = join("Alice Owner"), join("Stan Stranger")
    talks = asked(server, stranger, alice, [1] * 1) + asked(server, asker, alice, [1] * 4)
    assert measured(server, asker, alice) == HOUR
    if what == "blocked":
        assert alice.post(f"/api/users/{stranger.id}/block").status_code == 200
    elif what == "reported":
        said = say(stranger, talks[0], "Buy pills")["id"]
        report = {"kind": "message", "id": said, "reason": "spam"}
        assert alice.post("/api/reports", report).status_code == 201
    else:
        _put(server, talks[0], created_at=now() - timedelta(days=89))
    assert measured(server, asker, alice) == HOUR  # a day is not over
    assert measured(server, asker, alice, EARLY) is None


def test_it_equals_a_recount(server: Server, asker: Person, alice: Person) -> None:
    hours = [0.1 * number**2 for number in range(1, 9)]
    talks = asked(server, asker, alice, hours)
    seconds = measured(server, asker, alice)
    ids = [ObjectId(talk) for talk in talks]
    rows = list(server.db.conversations.find({"_id": {"$in": ids}}))
    assert seconds == round(median(row["answered_after"] for row in rows))
    assert seconds == answering.measured(server.house, ObjectId(alice.id), now())


def test_a_fault_of_one_person_is_theirs(
    server: Server, asker: Person, alice: Person, join: Join, caplog: pytest.LogCaptureFixture
) -> None:
    other = join("Olga Other")
    asked(server, asker, alice, [1] * 5)
    asked(server, asker, other, [4] * 5)
    (talk,) = asked(server, asker, alice, [1])
    # Later, so that no tick of the server's own gets to it.
    both = {"_id": {"$in": [ObjectId(alice.id), ObjectId(other.id)]}}
    server.db.answering.update_many(both, {"$set": {"due_at": now() + EARLY}})
    _put(server, talk, answered_after="soon")
    assert measured(server, asker, other, 2 * EARLY) == 4 * HOUR
    assert alice.get(f"/api/users/{alice.id}").json()["answersWithinSeconds"] is None
    lines = [line.message for line in caplog.records if alice.id in line.message]
    assert lines == [f"How soon people answer: that of person {alice.id} failed"]
    _put(server, talk, answered_after=HOUR)


def test_a_page_of_people_reads_it_with_them(server: Server, asker: Person, alice: Person) -> None:
    """It stands in the account, so no list asks for it once more."""
    asked(server, asker, alice, [7] * 5)
    measure_due(server.house, now() + SOON)
    assert server.db.users.find_one({"_id": ObjectId(alice.id)})["answers_within"] == 7 * HOUR


def test_leaving_erases_it(server: Server, asker: Person, join: Join) -> None:
    alice = join("Alice Leaving")
    asked(server, asker, alice, [1] * 5)
    assert measured(server, asker, alice) == HOUR
    gigs = server.db.gigs.distinct("_id", {"owner_id": ObjectId(alice.id)})
    assert gigs
    assert alice.delete("/api/auth/account", {"password": alice.password}).status_code == 200
    key = {"_id": ObjectId(alice.id)}
    wait_for(lambda: not server.db.answering.find_one(key), what="what is measured to go")
    assert not server.db.users.find_one(key).get("answers_within")
    measure_due(server.house, now() + EARLY)
    assert not server.db.users.find_one(key).get("answers_within")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "Usually answers within 1 h"),
        (HOUR, "Usually answers within 1 h"),
        (HOUR + 1, "Usually answers within 3 h"),
        (6 * HOUR, "Usually answers within 6 h"),
        (7 * HOUR, "Usually answers within 12 h"),
        (DAY, "Usually answers within 1 day"),
        (2 * DAY, "Usually answers within 2 days"),
        (30 * DAY, "Usually answers within some days"),
    ],
)
def test_words_come_in_steps(seconds: int | None, words: str) -> None:
    assert usually_answers(seconds) == words
