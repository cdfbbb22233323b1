"""Orders and money for people, with JavaScript off (docs/ui.md, Behave)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from bson import ObjectId

from gigflow.core.clock import spoken
from gigflow.orders.models import ORDER
from gigflow.sandbox.models import SLOW_BY
from tests.conftest import Connect, Join, shared
from tests.support.client import Client, Page, Person
from tests.support.market import change_profile, offer_service, place_bid, post_job
from tests.support.money import (
    GOOD,
    SLOW,
    bought,
    disputed,
    do,
    hired,
    in_progress,
    pay,
    payments_of,
)
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)

CARD = {"card_number": GOOD, "expiry": "12 / 34", "cvc": "123", "name": "Alice Owner"}
ROOT = Path(__file__).resolve().parents[2]


def page_of(order: dict[str, str]) -> str:
    return f"/orders/{order['id']}"


def plain(text: str) -> str:
    """Without the space that reading a name's element for itself leaves before what follows it."""
    return text.replace(" ,", ",").replace(" .", ".")


def sentence(page: Page) -> str:
    """The one sentence of an order's page."""
    return plain(page.texts("#order .turn p")[0])


def buttons(page: Page) -> list[str]:
    """What can be done on an order's page, the main thing first."""
    return [each for each in page.texts("#order a.button") if each]


def hand_in(page: Page, message: str, *files: tuple[str, bytes]) -> requests.Response:
    """Send the form of a delivery as a browser does: with files, so that it is multipart."""
    form = page.one("form[enctype]")
    data = {**page.values("form[enctype]"), "message": message}
    parts = [("files", each) for each in files] or [("files", ("", b""))]
    data.pop("files", None)
    return page.client.request("POST", form.attrs["action"] or "", data=data, files=parts)


def test_the_whole_story_by_plain_forms(alice: Person, bob: Person, visitor: Client) -> None:
    """Buy, pay, deliver a file, ask for changes, deliver again, accept."""
    service = offer_service(bob, title="A map", price=120, deliveryDays=5, revisions=1)
    path = f"/gigs/{service['id']}"
    begun = visitor.page(visitor.page(path).link("Buy for $120")).submit("#ask form")
    assert begun.path.startswith("/register")
    asked = alice.page(alice.page(path).link("Buy for $120"))
    for shown in ("A map", "Bob Bidder", "5 days from payment", "$120"):
        assert shown in asked.text
    checkout = asked.submit("#ask form")
    assert checkout.path.startswith("/checkout/")
    provider = checkout.submit("#checkout form")
    assert "/sandbox/checkout/" in provider.url
    back = provider.submit("#card-form", **CARD)
    assert back.path.startswith("/orders/")
    order = back.path.partition("?")[0]
    wait_for(lambda: sentence(bob.page(order)).startswith("Deliver by"), what="the payment")

    deliver = bob.page(bob.page(order).link("Deliver"))
    assert (
        hand_in(deliver, "Here it is.", ("plan of Prague.pdf", b"%PDF"), ("readme.txt", b"x")).status_code
        == 303
    )
    handed = alice.page(order)
    assert sentence(handed).startswith("Accept or request changes by")
    assert buttons(handed)[:2] == ["Accept", "Request changes"]
    assert "Here it is." in handed.texts(".words")
    files = [element.attrs["href"] or "" for element in handed.all("a[download]")]
    assert [alice.get(file).content for file in files] == [b"%PDF", b"x"]

    changes = alice.page(handed.link("Request changes"))
    refused = changes.submit("#ask form", message=" ")
    assert (refused.status, refused.errors("#ask form").keys()) == (400, {"message"})
    assert refused.submit("#ask form", message="The river is missing.").path == order
    assert "The river is missing." in bob.page(order).text
    assert hand_in(bob.page(f"{order}/deliver"), "With the river.").status_code == 303
    again = alice.page(order)
    assert "Request changes" not in buttons(again)
    done = alice.page(again.link("Accept")).submit("#ask form")
    assert (done.path, sentence(done)) == (order, "Completed. $108 was released to Bob Bidder.")
    for row in (
        "Paid $120",
        "Released to the freelancer $108",
        "GigFlow’s fee (10%) $12",
    ):
        assert row in done.text
    assert "Held by GigFlow" not in done.text  # nothing is
    said = "You accepted the work: $120 released, $108 of it to Bob Bidder after the fee"
    assert said in done.text


