"""A database after a busy life: people have done with jobs, services, orders, money and reviews what can be done."""

from datetime import timedelta

from gigflow.chat.due import tell_due
from gigflow.core.clock import now
from gigflow.core.files import CHUNK_BYTES
from tests.conftest import PASSWORD
from tests.files.delivering import deliver, noise
from tests.invitations.steps import decline, invite
from tests.offers.steps import answer_offer, offer
from tests.reports.steps import reported
from tests.requests.steps import accept, ask_for, assign, reject
from tests.services.moderating import approve, take_down
from tests.support.client import Json, Person
from tests.support.images import picture
from tests.support.market import (
    add_image,
    ask_question,
    change_profile,
    hire,
    offer_service,
    place_bid,
    post_job,
)
from tests.support.money import (
    WRONG_AMOUNT,
    bought,
    buy,
    calls_are_made,
    checkout,
    delivered,
    disputed,
    do,
    hired,
    in_progress,
    let_time_pass,
    pay,
    pay_at,
    payments_of,
    try_to,
)
from tests.support.server import Server
from tests.support.talk import open_talk, say
from tests.support.waiting import wait_for


def live(server: Server) -> None:
    """Let Alice, Bob, Carol, Dan and an admin do it all, and wait until it is done."""
    alice, bob, dan, root = (
        Person(server.url, name, f"{name.lower()}@example.test", PASSWORD)
        for name in ("Alice", "Bob", "Dan", "Root")
    )
    change_profile(bob, listed=True, headline="Mapmaker", skills=["Ink"], languages=["cs", "en"])
    carol = Person(server.url, "Carol", "carol@bücher.example", PASSWORD)
    server.make_admin("root@example.test")
    work_is_done(server, alice, bob)
    orders_end_otherwise(server, alice, bob)
    wrong = hired(alice, bob)
    assert pay_at(checkout(alice, wrong).json()["checkoutUrl"], WRONG_AMOUNT).status_code == 200
    wait_for(lambda: payments_of(server, wrong)[0]["status"] == "refunded")
    for amount in (20, 20.14, 20.13):  # the bank refuses the second and sends the third back
        assert bob.post("/api/payment/payouts", {"amount": amount}).status_code == 201
    delivered(server, alice, bob)
    let_time_pass(server, days=20)
    assert checkout(alice, hired(alice, bob)).status_code == 201  # still to be paid
    in_progress(server, alice, bob)
    do(alice, in_progress(server, alice, bob), "cancel", reason="No need of it.")
    halfway = disputed(server, alice, bob)
    do(alice, halfway, "dispute/offer", amount=10)
    do(bob, halfway, "dispute/offer", amount=60)
    both_give_statements(halfway, alice, bob)
    root_decides(server, alice, bob, root)
    work_is_looked_at(server, alice, bob)
    market_is_lively(alice, bob, carol)
    people_are_invited(alice, bob, carol)
    people_send_offers(alice, bob, carol)
    people_ask_for_somebody(server, alice, bob, carol, root)
    root_moderates(bob, root)
    people_talk(server, alice, bob, carol)
    a_message_is_reported(bob, carol, root)
    dan_is_shut_out(server, alice, bob, dan)
    calls_are_made(server)
    statuses = ["failed", "failed", "sent"]
    wait_for(lambda: sorted(row["status"] for row in server.db.payouts.find()) == statuses)
    for person in (alice, bob, carol, dan, root):
        person.close()


def work_is_done(server: Server, alice: Person, bob: Person) -> None:
    """A job is done and reviewed by both sides; a service is paid and asked to be cancelled."""
    order = do(alice, delivered(server, alice, bob, price=99.99), "accept")
    for person, rating in ((alice, 4), (bob, 5)):
        assert try_to(person, order, "review", rating=rating, text="As agreed.").status_code == 201
    review = server.db.reviews.find_one({"rating": 4})
    assert review
    answer = bob.post(f"/api/reviews/{review['_id']}/reply", {"text": "Thank you."})
    assert answer.status_code in (200, 201), answer.text
    do(bob, pay(server, bob, bought(bob, alice)), "cancel")


