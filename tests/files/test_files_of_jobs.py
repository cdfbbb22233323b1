"""Files of jobs and bids: who may have them, and that what was agreed keeps them for good."""

from typing import Any

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.files.actions import sweep
from tests.accounts.steps import leave
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import BID, JOB, code_of, hire, place_bid, post_job
from tests.support.server import Server

PLAN = ("plan.txt", b"A plan.")
SKETCH = ("sketch.txt", b"A sketch.")


def upload(person: Person, name: str = "plan.txt", data: bytes = b"A plan.") -> Json:
    """What is known of a file that a person has sent before what it will belong to."""
    answer = person.post("/api/files", files=[("file", (name, data))])
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def ids_of(*files: Json) -> list[str]:
    return [each["id"] for each in files]


def fetched(file: Json, *people: Client) -> list[int]:
    """What each of these people is answered who asks for a file."""
    return [person.get(file["url"]).status_code for person in people]


def files_of(job: Json, person: Client) -> Any:
    """The files of a job as somebody reads it, or None if it says nothing of them."""
    return person.get(f"/api/gigs/{job['id']}").json().get("files")


def test_everybody_who_has_signed_in_may_have_the_files_of_a_job(
    alice: Person, charlie: Person, visitor: Client
) -> None:
    file = upload(alice)
    job = post_job(alice, fileIds=ids_of(file))
    assert job["files"] == [file]
    assert fetched(file, alice, charlie, visitor) == [200, 200, 401]
    assert files_of(job, charlie) == [file]
    assert files_of(job, visitor) is None
    assert "plan.txt" not in visitor.page(f"/gigs/{job['id']}").text
    assert "1 file for people who have signed in" in visitor.page(f"/gigs/{job['id']}").text
    assert "plan.txt" in charlie.page(f"/gigs/{job['id']}").text


def test_a_job_that_is_no_longer_open_keeps_its_files_to_its_sides(
    alice: Person, bob: Person, charlie: Person
) -> None:
    """Those who lost or only looked have them no longer; if it is open again, everybody has."""
    file = upload(alice)
    job = post_job(alice, fileIds=ids_of(file))
    place_bid(charlie, job)
    order = hire(alice, place_bid(bob, job)).json()["order"]
    assert fetched(file, alice, bob, charlie) == [200, 200, 404]
    assert [files_of(job, each) for each in (alice, bob, charlie)] == [[file], [file], []]
    assert "plan.txt" in bob.page(f"/gigs/{job['id']}").text
    seen = charlie.page(f"/gigs/{job['id']}").text
    assert "plan.txt" not in seen
    assert "its files are for its client and the freelancer who was hired" in seen
    assert alice.post(f"/api/orders/{order['id']}/cancel", {"reason": "No."}).status_code == 200
    assert (fetched(file, charlie), files_of(job, charlie)) == ([200], [file])


def test_a_closed_job_keeps_its_files_to_its_owner(alice: Person, charlie: Person) -> None:
    file = upload(alice)
    job = post_job(alice, fileIds=ids_of(file))
    alice.page(f"/gigs/{job['id']}/close").submit("#ask form")
    assert fetched(file, alice, charlie) == [200, 404]
    assert "its files are for its client alone" in charlie.page(f"/gigs/{job['id']}").text


def test_a_list_of_jobs_has_no_files(alice: Person) -> None:
    post_job(alice, fileIds=ids_of(upload(alice)))
    assert all("files" not in each for each in alice.get("/api/gigs/mine").json()["gigs"])


def test_a_file_that_a_job_no_longer_has_goes(alice: Person, server: Server) -> None:
    """One that stays, stays; and a job that says nothing of its files keeps them."""
    kept, gone, new = (upload(alice) for _ in range(3))
    job = post_job(alice, fileIds=ids_of(kept, gone))
    renamed = alice.patch(f"/api/gigs/{job['id']}", {"title": "Other words"}).json()
    assert renamed["files"] == [kept, gone]
    changed = alice.patch(f"/api/gigs/{job['id']}", {"fileIds": ids_of(new, kept, kept)})
    assert changed.json()["files"] == [new, kept]
    sweep(server.house, now())
    assert fetched(gone, alice) == [404]
    assert fetched(kept, alice) == [200]


def test_a_job_may_be_put_back_as_it_was_read(alice: Person) -> None:
    job = post_job(alice, fileIds=ids_of(upload(alice)))
    again = alice.put(f"/api/gigs/{job['id']}", job)
    assert (again.status_code, again.json()["files"]) == (200, job["files"])


