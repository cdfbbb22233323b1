"""Jobs for people, with JavaScript off: browse, post, edit, close, and what each reader sees (docs/ui.md, Behave)."""

import pytest

from tests.support.client import Client, Page, Person
from tests.support.market import hire, place_bid, post_job, unique_word

TYPED = {
    "title": "A landing page",
    "description": "One page.\nTwo languages.",
    "budget": "1,200.50",
    "skills": "css, html",
    "delivery_days": "14",
    "start_on": "2077-01-04",
    "due_on": "2077-02-01",
}


def rows(page: Page) -> list[str]:
    """The titles of the jobs that a page lists."""
    return page.texts(".gig-title")


def test_posting_a_job(alice: Person) -> None:
    page = alice.page("/gigs/new")
    done = page.submit("#gig-form", **TYPED)
    assert (done.status, done.one("h1").to_text()) == (200, "A landing page")
    assert done.path.startswith("/gigs/")
    for shown in ("$1,200.50", "14 days", "css", "html", "One page.", "Waiting for the first bid."):
        assert shown in done.text
    stored = alice.get(f"/api{done.path}").json()
    assert (stored["budget"], stored["startOn"], stored["description"]) == (
        1200.5,
        "2077-01-04",
        TYPED["description"],
    )


def test_a_refused_job_keeps_what_was_typed_and_says_where_it_is_wrong(alice: Person) -> None:
    typed = {
        **TYPED,
        "title": "  ",
        "budget": "a lot",
        "due_on": "2026-13-01",
        "delivery_days": "soon",
        "category": "other",
    }
    refused = alice.page("/gigs/new").submit("#gig-form", **typed)
    assert refused.status == 400
    assert refused.errors("#gig-form").keys() == {"title", "budget", "due_on", "delivery_days"}
    kept = refused.values("#gig-form")
    for name in typed.keys() - {"title"}:
        assert kept[name] == typed[name], name
    assert len(refused.all("#gig-form [autofocus]")) == 1  # the focus is on the first that is wrong
    crossed = refused.submit("#gig-form", **{**TYPED, "due_on": "2077-01-03"})
    assert crossed.errors("#gig-form").keys() == {"due_on"}
    done = crossed.submit("#gig-form", due_on="2077-01-05")
    assert done.status == 200
    assert done.path.startswith("/gigs/")


def test_what_was_typed_is_shown_as_text(alice: Person, visitor: Client) -> None:
    word = unique_word()
    nasty = f"{word} <script>alert(1)</script> \"'& <img src=x onerror=alert(1)>"
    gig = post_job(alice, title=nasty, description=nasty, skills=["<b>css</b>"])
    for page in (
        visitor.page(f"/gigs/{gig['id']}"),
        visitor.page(f"/jobs?q={word}"),
        visitor.page("/"),
        alice.page("/hiring"),
        alice.page(f"/gigs/{gig['id']}/edit"),
        alice.page(f"/gigs/{gig['id']}/close"),
    ):
        assert nasty in page.text or page.values("#gig-form")["title"] == nasty
        assert not page.all("img[onerror]")
    assert visitor.page("/jobs", params={"q": '"><script>alert(1)</script>'}).status == 200


def test_editing_a_job(alice: Person) -> None:
    gig = post_job(alice, title="Old", budget=99.9, skills=["css"], startOn="2077-01-04")
    shown = alice.page(f"/gigs/{gig['id']}")
    page = alice.page(shown.link("Edit"))
    before = page.values("#gig-form")
    assert (before["title"], before["budget"], before["skills"], before["start_on"]) == (
        "Old",
        "99.90",
        "css",
        "2077-01-04",
    )
    done = page.submit("#gig-form", title="New", budget="100")
    assert (done.path, done.one("h1").to_text()) == (f"/gigs/{gig['id']}", "New")
    stored = alice.get(f"/api/gigs/{gig['id']}").json()
    assert (stored["budget"], stored["skills"], stored["version"]) == (100, ["css"], 2)


