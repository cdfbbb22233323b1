"""What everybody may know of a person, and what nobody may (SECURITY 18)."""

from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.conftest import Join
from tests.support.client import Client, Json, Person
from tests.support.market import PIECE, change_profile, code_of, hire, place_bid, post_job, show_picture
from tests.support.operator import disable, enable
from tests.support.server import Server

Db = Database[dict[str, Any]]
PUBLIC = {
    "id", "_id", "name", "headline", "bio", "skills", "languages", "availability", "availabilityUntil", "portfolio",
    "picture", "rating", "clientCounts", "answersWithinSeconds", "createdAt",
}  # fmt: skip


def test_everybody_reads_what_a_person_tells(alice: Person, bob: Person, visitor: Client) -> None:
    told = change_profile(alice, headline="Maps", bio="By hand.", skills=["ink"], portfolio=[PIECE])
    for reader in (visitor, bob, alice):
        read = reader.get(f"/api/users/{alice.id}").json()
        assert read.keys() == PUBLIC
        assert read == {name: told[name] for name in PUBLIC}
    assert visitor.get(f"/api/users/{alice.id.upper()}").json()["id"] == alice.id


def answers_about(alice: Person, reader: Client, gig: Json, other_gig: Json) -> list[str]:
    """Everything that somebody else can read in which a person appears."""
    people = (f"/api/users/{alice.id}", f"/u/{alice.id}", "/api/users/profile", "/api/auth/me")
    gigs = [
        f"{start}/{each['id']}" for start in ("/api/gigs", "/gigs", "/api/bids") for each in (gig, other_gig)
    ]
    lists = ("/api/gigs?limit=50", "/jobs", "/", "/api/notifications", "/notifications")
    texts = [reader.get(path).text for path in (*people, *gigs, *lists)]
    return [*texts, reader.fragment("GET", "/skills").response.text]


def test_no_address_and_no_hash_is_told_to_others(
    alice: Person, bob: Person, visitor: Client, root: Person, db: Db
) -> None:
    """SECURITY 18: in no answer about somebody else, in any part of the site, also for an admin."""
    pending = f"pending-{alice.email}"
    asked = {"email": pending, "password": alice.password}
    assert alice.patch("/api/auth/email", asked).status_code == 202
    gig, other_gig = post_job(alice, skills=["ink"]), post_job(bob)
    place_bid(alice, other_gig)
    stored = db.users.find_one({"_id": ObjectId(alice.id)})
    assert stored is not None
    for reader in (visitor, bob, root):
        for text in answers_about(alice, reader, gig, other_gig):
            for secret in (alice.email, pending, stored["password_hash"], "$argon2"):
                assert secret not in text
    assert alice.email in alice.get("/api/users/profile").text


def test_only_oneself_reads_what_is_ones_own(alice: Person, bob: Person) -> None:
    """SECURITY 18: intent, time zone and choices are nobody else's business either."""
    change_profile(alice, timeZone="Asia/Tokyo")
    for text in (bob.get(f"/api/users/{alice.id}").text, bob.get(f"/u/{alice.id}").text):
        for word in ("Asia/Tokyo", "isAdmin", "intent", "timeZone", "notify"):
            assert word not in text


@pytest.mark.parametrize("nothing", ["f" * 24, "nonsense", "profiles", "%00", "f" * 23, "💥", "$gt"])
def test_nobody_is_there(visitor: Client, nothing: str) -> None:
    answer = visitor.get(f"/api/users/{nothing}")
    assert (answer.status_code, code_of(answer)) == (404, "user_not_found")
    assert visitor.page(f"/u/{nothing}").status == 404


def test_a_shut_account_is_not_there(alice: Person, visitor: Client, server: Server) -> None:
    """Until it is opened again; and one that is deleted never."""

    def answers() -> list[int]:
        return [visitor.get(path).status_code for path in (f"/api/users/{alice.id}", f"/u/{alice.id}")]

    disable(server, alice.email)
    assert answers() == [404, 404]
    enable(server, alice.email)
    assert answers() == [200, 200]
    alice.post("/api/auth/login", alice.credentials)
    assert alice.delete("/api/auth/account", {"password": alice.password}).status_code == 200
    assert answers() == [404, 404]


