"""The page of notifications: what is new by what it is about, what came earlier, and how it is read."""

from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.conftest import Connect, Join
from tests.notifications.test_choices import LETTERS, choose
from tests.support.client import Client, Page, Person
from tests.support.market import ask_question, offer_service, place_bid, post_job

Db = Database[dict[str, Any]]
READ = "/api/notifications/read"


def new_on(page: Page) -> dict[str, list[str]]:
    """What is new on the page: the sentences of each group under its title."""
    groups = [f"#{group.attrs['id']}" for group in page.all(".news-of")]
    return {page.texts(f"{group} h3")[0]: page.texts(f"{group} .entry > a") for group in groups}


def about(page: Page, title: str) -> str:
    """The form that marks what is about the thing with this title."""
    heading = next(each for each in page.all(".news-of h3") if each.to_text().strip() == title)
    return f"#{(heading.attrs['id'] or '').removesuffix('-title')} > .row form"


def unread(person: Client) -> list[str]:
    """The events that a person has not read, newest first."""
    told = person.get("/api/notifications?limit=100").json()["notifications"]
    return [each["type"] for each in told if each["readAt"] is None]


def test_the_page_and_its_bell(alice: Person, bob: Person, charlie: Person, join: Join) -> None:
    """Opening the list reads nothing; a look at what it is about does."""
    assert "No notifications yet" in alice.page("/notifications").text
    gig = post_job(alice, title="Poster & <b>more</b>")
    for person in (bob, charlie, join()):
        place_bid(person, gig)
    assert alice.page("/jobs").one("#bell").attrs["aria-label"] == "3 unread notifications"
    bell = alice.fragment("GET", "/notifications/bell", at="/jobs")
    assert bell.one("#bell .count").to_text().strip() == "3"

    for _ in range(2):
        page = alice.page("/notifications")
        assert page.one("#bell").attrs["aria-label"] == "3 unread notifications"
        assert len(page.all("li.entry.unread")) == 3
    followed = alice.page(page.link("Bob Bidder has bid on “Poster & <b>more</b>”."))
    assert followed.one("h1").to_text() == "Poster & <b>more</b>"
    after = alice.page("/notifications")
    assert after.one("#bell").attrs["aria-label"] == "Notifications, none unread"
    assert "Nothing new." in after.text
    assert len(after.all("li.entry:not(.unread)")) == 3


def test_what_is_new_stands_by_what_it_is_about(alice: Person, bob: Person, charlie: Person) -> None:
    """Newest first, the groups and what is in them; a question of a service beside the others of that service."""
    job, service = post_job(alice, title="Poster"), offer_service(alice, title="Ink")
    place_bid(bob, job)
    ask_question(bob, service)
    place_bid(charlie, job)
    assert new_on(alice.page("/notifications")) == {
        "Poster": ["Charlie Stranger has bid on “Poster”.", "Bob Bidder has bid on “Poster”."],
        "Ink": ["Bob Bidder asks about “Ink”."],
    }


def test_one_a_group_or_all_are_marked_without_script(alice: Person, bob: Person, charlie: Person) -> None:
    jobs = [post_job(alice, title=title) for title in ("Poster", "Logo", "Map")]
    for job in jobs:
        place_bid(bob, job)
        place_bid(charlie, job)
    page = alice.page("/notifications")
    newest = alice.get("/api/notifications").json()["notifications"][0]["id"]
    page = page.submit(f"#new-{newest} form")
    assert (page.status, page.path) == (200, "/notifications")
    assert new_on(page)["Map"] == ["Bob Bidder has bid on “Map”."]
    assert page.one("#bell").attrs["data-count"] == "5"
    page = page.submit(about(page, "Logo"))
    assert sorted(new_on(page)) == ["Map", "Poster"]
    assert page.one("#bell").attrs["data-count"] == "3"
    page = page.submit("#mark-all form")
    assert (new_on(page), unread(alice), page.one("#bell").attrs["data-count"]) == ({}, [], "0")
    assert len(page.all("li.entry")) == 6


def test_in_place_the_focus_goes_on_to_the_next_one(alice: Person, bob: Person) -> None:
    """And the bell comes with the list; behind the last one the heading has it."""
    for _ in range(3):
        place_bid(bob, post_job(alice))
    newest, middle, oldest = [each["id"] for each in alice.get("/api/notifications").json()["notifications"]]
    page = alice.page("/notifications")
    assert page.values(f"#new-{newest} form")["then"] == middle
    after = alice.fragment("POST", "/notifications/read", at="/notifications", ids=newest, then=middle)
    assert [each.attrs.get("aria-label") for each in after.all("[data-land]")] == [
        after.one(f"#new-{middle} button").attrs["aria-label"]
    ]
    assert after.one("#bell").attrs["data-count"] == "2"
    for then in ("", newest, "nonsense"):
        after = alice.fragment("POST", "/notifications/read", at="/notifications", ids=middle, then=then)
        assert [each.attrs.get("id") for each in after.all("[data-land]")] == ["new-title"]
    assert "then" not in alice.page("/notifications").values(f"#new-{oldest} form")