def test_each_side_reads_whose_turn_it_is(server: Server, join: Join, root: Person) -> None:
    alice, bob = join("Alice Owner"), join("Bob Bidder")
    order = hired(alice, bob, title="Poster")
    path = page_of(order)
    client, freelancer = alice.page(path), bob.page(path)
    assert sentence(client).startswith("Pay $")
    assert sentence(freelancer).startswith("Alice Owner has to pay $")
    assert buttons(client) == ["Pay", "Cancel the order"]
    assert buttons(freelancer) == ["Cancel the order"]
    assert client.one("#order .turn a.go")
    assert not freelancer.all("#order .turn a.go")
    pay(server, alice, order)
    assert buttons(bob.page(path)) == ["Deliver", "Ask to cancel", "Dispute"]
    assert buttons(alice.page(path)) == ["Ask to cancel", "Dispute"]
    assert sentence(root.page(path)).startswith("Bob Bidder has to deliver by")
    assert buttons(root.page(path)) == ["Decide"]
    # The same sentence stands in the lists, and on the pages of the job.
    for page in (
        bob.page("/orders"),
        bob.page("/freelancing"),
        bob.page("/"),
        bob.page(f"/gigs/{order['gigId']}"),
    ):
        assert "Deliver by" in page.text
    for page in (alice.page("/orders"), alice.page("/hiring"), alice.page(f"/gigs/{order['gigId']}")):
        assert "Bob Bidder has to deliver by" in page.text
    assert "Poster" not in "".join(alice.page("/").texts(".need"))


def test_work_that_is_late_says_when_it_was_due(server: Server, alice: Person, bob: Person, db: Any) -> None:
    order = in_progress(server, alice, bob)
    due = datetime.now(UTC) - timedelta(hours=1)
    db.orders.update_one({"_id": ObjectId(order["id"])}, {"$set": {"due_at": due}})
    assert sentence(bob.page(page_of(order))) == f"Your delivery is overdue: it was due {spoken(due)}."
    said = alice.get(f"/api/orders/{order['id']}").json()["next"]
    assert said == f"The delivery from Bob Bidder is overdue: it was due {spoken(due)}."


@pytest.mark.parametrize("zone", ["", "Europe/Prague", "America/Sao_Paulo"])
def test_a_date_of_another_year_has_its_year_and_every_zone_a_name(
    server: Server, alice: Person, join: Join, db: Any, zone: str
) -> None:
    bob = join("Bob Bidder")
    order = in_progress(server, alice, bob)
    due = datetime(2077, 11, 29, 18, tzinfo=UTC)
    db.orders.update_one({"_id": ObjectId(order["id"])}, {"$set": {"due_at": due}})
    change_profile(bob, timeZone=zone)
    shown = {
        "": "Mon 29 Nov 2077, 18:00 UTC",
        "Europe/Prague": "Mon 29 Nov 2077, 19:00 CET",
        "America/Sao_Paulo": "Mon 29 Nov 2077, 15:00 Sao Paulo time",
    }
    page = bob.page(page_of(order))
    assert sentence(page).startswith(f"Deliver by {shown[zone]}")
    name = shown[zone].partition(":00 ")[2]
    assert all(text.endswith(name) for text in page.texts("#order time[data-exact]"))
    said = alice.get(f"/api/orders/{order['id']}").json()["next"]
    assert said.startswith(f"Bob Bidder has to deliver by {shown['']}")


