"""Of which events people hear where: on their screens, by mail, or in the list alone."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.conftest import Connect, Join
from tests.support.client import Client, Json, Page, Person
from tests.support.mailbox import Outbox
from tests.support.market import code_of, hire, place_bid, post_job
from tests.support.operator import disable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.ticks import post_letter, tick
from tests.support.waiting import wait_for

Db = Database[dict[str, Any]]
CHOICES = "/api/notifications/choices"
EVENTS = (
    "hired", "bid_placed", "bid_rejected", "bid_withdrawn", "job_closed", "job_changed", "question_asked",
    "question_answered", "service_approved", "service_rejected", "service_taken_down", "job_reopened", "order_paid",
    "order_delivered", "changes_asked", "order_completed", "order_cancelled", "cancellation_asked", "message_received",
    "cancellation_answered", "order_disputed", "dispute_news", "order_decided", "order_reminder", "bid_declined",
    "bid_reconsidered", "invitation_declined", "payment_returned", "payment_reversed", "refund_failed",
    "money_to_check", "invited", "dispute_to_decide", "payout_failed", "review_received", "review_answered", "reported",
    "offer_received", "offer_accepted", "offer_declined", "offer_ended", "offer_answered", "offer_reminder",
    "request_to_review", "request_assigned", "request_rejected", "request_matched",
)  # fmt: skip
FOR_ADMINS = {"dispute_to_decide", "money_to_check", "reported", "offer_answered", "request_to_review"}
HOURS: Json = {"quiet": None, "digestAt": 8, "timeZone": ""}
OFF: Json = dict.fromkeys(("app", "email", "daily"), False)
LETTERS, BOTH = {**OFF, "email": True}, {**OFF, "app": True, "email": True}
QUIET = {"bid_withdrawn", "invitation_declined", "offer_ended", "request_assigned"}
DAILY, NO_LETTER = {**BOTH, "daily": True}, {*QUIET, "offer_answered"}
DEFAULTS: Json = {event: {**BOTH, "email": event not in NO_LETTER} for event in EVENTS}


def choose(person: Client, **choices: object) -> Json:
    """What is chosen after this person chose so."""
    answer = person.put(CHOICES, {"choices": choices})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()["choices"]
    return found


def listed(person: Client) -> list[str]:
    """The types of everything in the list, newest first."""
    return [each["type"] for each in person.get("/api/notifications").json()["notifications"]]


def bell(person: Client) -> str:
    return person.page("/jobs").one("#bell").attrs["data-count"] or ""


def test_what_is_chosen_where_nothing_was(alice: Person) -> None:
    assert alice.get(CHOICES).json() == {"choices": DEFAULTS, **HOURS}
    assert choose(alice) == DEFAULTS


def test_an_event_that_is_left_out_stays(alice: Person) -> None:
    assert choose(alice, hired=OFF) == {**DEFAULTS, "hired": OFF}
    assert choose(alice, job_closed=LETTERS) == {**DEFAULTS, "hired": OFF, "job_closed": LETTERS}
    assert alice.put(CHOICES).json()["choices"]["hired"] == OFF
    assert choose(alice, hired=DEFAULTS["hired"], job_closed=DEFAULTS["job_closed"]) == DEFAULTS


def test_what_was_read_can_be_put_back(alice: Person, bob: Person) -> None:
    choose(alice, hired=OFF)
    read = alice.get(CHOICES).json()
    assert alice.put(CHOICES, read).json() == read
    assert bob.get(CHOICES).json() == {"choices": DEFAULTS, **HOURS}  # somebody else's are their own


def test_an_event_that_nobody_knows_is_ignored(alice: Person, db: Db) -> None:
    """SECURITY 17."""
    for event in ("invented", "", "$set", "hired.app", "hired ", "HIRED", "x" * 500, "💥"):
        for choice in (OFF, 5, {"$gt": ""}):
            assert choose(alice, **{event: choice}) == DEFAULTS, event
        stored = db.users.find_one({"_id": ObjectId(alice.id)})
        assert stored is not None
        assert event not in stored["notify"]


WRONG: list[object] = [
    "hired", 5, True, [], ["hired"], {"hired": True}, {"hired": None}, {"hired": {}}, {"hired": []},
    {"hired": {"app": True}}, {"hired": {"email": True}}, {"hired": {"app": "true", "email": "false"}},
    {"hired": {**OFF, "daily": 1}}, {"hired": {**OFF, "daily": None}},
    {"hired": {"app": 1, "email": 0}}, {"hired": {"app": None, "email": True}}, {"hired": {"$gt": ""}},
    {"hired": {"app": {"$ne": True}, "email": True}}, {"hired": OFF, "bid_placed": "off"},
]  # fmt: skip


def test_a_wrong_type_is_refused(alice: Person) -> None:
    """SECURITY 17, and nothing of the same request is kept."""
    for choices in WRONG:
        answer = alice.put(CHOICES, {"choices": choices})
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields"), choices
        assert answer.json()["error"]["fields"].keys() == {"choices"}, choices
        assert alice.get(CHOICES).json() == {"choices": DEFAULTS, **HOURS}, choices


def test_choices_made_at_once_are_all_kept(alice: Person) -> None:
    tabs = [alice.twin() for _ in DEFAULTS]
    at_once(
        [
            lambda tab=tab, event=event: choose(tab, **{event: OFF})
            for tab, event in zip(tabs, DEFAULTS, strict=True)
        ]
    )
    assert alice.get(CHOICES).json()["choices"] == dict.fromkeys(DEFAULTS, OFF)


def ticked(page: Page) -> set[str]:
    """The events whose box says that they are told in the app."""
    return {
        element.attrs["value"] or ""
        for element in page.all("#choices input[name=app]")
        if "checked" in element.attrs
    }


def ways(page: Page) -> dict[str, str]:
    """In which way letters of each event come, as the page shows it."""
    chosen = page.all("#choices select[name=email] option[selected]")
    return dict((element.attrs["value"] or "").split(":") for element in chosen)  # type: ignore[misc]


def sent(page: Page, **fields: list[str]) -> Page:
    """The page after its form was sent with these boxes ticked and these ways selected; the rest is as it is shown."""
    shown = {"email": [f"{event}:{way}" for event, way in ways(page).items()], "digest_at": ["8"]}
    hours = {"quiet_from": ["22"], "quiet_to": ["7"]}
    token = page.values("#choices")["csrf_token"]
    data = {"csrf_token": token, **shown, **hours, **fields}
    answer = page.client.post("/settings/notifications", data=data, allow_redirects=True)
    return Page(page.client, answer)


def test_the_form_without_script(alice: Person) -> None:
    page = alice.page("/settings/notifications")
    shown = set(DEFAULTS) - FOR_ADMINS
    assert ticked(page) == shown
    assert ways(page) == {**dict.fromkeys(shown, "now"), **dict.fromkeys(QUIET, "never")}
    assert len(page.all("#choices tbody tr:not(.all)")) == len(shown)

    saved = sent(page, app=["hired", "job_closed"], email=["hired:never", "bid_withdrawn:daily"])
    where, said = "/settings/notifications?saved=1", saved.texts("#choices .saved")
    assert (saved.status, saved.path, said) == (200, where, ["Saved"])
    assert ticked(saved) == {"hired", "job_closed"}
    others = {event: way for event, way in ways(saved).items() if way != "now"}
    assert others == {**dict.fromkeys(QUIET, "never"), "hired": "never", "bid_withdrawn": "daily"}
    chosen = alice.get(CHOICES).json()["choices"]
    assert chosen["hired"] == {"app": True, "email": False, "daily": False}
    assert chosen["bid_withdrawn"] == {"app": False, "email": True, "daily": True}
    assert (chosen["bid_placed"], chosen["dispute_to_decide"]) == (LETTERS, BOTH)

    odd = sent(saved, app=["hired", "invented", "$set"], email=["hired.app:now", "hired:often", "hired"])
    assert ticked(odd) == {"hired"}
    assert ways(odd) == ways(saved)


def test_admins_choose_what_is_told_to_admins(root: Person) -> None:
    page = root.page("/settings/notifications")
    assert (ticked(page), page.texts("#choices caption")[-1]) == (set(DEFAULTS), "Reports")
    sent(page, app=["hired"], email=["dispute_to_decide:never"])
    assert root.get(CHOICES).json()["choices"]["dispute_to_decide"] == OFF


def test_in_place_the_form_alone_is_answered(alice: Person) -> None:
    saved = alice.fragment("POST", "/settings/notifications", at="/settings/notifications", app="hired")
    assert (saved.status, saved.texts("#choices .saved")) == (200, ["Saved"])
    assert ticked(saved) == {"hired"}


def test_what_is_off_is_in_the_list_and_nowhere_else(alice: Person, bob: Person, connect: Connect) -> None:
    """No toast at an open socket, no number on the bell; on again, the next is told."""
    socket = connect(alice)
    choose(alice, bid_placed=OFF)
    quiet, loud = post_job(alice, title="Quiet"), post_job(alice, title="Loud")
    bid = place_bid(bob, quiet)
    assert bob.patch(f"/api/bids/{bid['id']}/withdraw").status_code == 200
    # The stream keeps the order of the commits: when the second is told, it was decided about the first.
    socket.wait("notification", lambda data: data["type"] == "bid_withdrawn")
    choose(alice, bid_placed=BOTH)
    place_bid(bob, loud)
    socket.wait("notification", lambda data: data["gigId"] == loud["id"])
    assert [data["type"] for data in socket.of("notification")] == ["bid_withdrawn", "bid_placed"]
    # A bid that is withdrawn soon is one piece of news.
    assert listed(alice) == ["bid_placed", "bid_withdrawn"]


def test_what_is_off_is_not_counted(alice: Person, bob: Person, connect: Connect) -> None:
    """On the bell, in the answer to programs, and in the last word of a replay; and counted again when it is on."""
    bids = [place_bid(bob, post_job(alice)) for _ in range(3)]
    bob.patch(f"/api/bids/{bids[0]['id']}/withdraw")
    assert (alice.get("/api/notifications").json()["unread"], bell(alice)) == (3, "3")
    second_device = Client(alice.url)
    second_device.post("/api/auth/login", alice.credentials)

    choose(alice, bid_placed=OFF)
    for device in (alice, second_device):  # every device knows at once
        assert (device.get("/api/notifications").json()["unread"], bell(device)) == (1, "1")
        assert connect(device).of("unread") == [{"count": 1}]
    assert len(alice.get("/api/notifications").json()["notifications"]) == 3
    third_device = Client(alice.url)
    third_device.post("/api/auth/login", alice.credentials)
    assert bell(third_device) == "1"

    choose(alice, bid_placed=BOTH)
    assert (bell(alice), bell(second_device)) == ("3", "3")
    for device in (second_device, third_device):
        device.close()


def test_the_bell_of_the_page_that_saves_is_right(alice: Person, bob: Person) -> None:
    place_bid(bob, post_job(alice))
    page = alice.page("/settings/notifications")
    assert page.one("#bell").attrs["data-count"] == "1"
    assert sent(page, app=["hired"]).one("#bell").attrs["data-count"] == "0"


def test_what_is_off_is_not_replayed(alice: Person, bob: Person, connect: Connect) -> None:
    bid = place_bid(bob, post_job(alice))
    bob.patch(f"/api/bids/{bid['id']}/withdraw")
    place_bid(bob, post_job(alice))
    choose(alice, bid_placed=OFF)
    socket = connect(alice)
    assert [data["type"] for data in socket.of("notification")] == ["bid_withdrawn"]
    socket.close()
    choose(alice, bid_placed=BOTH, bid_withdrawn=OFF)
    assert [data["type"] for data in connect(alice).of("notification")] == ["bid_placed"]


def test_who_is_hired_quietly_is_told_nothing_on_the_screen(
    alice: Person, bob: Person, connect: Connect
) -> None:
    """Neither `notification` nor `hired` for simple clients."""
    choose(bob, hired=OFF)
    socket = connect(bob)
    hire(alice, place_bid(bob, post_job(alice)))
    mark = post_job(bob)
    place_bid(alice, mark)
    socket.wait("notification", lambda data: data["gigId"] == mark["id"])
    assert [name for name, _ in socket.events if name in ("hired", "notification")] == ["notification"]
    assert listed(bob) == ["bid_placed", "hired"]


# By mail


@pytest.fixture
def outbox(server: Server) -> Outbox:
    return Outbox(server.var_dir)


def make_due(db: Db, *people: Person) -> None:
    """What waits to be written of to these waits no longer, as if five minutes had passed."""
    theirs = {"user_id": {"$in": [ObjectId(person.id) for person in people]}}
    db.notifications.update_many(
        {**theirs, "mail_at": {"$ne": None}},
        {"$set": {"mail_at": datetime.now(UTC)}},
        bypass_document_validation=True,
    )


def settle(db: Db) -> None:
    """Wake every process, and wait until all that was due is seen to: taken into letters, and those sent or dropped."""
    tick(db)
    due = {"mail_at": {"$lte": datetime.now(UTC)}}
    wait_for(lambda: not db.notifications.count_documents(due), what="the taking of what is due")
    unsent = {"kind": "notifications", "due_at": {"$exists": True}}
    wait_for(lambda: not db.mails.count_documents(unsent), what="the sending of letters")


def subjects_after_tick(db: Db, outbox: Outbox, person: Person) -> list[str]:
    """What was written to this person once everything that waited was due."""
    make_due(db, person)
    settle(db)
    return [letter.subject for letter in outbox.of(person.email)]


def test_a_hire_is_written_of_at_once(alice: Person, bob: Person, outbox: Outbox) -> None:
    gig = post_job(alice, title="Landing page & more")
    order = hire(alice, place_bid(bob, gig)).json()["order"]
    letter = outbox.wait_for(bob.email)
    assert letter.subject == "You have been hired for Landing page & more!"
    assert letter.subject in letter.text
    assert letter.links[0] == f"{alice.url}/orders/{order['id']}"
    assert f"{alice.url}/settings/notifications" in letter.text


def test_other_news_waits_to_be_read(db: Db, alice: Person, bob: Person, outbox: Outbox) -> None:
    """Five minutes: what was read in the app by then needs no letter."""
    place_bid(bob, post_job(alice))
    row = db.notifications.find_one({"user_id": ObjectId(alice.id)})
    assert row is not None
    assert (row["mail_at"] - row["created_at"]).total_seconds() == 300
    settle(db)
    assert outbox.of(alice.email) == []
    alice.post("/api/notifications/read")
    assert subjects_after_tick(db, outbox, alice) == []
    assert db.mails.count_documents({"key": f"notifications:{row['_id']}"}) == 0


def test_what_is_read_while_the_letter_waits_is_left_out(
    db: Db, alice: Person, bob: Person, outbox: Outbox
) -> None:
    """It is put into words at the moment it is sent, and where nothing is left it is not sent."""
    for number in range(2):
        place_bid(bob, post_job(alice, title=f"Job {number}"))
    news = [each["id"] for each in alice.get("/api/notifications").json()["notifications"]]
    letter = {"user_id": ObjectId(alice.id), "ids": [ObjectId(each) for each in news]}
    alice.post("/api/notifications/read", {"ids": [news[0]]})
    post_letter(db, "notifications", letter)
    assert outbox.wait_for(alice.email).subject == "Bob Bidder has bid on “Job 0”."
    alice.post("/api/notifications/read")
    post_letter(db, "notifications", letter)
    assert len(subjects_after_tick(db, outbox, alice)) == 1


def test_several_pieces_of_news_are_one_letter(db: Db, alice: Person, bob: Person, outbox: Outbox) -> None:
    for number in range(3):
        place_bid(bob, post_job(alice, title=f"Job {number}"))
    assert subjects_after_tick(db, outbox, alice) == ["3 updates on your jobs and bids"]
    letter = outbox.of(alice.email)[0]
    places = [letter.text.index(f"Bob Bidder has bid on “Job {number}”.") for number in range(3)]
    assert places == sorted(places)
    assert f"{alice.url}/notifications" in letter.links


def test_who_wants_no_letters_gets_none(db: Db, alice: Person, bob: Person, outbox: Outbox) -> None:
    """Chosen before or after it happened; what is not on a screen may still be written of."""
    choose(alice, bid_placed={"app": True, "email": False})
    place_bid(bob, post_job(alice))
    assert subjects_after_tick(db, outbox, alice) == []
    choose(alice, bid_placed=LETTERS)
    place_bid(bob, post_job(alice, title="Poster"))
    assert subjects_after_tick(db, outbox, alice) == ["Bob Bidder has bid on “Poster”."]
    place_bid(bob, post_job(alice))
    choose(alice, bid_placed=OFF)
    assert len(subjects_after_tick(db, outbox, alice)) == 1


def test_what_nobody_chose_is_written_of_as_it_comes(
    db: Db, alice: Person, bob: Person, outbox: Outbox
) -> None:  # withdrawn bids are not, unless one wants it
    bid = place_bid(bob, post_job(alice))
    choose(alice, bid_placed=OFF)
    bob.patch(f"/api/bids/{bid['id']}/withdraw")
    assert subjects_after_tick(db, outbox, alice) == []
    choose(alice, bid_withdrawn=LETTERS)
    bid = place_bid(bob, post_job(alice, title="Poster"))
    bob.patch(f"/api/bids/{bid['id']}/withdraw")
    assert subjects_after_tick(db, outbox, alice) == ["Bob Bidder withdrew the bid on “Poster”."]


def test_each_event_can_be_written_of(
    db: Db, alice: Person, bob: Person, charlie: Person, outbox: Outbox
) -> None:
    gig, closed = post_job(alice, title="Poster"), post_job(alice, title="Logo")
    bid, _ = place_bid(bob, gig), place_bid(charlie, gig)
    place_bid(charlie, closed)
    alice.delete(f"/api/gigs/{closed['id']}")
    hire(alice, bid)
    assert subjects_after_tick(db, outbox, charlie) == ["2 updates on your jobs and bids"]
    news = [each["message"] for each in charlie.get("/api/notifications").json()["notifications"]]
    text = outbox.of(charlie.email)[0].text
    assert len(news) == 2
    assert all(message in " ".join(text.split()) for message in news)


def test_who_left_or_was_shut_out_gets_no_letter(
    server: Server, db: Db, alice: Person, bob: Person, charlie: Person, outbox: Outbox
) -> None:
    for person in (alice, charlie):
        place_bid(bob, post_job(person))
    disable(server, alice.email)
    charlie.delete("/api/auth/account", {"password": charlie.password})
    assert subjects_after_tick(db, outbox, alice) == []
    assert subjects_after_tick(db, outbox, charlie) == ["Your account is deleted"]


def test_of_several_processes_that_tick_one_writes(
    server: Server, start_server: Callable[..., Server], join: Join, bob: Person, outbox: Outbox
) -> None:
    """All of them are woken by the same news; each person gets one letter from whoever is first."""
    second = start_server(mongo_db=server.mongo_db, WEB_PROCESSES="2")
    people = [join(f"Person{number} Owner") for number in range(6)]
    for person in people:
        for _ in range(2):
            place_bid(bob, post_job(person))
    make_due(server.db, *people)
    at_once([lambda: settle(server.db)] * 3)
    for person in people:
        letters = outbox.of(person.email) + Outbox(second.var_dir).of(person.email)
        assert [letter.subject for letter in letters] == ["2 updates on your jobs and bids"]