def test_the_page_shows_what_a_person_tells(alice: Person, visitor: Client) -> None:
    change_profile(
        alice,
        headline="Illustrator of maps",
        bio="**Maps** by hand.",
        skills=["ink", "GIS"],
        availability="limited",
        portfolio=[PIECE],
    )
    page = visitor.page(f"/u/{alice.id}")
    assert page.one("h1").to_text() == "Alice Owner"
    assert page.texts(".lede") == ["Illustrator of maps"]
    assert page.texts(".rich strong") == ["Maps"]
    assert page.texts(".chips li") == ["ink", "GIS"]
    assert "Limited" in page.text
    assert "Member since " in page.text
    assert page.texts(".pieces h3") == ["Map of Prague"]
    assert page.texts("title") == ["Alice Owner · GigFlow"]
    assert page.one("meta[name=description]").attrs["content"] == "Illustrator of maps"


@pytest.mark.parametrize("availability", ["available", "limited", "unavailable"])
def test_the_page_says_who_has_time(alice: Person, visitor: Client, availability: str) -> None:
    change_profile(alice, availability=availability, skills=["ink"])
    words = {"available": "Available", "limited": "Limited", "unavailable": "Unavailable"}
    page = visitor.page(f"/u/{alice.id}")
    assert [word for word in words.values() if word in page.texts(".person .mark")] == [words[availability]]


def test_who_offers_nothing_is_not_called_available(alice: Person, visitor: Client) -> None:
    """Most people come to have work done, and said nothing of their time."""
    assert visitor.page(f"/u/{alice.id}").texts(".person .mark") == []


def test_the_page_shows_open_jobs_and_counts(alice: Person, bob: Person, visitor: Client) -> None:
    """What this person offers and did."""
    gigs = [post_job(alice, title=f"Job {number}") for number in range(9)]
    alice.delete(f"/api/gigs/{gigs[0]['id']}")
    for gig in gigs[1:3]:
        hire(alice, place_bid(bob, gig))
    place_bid(bob, gigs[3])
    page = visitor.page(f"/u/{alice.id}")
    assert page.texts("#main h3") == [f"Job {number}" for number in range(8, 2, -1)]  # the newest six
    assert "Completed none yet" in page.text
    assert "Posted 9 jobs" in page.text
    assert "Hired and paid for none yet" in page.text
    assert "Posted" not in visitor.page(f"/u/{bob.id}").text


def test_the_page_shows_how_a_person_was_rated(alice: Person, visitor: Client, db: Db) -> None:
    """Kept apart for what a person did as freelancer and as client."""
    assert visitor.page(f"/u/{alice.id}").text.count("No reviews yet") == 2
    rating = {"freelancer": {"count": 3, "sum": 13}, "client": {"count": 0, "sum": 0}}
    db.users.update_one({"_id": ObjectId(alice.id)}, {"$set": {"rating": rating}})
    page = visitor.page(f"/u/{alice.id}")
    assert page.text.count("No reviews yet") == 1
    assert "4.3 from 3 reviews" in page.text
    assert visitor.get(f"/api/users/{alice.id}").json()["rating"] == {
        "freelancer": {"average": 4.3, "count": 3},
        "client": {"average": None, "count": 0},
    }


def test_an_empty_page_teaches_its_person_and_nobody_else(alice: Person, visitor: Client) -> None:
    own = alice.page(f"/u/{alice.id}")
    assert "Help people choose you" in own.text
    assert own.link("Edit your page") == "/settings/profile"
    page = visitor.page(f"/u/{alice.id}")
    assert "Help people choose you" not in page.text
    assert "Alice Owner has not added anything yet." in page.text
    change_profile(alice, headline="x", bio="x", skills=["x"], portfolio=[PIECE])
    show_picture(alice)
    assert "Help people choose you" not in alice.page(f"/u/{alice.id}").text


def test_names_lead_to_pages(alice: Person, bob: Person, visitor: Client) -> None:
    gig = post_job(alice)
    place_bid(bob, gig)
    assert visitor.page(f"/gigs/{gig['id']}").link("Alice Owner") == f"/u/{alice.id}"
    assert alice.page(f"/gigs/{gig['id']}").link("Bob Bidder") == f"/u/{bob.id}"
    assert len(alice.page("/").all(f"#account-menu a[href='/u/{alice.id}']")) == 1


def test_who_left_has_no_page_to_lead_to(join: Join, alice: Person) -> None:
    gig = post_job(alice)
    bob = join("Bob Bidder")
    place_bid(bob, gig)
    assert bob.delete("/api/auth/account", {"password": bob.password}).status_code == 200
    page = alice.page(f"/gigs/{gig['id']}")
    assert "Somebody who left" in page.text
    assert not page.all(f"a[href='/u/{bob.id}']")
