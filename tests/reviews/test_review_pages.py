"""Writing, answering and reading reviews on the pages, with JavaScript off and in place."""

import pytest

from tests.conftest import Join, shared
from tests.reviews.steps import both_reviewed, completed_job, completed_purchase, reviewed, reviews_of
from tests.support.client import Client, Json, Page, Person, paths_in
from tests.support.market import offer_service

alice = shared("Alice Client")
bob = shared("Bob Freelancer")

WRITE = "#review-form"
REPLY = "#reply-form"


def page_of(person: Client, order: Json) -> Page:
    return person.page(f"/orders/{order['id']}")


def texts(page: Page) -> list[str]:
    """The words of the reviews that a page shows."""
    return page.texts("#reviews .review > .words")


def test_writing_and_answering(alice: Person, bob: Person) -> None:
    order = completed_purchase(alice, bob, title="A map")
    page = page_of(alice, order)
    assert "Your review stays hidden until" in page.text
    assert [radio.attrs["value"] for radio in page.all(f"{WRITE} input[type=radio]")] == list("12345")
    wrote = page.submit(WRITE, rating="4", text="Fine\nwork.")
    assert (wrote.status, wrote.path) == (200, f"/orders/{order['id']}#reviews")
    assert texts(wrote) == ["Fine work."]
    assert "Only you can read it yet" in wrote.text
    assert not wrote.all(WRITE)

    other = page_of(bob, order)
    assert texts(other) == []
    both = other.submit(WRITE, rating="5", text="Pays at once.")
    assert texts(both) == ["Fine work.", "Pays at once."]
    assert both.texts("#reviews .review .rating") == ["4 of 5", "5 of 5"]
    assert not both.all(WRITE)
    answered = both.submit(REPLY, text="Thank you.")
    assert (answered.status, answered.path) == (200, f"/orders/{order['id']}#reviews")
    assert answered.texts(".reply .words") == ["Thank you."]
    assert not answered.all(REPLY)
    for reader in (alice, bob):
        assert texts(page_of(reader, order)) == ["Fine work.", "Pays at once."]
    assert page_of(alice, order).submit(REPLY, text="Any time.").texts(".reply .words") == [
        "Thank you.",
        "Any time.",
    ]


def test_nothing_before_it_is_completed(alice: Person, bob: Person) -> None:
    bought = alice.post("/api/payment/checkout", {"gigId": offer_service(bob)["id"]}).json()
    assert not page_of(alice, bought["order"]).all("#reviews")


def test_what_is_refused_stays_to_be_mended(alice: Person, bob: Person) -> None:
    order = completed_job(alice, bob)
    page = page_of(alice, order)
    empty = page.submit(WRITE)
    assert (empty.status, empty.errors(WRITE).keys()) == (400, {"rating", "text"})
    wordless = empty.submit(WRITE, rating="3", text="  ")
    assert (wordless.status, wordless.errors(WRITE).keys()) == (400, {"text"})
    assert wordless.values(WRITE)["rating"] == "3"
    starless = wordless.submit(WRITE, rating="6", text="Good.")
    assert (starless.status, starless.errors(WRITE).keys()) == (400, {"rating"})
    assert starless.values(WRITE)["text"] == "Good."
    assert starless.link(order["title"]) == f"/orders/{order['id']}"
    assert texts(starless.submit(WRITE, rating="3")) == ["Good."]


def test_in_place(alice: Person, bob: Person) -> None:
    order = completed_job(alice, bob)
    path = f"/orders/{order['id']}"
    refused = alice.fragment("POST", f"{path}/review", at=path, text="Good.")
    assert (refused.status, refused.errors(WRITE).keys()) == (400, {"rating"})
    written = alice.fragment("POST", f"{path}/review", at=path, text="Good.", rating="5")
    assert (written.status, texts(written)) == (200, ["Good."])
    assert not written.all("h1")
    reviewed(bob, order)
    review = reviews_of(bob, order)[0]
    wrong = bob.fragment("POST", f"/reviews/{review['id']}/reply", at=path, text=" ")
    assert (wrong.status, wrong.errors(REPLY).keys()) == (400, {"text"})
    answered = bob.fragment("POST", f"/reviews/{review['id']}/reply", at=path, text="Thanks.")
    assert (answered.status, answered.texts(".reply .words")) == (200, ["Thanks."])


