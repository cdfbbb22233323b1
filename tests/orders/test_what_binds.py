"""What binds is said before it binds: what silence does, what is left to request, and whose the money is."""

import pytest
from bson import ObjectId

from tests.conftest import shared
from tests.support.client import Client, Json, Person
from tests.support.mailbox import Outbox
from tests.support.market import hire, offer_service, place_bid, post_job
from tests.support.money import bought, delivered, do, hired, in_progress, news_of_order, pay, read
from tests.support.server import Server
from tests.support.ticks import poke
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
root = shared("Root Admin", is_admin=True)

IF_SILENT = (
    "If you do not respond to a delivery within {days} days, it is accepted automatically and the money is"
    " released."
)
IF_THEY_ARE = IF_SILENT.replace("you do", "the client does")


def test_who_hires_reads_what_silence_does_at_each_step(server: Server, alice: Person, bob: Person) -> None:
    bid = place_bid(bob, post_job(alice))
    assert IF_SILENT.format(days=14) in alice.page(f"/bids/{bid['id']}/hire").text
    order = hire(alice, bid).json()["order"]
    checkout = alice.page(f"/checkout/{order['id']}").text
    assert IF_SILENT.format(days=14) in checkout
    assert "; after that the order is cancelled." in checkout
    assert IF_SILENT.format(days=14) in alice.page(f"/orders/{order['id']}").text
    assert IF_THEY_ARE.format(days=14) in bob.page(f"/orders/{order['id']}").text
    order = pay(server, alice, order)
    assert IF_THEY_ARE.format(days=14) in bob.page(f"/orders/{order['id']}/deliver").text
    wait_for(lambda: receipts_of(alice, order), what="the receipt")
    receipt = alice.page(receipts_of(alice, order)[0]["url"])
    assert IF_THEY_ARE.format(days=14) in receipt.text


def test_who_buys_a_service_reads_it(alice: Person, bob: Person, visitor: Client) -> None:
    service = offer_service(bob)
    for reader in (alice, visitor):
        assert IF_SILENT.format(days=3) in reader.page(f"/gigs/{service['id']}/buy").text
    order = bought(alice, bob)
    assert IF_SILENT.format(days=3) in alice.page(f"/checkout/{order['id']}").text