def test_programs_mark_what_is_about_one_thing(alice: Person, bob: Person, charlie: Person) -> None:
    """By the address of its page, with a place on it or not; no other page begins with it, and only one's own."""
    service, other = offer_service(alice), offer_service(alice)
    for each in (service, other):
        ask_question(bob, each)
    place_bid(charlie, post_job(bob))
    told = {each["gigId"]: each["url"] for each in alice.get("/api/notifications").json()["notifications"]}
    page = f"/gigs/{service['id']}"
    assert told[service["id"]] == f"{page}#questions"
    for nothing in (page[:-1], f"{page}/edit", "/", "/gigs", f"{page}%23questions"):
        assert alice.post(READ, {"url": nothing}).json() == {"read": 0}, nothing
    assert bob.post(READ, {"url": page}).json() == {"read": 0}
    assert alice.post(READ, {"url": f"{page}#elsewhere"}).json() == {"read": 1}
    assert alice.post(READ, {"url": page}).json() == {"read": 0}
    assert unread(alice) == ["question_asked"]
    assert unread(bob) == ["bid_placed"]


@pytest.mark.parametrize("wrong", ["", "gigs", "https://elsewhere.example/", 5, ["/"], {"$gt": ""}, True])
def test_a_page_is_an_address_here(alice: Person, bob: Person, wrong: object) -> None:
    """What is wrong never means all."""
    place_bid(bob, post_job(alice))
    answer = alice.post(READ, {"url": wrong})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"url"})
    both = alice.post(READ, {"url": "/gigs", "ids": []})
    assert (both.status_code, both.json()["error"]["fields"].keys()) == (400, {"url"})
    assert unread(alice) == ["bid_placed"]


def test_older_notifications_are_a_link_away(alice: Person, bob: Person) -> None:
    """Each stands once: what is new on the first page, however old it is, and the rest by its time."""
    for _ in range(24):
        place_bid(bob, post_job(alice))
    told = alice.get("/api/notifications?limit=100").json()["notifications"]
    kept = {told[3]["id"], told[23]["id"]}
    alice.post(READ, {"ids": [each["id"] for each in told if each["id"] not in kept]})
    page = alice.page("/notifications")
    assert {(each.attrs["id"] or "")[4:] for each in page.all("li[id^=new-]")} == kept
    assert len(page.all("li.entry")) == 22
    older = alice.page(page.link("Older notifications"))
    assert len(older.all("li.entry")) == 2
    assert older.one("#bell").attrs["data-count"] == "2"
    assert alice.page(older.link("The newest notifications")).path == "/notifications"


def test_of_very_many_the_newest_hundred_are_new(db: Db, alice: Person) -> None:
    """And those before them are below, in their order."""
    row = {"type": "order_cancelled", "message": "Over.", "acked_by": [], "mail_at": None, "read_at": None}
    whose = {"user_id": ObjectId(alice.id)}
    ids = [ObjectId() for _ in range(103)]
    db.notifications.insert_many(
        {
            **row,
            **whose,
            "_id": each,
            "fact": str(each),
            "url": f"/orders/{each}",
            "created_at": each.generation_time,
        }
        for each in ids
    )
    page = alice.page("/notifications")
    assert "These are the newest 100." in page.text
    assert page.one("#bell .count").to_text().strip() == "99+"
    assert len(page.all("li[id^=new-]")) == 100
    assert len(page.all("li.entry.unread")) == 103
    alice.post(READ, {"ids": [(each.attrs["id"] or "")[4:] for each in page.all("li[id^=new-]")]})
    page = alice.page("/notifications")
    assert (len(page.all("li[id^=new-]")), page.one("#bell").attrs["data-count"]) == (3, "3")


def test_what_one_does_not_want_to_see_is_never_new(alice: Person, bob: Person) -> None:
    place_bid(bob, post_job(alice, title="Poster"))
    choose(alice, bid_placed=LETTERS)
    page = alice.page("/notifications")
    assert (new_on(page), page.one("#bell").attrs["data-count"]) == ({}, "0")
    assert "Bob Bidder has bid on “Poster”." in page.text


def test_what_is_marked_in_one_tab_is_read_in_the_others(
    alice: Person, bob: Person, connect: Connect
) -> None:
    """A group is one mark and a word for each of it."""
    job = post_job(alice)
    place_bid(bob, job)
    screen = connect(alice)
    (told,) = screen.of("notification")
    alice.page("/notifications").submit(f"#new-{told['id']} form")
    assert screen.wait("notification_read") == [{"id": told["id"]}]


def test_the_list_costs_two_questions(db: Db, alice: Person, bob: Person) -> None:
    """Beside the session and what waits for one; the bell counts by what the list shows."""
    for _ in range(2):
        place_bid(bob, post_job(alice))
    hers = ObjectId(alice.id)
    for path in ("/notifications", "/notifications?cursor="):
        db.command("profile", 2, filter={"ns": f"{db.name}.notifications"})
        assert alice.page(path).one("#bell").attrs["data-count"] == "2"
        db.command("profile", 0)
        finds, counts = (
            db["system.profile"].count_documents({each: hers})
            for each in ("command.filter.user_id", "command.pipeline.0.$match.user_id")
        )
        assert (finds, counts) == (2, 0), path
        db.drop_collection("system.profile")