def test_what_another_tab_has_done(alice: Person, bob: Person) -> None:
    """The page said that one may write; then both had. Nothing that was typed is lost."""
    order = completed_job(alice, bob)
    page = page_of(alice, order)
    both_reviewed(alice, bob, order)
    late = page.submit(WRITE, rating="1", text="From the other tab.")
    assert late.status == 409
    assert "You have already reviewed this order." in late.text
    assert late.values(WRITE)["text"] == "From the other tab."
    answering = page_of(alice, order)
    answering.submit(REPLY, text="Thanks.")
    again = answering.submit(REPLY, text="Twice.")
    assert again.status == 409
    assert "You have already replied to this review." in again.text


def test_on_a_profile(join: Join, alice: Person, visitor: Client) -> None:
    nina = join("Nina Both")
    service = offer_service(nina, price=50)
    assert visitor.page(f"/u/{nina.id}").texts(".score") == ["No reviews yet"] * 2
    for number in range(6):
        order = completed_purchase(alice, nina, service)
        both_reviewed(alice, nina, order, rating=4 + number % 2, text=f"Number {number}.")
    both_reviewed(nina, alice, completed_job(nina, alice), rating=1)
    page = visitor.page(f"/u/{nina.id}")
    assert page.texts(".score") == ["4.5 from 6 reviews", "5.0 from 1 review"]
    assert page.texts(".review > .words") == [
        *(f"Number {number}." for number in (5, 4, 3, 2, 1)),
        "Careful and quick.",
    ]
    assert page.texts(".review .meta")[0].startswith("Order of under $100")
    meters = [(each.attrs["aria-label"], each.attrs["value"]) for each in page.all("meter")]
    assert meters[:2] == [("5 stars: 3 of 6", "3"), ("4 stars: 3 of 6", "3")]
    whole = visitor.page(page.link("All 6 reviews"))
    assert texts(whole) == [f"Number {number}." for number in (5, 4, 3, 2, 1, 0)]
    assert texts(visitor.page(whole.link("As client"))) == ["Careful and quick."]
    first = visitor.page(f"/u/{nina.id}/reviews?limit=4")
    assert texts(visitor.page(first.link("Older reviews"))) == ["Number 1.", "Number 0."]
    assert f"/u/{alice.id}" in paths_in(page)


def test_on_the_page_of_a_service(alice: Person, bob: Person, visitor: Client) -> None:
    service = offer_service(bob)
    path = f"/gigs/{service['id']}"
    assert not visitor.page(path).all("#reviews")
    for number in range(6):
        order = completed_purchase(alice, bob, service)
        both_reviewed(alice, bob, order, rating=5, text=f"Number {number}.")
    page = visitor.page(path)
    assert texts(page) == [f"Number {number}." for number in (5, 4, 3, 2, 1)]
    assert page.texts("#reviews .score") == ["5.0 from 6 reviews"]
    assert len(texts(visitor.page(page.link("All 6 reviews")))) == 6


@pytest.mark.parametrize("query", ["?as=owner", "?cursor=x"])
def test_what_is_no_query(query: str, bob: Person, visitor: Client) -> None:
    assert visitor.page(f"/u/{bob.id}/reviews{query}").status == 400


def test_what_was_typed_is_shown_as_text(alice: Person, bob: Person, visitor: Client) -> None:
    nasty = "<script>alert(1)</script> {{ 7*7 }} **x** [a](javascript:x)"
    service = offer_service(bob)
    both_reviewed(alice, bob, completed_purchase(alice, bob, service), text=nasty)
    assert texts(visitor.page(f"/gigs/{service['id']}")) == [nasty]


def test_the_news_leads_to_the_reviews(alice: Person, bob: Person) -> None:
    order = completed_purchase(alice, bob, title="Globe")
    reviewed(alice, order)
    told = bob.get("/api/notifications").json()["notifications"][0]
    assert (told["type"], told["url"]) == ("review_received", f"/orders/{order['id']}#reviews")
    assert bob.page(told["url"]).one("#reviews")
