"""Jobs through the API: post, find, read, edit, close (docs/api.md)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from tests.support.client import Client, Person
from tests.support.invariants import check_jobs
from tests.support.market import BID, JOB, code_of, hire, place_bid, post_job, unique_word

GIG_FIELDS = {
    "id", "_id", "kind", "title", "description", "category", "skills", "budget", "deliveryDays", "startOn", "dueOn",
    "files", "status", "ownerId", "owner", "bidCount", "version", "createdAt", "updatedAt",
}  # fmt: skip


def titles(client: Client, query: str) -> list[str]:
    """What a search finds, newest first."""
    answer = client.get(f"/api/gigs?{query}")
    assert answer.status_code == 200, answer.text
    return [gig["title"] for gig in answer.json()["gigs"]]


def test_a_posted_job_is_open_and_everybodys_to_read(alice: Person, visitor: Client) -> None:
    answer = alice.post(
        "/api/gigs", {**JOB, "skills": ["css", "html", "css"], "deliveryDays": 7, "category": "other"}
    )
    assert answer.status_code == 201
    gig = answer.json()
    assert gig.keys() == GIG_FIELDS
    assert answer.headers["Location"] == f"/api/gigs/{gig['id']}"
    assert (gig["kind"], gig["status"], gig["budget"], gig["bidCount"]) == ("job", "open", 500, 0)
    assert gig["owner"] == {"id": alice.id, "_id": alice.id, "name": alice.name}
    assert gig["ownerId"] == alice.id
    assert gig["skills"] == ["css", "html"]
    assert gig["createdAt"].endswith("Z")
    assert datetime.fromisoformat(gig["createdAt"]).utcoffset() is not None
    assert gig.pop("files") == []  # for people who have signed in
    assert visitor.get(f"/api/gigs/{gig['id']}").json() == gig


def test_the_list_has_open_jobs_newest_first(alice: Person, bob: Person, visitor: Client) -> None:
    word = unique_word()
    gigs = [post_job(alice, title=f"{word} {number}") for number in range(4)]
    assert titles(visitor, f"search={word}") == [f"{word} {number}" for number in (3, 2, 1, 0)]
    assert hire(alice, place_bid(bob, gigs[1])).status_code == 200
    assert alice.delete(f"/api/gigs/{gigs[2]['id']}").status_code == 200
    assert titles(visitor, f"search={word}") == [f"{word} {number}" for number in (3, 0)]
    listed = visitor.get(f"/api/gigs?search={word}").json()
    assert listed["next"] is None
    assert listed["gigs"][0] == visitor.get(f"/api/gigs/{gigs[3]['id']}").json()


def test_search_is_by_title_in_any_case_and_by_parts_of_words(alice: Person, visitor: Client) -> None:
    """docs/api.md, Gigs."""
    word = unique_word()
    title = f"Café {word} Landing-Page"
    post_job(alice, title=title, description=f"described {word}x")
    for name in ("search", "title", "q"):
        assert titles(visitor, f"{name}={word}") == [title]
    assert titles(visitor, f"search={word.upper()}") == [title]
    assert titles(visitor, f"search={word[2:9]}") == [title]
    assert titles(visitor, f"search={word} anding") == [title]
    assert titles(visitor, f"search=page  {word}") == [title]
    assert titles(visitor, f"search={word} CAFÉ") == [title]
    assert titles(visitor, f"search={word}x") == []  # only the description has it
    assert titles(visitor, f"search={word} nothing") == []
    assert title in titles(visitor, "search=&limit=100")


@pytest.mark.parametrize(
    "pattern", [".*", ".", "(", "[a-z]", "^", "$", "\\", "|", "?", "a{1,9}", "(a+)+$", "*"]
)
def test_search_text_is_never_a_pattern(alice: Person, visitor: Client, pattern: str) -> None:
    """SECURITY 17."""
    word = unique_word()
    post_job(alice, title=f"{word} plain")
    literal = f"{word} with{pattern}inside"
    post_job(alice, title=literal)
    answer = visitor.get("/api/gigs", params={"search": f"{word} h{pattern}i"})
    assert [gig["title"] for gig in answer.json()["gigs"]] == [literal]


def test_a_search_of_any_length_is_answered(visitor: Client) -> None:
    assert visitor.get("/api/gigs", params={"search": "x" * 200}).status_code == 200
    too_long = visitor.get("/api/gigs", params={"search": "x" * 201})
    assert (too_long.status_code, code_of(too_long)) == (400, "invalid_fields")
    for text in ("\0", "😀", "%", "  ", "a\nb"):
        assert visitor.get("/api/gigs", params={"search": text}).status_code == 200


def test_pages_follow_the_cursor(alice: Person, visitor: Client) -> None:
    word = unique_word()
    for number in range(5):
        post_job(alice, title=f"{word} {number}")
    seen: list[str] = []
    query = f"search={word}&limit=2"
    cursor: str | None = ""
    sizes = []
    while cursor is not None:
        answer = visitor.get(f"/api/gigs?{query}&cursor={cursor}").json()
        sizes.append(len(answer["gigs"]))
        seen += [gig["title"] for gig in answer["gigs"]]
        cursor = answer["next"]
        if len(seen) == 2:
            post_job(alice, title=f"{word} late")  # a newer one moves no page
    assert seen == [f"{word} {number}" for number in (4, 3, 2, 1, 0)]
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "9" * 30, "٣"])
def test_a_limit_is_from_1_to_100(alice: Person, visitor: Client, limit: str) -> None:
    for path in ("/api/gigs", "/api/gigs/mine", "/api/bids/mine", "/api/notifications"):
        answer = alice.get(path, params={"limit": limit})
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"limit"})
        assert alice.get(path, params={"cursor": "nonsense"}).json()["error"]["fields"].keys() == {"cursor"}
        assert alice.get(path, params={"limit": "100"}).status_code == 200


def test_ones_own_jobs_in_any_state(alice: Person, bob: Person) -> None:
    post_job(bob)
    gigs = [post_job(alice, title=f"Job {number}") for number in range(3)]
    hire(alice, place_bid(bob, gigs[0]))
    alice.delete(f"/api/gigs/{gigs[1]['id']}")
    mine = alice.get("/api/gigs/mine").json()
    assert [(gig["title"], gig["status"]) for gig in mine["gigs"]] == [
        ("Job 2", "open"),
        ("Job 1", "closed"),
        ("Job 0", "assigned"),
    ]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_edit_changes_what_is_sent(alice: Person, bob: Person, method: str) -> None:
    gig = post_job(alice, skills=["css"], deliveryDays=5)
    bid = place_bid(bob, gig)
    answer = alice.request(method, f"/api/gigs/{gig['id']}", {"title": "Better", "budget": "750.25"})
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["title"], changed["budget"], changed["version"]) == ("Better", 750.25, 2)
    for name in GIG_FIELDS - {"title", "budget", "version", "updatedAt", "bidCount"}:
        assert changed[name] == gig[name]
    assert changed["updatedAt"] >= gig["updatedAt"]
    mine = bob.get("/api/bids/mine").json()["bids"]
    assert [(each["id"], each["price"]) for each in mine] == [
        (bid["id"], BID["price"])
    ]  # bids keep their own terms


def test_an_edit_is_checked_like_a_new_job(alice: Person) -> None:
    gig = post_job(alice, startOn="2077-01-10", dueOn="2077-01-20")
    for body, field in (
        ({"title": " "}, "title"),
        ({"budget": 0}, "budget"),
        ({"dueOn": "2077-01-09"}, "dueOn"),
        ({"startOn": "2077-01-21"}, "startOn"),
        ({"skills": ["x" * 41]}, "skills"),
    ):
        answer = alice.patch(f"/api/gigs/{gig['id']}", body)
        assert answer.status_code == 400
        wrong = answer.json()["error"]["fields"].keys()
        assert wrong == {field} or wrong == {"dueOn"}
    assert alice.get(f"/api/gigs/{gig['id']}").json() == gig
    crossed = alice.post("/api/gigs", {**JOB, "startOn": "2077-01-10", "dueOn": "2077-01-09"})
    assert crossed.json()["error"]["fields"].keys() == {"dueOn"}


@pytest.mark.parametrize("field", ["startOn", "dueOn"])
@pytest.mark.parametrize("day", ["0001-01-01", "2020-02-29"])
def test_a_day_that_has_passed_is_refused_at_its_field(alice: Person, field: str, day: str) -> None:
    answers = [alice.post("/api/gigs", {**JOB, field: day})]
    answers.append(alice.patch(f"/api/gigs/{post_job(alice)['id']}", {field: day}))
    for answer in answers:
        assert answer.status_code == 400
        assert answer.json()["error"]["fields"] == {field: ["This date is in the past."]}


def test_a_day_that_has_passed_meanwhile_hinders_no_edit(alice: Person, db: Any) -> None:
    gig = post_job(alice, dueOn="2077-01-20")
    passed = datetime(2020, 1, 1, tzinfo=UTC)
    db.gigs.update_one({"_id": ObjectId(gig["id"])}, {"$set": {"due_on": passed}})
    assert alice.patch(f"/api/gigs/{gig['id']}", {"title": "Newer", "dueOn": "2020-01-01"}).status_code == 200


def test_closing_rejects_the_bids_and_tells_their_freelancers(
    alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    gig = post_job(alice, title="Poster")
    bids = [place_bid(bob, gig), place_bid(charlie, gig)]
    charlie.patch(f"/api/bids/{bids[1]['id']}/withdraw")
    answer = alice.delete(f"/api/gigs/{gig['id']}")
    assert (answer.status_code, answer.json()["status"]) == (200, "closed")
    assert bob.get("/api/bids/mine").json()["bids"][0]["status"] == "rejected"
    assert charlie.get("/api/bids/mine").json()["bids"][0]["status"] == "withdrawn"
    told = bob.get("/api/notifications").json()["notifications"]
    assert [(each["type"], each["message"]) for each in told] == [
        ("job_closed", "“Poster” was closed by its owner without hiring.")
    ]
    assert charlie.get("/api/notifications").json()["notifications"] == []
    check_jobs(db, gig["id"])


def test_what_is_not_open_is_not_changed(alice: Person, bob: Person) -> None:
    """docs/api.md: 409 once assigned, and once closed."""
    assigned, closed = post_job(alice), post_job(alice)
    bid = place_bid(bob, assigned)
    late = place_bid(bob, closed)
    assert hire(alice, bid).status_code == 200
    assert alice.delete(f"/api/gigs/{closed['id']}").status_code == 200
    for gig, word in ((assigned, "already been hired"), (closed, "closed by its owner")):
        path = f"/api/gigs/{gig['id']}"
        before = alice.get(path).json()
        for answer in (
            alice.put(path, JOB),
            alice.patch(path, {"budget": 1}),
            alice.delete(path),
            bob.post("/api/bids", {**BID, "gigId": gig["id"]}),
        ):
            assert (answer.status_code, code_of(answer)) == (409, "gig_not_open")
            assert word in answer.json()["message"]
        assert alice.get(path).json() == before
    assert hire(alice, late).status_code == 409