def test_terms_that_changed_meanwhile_are_shown_anew(alice: Person, bob: Person) -> None:
    """docs/domain.md, The price that one saw."""
    service = offer_service(bob, price=120)
    asked = alice.page(f"/gigs/{service['id']}/buy")
    assert bob.patch(f"/api/gigs/{service['id']}", {"price": 130}).status_code == 200
    refused = asked.submit("#ask form")
    assert refused.status == 409
    assert "has changed since you opened it" in refused.text
    assert "$130" in refused.text
    assert refused.submit("#ask form").path.startswith("/checkout/")
    assert bob.patch(f"/api/gigs/{service['id']}", {"price": 140}).status_code == 200
    assert "$130" in alice.page("/orders").text


def test_what_is_not_on_offer_has_no_button(alice: Person, bob: Person) -> None:
    service = offer_service(bob)
    asked = alice.page(f"/gigs/{service['id']}/buy")
    assert bob.post(f"/api/gigs/{service['id']}/pause").status_code == 200
    assert not alice.page(f"/gigs/{service['id']}").all("a[href$='/buy']")
    assert not bob.page(f"/gigs/{service['id']}").all("a[href$='/buy']")
    refused = asked.submit("#ask form")
    assert (refused.status, refused.all("#ask form button")) == (409, [])
    assert "is not available" in refused.text


def test_calling_an_unpaid_order_off(alice: Person, bob: Person) -> None:
    order = hired(alice, bob, title="Poster")
    asked = alice.page(alice.page(page_of(order)).link("Cancel the order"))
    assert "the job is open again" in asked.text
    done = asked.submit("#ask form")
    assert sentence(done) == "Cancelled before payment."
    assert "Nothing was paid, and nothing is charged." in done.text
    assert "For the freelancer" not in done.text
    assert "1 bid, reviewed. Hire the one you like." in alice.page(f"/gigs/{order['gigId']}").text
    assert alice.page(f"/orders/{order['id']}/cancel").status == 409


def test_cancelling_in_agreement(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob)
    path = page_of(order)
    alice.page(f"{path}/cancel").submit("#ask form", reason="We moved.")
    assert "We moved." in bob.page(path).text
    assert buttons(bob.page(path))[:2] == ["Answer", "Deliver"]
    back = alice.page(alice.page(path).link("Withdraw your cancellation request")).submit("#ask form")
    assert sentence(back).startswith("Bob Bidder has to deliver by")
    alice.page(f"{path}/cancel").submit("#ask form", reason="We did move.")
    asked = bob.page(bob.page(path).link("Answer"))
    assert "We did move." in asked.text
    done = asked.submit("#ask form", agree="y")
    assert sentence(done) == "Cancelled. $449.50 was refunded to Alice Owner."
    assert "Refunded to the client $449.50" in done.text
    assert "You agreed to cancel: $449.50 refunded to Alice Owner" in done.text
    theirs = alice.page(path)
    assert sentence(theirs) == "Cancelled. $449.50 was refunded to you."
    assert "Refunded to you $449.50" in theirs.text
    assert "Bob Bidder agreed to cancel: $449.50 refunded to you" in theirs.text


def test_a_dispute_that_settles(server: Server, alice: Person, bob: Person) -> None:
    """docs/domain.md, Dispute: nobody's page has the other's number."""
    order = in_progress(server, alice, bob, price=400)
    path = page_of(order)
    bob.page(f"{path}/dispute").submit("#ask form", reason="The brief changed.")
    named = bob.page(bob.page(path).link("Propose an amount")).submit("#ask form", amount="123.45")
    assert "$123.45, only you can see it" in named.text
    assert "Propose an amount" not in buttons(named)
    assert buttons(alice.page(path)) == ["Propose an amount"]
    for reader in (alice.page(path), alice.page(f"{path}/number")):
        assert "123.45" not in str(reader.response.text)
    assert "Bob Bidder Has submitted an offer" in alice.page(path).text
    too_much = alice.page(f"{path}/number").submit("#ask form", amount="500")
    assert (too_much.status, too_much.errors("#ask form").keys()) == (400, {"amount"})
    done = too_much.submit("#ask form", amount="200")
    assert sentence(done) == "Completed. $145.55 was released to Bob Bidder, and $238.28 was refunded to you."
    said = "The two offers overlapped: $161.72 released, $145.55 of it to Bob Bidder after the fee, $238.28 refunded"
    assert f"{said} to you" in plain(done.text)
    assert "Released to the freelancer $145.55" in done.text
    theirs = bob.page(path)
    assert (
        sentence(theirs) == "Completed. $145.55 was released to you, and $238.28 was refunded to Alice Owner."
    )
    assert "Released to you $145.55" in theirs.text
    assert bob.page(f"{path}/number").status == 409


