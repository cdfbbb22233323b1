"""Files of messages: sent first, named by one message, and there for its two readers as long as it stands."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import requests
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.files.actions import sweep
from tests.accounts.steps import leave
from tests.support.client import Client, Json, Person
from tests.support.images import picture
from tests.support.invariants import Db
from tests.support.market import code_of, place_bid, post_job
from tests.support.server import Server
from tests.support.talk import heard, open_talk
from tests.support.waiting import wait_for

DAYS_KEPT = timedelta(days=30)


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    job = post_job(alice)
    place_bid(bob, job)
    return open_talk(bob, alice, gigId=job["id"])


def upload(person: Person, name: str = "plan.txt", data: bytes = b"hello") -> Json:
    """What is known of a file that a person has sent before its message."""
    answer = person.post("/api/files", files=[("file", (name, data))])
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def attach(person: Person, talk: str, files: Sequence[Json], **more: str) -> requests.Response:
    """Try to send a message with these files."""
    return person.post(f"/api/chat/{talk}", {"fileIds": [each["id"] for each in files], **more})


def attached(person: Person, talk: str, *files: Json) -> Json:
    answer = attach(person, talk, files)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def fetched(file: Json, *people: Client) -> list[int]:
    """What each of these people is answered who asks for a file."""
    return [person.get(file["url"]).status_code for person in people]


def shown(file: Json, *people: Client) -> list[int]:
    """What each of these people is answered who asks for the preview of a file."""
    return [person.get(file["preview"]).status_code for person in people]


def test_a_message_may_be_files_alone(alice: Person, bob: Person, talk: str) -> None:
    files = [upload(bob, f"{number}.txt", b"x" * (number + 1)) for number in range(5)]
    sent = attached(bob, talk, *files)
    assert (sent["text"], sent["files"]) == ("", files)
    (got,) = heard(alice, talk)
    assert got["files"] == files
    assert [alice.get(each["url"]).content for each in got["files"]] == [b"x" * (n + 1) for n in range(5)]


def test_a_sixth_file_is_refused_at_its_field(bob: Person, talk: str) -> None:
    files = [upload(bob, f"{number}.txt") for number in range(6)]
    refused = attach(bob, talk, files, clientId="a")
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["fileIds"])
    assert heard(bob, talk) == []
    assert attach(bob, talk, files[:5], clientId="a").json()["seq"] == 1


@pytest.mark.parametrize("whose", ["somebody else's", "another message's", "gone"])
def test_a_file_that_cannot_be_had_takes_no_number(
    whose: str, alice: Person, bob: Person, talk: str, db: Db
) -> None:
    """And the message may be sent with another file, as the same message."""
    file = upload(alice if whose == "somebody else's" else bob)
    used = 0
    if whose == "another message's":
        attached(bob, talk, file)
        used = 1
    if whose == "gone":
        past = {"drop_at": now() - timedelta(seconds=1)}
        assert db.files.update_one({"_id": ObjectId(file["id"])}, {"$set": past}).matched_count
    kept = upload(bob)
    refused = attach(bob, talk, [kept, file], text="Look", clientId="a")
    assert (refused.status_code, code_of(refused)) == (409, "file_gone")
    again = attach(bob, talk, [kept], text="Look", clientId="a")
    assert (again.status_code, again.json()["seq"]) == (201, used + 1)


def test_other_files_under_the_same_client_id_are_refused(bob: Person, talk: str) -> None:
    one, other = upload(bob), upload(bob)
    first = attach(bob, talk, [one], text="Look", clientId="a")
    assert code_of(attach(bob, talk, [other], text="Look", clientId="a")) == "client_id_used"
    assert code_of(attach(bob, talk, [], text="Look", clientId="a")) == "client_id_used"
    again = attach(bob, talk, [one], text="Look", clientId="a")
    assert (again.status_code, again.json()) == (200, first.json())
    assert attach(bob, talk, [other], text="Look", clientId="b").status_code == 201, "it is still to be had"


def test_the_two_of_a_conversation_have_its_files(
    alice: Person, bob: Person, charlie: Person, root: Person, visitor: Client, talk: str
) -> None:
    """Asked each time, and also for the preview, which the process has kept by then."""
    file = upload(bob, "map.png", picture(40, 20))
    assert shown(file, bob, alice) == [200, 404], "before it belongs to a message, it is its sender's"
    attached(bob, talk, file)
    readers = (alice, bob, charlie, root, visitor)
    assert fetched(file, *readers) == shown(file, *readers) == [200, 200, 404, 404, 401]


def test_who_has_blocked_somebody_gets_none_of_their_files(alice: Person, bob: Person, talk: str) -> None:
    before, hidden = (upload(bob, "map.png", picture(40, 20)) for _ in range(2))
    attached(bob, talk, before)
    assert alice.post(f"/api/users/{bob.id}/block").status_code == 200
    attached(bob, talk, hidden)
    assert fetched(hidden, alice, bob) == shown(hidden, alice, bob) == [404, 200]
    assert fetched(before, alice, bob) == [200, 200], "what they had, they keep"
    assert heard(alice, talk)[1]["files"] == []


def test_hidden_files_are_opened_as_the_words_are(
    alice: Person, bob: Person, charlie: Person, talk: str
) -> None:
    """By the one who had blocked, once they no longer do."""
    hidden = upload(bob, "map.png", picture(40, 20))
    assert alice.post(f"/api/users/{bob.id}/block").status_code == 200
    attached(bob, talk, hidden)
    assert [each["files"] for each in heard(alice, talk, hidden="show")] == [[]]
    assert fetched(hidden, alice) == shown(hidden, alice) == [404]
    assert alice.delete(f"/api/users/{bob.id}/block").status_code == 200
    assert [each["files"] for each in heard(alice, talk)] == [[]], "nobody has asked for it yet"
    assert [each["files"] for each in heard(alice, talk, hidden="show")] == [[hidden]]
    opened = alice.page(alice.page(f"/messages/{talk}").one(".untold a").attrs["href"] or "")
    assert {each.attrs["href"] for each in opened.all(".sent-files a[download]")} == {hidden["url"]}
    assert fetched(hidden, alice, charlie) == shown(hidden, alice, charlie) == [200, 404]


def test_what_is_taken_back_is_had_by_nobody(alice: Person, bob: Person, talk: str, db: Db) -> None:
    """Nor by its sender; it is kept for a while, in case it is reported."""
    file = upload(bob, "map.png", picture(40, 20))
    sent = attached(bob, talk, file)
    assert shown(file, alice, bob) == [200, 200]
    assert bob.delete(f"/api/chat/{talk}/{sent['id']}").status_code == 200
    assert fetched(file, alice, bob) == shown(file, alice, bob) == [404, 404]
    assert [each["files"] for each in heard(alice, talk)] == [[], []]
    row = db.files.find_one({"_id": ObjectId(file["id"])})
    assert row
    assert timedelta() <= now() + DAYS_KEPT - row["drop_at"] < timedelta(minutes=5)
    taken = attach(bob, talk, [file], text="Again")
    assert (taken.status_code, code_of(taken)) == (409, "file_gone")


def test_files_go_with_the_one_who_leaves(
    alice: Person, bob: Person, talk: str, db: Db, server: Server
) -> None:
    theirs, others = upload(bob), upload(alice)
    attached(bob, talk, theirs)
    attached(alice, talk, others)
    assert leave(bob, bob.password).status_code == 200
    swept = {"_id": ObjectId(talk), "swept": ObjectId(bob.id)}
    wait_for(lambda: db.conversations.find_one(swept), what="the sweep")
    assert fetched(theirs, alice) == [404]
    assert fetched(others, alice) == [200]
    assert [each["files"] for each in heard(alice, talk)] == [[], [others]]
    sweep(server.house, now())
    assert db.files.count_documents({"_id": ObjectId(theirs["id"])}) == 0
