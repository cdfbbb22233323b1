"""Reporting something from its page, without JavaScript and in a dialog."""

from tests.conftest import shared
from tests.reports.test_reporting import review
from tests.support.client import Client, Person
from tests.support.invariants import Db
from tests.support.market import ask_question, offer_service, post_job

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")

FORM = "#ask form"
THANKS = "Thank you for the report"


def report_links(person: Client, path: str) -> list[str]:
    """Where the page at `path` leads to report something."""
    return [link.attrs["href"] or "" for link in person.page(path).all("a[href^='/report/']")]


def test_each_thing_has_its_link(alice: Person, bob: Person, charlie: Person, visitor: Client) -> None:
    """For everybody who is signed in, but for its own person."""
    job, service = post_job(alice), offer_service(alice)
    asked = ask_question(bob, service)
    of_job, of_service = f"/report/gig/{job['id']}", f"/report/gig/{service['id']}"
    of_question, of_alice = f"/report/question/{asked['id']}", f"/report/person/{alice.id}"
    at_job, at_service = f"/gigs/{job['id']}", f"/gigs/{service['id']}"
    assert report_links(charlie, at_job) == [of_job]
    assert report_links(charlie, at_service) == [of_service, of_question]
    assert report_links(bob, at_service) == [of_service]
    assert report_links(alice, at_service) == [of_question]
    assert report_links(charlie, f"/u/{alice.id}") == [of_alice]
    for person, path in ((alice, at_job), (alice, f"/u/{alice.id}"), (visitor, at_service)):
        assert report_links(person, path) == []


def test_a_review_has_its_link(alice: Person, bob: Person, charlie: Person) -> None:
    _, mine = review(alice, bob)
    path = f"/u/{bob.id}/reviews?as=freelancer"
    assert f"/report/review/{mine}" in report_links(charlie, path)
    assert f"/report/review/{mine}" not in report_links(alice, path)


def test_reporting_without_javascript(alice: Person, charlie: Person, db: Db) -> None:
    """What is refused keeps what was typed; afterwards the same page says thank you."""
    job = post_job(alice, title="A logo")
    page = charlie.page(f"/report/gig/{job['id']}")
    assert page.one("h1").to_text() == "Report this job"
    refused = page.submit(FORM, text="They want money")
    assert (refused.status, refused.errors(FORM)) == (400, {"reason": "Choose a reason."})
    assert refused.values(FORM)["text"].strip() == "They want money"
    done = refused.submit(FORM, reason="fraud")
    assert (done.status, done.path) == (200, f"/report/gig/{job['id']}")
    assert done.one("h1").to_text() == THANKS
    assert "An admin will review it." in done.text
    assert done.link("Close") == f"/gigs/{job['id']}"
    assert db.reports.find_one({"text": "They want money", "reason": "fraud"})


def test_reporting_in_a_dialog(alice: Person, charlie: Person) -> None:
    job = post_job(alice, title="A logo")
    address = f"/report/gig/{job['id']}"
    dialog = charlie.fragment("GET", address)
    assert dialog.one("#ask h2").to_text() == "Report this job"
    refused = charlie.fragment("POST", address, reason="other", text="")
    assert (refused.status, refused.errors(FORM)) == (400, {"text": "Describe what is wrong."})
    done = charlie.fragment("POST", address, reason="other", text="Not a job")
    assert (done.status, done.one("#ask h2").to_text()) == (200, THANKS)
    again = charlie.fragment("POST", address, reason="spam")
    assert "Something else" in again.text


def test_what_is_no_thing_has_no_page(charlie: Person) -> None:
    for path in ("/report/gig/nonsense", f"/report/order/{charlie.id}", "/report/message/nonsense"):
        assert charlie.page(path).status == 404