def test_an_admin_decides(server: Server, alice: Person, bob: Person, root: Person) -> None:
    order = disputed(server, alice, bob, price=400)
    asked = root.page(root.page(page_of(order)).link("Decide"))
    wrong = asked.submit("#ask form", amount="500", note="")
    assert (wrong.status, wrong.errors("#ask form").keys()) == (400, {"note"})
    done = wrong.submit("#ask form", amount="100", note="A quarter was done.")
    assert done.path == page_of(order)
    for person, freelancer, client in (
        (alice, "Bob Bidder", "you"),
        (bob, "you", "Alice Owner"),
        (root, "Bob Bidder", "Alice Owner"),
    ):
        page = person.page(page_of(order))
        said = f"$100 released, $90 of it to {freelancer} after the fee, $300 refunded to {client}"
        assert f"An admin decided: {said}" in plain(page.text)
        assert "A quarter was done." in page.text


def test_changes_are_asked_for_while_revisions_are_left(server: Server, alice: Person, bob: Person) -> None:
    order = pay(server, alice, bought(alice, bob, revisions=0))
    do(bob, order, "deliver", message="Here.")
    answer = alice.page(f"{page_of(order)}/revise")
    assert answer.status == 409
    assert "No revisions were agreed for this order. Accept the delivery, or open a dispute." in answer.text


def test_what_was_typed_is_kept_when_a_delivery_is_refused(
    server: Server, alice: Person, bob: Person
) -> None:
    order = in_progress(server, alice, bob)
    page = bob.page(f"/orders/{order['id']}/deliver")
    refused = Page(bob, hand_in(page, "Words that took an hour", ("empty.txt", b"")))
    assert (refused.status, refused.errors("form[enctype]").keys()) == (400, {"files"})
    assert refused.values("form[enctype]")["message"] == "Words that took an hour"
    assert "Choose the files again." in refused.text
    nothing = Page(bob, hand_in(page, ""))
    assert (nothing.status, nothing.errors("form[enctype]").keys()) == (400, {"message"})
    assert "Choose the files again." not in nothing.text


def test_lists_by_state_and_side(server: Server, join: Join, bob: Person) -> None:
    alice = join("Alice Owner")
    assert "An order starts when" in alice.page("/orders").text
    hired(alice, bob, title="Bought one")
    hired(bob, alice, title="Sold one")
    do(alice, hired(alice, bob, title="Gone one"), "cancel")
    page = alice.page("/orders")
    assert page.texts("nav[aria-label=State] a") == [
        "Active 2 1 waiting for you",
        "Completed 0",
        "Cancelled 1",
    ]
    assert page.texts(".gig-title") == ["Bought one", "Sold one"]  # she has to pay for it
    assert alice.page("/orders?side=client").texts(".gig-title") == ["Bought one"]
    assert alice.page("/orders?side=freelancer").texts(".gig-title") == ["Sold one"]
    assert alice.page(page.link("Cancelled 1")).texts(".gig-title") == ["Gone one"]
    assert "Orders appear here once" in alice.page("/orders?state=completed").text
    assert alice.page("/orders?state=nonsense").status == 404


