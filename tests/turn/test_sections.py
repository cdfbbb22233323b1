"""“My work”, “My hiring” and the list of orders: lists with tabs, by address, by swaps and without script."""

from datetime import timedelta

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from tests.conftest import Join
from tests.support.client import Person
from tests.support.market import (
    ask_question,
    hire,
    offer_service,
    place_bid,
    post_job,
    put_into,
    show_picture,
)
from tests.support.money import delivered, do, hired, in_progress
from tests.support.server import Server


def test_decided_things_leave_the_first_tab(server: Server, alice: Person, bob: Person) -> None:
    do(alice, delivered(server, alice, bob, title="Poster"), "accept")
    page = bob.page("/freelancing")
    assert page.texts(".gig-title") == []
    assert page.texts("section[aria-labelledby=orders] .pills a") == [
        "Active 0",
        "Completed 1 1 waiting for you",
        "Cancelled 0",
    ]
    done = bob.page(page.link("Completed 1 1 waiting for you"))
    assert done.texts("section[aria-labelledby=orders] .gig-title") == ["Poster"]
    assert done.texts("section[aria-labelledby=bids] .gig-title") == []
    assert alice.page("/hiring?jobs=past&orders=completed").texts(".gig-title") == ["Poster", "Poster"]


def test_a_tab_keeps_what_the_other_lists_show(alice: Person, bob: Person) -> None:
    hire(alice, place_bid(bob, post_job(alice)))
    page = bob.page("/freelancing?bids=past")
    address = page.link("Completed 0")
    assert address == "/freelancing?bids=past&orders=completed"
    both = bob.page(address)
    assert both.texts("[aria-label$='by state'] [aria-current]") == ["Completed 0", "Past 1", "Current 0"]


def test_a_swap_brings_the_sections_alone(alice: Person, bob: Person) -> None:
    place_bid(bob, post_job(alice))
    part = bob.fragment("GET", "/freelancing?bids=waiting", "/freelancing")
    assert part.texts("#sections .gig-title") == ["Landing page"]
    assert not part.all("h1")
    assert part.all("a[data-hx-target='#sections'][data-hx-push-url]")
    listed = alice.fragment("GET", "/orders?state=completed", "/orders")
    assert listed.texts("#order-list h2") == ["No completed orders yet"]


def test_rows_have_faces_and_ratings(server: Server, alice: Person, bob: Person) -> None:
    picture = show_picture(alice)
    server.db.users.update_one(
        {"_id": ObjectId(alice.id)}, {"$set": {"rating.client": {"count": 4, "sum": 19}}}
    )
    place_bid(bob, post_job(alice))
    hired(alice, bob)
    page = bob.page("/freelancing")
    assert len(page.all(f".gig .avatar[src='{picture['small']}']")) == 2
    assert page.texts(".gig .rating") == ["Rated 4.8 (4 reviews )"] * 2


def test_services_are_sorted_by_state(server: Server, join: Join) -> None:
    nina = join("Nina Seller")
    for title, status in (("Live map", "live"), ("Draft map", "draft"), ("Old map", "archived")):
        put_into(server.db, offer_service(nina, title=title), status)
    page = nina.page("/freelancing")
    assert page.texts(".gig-title") == ["Draft map", "Live map"]
    tabs = "section[aria-labelledby=services] .pills a"
    assert page.texts(tabs) == [
        "Current 2 1 waiting for you",
        "Live 1",
        "Drafts 1 1 waiting for you",
        "Archived 1",
    ]
    assert nina.page(page.link("Archived 1")).texts(".gig-title") == ["Old map"]
    assert "Publish it when it is ready." in page.text


@pytest.mark.parametrize("path", ["/freelancing?bids=gone", "/hiring?jobs=gone", "/orders?state=gone"])
def test_a_tab_that_is_not_there_is_404(path: str, alice: Person) -> None:
    assert alice.page(path).status == 404


def test_each_empty_list_has_its_next_step(alice: Person, bob: Person) -> None:
    post_job(alice)
    page = alice.page("/hiring?jobs=past")
    assert "No job has ended yet." in page.text
    assert alice.page("/freelancing").all(".empty a[href='/jobs']")
    offer_service(bob)
    work = bob.page("/freelancing")
    assert work.all("section[aria-labelledby=bids] .nothing a[href='/jobs']")