def test_other_files_are_other_terms(alice: Person, bob: Person) -> None:
    """So bidders look at them and confirm their bids."""
    job = post_job(alice)
    bid = place_bid(bob, job)
    assert alice.patch(f"/api/gigs/{job['id']}", {"fileIds": ids_of(upload(alice))}).status_code == 200
    assert code_of(hire(alice, bid)) == "terms_changed"
    assert "Files changed" in bob.page(f"/gigs/{job['id']}").one("#confirm-bid").to_text()


@pytest.mark.parametrize(
    ("named", "status", "code"),
    [
        (["a" * 24], 409, "file_gone"),
        ("his", 409, "file_gone"),
        ("used", 409, "file_gone"),
        (["no id"], 400, "invalid_fields"),
        (["a" * 24] * 6, 400, "invalid_fields"),
        ("plan.txt", 400, "invalid_fields"),
    ],
)
def test_a_job_takes_only_files_that_wait(
    alice: Person, bob: Person, named: Any, status: int, code: str
) -> None:
    if named == "his":
        named = ids_of(upload(bob))
    elif named == "used":
        named = [each["id"] for each in post_job(alice, fileIds=ids_of(upload(alice)))["files"]]
    answer = alice.post("/api/gigs", {**JOB, "fileIds": named})
    assert (answer.status_code, code_of(answer)) == (status, code)


def test_only_the_two_of_a_bid_may_have_its_files(
    alice: Person, bob: Person, charlie: Person, visitor: Client
) -> None:
    job, file = post_job(alice), upload(bob)
    bid = place_bid(bob, job, fileIds=ids_of(file))
    assert bid["files"] == [file]
    assert fetched(file, bob, alice, charlie, visitor) == [200, 200, 404, 401]
    assert alice.get(f"/api/bids/{job['id']}").json()["bids"][0]["files"] == [file]
    assert "plan.txt" in alice.page(f"/gigs/{job['id']}").text
    assert "plan.txt" in bob.page(f"/gigs/{job['id']}").text


def test_a_bid_changes_its_files(alice: Person, bob: Person, server: Server) -> None:
    old, new = upload(bob), upload(bob)
    bid = place_bid(bob, post_job(alice), fileIds=ids_of(old))
    changed = bob.patch(f"/api/bids/{bid['id']}", {"fileIds": ids_of(new)})
    assert changed.json()["files"] == [new]
    sweep(server.house, now())
    assert fetched(old, bob, alice) == [404, 404]
    assert fetched(new, bob, alice) == [200, 200]


def test_a_hire_makes_the_files_of_both_the_orders(
    alice: Person, bob: Person, charlie: Person, db: Db, server: Server
) -> None:
    """And nobody else's: those of a bid that was not hired stay between its two."""
    of_job, of_bid, of_other = upload(alice), upload(bob), upload(charlie)
    job = post_job(alice, fileIds=ids_of(of_job))
    bid = place_bid(bob, job, fileIds=ids_of(of_bid))
    place_bid(charlie, job, fileIds=ids_of(of_other))
    order = hire(alice, bid).json()["order"]
    assert (order["terms"]["files"], order["terms"]["messageFiles"]) == ([of_job], [of_bid])
    subjects = {row["name"]: row for row in db.files.find({"_id": ObjectId(of_bid["id"])})}["plan.txt"]
    assert [each["id"] for each in subjects["shared_with"]] == [ObjectId(order["id"])]
    # What becomes of the job and the bid later takes nothing from the order.
    db.gigs.update_one({"_id": ObjectId(job["id"])}, {"$set": {"file_ids": []}})
    for row in (of_job, of_bid):
        db.files.update_one({"_id": ObjectId(row["id"])}, [{"$set": {"subject": {"$first": "$shared_with"}}}])
    assert fetched(of_job, alice, bob, charlie) == [200, 200, 404]
    assert fetched(of_bid, alice, bob, charlie) == [200, 200, 404]
    assert fetched(of_other, alice, charlie, bob) == [200, 200, 404]
    for side in (alice, bob):
        page = side.page(f"/orders/{order['id']}")
        assert len(page.all('a[href^="/api/files/"]')) == 2
    assert "files" not in alice.get("/api/orders").json()["orders"][0]["terms"]


def test_a_hire_whose_file_is_gone_is_refused_whole(alice: Person, bob: Person, db: Db) -> None:
    job = post_job(alice, fileIds=ids_of(upload(alice)))
    bid = place_bid(bob, job)
    db.files.delete_one({"_id": ObjectId(job["files"][0]["id"])})
    assert code_of(hire(alice, bid)) == "file_gone"
    assert alice.get(f"/api/gigs/{job['id']}").json()["status"] == "open"


