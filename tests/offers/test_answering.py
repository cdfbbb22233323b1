"""Accepting, declining, countering and withdrawing an offer, and the one order of an acceptance."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from tests.accounts.steps import leave
from tests.conftest import Join
from tests.files.test_files_of_jobs import ids_of, upload
from tests.invitations.steps import listed
from tests.offers.steps import answer_offer, offer, read
from tests.support.client import Person
from tests.support.invariants import Db
from tests.support.market import code_of, offer_service, place_bid, post_job
from tests.support.money import do, in_progress, pay
from tests.support.server import Server
from tests.support.talk import open_talk, say
from tests.support.ticks import do_house, tick
from tests.support.waiting import wait_for


def test_an_acceptance_makes_the_order_on_its_terms(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob), note="As we said.")
    answer = answer_offer(bob, sent, "accept", price=400)
    assert answer.status_code == 200, answer.text
    order = answer.json()["order"]
    assert answer.json()["offer"]["orderId"] == order["id"]
    whole = alice.get(f"/api/orders/{order['id']}").json()
    assert (whole["status"], whole["price"], whole["gigId"]) == ("pending_payment", 400, None)
    assert (whole["terms"]["text"], whole["terms"]["message"], whole["terms"]["deliveryDays"]) == (
        sent["description"], "As we said.", 10,
    )  # fmt: skip
    assert [(each["actor"], each["name"]) for each in whole["timeline"]] == [("freelancer", "agree")]
    told = alice.get("/api/notifications").json()["notifications"][0]
    assert (told["type"], told["url"]) == ("offer_accepted", f"/orders/{order['id']}")


def test_an_offer_with_a_day_is_due_at_its_end(server: Server, alice: Person, bob: Person) -> None:
    due = (datetime.now(UTC) + timedelta(days=20)).date()
    sent = offer(alice, listed(bob), deliveryDays=None, dueOn=due.isoformat())
    order = answer_offer(bob, sent, "accept").json()["order"]
    pay(server, alice, order)
    paid = alice.get(f"/api/orders/{order['id']}").json()
    assert paid["dueAt"].startswith((due + timedelta(days=1)).isoformat())


def test_the_net_stays_what_was_shown(alice: Person, bob: Person, db: Db) -> None:
    sent = offer(alice, listed(bob))
    db.offers.update_one({"_id": ObjectId(sent["id"])}, {"$set": {"fee_basis_points": 500}})
    assert read(bob, sent)["net"] == 380
    order = answer_offer(bob, sent, "accept").json()["order"]
    assert db.orders.find_one({"_id": ObjectId(order["id"])})["fee_minor"] == 2_000  # type: ignore[index]


def test_another_price_than_the_one_that_was_seen_is_refused(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob))
    refused = answer_offer(bob, sent, "accept", price=500)
    assert (refused.status_code, code_of(refused)) == (409, "terms_changed")
    assert read(bob, sent)["status"] == "sent"


def test_a_lost_answer_is_healed_by_its_key(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob))
    first = answer_offer(bob, sent, "accept", key="once").json()["order"]["id"]
    assert answer_offer(bob, sent, "accept", key="once").json()["order"]["id"] == first
    other = answer_offer(bob, sent, "accept", key="twice")
    assert (other.status_code, code_of(other)) == (409, "offer_not_sent")


def test_an_order_that_nobody_pays_calls_the_offer_off(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob))
    order = answer_offer(bob, sent, "accept", key="once").json()["order"]
    assert alice.post(f"/api/orders/{order['id']}/cancel").status_code == 200
    assert read(alice, sent)["status"] == "called_off"
    assert answer_offer(bob, sent, "accept", key="once").status_code == 409


def test_each_side_reads_what_happens_next(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob))
    assert (sent["nextBy"], read(bob, sent)["nextBy"]) == (sent["expiresAt"], sent["expiresAt"])
    assert sent["next"].startswith("Bob Bidder has to answer by ")
    assert read(bob, sent)["next"].startswith("You have to accept or decline by ")
    page = bob.page(f"/offers/{sent['id']}")
    assert "You have to accept or decline by" in page.texts(".turn.mine")[0]
    answer_offer(bob, sent, "decline")
    said = [(each["next"], each["nextBy"]) for each in (read(alice, sent), read(bob, sent))]
    assert said == [("Bob Bidder declined this offer.", None), ("You declined this offer.", None)]


def test_a_decline_says_why_and_for_how_much(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob))
    for _ in range(2):
        declined = answer_offer(bob, sent, "decline", reason="Too little.", price=600)
        assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    got = read(alice, sent)
    assert (got["reason"], got["wantedPrice"]) == ("Too little.", 600)
    assert code_of(answer_offer(bob, sent, "accept")) == "offer_not_sent"


def test_a_counter_is_an_offer_of_the_receiver(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob))
    countered = answer_offer(bob, sent, "counter", price=500)
    assert countered.status_code == 201, countered.text
    back = countered.json()
    assert (back["round"], back["answers"], back["negotiationId"], back["side"]) == (
        2, sent["id"], sent["id"], "freelancer",
    )  # fmt: skip
    assert read(alice, sent)["status"] == "countered"
    rounds = alice.get(f"/api/offers/{back['id']}").json()["rounds"]
    assert [(each["price"], each["status"]) for each in rounds] == [(400, "countered"), (500, "sent")]
    assert answer_offer(bob, sent, "accept").status_code == 409
    order = answer_offer(alice, back, "accept").json()["order"]
    assert order["price"] == 500
    assert [each["actor"] for each in alice.get(f"/api/orders/{order['id']}").json()["timeline"]] == [
        "client"
    ]


def test_twenty_rounds_are_enough(alice: Person, bob: Person) -> None:
    last, (one, other) = offer(alice, listed(bob)), (bob, alice)
    for number in range(2, 21):
        answer = answer_offer(one, last, "counter", price=400 + number)
        assert answer.status_code == 201, answer.text
        last, one, other = answer.json(), other, one
    full = answer_offer(one, last, "counter", price=900)
    assert (full.status_code, code_of(full)) == (409, "last_round")
    assert answer_offer(one, last, "accept").status_code == 200


def test_a_withdrawn_offer_is_over_for_its_receiver(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob))
    for _ in range(2):
        assert answer_offer(alice, sent, "withdraw").json()["status"] == "withdrawn"
    assert "offer_received" not in [
        each["type"]
        for each in bob.get("/api/notifications?unread=1").json()["notifications"]
        if not each["readAt"]
    ]
    page = bob.page(f"/offers/{sent['id']}")
    assert "withdrew this offer" in page.text
    assert bob.page(f"/offers/{sent['id']}/accept").status == 409


def test_words_to_an_offer_that_is_over_are_still_there(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob))
    asked = bob.page(f"/offers/{sent['id']}/decline")
    answer_offer(alice, sent, "withdraw")
    late = asked.submit("#ask form", reason="Too far away.")
    assert (late.status, late.values("#ask form")["reason"]) == (409, "Too far away.")


def test_an_offer_expires_by_itself(server: Server, alice: Person, bob: Person, db: Db) -> None:
    sent = offer(alice, listed(bob))
    db.offers.update_one(
        {"_id": ObjectId(sent["id"])}, {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}}
    )
    late = answer_offer(bob, sent, "accept")
    assert (late.status_code, code_of(late)) == (409, "offer_expired")
    assert read(alice, sent)["status"] == "expired"
    do_house(server.house)
    assert db.offers.find_one({"_id": ObjectId(sent["id"])})["status"] == "expired"  # type: ignore[index]
    assert alice.get("/api/notifications").json()["notifications"][0]["type"] == "offer_ended"


def test_who_got_an_offer_is_reminded_once_before_it_expires(
    server: Server, alice: Person, bob: Person, db: Db
) -> None:
    forgotten, declined = (offer(alice, listed(bob), expiresDays=2) for _ in range(2))
    stored = db.offers.find_one({"_id": ObjectId(forgotten["id"])})
    assert stored
    assert stored["expires_at"] - stored["remind_at"] == timedelta(hours=12)
    due = {"$set": {"remind_at": datetime.now(UTC), "expires_at": datetime.now(UTC) + timedelta(hours=12)}}
    for sent in (forgotten, declined):
        db.offers.update_one({"_id": ObjectId(sent["id"])}, due)
    answer_offer(bob, declined, "decline")
    for _ in range(2):
        do_house(server.house)
    assert reminders(bob) == [("An offer waits for your answer. It expires in 12 hours.", False)]
    assert reminders(alice) == []
    answer_offer(alice, forgotten, "withdraw")
    assert [is_read for _, is_read in reminders(bob)] == [True]


def reminders(person: Person) -> list[tuple[str, bool]]:
    """Of which offers somebody was reminded, and whether that is read."""
    told = person.get("/api/notifications").json()["notifications"]
    return [(each["message"], bool(each["readAt"])) for each in told if each["type"] == "offer_reminder"]


def test_files_of_an_offer_become_the_orders(alice: Person, bob: Person, charlie: Person) -> None:
    sent_file = alice.post("/api/files", files={"file": ("plan.txt", b"plan")}).json()
    sent = offer(alice, listed(bob), fileIds=[sent_file["id"]])
    path = f"/api/files/{sent_file['id']}"
    assert [person.get(path).status_code for person in (alice, bob, charlie)] == [200, 200, 404]
    back = answer_offer(bob, sent, "counter", price=450, fileIds=[sent_file["id"]]).json()
    assert [each["id"] for each in back["files"]] == [sent_file["id"]]
    order = answer_offer(alice, back, "accept").json()["order"]
    terms = bob.get(f"/api/orders/{order['id']}").json()["terms"]
    assert [each["id"] for each in terms["messageFiles"]] == [sent_file["id"]]
    assert [person.get(path).status_code for person in (alice, bob, charlie)] == [200, 200, 404]


@pytest.mark.parametrize("side", ["client", "freelancer"])
def test_a_client_is_asked_about_the_job_on_which_their_freelancer_has_bid(
    alice: Person, bob: Person, side: str
) -> None:
    """Whoever of the two sends the offer; the other job, on which nobody has bid, is not asked about."""
    job = post_job(alice)
    post_job(alice)
    place_bid(bob, job)
    say(alice, open_talk(alice, listed(bob), gigId=job["id"]), "I would rather agree here.")
    sender, receiver = (alice, bob) if side == "client" else (bob, alice)
    order = answer_offer(receiver, offer(sender, receiver, side=side), "accept").json()["order"]
    asked = alice.page(f"/orders/{order['id']}")
    assert "Close the job" not in bob.page(f"/orders/{order['id']}").text
    alice.page(asked.link("Close the job")).submit("#ask form")
    assert bob.get(f"/api/gigs/{job['id']}").json()["status"] == "closed"
    assert "Close the job" not in alice.page(f"/orders/{order['id']}").text


def test_both_sides_of_finished_work_are_one_step_from_the_next(
    server: Server, alice: Person, bob: Person
) -> None:
    order = in_progress(server, alice, bob)
    page = f"/orders/{order['id']}"
    assert "Hire again" not in alice.page(page).text
    do(bob, order, "deliver", message="Here.")
    do(alice, order, "accept")
    for person, words in ((alice, "Hire again"), (bob, "Offer more work")):
        form = person.page(person.page(page).link(words))
        assert form.values("#offer-form")["title"] == order["terms"]["title"]
        assert form.submit("#offer-form").path.startswith("/offers/")


def test_a_conversation_leads_to_an_offer(alice: Person, bob: Person) -> None:
    """As a client to somebody who is listed, as a freelancer to somebody who has written."""
    talk = open_talk(alice, listed(bob), gigId=offer_service(bob)["id"])
    say(alice, talk, "Could you draw a map?")
    assert alice.page(alice.page(f"/messages/{talk}").link("Make an offer")).one("#offer-form")
    quote = bob.page(bob.page(f"/messages/{talk}").link("Send a quote"))
    assert "You are the freelancer" in quote.text


def test_hire_again_takes_the_last_terms(alice: Person, bob: Person) -> None:
    order = answer_offer(bob, offer(alice, listed(bob)), "accept").json()["order"]
    form = alice.page(f"/offers/new?to={bob.id}&like={order['id']}")
    values = form.values("#offer-form")
    assert (values["title"], values["price"], values["delivery_days"]) == (
        "A map of the old town",
        "400",
        "10",
    )
    page = form.submit("#offer-form", price="450")
    assert (page.status, "has to answer by" in page.text) == (200, True)


def test_who_leaves_ends_their_offers(join: Join, db: Db) -> None:
    alice, bob = join("Alice Asks"), listed(join("Bob Bids"))
    sent = offer(alice, bob)
    assert bob.delete("/api/auth/account", {"password": bob.password}).status_code in (200, 204)
    tick(db)
    assert read(alice, sent)["status"] == "void"


@pytest.mark.parametrize("without", [True, False])
def test_by_pages_alone(alice: Person, bob: Person, without: bool) -> None:
    """Quote, other terms, acceptance: every step by forms."""
    say(alice, open_talk(alice, listed(bob), gigId=offer_service(bob)["id"]), "Could you draw a map?")
    page = bob.page(f"/offers/new?to={alice.id}&side=freelancer")
    refused = page.submit("#offer-form", title="A map", description="", price="400")
    assert (refused.status, refused.errors("#offer-form").keys()) == (400, {"description"})
    sent = refused.submit("#offer-form", description="In ink.")
    assert "has to answer by" in sent.text
    path = "/" + sent.response.url.split("/", 3)[3]
    mine = alice.page(path)
    other = alice.page(mine.link("Propose other terms")).submit("#offer-form", price="350")
    assert "Changed: the price" in other.text
    done = bob.page("/" + other.response.url.split("/", 3)[3] + "/accept").submit("#ask form")
    assert "/orders/" in done.response.url


def test_what_has_expired_has_expired_whatever_comes_after(join: Join, db: Db) -> None:
    """Also if no tick has noted it before a block, or before one side leaves."""
    alice, bob = join("Alice Asks"), listed(join("Bob Bids"))
    sent = [offer(alice, bob) for _ in range(2)]
    past = {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}}
    steps = (lambda: bob.post(f"/api/users/{alice.id}/block"), lambda: leave(bob, bob.password))
    for each, step in zip(sent, steps, strict=True):
        db.offers.update_one({"_id": ObjectId(each["id"])}, past)
        assert answer_offer(alice, each, "withdraw").status_code == 409
        assert step().status_code == 200
        wait_for(lambda each=each: read(alice, each)["status"] != "sent", what="its end")
        assert read(alice, each)["status"] == "expired"


def test_other_terms_have_the_files_of_both(alice: Person, bob: Person, charlie: Person) -> None:
    """By pages: what the other one sent stays ticked, and can be left out; a refused form shows it again."""
    sent = offer(alice, listed(bob), fileIds=ids_of(upload(alice)))
    form = bob.page(f"/offers/{sent['id']}/counter").submit("#offer-form", title="")
    assert (form.status, "plan.txt" in form.text) == (400, True)
    page = form.submit("#offer-form", title="A map")
    back = bob.get(f"/api/offers/{page.response.url.rpartition('/')[2]}").json()["offer"]
    assert back["files"] == sent["files"]
    order = answer_offer(alice, back, "accept").json()["order"]
    again = alice.page(f"/offers/new?to={bob.id}&like={order['id']}")
    assert ("plan.txt" in again.text, again.status) == (True, 200)
    forged = charlie.page(f"/offers/new?to={bob.id}").submit(
        "#offer-form", like=f"order:{order['id']}", file_ids=sent["files"][0]["id"]
    )
    assert (forged.status, "plan.txt" in forged.text) == (400, False)