def a_message_is_reported(bob: Person, carol: Person, root: Person) -> None:
    """Carol's, who then takes it back; an admin has read the report."""
    job = post_job(bob)
    place_bid(carol, job)
    talk = open_talk(carol, bob, gigId=job["id"])
    file = carol.post("/api/files", files=[("file", ("bad.exe", b"bad"))]).json()["id"]
    bad = say(carol, talk, "Open this", fileIds=[file])
    made = reported(bob, "message", bad["id"])
    assert carol.delete(f"/api/chat/{talk}/{bad['id']}").status_code == 200
    assert root.get(f"/api/admin/reports/{made['id']}").status_code == 200


def orders_end_otherwise(server: Server, alice: Person, bob: Person) -> None:
    """Settled, cancelled in agreement, called off by either side, and not paid in time."""
    settled = disputed(server, alice, bob, price=0.07)
    do(alice, settled, "dispute/offer", amount=0.05)
    do(bob, settled, "dispute/offer", amount=0.02)
    cancelled = in_progress(server, alice, bob)
    do(bob, cancelled, "cancel")
    do(alice, cancelled, "cancel/answer", agree=True)
    for person in (alice, bob):
        do(person, hire(alice, place_bid(bob, post_job(alice))).json()["order"], "cancel")
    assert checkout(alice, hired(alice, bob)).status_code == 201  # not paid in time


def people_are_invited(alice: Person, bob: Person, carol: Person) -> None:
    """One waits for an answer, one was declined, one has led to a bid."""
    change_profile(carol, listed=True)
    job, other = post_job(alice, title="A globe of paper"), post_job(alice, title="A map of the moon")
    invite(alice, job, bob)
    declined = decline(carol, invite(alice, job, carol), "Too far away.")
    assert declined.status_code == 200, declined.text
    invite(alice, other, bob)
    place_bid(bob, other)


def people_send_offers(alice: Person, bob: Person, carol: Person) -> None:
    """One waits for an answer, one was declined, one accepted in its second round, and one called off."""
    offer(alice, bob)
    assert answer_offer(carol, offer(alice, carol), "decline", reason="Too far.").status_code == 200
    countered = answer_offer(bob, offer(alice, bob), "counter", price=500)
    assert answer_offer(alice, countered.json(), "accept").status_code == 200
    accepted = answer_offer(bob, offer(alice, bob), "accept").json()
    do(alice, accepted["order"], "cancel")


def people_ask_for_somebody(server: Server, alice: Person, bob: Person, carol: Person, root: Person) -> None:
    """One request waits, one is back with its client, one is assigned with an offer that was withdrawn, one matched and
    paid, and one open again because its freelancer stepped back.
    """
    ask_for(alice)
    assert reject(root, ask_for(alice), "Say how large it is.").status_code == 200
    out, _ = assign(root, ask_for(alice), bob, carol)
    assert root.post(f"/api/admin/offers/{out['id']}/withdraw", {}).status_code == 200
    (mine,) = assign(root, ask_for(alice, title="A seal"), bob, price=90)
    pay(server, alice, accept(bob, mine))
    (other,) = assign(root, ask_for(alice), bob)
    do(bob, accept(bob, other), "cancel")


def root_decides(server: Server, alice: Person, bob: Person, root: Person) -> None:
    """A dispute in which both have named a number is split by an admin."""
    split = disputed(server, alice, bob, price=80)
    do(alice, split, "dispute/offer", amount=10)
    do(bob, split, "dispute/offer", amount=60)
    dispute = server.db.disputes.find_one({"status": "open"}, sort=[("_id", -1)])
    assert dispute
    said = {"amount": 30, "note": "Half of it is there."}
    answer = root.post(f"/api/admin/disputes/{dispute['_id']}/resolve", said)
    assert answer.status_code == 200, answer.text


def work_is_looked_at(server: Server, alice: Person, bob: Person) -> None:
    """What is handed in with a file of two chunks and sent back for changes, beside a cancellation request that is
    withdrawn and another that is refused; and work that one side has reviewed.
    """
    changed = in_progress(server, alice, bob)
    answer = deliver(bob, changed["id"], ("map.png", noise(CHUNK_BYTES + 1)))
    assert answer.status_code == 200, answer.text
    do(alice, changed, "revise", message="Larger, please.")
    do(bob, changed, "cancel")
    assert bob.delete(f"/api/orders/{changed['id']}/cancel").status_code == 200
    do(bob, changed, "deliver", message="Here it is again.")
    do(alice, changed, "cancel", reason="Too late.")
    do(bob, changed, "cancel/answer", agree=False)
    accepted = do(alice, delivered(server, alice, bob), "accept")
    assert try_to(alice, accepted, "review", rating=3, text="Late.").status_code == 201


