"""What waits for a person: at GET /api/turn, on the home page, and in the counts of the navigation."""

from datetime import timedelta

import msgspec
import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.steps import do as do_step
from gigflow.schema import STEPS
from tests.conftest import Join
from tests.support.client import Client, Json, Person
from tests.support.market import ask_question, hire, offer_service, place_bid, post_job, put_into
from tests.support.money import bought, delivered, disputed, do, hired, in_progress, try_to
from tests.support.server import Server


def turn_of(person: Client) -> Json:
    answer = person.get("/api/turn")
    assert answer.status_code == 200, answer.text
    return answer.json()


def waiting(person: Client) -> list[tuple[str, str, str]]:
    """Each thing that waits for somebody: its group, its kind and what it is called."""
    groups = turn_of(person)["groups"]
    return [(each["group"], item["kind"], item["title"]) for each in groups for item in each["items"]]


def only_item(person: Client) -> Json:
    (group,) = turn_of(person)["groups"]
    (item,) = group["items"]
    return item


def test_nothing_waits_for_somebody_new(charlie: Person, visitor: Client) -> None:
    told = turn_of(charlie)
    assert (told["count"], told["counts"], told["groups"]) == (0, {"client": 0, "freelancer": 0}, [])
    assert "You’re all caught up" in charlie.page("/").text
    assert visitor.get("/api/turn").status_code == 401


def test_each_step_of_an_order_waits_for_whose_turn_it_is(server: Server, alice: Person, bob: Person) -> None:
    order = hired(alice, bob)
    assert [waiting(each) for each in (alice, bob)] == [[("dates", "pay", "Landing page")], []]
    item = only_item(alice)
    assert item["message"].startswith("Pay $")
    assert (item["by"], item["url"], item["as"]) == (order["payBy"], f"/orders/{order['id']}", "client")
    assert (item["other"]["name"], item["orderId"], item["action"]) == ("Bob Bidder", order["id"], "Pay")
    order = do(alice, order, "cancel") and in_progress(server, alice, bob)
    assert [waiting(each) for each in (alice, bob)] == [[], [("dates", "deliver", "Landing page")]]
    assert only_item(bob)["as"] == "freelancer"
    do(alice, order, "cancel", reason="No time.")
    assert [waiting(each) for each in (alice, bob)] == [
        [],
        [("dates", "answer_cancellation", "Landing page")],
    ]
    assert alice.delete(f"/api/orders/{order['id']}/cancel").status_code == 200
    do(bob, order, "deliver", message="Here.")
    assert [waiting(each) for each in (alice, bob)] == [[("dates", "accept", "Landing page")], []]
    do(alice, order, "accept")
    assert waiting(bob) == [("reviews", "write_review", "Landing page")]


def test_both_sides_of_a_dispute_wait_until_they_have_made_an_offer(
    server: Server, alice: Person, bob: Person
) -> None:
    order = disputed(server, alice, bob)
    asked = [("dates", "propose_amount", "Landing page")]
    assert [waiting(each) for each in (alice, bob)] == [asked, asked]
    assert try_to(alice, order, "dispute/offer", amount=100).status_code == 200
    assert [waiting(each) for each in (alice, bob)] == [[], asked]


def test_nobody_has_to_pay_where_nothing_takes_money(payments_off: Server, join: Join) -> None:
    alice, bob = join("Alice Owner", payments_off), join("Bob Bidder", payments_off)
    hired(alice, bob)
    assert waiting(alice) == []


def test_bids_wait_until_their_owner_has_looked_at_them(alice: Person, bob: Person, charlie: Person) -> None:
    job = post_job(alice, title="Poster")
    place_bid(bob, job)
    place_bid(charlie, job)
    item = only_item(alice)
    assert (item["kind"], item["count"], item["message"]) == ("read_bids", 2, "2 new bids to review.")
    assert "2 new bids to review." in alice.page("/").text
    assert len(alice.page(f"/gigs/{job['id']}").all(".bid")) == 2
    assert waiting(alice) == []
    assert waiting(bob) == []
    bid = bob.get("/api/bids/mine").json()["bids"][0]
    assert bob.patch(f"/api/bids/{bid['id']}/withdraw").status_code == 200
    place_bid(bob, job)
    assert only_item(alice)["message"] == "1 new bid of 2 to review."


