"""What somebody's place in the directory goes by: written where it changes, and taken away where they are not in it."""

from datetime import timedelta
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from gigflow.accounts import standing
from gigflow.core.clock import now
from gigflow.core.db import Db as House
from gigflow.core.steps import Step, do
from gigflow.directory.actions import forget_unused_words
from gigflow.directory.store import PLACE
from gigflow.gigs.models import rank_of
from gigflow.schema import STEPS
from tests.conftest import Join
from tests.reviews.steps import both_reviewed, completed_job, completed_purchase
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import change_profile, code_of, offer_service
from tests.support.operator import disable, enable
from tests.support.races import at_once
from tests.support.server import Server

PROFILE: Json = {
    "listed": True,
    "headline": "Maps by hand",
    "skills": ["Ink", "GIS"],
    "languages": ["cs", "English"],
}


def place_of(db: Db, person: Person) -> Json:
    """What the directory keeps of somebody; nothing if they are not in it."""
    row = db.users.find_one({"_id": ObjectId(person.id)})
    assert row is not None
    return {name: row[name] for name in PLACE if name in row}


def listed(person: Person, **fields: Any) -> Person:
    """The same person, in the directory."""
    change_profile(person, **{**PROFILE, **fields})
    return person


def test_somebody_with_something_to_show_is_in_it_once_they_are_listed(bob: Person, db: Db) -> None:
    change_profile(bob, headline="Maps by hand")
    assert place_of(db, bob) == {}
    change_profile(bob, listed=True)
    place = place_of(db, bob)
    assert (place["for_hire"], place["name_key"], place["avail"], place["rank"]) == (
        True,
        "bob bidder",
        2,
        4.0,
    )
    assert {"bob", "bidder", "maps", "by", "hand"} <= set(place["find_words"])
    change_profile(bob, headline="")
    assert place_of(db, bob) == {}


def test_who_joins_to_freelance_is_listed_and_others_are_not(server: Server) -> None:
    for intent, is_listed in (("freelancer", True), ("client", False), (None, False)):
        visitor = Client(server.url)
        name = f"{intent}-{ObjectId()}"
        said = {"name": "Nora", "email": f"{name}@example.test", "password": "correct horse 7"}
        assert visitor.post("/api/auth/register", said | ({"intent": intent} if intent else {})).ok
        assert visitor.get("/api/users/profile").json()["listed"] is is_listed
        visitor.close()


def test_languages_are_kept_by_their_codes_and_unknown_ones_are_refused(bob: Person) -> None:
    assert change_profile(bob, languages=["Czech", "EN", "czech"])["languages"] == ["cs", "en"]
    refused = bob.put("/api/users/profile", {"languages": ["Klingon"]})
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["languages"])


def test_the_page_takes_languages_without_script(bob: Person) -> None:
    page = bob.page("/settings/profile")
    assert page.all("#languages-known option[value='Czech']")
    saved = page.submit("#profile-form", languages="Czech", listed="y")
    assert saved.values("#profile-form")["listed"] == "y"
    read = bob.get("/api/users/profile").json()
    assert (read["languages"], read["listed"]) == (["cs"], True)
    assert "Languages" in bob.page(f"/u/{bob.id}").text


def test_live_services_are_a_part_of_it_while_they_are_live(bob: Person, db: Db) -> None:
    change_profile(bob, listed=True)
    dear = offer_service(bob, price=300, category="data")
    cheap = offer_service(bob, price=120, category="writing")
    place = place_of(db, bob)
    assert (place["from_price_minor"], place["categories"]) == (12_000, ["data", "writing"])
    assert bob.patch(f"/api/gigs/{cheap['id']}", {"price": 90}).ok
    assert place_of(db, bob)["from_price_minor"] == 9_000
    assert bob.post(f"/api/gigs/{cheap['id']}/pause").ok
    assert (place_of(db, bob)["from_price_minor"], place_of(db, bob)["categories"]) == (30_000, ["data"])
    assert bob.delete(f"/api/gigs/{dear['id']}").ok
    assert place_of(db, bob) == {}  # there is nothing else to show


def test_somebody_who_is_shut_out_is_not_in_it_and_comes_back(bob: Person, server: Server, db: Db) -> None:
    before = place_of(db, listed(bob))
    disable(server, bob.email)
    assert place_of(db, bob) == {}
    enable(server, bob.email)
    assert place_of(db, bob) == before


def test_leaving_takes_everything_away(alice: Person, bob: Person, db: Db) -> None:
    completed_job(alice, listed(bob))
    assert db.worked.count_documents({"user_id": ObjectId(bob.id)}) == 1
    balance = db.balances.find_one({"_id": ObjectId(bob.id)})
    assert balance
    db.balances.update_one({"_id": balance["_id"]}, {"$set": {"amount_minor": 0}})
    answer = bob.delete("/api/auth/account", {"password": bob.password})
    db.balances.update_one({"_id": balance["_id"]}, {"$set": {"amount_minor": balance["amount_minor"]}})
    assert answer.ok, answer.text
    assert place_of(db, bob) == {}
    for rows in (db.work, db.worked):
        assert rows.count_documents({"user_id": ObjectId(bob.id)}) == 0