def test_what_waits_comes_first_and_once(alice: Person, bob: Person) -> None:
    titles = [f"Poster {number:02}" for number in range(13)]
    jobs = [post_job(alice, title=title) for title in titles]
    place_bid(bob, jobs[0])
    place_bid(bob, jobs[7])
    first = alice.page("/hiring")
    waits = [titles[0], titles[7]]  # what has waited longest first
    rest = [title for title in reversed(titles) if title not in waits]
    assert first.texts("section[aria-labelledby=jobs] .gig-title") == [*waits, *rest[:10]]
    second = alice.page(first.link("Older jobs"))
    assert second.texts("section[aria-labelledby=jobs] .gig-title") == rest[10:]


def test_what_is_due_soonest_is_at_the_top(server: Server, alice: Person, bob: Person) -> None:
    orders = [in_progress(server, alice, bob, title=f"Map {number}") for number in range(3)]
    soon = {"$set": {"due_at": now() + timedelta(hours=1)}}
    server.db.orders.update_one({"_id": ObjectId(orders[1]["id"])}, soon)
    titles = "section[aria-labelledby=orders] .gig-title"
    assert bob.page("/freelancing").texts(titles) == ["Map 1", "Map 0", "Map 2"]
    assert alice.page("/hiring").texts(titles) == [
        "Map 2",
        "Map 1",
        "Map 0",
    ]  # it is not her turn: newest first
    assert bob.page("/orders?side=freelancer").texts(".gig-title") == ["Map 1", "Map 0", "Map 2"]


def test_each_thing_is_said_once(alice: Person, bob: Person) -> None:
    for number in range(2):
        place_bid(bob, post_job(alice, title=f"Poster {number}"))
    rows = alice.page("/hiring").texts("section[aria-labelledby=jobs] .gig")
    assert [row.count("bid") for row in rows] == [1, 1]
    work = bob.page("/freelancing")
    assert work.text.count("You can change or withdraw a bid until its client has decided.") == 1
    assert "has not decided yet" not in work.text


def test_reviews_that_a_badge_counts_are_found_behind_it(server: Server, alice: Person, bob: Person) -> None:
    orders = [do(alice, delivered(server, alice, bob, title=f"Poster {n}"), "accept") for n in range(2)]
    page = alice.page("/hiring")
    assert page.texts("#turn-client") == ["2 waiting for you"]
    assert page.texts("section[aria-labelledby=orders] .pills a")[1] == "Completed 2 2 waiting for you"
    done = alice.page(page.link("2 wait for you in “Completed”"))
    links = done.all("section[aria-labelledby=orders] .turn-line a")
    assert [each.attrs["href"] for each in links] == [f"/orders/{each['id']}#reviews" for each in orders]
    written = alice.post(f"/api/orders/{orders[0]['id']}/review", {"rating": 5, "text": "Good."})
    assert written.status_code == 201, written.text
    assert len(alice.page("/orders?state=completed").all(".turn-line a")) == 1
    assert bob.page("/orders").link("2 wait for you in “Completed”") == "/orders?state=completed"


def test_a_question_that_a_badge_counts_is_found_behind_it(alice: Person, bob: Person) -> None:
    service = offer_service(alice)
    ask_question(bob, service, "Which paper is it?")
    offer_service(alice, title="Quiet map")
    page = alice.page("/freelancing")
    tabs = page.texts("section[aria-labelledby=services] .pills a")
    assert tabs[:2] == ["Current 2 1 waiting for you", "Live 2 1 waiting for you"]
    (told,) = page.texts(".turn-line")
    assert told.endswith("Bob Bidder asks: Which paper is it?")
    assert page.all(f".turn-line a[href='/gigs/{service['id']}#questions']")
    assert page.all("section[aria-labelledby=bids] .pills .due") == []


def test_bids_that_a_badge_counts_mark_their_tab(alice: Person, bob: Person) -> None:
    place_bid(bob, post_job(alice))
    changed = post_job(alice, title="Changed")
    place_bid(bob, changed)
    assert alice.patch(f"/api/gigs/{changed['id']}", {"budget": 400}).status_code == 200
    tabs = alice.page("/hiring").texts("section[aria-labelledby=jobs] .pills a")
    assert tabs[0] == "Open 2 1 waiting for you"
    assert (
        bob.page("/freelancing").texts("[aria-label='Bids by state'] a")[0] == "Waiting 2 1 waiting for you"
    )