def test_coming_back_from_the_provider(alice: Person, bob: Person) -> None:
    order = bought(alice, bob)
    path = page_of(order)
    provider = alice.page(f"/checkout/{order['id']}").submit("#checkout form")
    left = alice.page(provider.link("Leave without paying").removeprefix(alice.url))
    assert left.path == f"{path}?paid=0"
    assert "You came back without paying. Nothing was charged" in left.text
    waiting = alice.page(f"{path}?paid=1")
    assert "Waiting for the confirmation" in waiting.text
    assert "Pay" not in buttons(waiting)
    assert "Waiting for the confirmation" not in bob.page(f"{path}?paid=1").text


def test_a_payment_whose_event_is_late_is_found_by_looking(
    server: Server, alice: Person, bob: Person
) -> None:
    order = bought(alice, bob)
    provider = alice.page(f"/checkout/{order['id']}").submit("#checkout form")
    back = provider.submit("#card-form", **{**CARD, "card_number": SLOW})
    assert "Waiting for the confirmation" in back.text
    # The bank has answered, the event is on its way still: whoever looks has asked the provider, which knows it.
    charge = {"payment_id": str(payments_of(server, order)[0]["_id"])}
    server.db.sandbox_charges.update_one(charge, {"$set": {"created_at": datetime.now(UTC) - SLOW_BY}})
    server.db.sandbox_events.delete_many({"data.payment_id": charge["payment_id"]})
    assert sentence(alice.page(back.path)).startswith("Bob Bidder has to deliver by")


def test_a_checkout_of_what_is_paid_leads_to_the_order(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob)
    assert alice.page(f"/checkout/{order['id']}").path == page_of(order)


@pytest.mark.parametrize("name", ORDER.transitions)
def test_every_step_has_its_words_in_the_timeline(name: str) -> None:
    assert f"'{name}'" in (ROOT / "templates" / "orders" / "_timeline.html").read_text(encoding="utf-8")


def test_only_who_may_read_an_order_may_watch_it(
    server: Server, alice: Person, bob: Person, charlie: Person, connect: Connect
) -> None:
    """The page changes by itself when the other side acts (docs/api.md, Socket.IO)."""
    order = in_progress(server, alice, bob)
    party, stranger = connect(alice), connect(charlie)
    for socket in (party, stranger):
        socket.send("watch", {"order": order["id"]})
    first = party.wait("order")[0]
    assert (first["id"], first["status"]) == (order["id"], "in_progress")
    do(bob, order, "deliver", message="Here.")
    last = party.wait("order", lambda data: data["status"] == "delivered")[0]
    assert alice.page(page_of(order)).one("#order").attrs["data-stamp"] == last["stamp"] != first["stamp"]
    assert stranger.of("order") == []


def test_without_payments_the_pages_say_so(payments_off: Server, join: Join) -> None:
    alice, bob = join("Alice", at=payments_off), join("Bob", at=payments_off)
    service = offer_service(bob)
    asked = alice.page(f"/gigs/{service['id']}/buy")
    assert "Payments are switched off" in asked.text
    assert not asked.all("#ask form button")
    token = {"csrf_token": alice.form_token()}
    assert alice.post(f"/gigs/{service['id']}/buy", data=token).status_code == 409  # of a page of before
    assert alice.get("/api/orders").json()["orders"] == []
    hire = alice.page(f"/bids/{place_bid(bob, post_job(alice))['id']}/hire").submit("#ask form")
    assert "Payments are switched off" in hire.text
    assert "Pay" not in hire.texts("a")
    assert buttons(hire) == ["Cancel the order"]
    assert not hire.all("#order .mine, #order a.go")
    assert not alice.page("/").all(".need")
    checkout = alice.page(hire.path.replace("/orders/", "/checkout/"))
    assert "Payments are switched off" in checkout.text
    assert not checkout.all("#checkout form")
    assert "Payments are switched off" in bob.page("/settings/payouts").text