def test_one_client_counts_once_in_work_and_rank(alice: Person, bob: Person, join: Join, db: Db) -> None:
    listed(bob)
    service = offer_service(bob, category="data")
    for stars in (5, 5, 4):
        both_reviewed(alice, bob, completed_purchase(alice, bob, service), rating=stars)
    place = place_of(db, bob)
    assert (place["rated_by"], place["jobs_done"]) == (1, 1)
    assert place["rank"] == rank_of(1, 467)
    row = db.gigs.find_one({"_id": ObjectId(service["id"])})
    assert row is not None
    assert (row["rank"], row["rating"]) == (place["rank"], {"count": 3, "sum": 14})
    carol = join("Carol Client")
    both_reviewed(carol, bob, completed_purchase(carol, bob, service), rating=2)
    place = place_of(db, bob)
    assert (place["rated_by"], place["jobs_done"], place["rank"]) == (2, 2, rank_of(2, 667))
    work = list(db.work.find({"user_id": ObjectId(bob.id)}))
    assert [(row["category"], row["clients"], row["completed"]) for row in work] == [("data", 2, 4)]


def test_of_two_changes_at_once_the_second_sees_the_first(bob: Person, db: Db) -> None:
    """Listing oneself beside services that come: whichever is last knows all of it."""
    services = [
        lambda price=price: offer_service(bob, price=price, category="data") for price in (70, 60, 50)
    ]
    at_once([lambda: change_profile(bob, listed=True), *services])
    assert place_of(db, bob)["from_price_minor"] == 5_000


def test_away_until_a_day_ends_by_itself(bob: Person, server: Server, db: Db) -> None:
    day = (now() + timedelta(days=3)).date()
    told = change_profile(listed(bob), availability="unavailable", availabilityUntil=str(day))
    assert (told["availability"], told["availabilityUntil"]) == ("unavailable", str(day))
    assert place_of(db, bob)["avail"] == 0
    assert f"{day:%-d %b}" in bob.page(f"/u/{bob.id}").one(".person").to_text()
    standing.come_back_due(server.house, now() + timedelta(days=4))
    read = bob.get("/api/users/profile").json()
    assert (read["availability"], read["availabilityUntil"]) == ("available", None)
    assert place_of(db, bob)["avail"] == 2


def test_a_day_that_cannot_be_is_refused_at_its_field(bob: Person) -> None:
    past, far, soon = (str((now() + timedelta(days=days)).date()) for days in (-1, 400, 3))
    for availability, day in (("limited", past), ("limited", far)):
        refused = bob.put("/api/users/profile", {"availability": availability, "availabilityUntil": day})
        assert (refused.status_code, code_of(refused)) == (400, "invalid_fields")
        assert list(refused.json()["error"]["fields"]) == ["availabilityUntil"]
    for said in ({}, {"availability": "available"}):
        refused = bob.put("/api/users/profile", {**said, "availabilityUntil": soon})
        assert list(refused.json()["error"]["fields"]) == ["availabilityUntil"]
    away = change_profile(bob, availability="limited", availabilityUntil=soon)
    back = change_profile(bob, **{**away, "availability": "available"})  # the day that was read comes with it
    assert (back["availability"], back["availabilityUntil"]) == ("available", None)


def test_one_is_back_by_a_button_and_listed_by_one(bob: Person) -> None:
    change_profile(
        bob,
        headline="Maps",
        availability="limited",
        availabilityUntil=str((now() + timedelta(days=3)).date()),
    )
    bob.page("/settings/profile").submit("form[action='/settings/profile/back']")
    assert bob.get("/api/users/profile").json()["availability"] == "available"
    assert not bob.page("/settings/profile").all("form[action='/settings/profile/back']")


def test_a_market_of_before_gets_its_places_once_more(
    alice: Person, bob: Person, server: Server, db: Database[dict[str, Any]]
) -> None:
    """The steps of an upgrade, also where a part of it is done, and twice."""
    both_reviewed(alice, bob, completed_job(alice, listed(bob), category="data"), rating=4)
    before, worked = place_of(db, bob), list(db.worked.find({"user_id": ObjectId(bob.id)}))
    me = {"_id": ObjectId(bob.id)}
    db.users.update_one(
        me, {"$unset": dict.fromkeys((*PLACE, "listed"), ""), "$set": {"intent": "freelancer"}}
    )
    db.orders.update_many({"freelancer_id": me["_id"]}, {"$unset": {"category": ""}})
    for rows in (db.work, db.worked):
        rows.delete_many({"user_id": me["_id"]})
    for step in (each for each in STEPS if each.number in (10, 11, 12)):
        for _ in range(2):
            do(server.house, Step(10_000 + step.number, step.name, step.run))
            db.migrations.delete_one({"_id": 10_000 + step.number})
    assert place_of(db, bob) == before
    assert list(db.worked.find({"user_id": me["_id"]})) == worked


def test_words_that_nobody_has_are_forgotten(bob: Person, server: Server, db: Db) -> None:
    house: House = server.house
    word = f"w{ObjectId()}"
    change_profile(bob, listed=True, headline=word)
    assert db.people_words.find_one({"_id": word})
    change_profile(bob, headline="Other words")
    db.people_words.update_one({"_id": word}, {"$set": {"unused_since": now() - timedelta(hours=1)}})
    db.people_word_state.update_one({"_id": "sweep"}, {"$set": {"at": None, "after": word[:-1]}}, upsert=True)
    forget_unused_words(house, now() + timedelta(hours=1))
    assert db.people_words.find_one({"_id": word}) is None
