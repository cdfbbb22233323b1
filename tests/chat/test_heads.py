"""How late it is for the other one, at the head of a thread: only if their clock differs, and nowhere else."""

from datetime import datetime, timedelta

import pytest

from gigflow.core.clock import now, offset_name, offset_of
from tests.support.client import Client, Page, Person
from tests.support.market import change_profile, offer_service, place_bid, post_job
from tests.support.talk import open_talk, say

KATHMANDU = "Asia/Kathmandu"  # UTC+5:45, all the year


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    job = post_job(alice)
    place_bid(bob, job)
    talk = open_talk(bob, alice, gigId=job["id"])
    say(bob, talk, "Hello")
    return talk


def clocks(page: Page) -> list[str]:
    """What the head of a thread says of clocks."""
    return [" ".join(each.to_text().split()) for each in page.all("[data-there]")]


def test_it_says_how_late_it_is_for_the_other(alice: Person, bob: Person, talk: str) -> None:
    change_profile(alice, timeZone=KATHMANDU)
    change_profile(bob, timeZone="Europe/Prague")
    before = now()
    for path in (f"/messages/{talk}", f"/messages/new?to={alice.id}"):
        page = bob.page(path)
        there = now() + timedelta(hours=5, minutes=45)
        said = {
            f"{each:%H:%M} for {alice.name} (UTC+5:45)"
            for each in (there, before + timedelta(hours=5, minutes=45))
        }
        assert set(clocks(page)) <= said
        time = page.one("[data-there] time").attrs["datetime"] or ""
        assert before <= datetime.fromisoformat(time) <= now()
        assert page.one("[data-there]").attrs["data-there"] == "345"
        assert KATHMANDU not in page.response.text  # no more than the offset
    assert "Europe/Prague" not in alice.page(f"/messages/{talk}").response.text


@pytest.mark.parametrize(
    ("theirs", "own", "is_shown"),
    [
        ("", "Europe/Prague", False),  # nobody knows
        ("Europe/Berlin", "Europe/Prague", False),  # it is as late there
        ("Asia/Tokyo", "Europe/Prague", True),
        ("UTC", "", True),  # the device knows its own clock: a script compares
    ],
)
def test_only_a_clock_that_differs_is_shown(
    alice: Person, bob: Person, talk: str, theirs: str, own: str, is_shown: bool
) -> None:
    change_profile(alice, timeZone=theirs)
    change_profile(bob, timeZone=own)
    assert bool(clocks(bob.page(f"/messages/{talk}"))) == is_shown


def test_only_who_writes_to_them_sees_it(alice: Person, bob: Person, visitor: Client, talk: str) -> None:
    change_profile(alice, timeZone=KATHMANDU)
    gig = offer_service(alice)["id"]
    for reader in (visitor, bob):
        for path in (f"/u/{alice.id}", f"/gigs/{gig}", f"/api/users/{alice.id}"):
            text = reader.page(path).response.text
            assert "UTC+5:45" not in text
            assert KATHMANDU not in text
    assert "UTC+5:45" in bob.page(f"/messages/{talk}").text
    assert bob.post(f"/api/users/{alice.id}/block").status_code == 200
    assert "UTC+5:45" not in bob.page(f"/messages/{talk}").text  # bob does not write there now


def test_one_who_is_blocked_sees_what_they_saw(alice: Person, bob: Person, talk: str) -> None:
    change_profile(alice, timeZone=KATHMANDU)
    assert alice.post(f"/api/users/{bob.id}/block").status_code == 200
    assert "UTC+5:45" in bob.page(f"/messages/{talk}").text


@pytest.mark.parametrize(
    ("zone", "at", "name"),
    [
        ("Europe/Berlin", "2026-01-15T12:00:00Z", "UTC+1"),
        ("Europe/Berlin", "2026-07-15T12:00:00Z", "UTC+2"),
        ("America/St_Johns", "2026-01-15T12:00:00Z", "UTC−3:30"),
        ("Pacific/Kiritimati", "2026-01-15T12:00:00Z", "UTC+14"),
        ("Africa/Accra", "2026-01-15T12:00:00Z", "UTC"),
    ],
)
def test_what_an_offset_is_called(zone: str, at: str, name: str) -> None:
    assert offset_name(offset_of(zone, datetime.fromisoformat(at))) == name