def test_only_the_owners_look_counts(alice: Person, bob: Person, charlie: Person, visitor: Client) -> None:
    job = post_job(alice)
    place_bid(bob, job)
    for reader in (bob, charlie, visitor):
        reader.page(f"/gigs/{job['id']}")
    alice.request("HEAD", f"/gigs/{job['id']}")
    alice.get(f"/gigs/{job['id']}", headers={"Sec-Purpose": "prefetch"})
    alice.get(f"/gigs/{job['id']}/live", headers={"HX-Request": "true", "X-Unseen": "1"})
    assert only_item(alice)["count"] == 1
    assert len(alice.get(f"/api/bids/{job['id']}").json()["bids"]) == 1  # a program's look counts, too
    assert waiting(alice) == []


def test_bids_that_are_withdrawn_or_decided_do_not_wait(alice: Person, bob: Person, charlie: Person) -> None:
    job = post_job(alice)
    bids = [place_bid(each, job) for each in (bob, charlie)]
    order = hire(alice, bids[1]).json()["order"]
    assert [item[1] for item in waiting(alice)] == ["pay"]
    do(alice, order, "cancel")  # the job is open again; she has looked at the bid that she hired
    assert (only_item(alice)["kind"], only_item(alice)["count"]) == ("read_bids", 1)
    assert bob.patch(f"/api/bids/{bids[0]['id']}/withdraw").status_code == 200
    assert waiting(alice) == []
    place_bid(bob, job)
    assert only_item(alice)["count"] == 1
    assert alice.delete(f"/api/gigs/{job['id']}").status_code == 200
    assert waiting(alice) == []