def market_is_lively(alice: Person, bob: Person, carol: Person) -> None:
    """Open, closed and given jobs with bids in every state; services with pictures and questions; a profile."""
    chosen = post_job(alice, title="Two bids")
    bids = [place_bid(person, chosen) for person in (bob, carol)]
    assert hire(alice, bids[0]).status_code == 200
    closed = post_job(alice, title="Closed after all")
    place_bid(carol, closed)
    assert alice.delete(f"/api/gigs/{closed['id']}").status_code == 200
    open_job = post_job(alice, title="An atlas of Łódź", skills=["Ink", "Maps"])
    place_bid(bob, open_job)
    withdrawn = place_bid(carol, open_job)
    assert carol.patch(f"/api/bids/{withdrawn['id']}/withdraw").status_code == 200
    declined, again = place_bid(carol, open_job), place_bid(bob, post_job(alice, title="A second look"))
    for bid, act in ((declined, "decline"), (again, "decline"), (again, "reconsider")):
        assert alice.patch(f"/api/bids/{bid['id']}/{act}").status_code == 200
    answer = alice.patch(f"/api/gigs/{open_job['id']}", {"description": "In ink, on linen."})
    assert answer.status_code == 200, answer.text
    service = add_image(
        bob, offer_service(bob, title="Maps of old towns", skills=["Ink"]), picture(90, 60), "A map"
    )
    question = ask_question(carol, service)
    answer = bob.put(f"/api/questions/{question['id']}", {"answer": "Yes."})
    assert answer.status_code == 200, answer.text
    ask_question(alice, service)
    assert checkout(carol, buy(carol, service).json()["order"]).status_code == 201
    files = {"picture": ("me.png", picture(50, 50))}
    assert bob.put("/api/users/profile/picture", files=files).status_code == 200


def both_give_statements(order: Json, alice: Person, bob: Person) -> None:
    """Each side says in a dispute what happened; the one that has changed its statement let a file go."""
    path = f"/api/orders/{order['id']}/dispute/statement"
    for person, said in ((alice, "Nothing came."), (bob, "I was ill."), (alice, "Nothing came at all.")):
        files = [("files", (f"{said[:7]}.txt", said.encode()))]
        assert person.post(path, data={"text": said}, files=files).status_code == 200


def people_talk(server: Server, alice: Person, bob: Person, carol: Person) -> None:
    """Messages that were read, changed and taken back, one with a file, some that nobody gets, and one that its reader
    was told of.
    """
    job = post_job(alice, title="Talked about")
    for bidder in (bob, carol):
        place_bid(bidder, job)
    talk, silent = (open_talk(bidder, alice, gigId=job["id"]) for bidder in (bob, carol))
    say(bob, talk, "Which size?")
    sent = say(alice, talk, "A3, portrait")
    assert alice.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "A3, landscape"}).status_code == 200
    assert bob.post(f"/api/chat/{talk}/read", {}).status_code == 200
    taken = say(bob, talk, "A slip")
    assert bob.delete(f"/api/chat/{talk}/{taken['id']}").status_code == 200
    upload = bob.post("/api/files", files={"file": ("sketch.txt", b"A sketch")})
    assert upload.status_code == 201, upload.text
    say(bob, talk, "See the sketch", fileIds=[upload.json()["id"]], clientId="unread")
    say(carol, silent, "Hello")
    assert alice.post(f"/api/users/{carol.id}/block").status_code == 200
    say(carol, silent, "Hello?")
    tell_due(server.house, now() + timedelta(seconds=61))
    assert server.db.notifications.find_one({"type": "message_received", "read_at": None})


def root_moderates(bob: Person, root: Person) -> None:
    """A service is taken down, sent again and approved."""
    service = offer_service(bob, title="Treasure maps")
    assert take_down(root, service).status_code == 200
    page = bob.page(f"/gigs/{service['id']}")
    page.submit(f"form[action='/gigs/{service['id']}/publish']")
    assert approve(root, bob.get(f"/api/gigs/{service['id']}").json()).status_code == 200


def dan_is_shut_out(server: Server, alice: Person, bob: Person, dan: Person) -> None:
    """Somebody with a job, a bid and a service is shut out by an operator."""
    post_job(dan, title="Nobody will do this")
    place_bid(dan, post_job(alice, title="Open still"))
    offer_service(dan, title="Not for long")
    assert server.command("gigflow", "disable", "dan@example.test").returncode == 0