def test_an_edit_in_two_windows(alice: Person) -> None:
    """What the other window saved is not overwritten unseen; what was typed here is not lost either."""
    gig = post_job(alice, title="Old")
    first, second = (alice.page(f"/gigs/{gig['id']}/edit") for _ in range(2))
    assert first.submit("#gig-form", title="First").status == 200
    refused = second.submit("#gig-form", title="Second", description="Mine")
    assert refused.status == 409
    assert "another window" in refused.text
    assert refused.values("#gig-form")["title"] == "Second"
    assert alice.get(f"/api/gigs/{gig['id']}").json()["title"] == "First"
    assert refused.submit("#gig-form").status == 200  # sent again, knowingly
    assert alice.get(f"/api/gigs/{gig['id']}").json()["title"] == "Second"


def test_closing_a_job_asks_first(alice: Person, bob: Person) -> None:
    gig = post_job(alice, title="Poster")
    place_bid(bob, gig)
    shown = alice.page(f"/gigs/{gig['id']}")
    asked = alice.page(shown.link("Close job"))
    assert "Poster" in asked.text
    assert "the one bid is declined" in asked.text
    assert alice.get(f"/api/gigs/{gig['id']}").json()["status"] == "open"
    done = asked.submit(f"form[action='/gigs/{gig['id']}/close']")
    assert done.path == f"/gigs/{gig['id']}"
    assert "You closed this job without hiring." in done.text
    assert "closed this job without hiring" in bob.page(f"/gigs/{gig['id']}").text
    for path in (f"/gigs/{gig['id']}/edit", f"/gigs/{gig['id']}/close"):
        gone = alice.page(path)
        assert (gone.status, gone.one("h1").to_text()) == (409, "This has changed since you opened it")


def test_browsing_and_searching(alice: Person, visitor: Client) -> None:
    word = unique_word()
    for number in range(22):
        post_job(alice, title=f"{word} {number}")
    page = visitor.page("/jobs").submit("form[role=search]", q=word.upper())
    assert page.path.startswith(f"/jobs?q={word.upper()}&")
    assert page.values("form[role=search]")["q"] == word.upper()
    assert rows(page) == [f"{word} {number}" for number in range(21, 1, -1)]
    more = visitor.page(page.link("Load more jobs"))
    assert rows(more) == [f"{word} 1", f"{word} 0"]
    assert not [link for link in more.texts("a") if link == "Load more jobs"]
    nothing = visitor.page(f"/jobs?q={word}x")
    assert rows(nothing) == []
    assert "Nothing found" in nothing.text
    assert nothing.link("Show all open jobs") == "/jobs"


def test_live_search_and_more_come_as_fragments(alice: Person, visitor: Client) -> None:
    word = unique_word()
    for number in range(21):
        post_job(alice, title=f"{word} {number}")
    results = visitor.fragment("GET", f"/jobs?q={word}", at="/jobs")
    assert results.one("#results")
    assert (results.all("h1, header"), results.texts("title")) == ([], [f"“{word}” in open jobs · GigFlow"])
    assert len(rows(results)) == 20
    more = visitor.fragment("GET", results.all("#more a")[0].attrs["href"] or "", at=f"/jobs?q={word}")
    assert rows(more) == [f"{word} 0"]
    assert not more.all("#results, h1")
    # A restored page or a whole-body swap is a page, and so is the same address without HTMX.
    for headers in ({"HX-Request-Type": "full"}, {"HX-History-Restore-Request": "true"}):
        whole = visitor.get(f"/jobs?q={word}", headers={"HX-Request": "true", **headers})
        assert "<h1>" in whole.text
    assert len(visitor.page(f"/jobs?q={word}").all("h1")) == 1


