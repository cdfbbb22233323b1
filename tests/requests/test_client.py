"""What the client of a request does with it."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from tests.files.test_files_of_jobs import fetched, ids_of, upload
from tests.requests.steps import REQUEST, ask_for, assign, day, do, reject, seen, types_of
from tests.support.client import Client, Person
from tests.support.invariants import Db
from tests.support.market import code_of
from tests.support.server import Server
from tests.support.ticks import do_house


def test_a_request_waits_for_gigflow(alice: Person, root: Person) -> None:
    sent = ask_for(alice, startOn=day(2), dueOn=day(20))
    assert (sent["status"], sent["budget"], sent["openOffers"], sent["version"]) == ("pending", 500, 0, 1)
    assert sent["next"].startswith("GigFlow has to review it by ")
    looked_at = datetime.fromisoformat(sent["nextBy"]) - datetime.fromisoformat(sent["sentAt"])
    assert looked_at == timedelta(hours=24)
    assert ("request_to_review", f"/requests/{sent['id']}") in _told(root)
    listed = alice.get("/api/requests?status=open").json()["requests"]
    assert [(each["id"], each["description"]) for each in listed] == [(sent["id"], "")]
    assert alice.get("/api/requests?status=past").json()["requests"] == []


def _told(person: Person) -> list[tuple[str, str]]:
    found = person.get("/api/notifications").json()["notifications"]
    return [(each["type"], each["url"]) for each in found]


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        ({"title": " "}, ["title"]),
        ({"description": ""}, ["description"]),
        ({"budget": 0}, ["budget"]),
        ({"budget": "many"}, ["budget"]),
        ({"category": "alchemy"}, ["category"]),
        ({"dueOn": "2020-01-01"}, ["dueOn"]),
        ({"dueOn": day(366)}, ["dueOn"]),
        ({"dueOn": "2030-02-31"}, ["dueOn"]),
        ({"dueOn": "9999-12-31"}, ["dueOn"]),
        ({"startOn": day(9), "dueOn": day(8)}, ["dueOn"]),
        ({"startOn": "2020-01-01"}, ["startOn"]),
        ({"skills": ["x" * 99]}, ["skills"]),
        ({"fileIds": "all"}, ["fileIds"]),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    alice: Person, terms: dict[str, object], wrong: list[str]
) -> None:
    answer = alice.post("/api/requests", {**REQUEST, **terms})
    assert (answer.status_code, sorted(answer.json()["error"]["fields"])) == (400, wrong)


def test_a_request_is_changed_while_nobody_is_asked(alice: Person) -> None:
    sent = ask_for(alice)
    changed = alice.patch(f"/api/requests/{sent['id']}", {"budget": 700, "dueOn": day(9)})
    assert (changed.status_code, changed.json()["budget"], changed.json()["version"]) == (200, 700, 2)
    assert changed.json()["title"] == REQUEST["title"]


def test_it_is_not_changed_while_offers_are_out(alice: Person, bob: Person, root: Person) -> None:
    sent = ask_for(alice)
    assign(root, sent, bob)
    refused = alice.patch(f"/api/requests/{sent['id']}", {"budget": 700})
    assert (refused.status_code, code_of(refused)) == (409, "request_state")
    assert seen(alice, sent)["budget"] == 500


def test_taking_it_back_withdraws_every_offer(
    alice: Person, bob: Person, charlie: Person, root: Person
) -> None:
    sent = ask_for(alice)
    offers = assign(root, sent, bob, charlie)
    taken = do(alice, sent, "take-back")
    assert (taken.status_code, taken.json()["status"], taken.json()["openOffers"]) == (200, "pending", 0)
    for person, offer in zip((bob, charlie), offers, strict=True):
        assert person.get(f"/api/offers/{offer['id']}").json()["offer"]["status"] == "withdrawn"
        assert types_of(person)[0] == "offer_ended"
    again = do(alice, sent, "take-back")
    assert (again.status_code, code_of(again)) == (409, "request_state")


def test_what_was_sent_back_is_sent_again(alice: Person, root: Person) -> None:
    sent = ask_for(alice)
    assert reject(root, sent, "Too little for that.", suggestedBudget=700).status_code == 200
    back = seen(alice, sent)
    assert (back["status"], back["note"], back["suggestedBudget"], back["sentBack"]) == (
        "rejected", "Too little for that.", 700, 1,
    )  # fmt: skip
    again = do(alice, sent, "send", budget=700, version=back["version"])
    assert again.status_code == 200, again.text
    now = again.json()
    assert (now["status"], now["budget"], now["note"], now["suggestedBudget"], now["sentBack"]) == (
        "pending", 700, "", None, 1,
    )  # fmt: skip
    assert now["sentAt"] > sent["sentAt"]
    stale = do(alice, sent, "send", version=back["version"])
    assert (stale.status_code, code_of(stale)) == (409, "request_state")


def test_another_window_is_not_overwritten(alice: Person, root: Person) -> None:
    sent = ask_for(alice)
    reject(root, sent)
    version = seen(alice, sent)["version"]
    assert alice.patch(f"/api/requests/{sent['id']}", {"budget": 600}).status_code == 200
    refused = do(alice, sent, "send", version=version)
    assert (refused.status_code, code_of(refused)) == (409, "version_changed")


def test_a_cancelled_request_stays_cancelled(alice: Person, bob: Person, root: Person) -> None:
    sent = ask_for(alice)
    (offer,) = assign(root, sent, bob)
    for _ in range(2):
        assert do(alice, sent, "cancel").json()["status"] == "cancelled"
    assert bob.get(f"/api/offers/{offer['id']}").json()["offer"]["status"] == "withdrawn"
    refused = do(alice, sent, "send")
    assert (refused.status_code, code_of(refused)) == (409, "request_state")


def test_opening_up_makes_a_job_with_the_same_words_and_files(alice: Person, charlie: Person, db: Db) -> None:
    file = upload(alice)
    sent = ask_for(alice, fileIds=ids_of(file), dueOn=day(9))
    assert fetched(file, alice, charlie) == [200, 404]
    posted = do(alice, sent, "open-up", budget=450)
    assert posted.status_code == 201, posted.text
    job = alice.get(f"/api/gigs/{posted.json()['id']}").json()
    assert (job["title"], job["budget"], job["dueOn"], job["files"]) == (
        REQUEST["title"], 450, day(9), [file],
    )  # fmt: skip
    assert fetched(file, alice, charlie) == [200, 200]
    over = seen(alice, sent)
    assert (over["status"], over["jobId"]) == ("posted", job["id"])
    assert do(alice, sent, "open-up").status_code == 409
    assert db.gigs.count_documents({"owner_id": ObjectId(alice.id)}) == 1


def test_a_day_that_has_passed_sends_it_back(alice: Person, server: Server, db: Db) -> None:
    sent = ask_for(alice, dueOn=day(2))
    passed = datetime.now(UTC) - timedelta(minutes=1)
    db.requests.update_one({"_id": ObjectId(sent["id"])}, {"$set": {"due_at": passed}})
    do_house(server.house)
    lapsed = seen(alice, sent)
    assert lapsed["status"] == "rejected"
    assert types_of(alice)[0] == "request_rejected"
    assert do(alice, sent, "send", dueOn=day(5)).json()["status"] == "pending"


def test_who_has_no_part_in_it_does_not_find_it(alice: Person, charlie: Person, visitor: Client) -> None:
    sent = ask_for(alice)
    assert charlie.get(f"/api/requests/{sent['id']}").status_code == 404
    assert visitor.get(f"/api/requests/{sent['id']}").status_code == 401
    for act in ("send", "take-back", "cancel", "open-up"):
        assert do(charlie, sent, act).status_code == 404


def test_without_admins_it_says_that_nobody_looks(alice: Person, server: Server, db: Db) -> None:
    admins = [row["_id"] for row in db.users.find({"is_admin": True}, {"_id": 1})]
    db.users.update_many({"_id": {"$in": admins}}, {"$set": {"is_admin": False}})
    try:
        assert "Nobody looks after requests here" in ask_for(alice)["next"]
    finally:
        db.users.update_many({"_id": {"$in": admins}}, {"$set": {"is_admin": True}})
