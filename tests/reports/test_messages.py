"""Reporting a message: what was said before it, what becomes of it afterwards, and its files."""

from datetime import timedelta

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db as OpenDb
from gigflow.files.actions import sweep
from gigflow.files.models import RETRACTED_LIFETIME
from tests.conftest import shared
from tests.reports.steps import news_of_report, read, report, reported
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import code_of, place_bid, post_job
from tests.support.server import Server
from tests.support.talk import open_talk, say

charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    """What Bob, who has bid on a job of Alice's, says to her about it."""
    job = post_job(alice, title="A logo")
    place_bid(bob, job)
    return open_talk(bob, alice, gigId=job["id"])


def words(admin: Client, made: Json) -> list[str]:
    """What a report has kept of what was said."""
    return [each["text"] for each in read(admin, made)["copy"]["said"]]


def send_file(person: Client, name: str, data: bytes = b"hello") -> str:
    """The id of a file that waits for a message."""
    answer = person.post("/api/files", files=[("file", (name, data))])
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_message_is_copied_with_what_was_said_before(
    alice: Person, bob: Person, root: Person, talk: str
) -> None:
    """Ten entries of both, in their order, and nothing that came later."""
    for number in range(12):
        say((alice, bob)[number % 2], talk, f"Line {number}")
    bad = say(bob, talk, "Pay me elsewhere")
    say(alice, talk, "No.")
    made = reported(alice, "message", bad["id"], reason="fraud")
    assert words(root, made) == [*(f"Line {number}" for number in range(2, 12)), "Pay me elsewhere"]
    copy = read(root, made)["copy"]
    assert [each["reported"] for each in copy["said"]] == [False] * 10 + [True]
    assert [each["by"]["name"] for each in copy["said"][-2:]] == ["Bob Bidder", "Bob Bidder"]
    assert (copy["what"], copy["title"], copy["url"]) == ("message", "A logo", "")
    assert news_of_report(root, made) == ["A message was reported: Fraud, or payment outside GigFlow."]
    page = root.page(f"/admin/reports/{made['id']}")
    assert "The message that was reported" in page.text
    assert "Pay me elsewhere" in page.text


def test_neither_a_change_nor_taking_back_undoes_it(
    alice: Person, bob: Person, root: Person, talk: str
) -> None:
    bad = say(bob, talk, "Pay me elsewhere")
    made = reported(alice, "message", bad["id"])
    assert bob.patch(f"/api/chat/{talk}/{bad['id']}", {"text": "Pay me here"}).status_code == 200
    assert bob.delete(f"/api/chat/{talk}/{bad['id']}").status_code == 200
    assert words(root, made) == ["Pay me elsewhere"]


def test_what_was_changed_before_is_in_the_report(
    alice: Person, bob: Person, root: Person, talk: str
) -> None:
    """And what was taken back: its reader has read it."""
    bad = say(bob, talk, "Pay me elsewhere")
    bob.patch(f"/api/chat/{talk}/{bad['id']}", {"text": "Pay me here"})
    changed = reported(alice, "message", bad["id"])
    assert words(root, changed) == ["Pay me here", "Pay me elsewhere"]
    other = say(bob, talk, "You fool")
    bob.delete(f"/api/chat/{talk}/{other['id']}")
    taken_back = reported(alice, "message", other["id"])
    assert words(root, taken_back) == ["Pay me here", "Message taken back", "You fool"]


def test_who_may_report_a_message(
    alice: Person, bob: Person, charlie: Person, root: Person, visitor: Client, talk: str
) -> None:
    """Who can read it and has not written it; to anybody else, admins too, it is not there (SECURITY 16)."""
    bad = say(bob, talk, "Pay me elsewhere")
    for stranger in (charlie, root):
        refused = report(stranger, "message", bad["id"])
        nothing = report(stranger, "message", str(ObjectId()))
        assert (refused.status_code, code_of(refused)) == (404, "message_not_found")
        assert code_of(nothing) == "message_not_found"
        assert stranger.page(f"/report/message/{bad['id']}").status == 404
    assert report(visitor, "message", bad["id"]).status_code == 401
    own = report(bob, "message", bad["id"])
    assert (own.status_code, code_of(own)) == (403, "own_thing")
    assert report(alice, "message", bad["id"]).status_code == 201


def test_what_is_hidden_is_neither_reported_nor_copied(
    alice: Person, bob: Person, root: Person, talk: str, db: Db
) -> None:
    """Alice had blocked Bob when he wrote that: to her it has a number, and nothing else."""
    say(bob, talk, "Before")
    hidden = say(bob, talk, "While he was blocked")
    after = say(bob, talk, "Afterwards")
    db.messages.update_one({"_id": ObjectId(hidden["id"])}, {"$set": {"hidden": True}})
    refused = report(alice, "message", hidden["id"])
    assert (refused.status_code, code_of(refused)) == (404, "message_not_found")
    made = reported(alice, "message", after["id"])
    assert words(root, made) == ["Before", "Afterwards"]


def test_the_note_of_a_change_is_no_message(alice: Person, bob: Person, talk: str, db: Db) -> None:
    sent = say(bob, talk, "Helo")
    bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "Hello"})
    note = db.messages.find_one({"of": ObjectId(sent["id"])})
    assert note is not None
    assert report(alice, "message", str(note["_id"])).status_code == 404


def test_files_are_kept_for_as_long_as_the_report_is_open(
    alice: Person, bob: Person, charlie: Person, root: Person, server: Server, talk: str, db: Db
) -> None:
    """Taken back or not: an admin gets them from the report, and nobody else by it."""
    before = send_file(bob, "first.txt", b"first")
    say(bob, talk, "", fileIds=[before])
    bad_file = send_file(bob, "bad.exe", b"bad")
    bad = say(bob, talk, "Open this", fileIds=[bad_file])
    made = reported(alice, "message", bad["id"])
    assert bob.delete(f"/api/chat/{talk}/{bad['id']}").status_code == 200
    inside = OpenDb(server.mongo_uri, server.mongo_db)
    sweep(inside, now() + RETRACTED_LIFETIME + timedelta(days=1))
    inside.client.close()
    said = read(root, made)["copy"]["said"]
    assert [[each["name"] for each in row["files"]] for row in said] == [["first.txt"], ["bad.exe"]]
    url = said[1]["files"][0]["url"]
    got = root.get(url)
    assert (got.status_code, got.content) == (200, b"bad")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert [person.get(url).status_code for person in (alice, bob, charlie)] == [404] * 3
    elsewhere = send_file(root, "own.txt")
    assert root.get(f"/api/admin/reports/{made['id']}/files/{elsewhere}").status_code == 404