def test_the_document_of_the_api_says_it(visitor: Client) -> None:
    paths = visitor.get("/api/openapi.json").json()["paths"]
    assert IF_SILENT.format(days=14) in paths["/api/bids/{id}/hire"]["patch"]["description"]
    assert (
        "within 14 days for a job, 3 days for a service"
        in paths["/api/payment/checkout"]["post"]["description"]
    )
    assert "accepted automatically" in paths["/api/orders/{id}/deliver"]["post"]["description"]
    assert "A review cannot be changed." in paths["/api/orders/{id}/review"]["post"]["description"]
    bid = paths["/api/bids"]["post"]
    assert "3 times if you leave it out" in bid["description"]
    fields = bid["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert fields["revisions"]["description"] == "Rounds of changes: 3 if you leave it empty."


def test_the_forms_say_what_an_empty_field_and_a_review_mean(
    server: Server, alice: Person, bob: Person
) -> None:
    page = bob.page(f"/gigs/{post_job(alice)['id']}")
    assert page.texts("#revisions-hint") == ["Rounds of changes: 3 if you leave it empty."]
    order = delivered(server, alice, bob)
    do(alice, order, "accept")
    form = alice.page(f"/orders/{order['id']}").one("#review-form").to_text()
    assert "Once you send it, it cannot be changed." in form


def test_a_last_delivery_does_not_offer_changes(server: Server, alice: Person, bob: Person) -> None:
    """In the app, in the letter, and on the page."""
    order = pay(server, alice, bought(alice, bob, revisions=1))
    title = order["title"]
    do(bob, order, "deliver", message="A first try.")
    first = ("order_delivered", f"{bob.name} delivered “{title}”. Accept it or request changes.")
    assert first in news_of_order(alice, order)
    do(alice, order, "revise", message="Larger.")
    letters_are_written(server, alice)
    do(bob, order, "deliver", message="A second try.")
    said = f"{bob.name} delivered “{title}”. No changes are left to request: accept it, or open a dispute."
    assert news_of_order(alice, order)[0] == ("order_delivered", said)
    letter = Outbox(server.var_dir).wait_for(alice.email, said)
    assert "request changes" not in f"{letter.subject} {letter.text}"
    assert "Next: Accept or dispute the delivery by" in letter.text
    refused = alice.post(f"/api/orders/{order['id']}/revise", {"message": "Once more."})
    assert refused.status_code == 409
    assert "Accept the delivery, or open a dispute." in refused.json()["message"]


def test_who_is_paid_reads_you(server: Server, alice: Person, bob: Person) -> None:
    order = delivered(server, alice, bob, price=100, title="A logo")
    letters_are_written(server, bob)
    do(alice, order, "accept")
    letter = Outbox(server.var_dir).wait_for(bob.email, "Alice Owner accepted “A logo”.")
    assert "Completed. $90 was released to you." in letter.text
    for reader, said in (
        (bob, "Completed. $90 was released to you."),
        (alice, "Completed. $90 was released to Bob Bidder."),
    ):
        assert read(reader, order)["next"] == said
        assert said in reader.page(f"/orders/{order['id']}").text.replace(" .", ".")


def test_who_is_refunded_reads_you(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob, price=80, title="A mural")
    do(alice, order, "cancel", reason="We moved.")
    assert "refunded to you" in alice.page(f"/orders/{order['id']}").text
    letters_are_written(server, alice)
    do(bob, order, "cancel/answer", agree=True)
    said = "Bob Bidder agreed to cancel “A mural”. The money is refunded to you."
    assert news_of_order(alice, order)[0] == ("order_cancelled", said)
    letter = Outbox(server.var_dir).wait_for(alice.email, said)
    assert "Price: $80 ($80 refunded to you)" in letter.text
    assert "Cancelled. $80 was refunded to you." in letter.text


def test_a_dispute_is_told_to_each_side_in_its_own_person(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob, price=80)
    do(bob, order, "dispute", reason="The brief changed.")
    mine, theirs = (who.page(f"/orders/{order['id']}").text for who in (bob, alice))
    assert "You dispute this order" in mine
    assert "how much of the $80 held you should get" in mine
    assert "Bob Bidder disputes this order" in theirs
    assert "the rest is refunded to you" in theirs
    assert "If you ask for no more than Alice Owner offers" in bob.page(f"/orders/{order['id']}/number").text


@pytest.mark.parametrize("who", ["client", "freelancer", "admin"])
def test_an_order_that_nobody_paid_speaks_of_no_money(
    who: str, server: Server, alice: Person, bob: Person, root: Person
) -> None:
    order = hired(alice, bob, title="A shed")
    told = bob if who == "client" else alice
    letters_are_written(server, told)
    if who == "admin":
        root.page(f"/orders/{order['id']}/void").submit("#ask form", note="A double.")
    else:
        do(alice if who == "client" else bob, order, "cancel")
    [newest, *_] = news_of_order(told, order)
    assert newest[1].endswith("before payment. Nothing was paid, and nothing is charged.")
    letter = Outbox(server.var_dir).wait_for(told.email, newest[1])
    for reader in (alice, bob):
        check_says_no_money(reader.page(f"/orders/{order['id']}").text)
    check_says_no_money(letter.text)
    assert "Nothing was paid, and nothing is charged." in letter.text


def letters_are_written(server: Server, person: Person) -> None:
    """Wait for the letters of what has happened so far, so that the next one comes alone."""
    poke(server.db)
    waiting = {"user_id": ObjectId(person.id), "mail_at": {"$ne": None}}
    wait_for(lambda: server.db.notifications.count_documents(waiting) == 0, what="the letters so far")


def check_says_no_money(text: str) -> None:
    for word in ("refund", "held by", "holds", "You receive", "in transit"):
        assert word not in text, word


def receipts_of(reader: Client, order: Json) -> list[Json]:
    found: list[Json] = reader.get(f"/api/orders/{order['id']}/receipts").json()["receipts"]
    return found