def test_a_bid_waits_until_it_is_confirmed(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    bid = place_bid(bob, job)
    assert alice.patch(f"/api/gigs/{job['id']}", {"budget": 400}).status_code == 200
    item = only_item(bob)
    assert (item["kind"], item["as"], item["url"]) == ("confirm_bid", "freelancer", f"/gigs/{job['id']}")
    assert item["message"] == "Alice Owner changed the job. Confirm your bid or withdraw it."
    assert bob.patch(f"/api/bids/{bid['id']}", {}).status_code == 200
    assert waiting(bob) == []


def test_a_bid_that_changes_waits_for_the_owner_again(alice: Person, bob: Person, charlie: Person) -> None:
    job = post_job(alice)
    path = f"/gigs/{job['id']}"
    bid = place_bid(bob, job)
    place_bid(charlie, job)
    alice.page(path)
    assert waiting(alice) == []
    assert bob.patch(f"/api/bids/{bid['id']}", {"price": bid["price"]}).status_code == 200
    assert waiting(alice) == []  # it is as it was
    assert bob.patch(f"/api/bids/{bid['id']}", {"price": 270}).status_code == 200
    item = only_item(alice)
    assert (item["count"], item["message"]) == (1, "1 new or changed bid of 2 to review.")
    assert "1 new or changed bid of 2 to review. Hire the one you like." in alice.page("/hiring").text
    page = alice.page(path)
    assert page.texts(".new") == ["Updated"]
    assert "1 new or changed bid of 2 to review. Hire the one you like." in page.text
    assert waiting(alice) == []


def test_a_bid_that_cannot_be_hired_yet_is_not_the_owners_turn(
    alice: Person, bob: Person, charlie: Person
) -> None:
    job = post_job(alice)
    path = f"/gigs/{job['id']}"
    bids = [place_bid(each, job) for each in (bob, charlie)]
    assert alice.patch(f"/api/gigs/{job['id']}", {"budget": 400}).status_code == 200
    assert waiting(alice) == []
    for page in (path, "/hiring"):
        told = alice.page(page).text
        assert "You can hire a bidder as soon as they have confirmed their bid." in told
        assert "Hire the one you like" not in told
    assert bob.patch(f"/api/bids/{bids[0]['id']}").status_code == 200  # as it is
    assert only_item(alice)["message"] == "1 new or changed bid of 2 to review."
    said = "1 new or changed bid of 2 to review. You can hire the one that is confirmed."
    assert said in alice.page("/hiring").text
    assert said in alice.page(path).text
    assert waiting(alice) == []
    assert "2 bids, all reviewed. You can hire the one that is confirmed." in alice.page("/hiring").text
    assert hire(alice, bids[0]).status_code == 200


def test_questions_wait_until_they_are_answered(alice: Person, bob: Person) -> None:
    service = offer_service(alice)
    question = ask_question(bob, service, "Which {paper}\nis it?")
    item = only_item(alice)
    assert (item["kind"], item["message"]) == ("answer_question", "Bob Bidder asks: Which {paper} is it?")
    assert "Which {paper} is it?" in alice.page("/").text
    ask_question(bob, service)
    item = only_item(alice)
    assert (item["count"], item["message"]) == (2, "2 questions wait for your answer.")
    assert alice.put(f"/api/questions/{question['id']}", {"answer": "Any."}).status_code == 200
    assert only_item(alice)["count"] == 1
    assert alice.delete(f"/api/gigs/{service['id']}").status_code == 200
    assert waiting(alice) == []


def test_a_review_waits_until_it_is_written_or_its_window_closes(
    server: Server, alice: Person, bob: Person
) -> None:
    orders = [do(alice, delivered(server, alice, bob), "accept") for _ in range(2)]
    assert [item[:2] for item in waiting(alice)] == [("reviews", "write_review")] * 2
    written = alice.post(f"/api/orders/{orders[0]['id']}/review", {"rating": 5, "text": "Good."})
    assert written.status_code == 201, written.text
    assert only_item(alice)["orderId"] == orders[1]["id"]
    ago = {"$set": {"ended_at": now() - timedelta(days=14)}}
    server.db.orders.update_one({"_id": ObjectId(orders[1]["id"])}, ago)
    assert waiting(alice) == []
    assert [item[1] for item in waiting(bob)] == ["write_review"]


@pytest.mark.parametrize(("status", "kind"), [("draft", "publish"), ("rejected", "revise"), ("paused", None)])
def test_services_wait_while_they_are_not_finished(
    status: str, kind: str | None, server: Server, alice: Person
) -> None:
    service = put_into(server.db, offer_service(alice, draft=True), status)
    assert [item[1] for item in waiting(alice)] == ([kind] if kind else [])
    assert bool(alice.page("/").all(f".need a[href='/gigs/{service['id']}']")) is (kind is not None)


def test_the_counts_of_the_navigation_are_those_of_the_list(
    server: Server, alice: Person, bob: Person
) -> None:
    place_bid(bob, post_job(alice))
    in_progress(server, bob, alice)
    offer_service(alice, draft=True)
    told = turn_of(alice)
    assert (told["count"], told["counts"]) == (3, {"client": 1, "freelancer": 2})
    assert [each["count"] for each in told["groups"]] == [1, 1, 1]
    page = alice.page("/jobs")
    assert page.texts("#turn-client") == ["1 waiting for you"]
    assert page.texts("#turn-freelancer") == page.texts("#turn-freelancer-below") == ["2 waiting for you"]
    bell = alice.fragment("GET", "/notifications/bell")
    assert bell.texts("#turn-freelancer[data-hx-swap-oob]") == ["2 waiting for you"]


def test_what_is_due_first_comes_first(server: Server, alice: Person, bob: Person) -> None:
    later, sooner = in_progress(server, alice, bob), in_progress(server, alice, bob)
    soon = {"$set": {"due_at": now() + timedelta(hours=1)}}
    server.db.orders.update_one({"_id": ObjectId(sooner["id"])}, soon)
    (group,) = turn_of(bob)["groups"]
    assert [item["orderId"] for item in group["items"]] == [sooner["id"], later["id"]]


def test_the_rest_of_a_long_group_opens(alice: Person) -> None:
    for number in range(7):
        offer_service(alice, draft=True, title=f"Map {number}")
    page = alice.page("/")
    assert len(page.all(".needs section > ul > .need")) == 5
    assert page.texts(".needs summary") == ["Show 2 more"]
    assert len(page.all(".needs details .need")) == 2


def test_a_bought_service_waits_for_payment(alice: Person, bob: Person) -> None:
    bought(alice, bob)
    assert waiting(alice) == [("dates", "pay", "A map by hand")]


def test_ones_own_jobs_and_services_are_not_news(alice: Person, bob: Person) -> None:
    jobs = {name: post_job(each)["id"] for name, each in (("mine", alice), ("theirs", bob))}
    services = {name: offer_service(each)["id"] for name, each in (("mine", alice), ("theirs", bob))}
    for made in (jobs, services):
        seen = alice.page("/")
        assert seen.all(f"a[href^='/gigs/{made['theirs']}']")
        assert not seen.all(f"a[href^='/gigs/{made['mine']}']")


def test_what_waited_before_this_was_noted_waits(server: Server, alice: Person, bob: Person) -> None:
    """The steps of an upgrade: pending bids and open questions of before have no such field."""
    bid = place_bid(bob, post_job(alice))
    asked = ask_question(bob, offer_service(alice))
    server.db.bids.update_one({"_id": ObjectId(bid["id"])}, {"$unset": {"unread_by": ""}})
    server.db.questions.update_one({"_id": ObjectId(asked["id"])}, {"$unset": {"waits_for": ""}})
    assert waiting(alice) == []
    for step in STEPS:
        if step.number in (6, 7):
            assert do_step(server.house, msgspec.structs.replace(step, number=900 + step.number)) >= 1
    assert [item[1] for item in waiting(alice)] == ["read_bids", "answer_question"]
