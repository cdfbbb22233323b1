"""The front page: a search, categories, what is rated best, how money is held, and how much there is."""

from typing import Any

from tests.conftest import Join
from tests.reviews.steps import completed_job
from tests.support.client import Client, Person
from tests.support.market import offer_service, post_job, show_picture, unique_word
from tests.support.money import do, hired
from tests.support.server import Server
from tests.support.waiting import wait_for


def number(visitor: Client, words: str) -> int:
    """What the line of numbers says of these."""
    said = [each for each in visitor.page("/").texts(".numbers li") if each.endswith(words)]
    return int(said[0].removesuffix(words).replace(",", "")) if said else 0


def test_the_search_finds_services_or_jobs(alice: Person, visitor: Client) -> None:
    word = unique_word()
    offer_service(alice, title=f"{word} served")
    post_job(alice, title=f"{word} wanted")
    page = visitor.page("/")
    found = page.submit(".find", q=word)
    assert (found.path, found.texts(".results h2")) == (f"/services?q={word}", [f"{word} served"])
    (button,) = page.all(".find button[formaction]")
    jobs = visitor.page(f"{button.attrs['formaction']}?q={word}")
    assert jobs.texts(".results h2") == [f"{word} wanted"]


def test_numbers_are_live_and_the_line_on_money_is_honest(
    alice: Person, visitor: Client, payments_off: Server
) -> None:
    """The copy that is kept of the page is dropped by what changes them."""
    post_job(alice)
    before = number(visitor, " open jobs")
    post_job(alice)
    wait_for(lambda: number(visitor, " open jobs") == before + 1, what="one job more")
    (held,) = visitor.page("/").texts(".held")
    assert "GigFlow holds what you pay until you accept the work" in held
    assert "no real money moves" in held
    assert "Its fee, 10%, is taken from what the freelancer is paid." in visitor.page("/").text
    (held,) = Client(payments_off.url).page("/").texts(".held")
    assert "Payments are switched off here at the moment." in held


def test_only_completed_orders_count(alice: Person, bob: Person, visitor: Client) -> None:
    """What nobody paid, and what was cancelled, can be had for nothing, so it proves nothing."""

    def counted() -> tuple[int, int]:
        return number(visitor, " orders completed"), number(visitor, " open jobs")

    completed_job(alice, bob)
    completed_job(alice, bob)
    post_job(alice)
    post_job(alice)
    wait_for(lambda: min(counted()) > 1, what="what was completed")
    orders, jobs = counted()
    do(alice, hired(alice, bob), "cancel")
    hired(alice, bob)
    post_job(alice)  # the copy that is kept of the page is dropped by this
    wait_for(lambda: counted()[1] == jobs + 2, what="the last job, and the one that is open again")
    assert counted()[0] == orders
    assert "orders so far" not in visitor.page("/").text


def test_categories_lead_on(visitor: Client) -> None:
    page = visitor.page("/")
    for words, address in (("Data and analysis", "/categories/data"), ("Other", "/categories/other")):
        assert visitor.page(page.link(words)).path == address


def test_what_is_rated_best_comes_first(alice: Person, visitor: Client, db: Any) -> None:
    """With its stars, and its seller's face; a service without a picture has a cover."""
    title = f"Best {unique_word()}"
    offer_service(alice, title=title)
    picture = show_picture(alice)["small"]
    rated = {"rank": 4.99, "stars": 5.0, "rating": {"count": 99, "sum": 495}}
    db.gigs.update_one({"title": title}, {"$set": rated})
    wait_for(lambda: title in visitor.page("/").texts(".offer h3")[:1], what="the best one")
    first = visitor.page("/").all(".offer")[0]
    assert "5.0 (99" in first.to_text()
    assert [each.attrs["src"] for each in first.query(".seller img")] == [picture]
    assert [each.attrs["data-initial"] for each in first.query(".cover")] == ["B"]
    db.gigs.update_one({"title": title}, {"$set": {"rank": 4.0, "stars": None, "rating.count": 0}})


def test_a_face_that_changes_changes_in_lists(join: Join, visitor: Client) -> None:
    alice, word = join("Alice Owner"), unique_word()
    offer_service(alice, title=word)

    def faces() -> list[str | None]:
        return [each.attrs["src"] for each in visitor.page(f"/services?q={word}").all(".seller img")]

    assert faces() == []
    first = show_picture(alice)["small"]
    wait_for(lambda: faces() == [first], what="her face")


def test_somebody_whose_job_is_the_only_open_one_is_told_so(join: Join, payments_off: Server) -> None:
    """Who has posted the first job is not asked to post the first one. Nobody else posts at this server."""
    alice = join("Alice Owner", at=payments_off)
    first, begin = "Post the first one", "Post a job or send a bid, and your next step appears here."
    page = alice.page("/")
    assert (first in page.text, begin in page.text) == (True, True)
    post_job(alice)
    for page in (alice.page("/"), alice.fragment("GET", "/turn")):
        assert (first in page.text, begin in page.text) == (False, False)
        assert "Bids on your open jobs appear here." in page.text
    empty = alice.page("/").one("[aria-labelledby=newest] .empty")
    assert "The only open jobs right now are your own." in empty.to_text()
    assert [each.attrs["href"] for each in empty.query("a")] == ["/hiring"]
    stranger = join("Carl Stranger", at=payments_off)
    assert "The only open jobs" not in stranger.page("/").text
