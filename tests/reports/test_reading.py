"""What admins read of reports: theirs alone, and written into the record each time."""

from bson import ObjectId

from tests.conftest import Join, shared
from tests.reports.steps import news_of_report, read, report, reported
from tests.support.client import Json, Person
from tests.support.invariants import Db
from tests.support.market import ask_question, change_profile, code_of, offer_service, post_job
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
root = shared("Root Admin", is_admin=True)


def rows_of(db: Db, made: Json) -> list[Json]:
    """What the record has of a report."""
    return list(db.audit.find({"subject.kind": "report", "subject.id": ObjectId(made["id"])}).sort("at"))


def test_reading_a_report_is_in_the_record(
    alice: Person, bob: Person, root: Person, join: Join, server: Server, db: Db
) -> None:
    """Each admin who reads it, and once an hour."""
    made = reported(bob, "person", alice.id)
    assert rows_of(db, made) == []
    read(root, made)
    root.page(f"/admin/reports/{made['id']}")
    rows = rows_of(db, made)
    assert len(rows) == 1
    row = rows[0]
    assert (row["event"], row["by"], row["user_id"]) == (
        "report_read",
        ObjectId(root.id),
        ObjectId(alice.id),
    )
    second = join("Rita Admin")
    server.make_admin(second.email)
    read(second, made)
    assert [each["by"] for each in rows_of(db, made)] == [ObjectId(root.id), ObjectId(second.id)]


def test_nobody_else_knows_of_reports(alice: Person, join: Join, root: Person, db: Db) -> None:
    """SECURITY 16: not even who made it reads what admins do."""
    nina = join("Nina")
    made = reported(nina, "person", alice.id)
    for person in (alice, nina):
        for path in (f"/api/admin/reports/{made['id']}", f"/api/admin/reports/{ObjectId()}"):
            refused = person.get(path)
            assert (refused.status_code, code_of(refused)) == (404, "report_not_found")
        assert person.get("/api/admin/reports").status_code == 404
        assert (
            person.page("/admin/reports").status == person.page(f"/admin/reports/{made['id']}").status == 404
        )
    assert rows_of(db, made) == []


def test_an_admin_reads_no_report_about_themselves(
    bob: Person, root: Person, join: Join, server: Server
) -> None:
    """Nor is told of it, nor of one that they have made."""
    second = join("Rita Admin")
    server.make_admin(second.email)
    about_her = reported(bob, "person", second.id)
    assert second.get(f"/api/admin/reports/{about_her['id']}").status_code == 404
    listed = second.get("/api/admin/reports", params={"limit": 100}).json()["reports"]
    assert about_her["id"] not in [each["id"] for each in listed]
    assert news_of_report(second, about_her) == []
    assert len(news_of_report(root, about_her)) == 1
    of_her = reported(second, "person", bob.id)
    assert news_of_report(second, of_her) == []
    assert read(second, of_her)["by"]["id"] == second.id


def test_open_reports_are_a_list(alice: Person, bob: Person, root: Person) -> None:
    """Newest first, page by page, as programs and people read it."""
    made = [reported(bob, "gig", post_job(alice, title=f"Job {n}")["id"])["id"] for n in range(3)]
    first = root.get("/api/admin/reports", params={"limit": 2}).json()
    assert [each["id"] for each in first["reports"]] == made[:0:-1]
    rest = root.get("/api/admin/reports", params={"limit": 1, "cursor": first["next"]}).json()
    assert [each["id"] for each in rest["reports"]] == made[:1]
    page = root.page("/admin/reports?limit=2")
    assert [each.attrs["id"] for each in page.all(".plain-list li")] == [
        f"report-{each}" for each in made[:0:-1]
    ]
    assert "Job 2" in page.text
    older = root.page(page.link("Older reports") + "&limit=2")
    assert f"report-{made[0]}" in [each.attrs["id"] for each in older.all(".plain-list li")]


def test_the_news_lead_to_the_report(alice: Person, bob: Person, root: Person) -> None:
    """And opening it reads them."""
    gig = post_job(alice, title="A logo", description="<b>Cheap</b>")
    made = reported(bob, "gig", gig["id"], reason="other", text="Why <i>not</i>")
    rows = root.get("/api/notifications", params={"limit": 100}).json()["notifications"]
    (row,) = [each for each in rows if each["url"] == f"/admin/reports/{made['id']}"]
    assert (row["type"], row["readAt"]) == ("reported", None)
    page = root.page(row["url"])
    for words in (
        "A job was reported",
        "Something else",
        "Why <i>not</i>",
        "<b>Cheap</b>",
        "Bob Bidder",
        "Alice Owner",
    ):
        assert words in page.text
    assert page.link("A logo") == f"/gigs/{gig['id']}"
    rows = root.get("/api/notifications", params={"limit": 100}).json()["notifications"]
    assert [each["readAt"] is not None for each in rows if each["url"] == row["url"]] == [True]


def test_what_a_page_says_of_each_kind(alice: Person, bob: Person, root: Person) -> None:
    service = offer_service(alice, title="A map by hand")
    asked = ask_question(bob, service, text="Pay me elsewhere?")
    change_profile(bob, headline="Hello")
    for kind, subject, reporter, words in (
        ("gig", service["id"], bob, "A service was reported"),
        ("question", asked["id"], alice, "Pay me elsewhere?"),
        ("person", bob.id, alice, "Hello"),
    ):
        made = reported(reporter, kind, subject)
        assert words in root.page(f"/admin/reports/{made['id']}").text


def test_the_name_of_who_left_is_in_no_report(bob: Person, root: Person, join: Join) -> None:
    """docs/domain.md, Leaving: the copy is kept, and says no names; the same for who made the report."""
    nina, other = join("Nina Newcomer"), join("Otto Other")
    change_profile(nina, bio="Write to me")
    made = reported(other, "person", nina.id)
    for person in (nina, other):
        assert person.delete("/api/auth/account", {"password": person.password}).status_code == 200
    found = read(root, made)
    assert found["copy"]["whose"]["name"] == found["by"]["name"] == "Somebody who left"
    assert [each["text"] for each in found["copy"]["said"]] == ["Write to me"]
    page = root.page(f"/admin/reports/{made['id']}")
    assert "Nina" not in page.text
    assert "Otto" not in page.text
    assert report(bob, "person", nina.id).status_code == 404