def test_a_form_sent_by_htmx_answers_in_place(alice: Person) -> None:
    refused = alice.fragment(
        "POST", "/gigs", at="/gigs/new", title="", description="x", budget="5", category="other"
    )
    assert refused.status == 400
    assert refused.one("#gig-form")
    assert refused.errors("#gig-form").keys() == {"title"}
    assert not refused.all("h1")
    done = alice.fragment(
        "POST", "/gigs", at="/gigs/new", title="x", description="x", budget="5", category="other"
    )
    assert done.status == 204
    assert done.response.headers["HX-Redirect"].startswith("/gigs/")
    visitor = Client(alice.url)
    assert visitor.fragment("POST", "/gigs", at="/gigs/new", title="x").status == 400
    sent_off = visitor.fragment(
        "POST", "/gigs", at="/gigs/new", title="x", description="x", budget="5", category="other"
    )
    assert (sent_off.status, sent_off.response.headers["HX-Redirect"].partition("?")[0]) == (204, "/register")


def test_each_reader_sees_their_own_part(
    alice: Person, bob: Person, charlie: Person, visitor: Client
) -> None:
    gig = post_job(alice, title="Poster")
    path = f"/gigs/{gig['id']}"
    assert "No bids yet" in alice.page(path).text
    bid = place_bid(bob, gig, message="My message", price=77)
    owner, bidder, stranger, anybody = (each.page(path) for each in (alice, bob, charlie, visitor))
    assert "1 new bid to review. Hire the one you like." in owner.text
    assert {"My message"} <= set(owner.texts(".words"))
    assert owner.all(f"#bid-{bid['id']}")
    assert not owner.all("#bid-form")
    assert "has not decided yet" in bidder.text
    assert bidder.all("#my-bid")
    assert not bidder.all("#bid-form")
    assert stranger.all("#bid-form")
    assert anybody.link("Sign in to bid") == f"/login?next={path}"
    assert not anybody.all("#bid-form")
    for reader in (bidder, stranger, anybody):
        assert not reader.all(f"a[href='{path}/edit'], a[href='/bids/{bid['id']}/hire']")

    hire(alice, bid)
    owner, bidder, stranger = (each.page(path) for each in (alice, bob, charlie))
    assert "Pay $" in owner.text
    assert "Alice Owner has to pay $" in bidder.text
    assert "Someone has been hired" in stranger.text
    for reader in (owner, bidder, stranger):
        assert not reader.all("#bid-form, a[href$='/edit'], a[href$='/hire'], a[href$='/withdraw']")


def test_the_live_part_is_a_fragment_of_the_page(alice: Person, bob: Person) -> None:
    gig = post_job(alice)
    place_bid(bob, gig, message="Fresh")
    live = alice.fragment("GET", f"/gigs/{gig['id']}/live", at=f"/gigs/{gig['id']}")
    assert live.one("#gig-live")
    assert "Fresh" in live.text
    plain = alice.get(f"/gigs/{gig['id']}/live")
    assert (plain.status_code, plain.headers["Location"]) == (303, f"/gigs/{gig['id']}")


def test_my_hiring_says_whose_turn_it_is(alice: Person, bob: Person) -> None:
    assert "You haven’t posted any jobs yet" in alice.page("/hiring").text
    gigs = [post_job(alice, title=f"Job {number}") for number in range(22)]
    hire(alice, place_bid(bob, gigs[21]))
    place_bid(bob, gigs[20])
    alice.delete(f"/api/gigs/{gigs[19]['id']}")
    page = alice.page("/hiring")
    # The order of a hired job, then the open job with a new bid, and ten others.
    assert rows(page) == ["Job 21", "Job 20", *(f"Job {number}" for number in range(18, 8, -1))]
    assert page.texts("section[aria-labelledby=jobs] .pills a") == [
        "Open 20 1 waiting for you",
        "Hired 1",
        "Past 1",
    ]
    for sentence in (
        "Pay $",
        "1 new bid to review. Hire the one you like.",
        "Waiting for the first bid.",
    ):
        assert sentence in page.text
    past = alice.page(page.link("Past 1"))
    assert "You closed this job" in past.text
    older = alice.page(page.link("Older jobs"))
    assert rows(older) == ["Job 21", *(f"Job {number}" for number in range(8, -1, -1))]
    assert rows(alice.page(older.link("Newest jobs"))) == rows(page)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_head_is_answered_like_get(visitor: Client, method: str) -> None:
    for path in ("/", "/jobs", "/login", "/api/gigs", "/healthz"):
        assert visitor.request(method, path).status_code == 200