def test_somebody_who_leaves_takes_the_files_of_lost_bids_along(
    alice: Person, bob: Person, charlie: Person, server: Server
) -> None:
    lost, won = upload(bob), upload(bob)
    job, other = post_job(alice), post_job(alice)
    place_bid(bob, job, fileIds=ids_of(lost))
    hired = place_bid(bob, other, fileIds=ids_of(won))
    order = hire(alice, hired).json()["order"]
    assert hire(alice, place_bid(charlie, job)).status_code == 200
    assert bob.post(f"/api/orders/{order['id']}/cancel", {"reason": "No time."}).status_code == 200
    leave(bob, bob.password)
    sweep(server.house, now())
    assert fetched(lost, alice) == [404]
    assert fetched(won, alice) == [200]


# ---- without JavaScript


def test_a_job_is_posted_with_files_and_loses_none_by_a_refusal(alice: Person) -> None:
    page = alice.page("/gigs/new")
    refused = page.submit("#gig-form", title="Shop", description="", budget="500", attach=[PLAN, SKETCH])
    assert refused.errors("#gig-form") == {"description": "Describe the job."}
    assert [each["title"] for each in alice.get("/api/gigs/mine").json()["gigs"]] == []
    posted = refused.submit("#gig-form", description="All of it.")
    assert "plan.txt" in posted.text
    (job,) = alice.get("/api/gigs/mine").json()["gigs"]
    assert [each["name"] for each in files_of(job, alice)] == ["plan.txt", "sketch.txt"]
    edit = alice.page(f"/gigs/{job['id']}/edit")
    boxes = edit.all('[name="file_ids"]')
    saved = edit.submit("#gig-form", file_ids=boxes[1].attrs["value"] or "", attach=[("new.txt", b"N")])
    assert saved.status == 200
    assert [each["name"] for each in files_of(job, alice)] == ["sketch.txt", "new.txt"]


@pytest.mark.parametrize(
    ("attached", "said"),
    [
        ([(f"{n}.txt", b"x") for n in range(6)], "At most 5 files in all."),
        ([("empty.txt", b"")], "empty.txt: this file is empty."),
    ],
)
def test_what_is_wrong_with_files_is_said_at_their_field(
    alice: Person, attached: list[tuple[str, bytes]], said: str
) -> None:
    page = alice.page("/gigs/new")
    refused = page.submit("#gig-form", title="Shop", description="All.", budget="500", attach=attached)
    assert refused.status == 400
    assert refused.errors("#gig-form")["files"].startswith(said)
    assert refused.values("#gig-form")["description"].strip() == "All."


def test_a_bid_is_sent_with_files_and_changed(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    page = bob.page(f"/gigs/{job['id']}")
    refused = page.submit("#bid-form", message="Me.", price="", attach=[PLAN])
    assert refused.errors("#bid-form").keys() == {"price"}
    refused.submit("#bid-form", price="400", attach=[SKETCH])
    (bid,) = bob.get("/api/bids/mine").json()["bids"]
    assert [each["name"] for each in bid["files"]] == ["plan.txt", "sketch.txt"]
    edit = bob.page(f"/bids/{bid['id']}/edit")
    edit.submit("#bid-form", file_ids=bid["files"][0]["id"])
    (bid,) = bob.get("/api/bids/mine").json()["bids"]
    assert [each["name"] for each in bid["files"]] == ["plan.txt"]


def test_a_form_names_nobody_elses_files(alice: Person, bob: Person) -> None:
    """Somebody who guesses an id learns nothing from the form that comes back."""
    file = upload(bob, "secret.txt")
    page = alice.page("/gigs/new")
    refused = page.submit("#gig-form", title="Shop", description="", budget="5", file_ids=file["id"])
    assert refused.status == 400
    assert "secret.txt" not in refused.text


def test_a_visitor_writes_a_job_without_files(visitor: Client) -> None:
    page = visitor.page("/gigs/new")
    assert page.all('[name="files"]') == []
    assert "enctype" not in page.one("#gig-form").attrs


def test_a_bid_with_a_file_of_somebody_else_is_not_placed(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    answer = bob.post("/api/bids", {**BID, "gigId": job["id"], "fileIds": ids_of(upload(alice))})
    assert code_of(answer) == "file_gone"
    assert bob.get("/api/bids/mine").json()["bids"] == []
