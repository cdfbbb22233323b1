"""Times are told in the zone that a person chose (docs/ui.md, Behave)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support.client import Client, Person
from tests.support.market import change_profile, post_job


def titles(client: Client, path: str) -> list[str]:
    """The exact times of a job's page, as its reader is told them, without those of similar jobs."""
    page = client.page(path)
    others = page.all(".job-similar time[data-ago]")
    shown = page.all("time[data-ago]")
    return [each.attrs["title"] or "" for each in shown if not any(each is other for other in others)]


def test_a_zone_changes_the_times_of_every_page_and_device(alice: Person, visitor: Client) -> None:
    gig = post_job(alice)
    second_device = Client(alice.url)
    second_device.post("/api/auth/login", alice.credentials)
    path, posted = f"/gigs/{gig['id']}", datetime.fromisoformat(gig["createdAt"])

    def told(zone: str) -> str:
        return posted.astimezone(ZoneInfo(zone)).strftime("%-d %B %Y, %H:%M %Z")

    assert titles(alice, path) == [told("UTC")]
    page = alice.page("/settings/account")
    saved = page.submit("#zone-form form", time_zone="Asia/Tokyo")
    assert (saved.status, saved.path) == (200, "/settings/account?saved=1")
    assert saved.values("#zone-form form")["time_zone"] == "Asia/Tokyo"
    assert told("Asia/Tokyo").endswith(" JST")
    for device in (alice, second_device):
        assert titles(device, path) == [told("Asia/Tokyo")]
        assert device.page(path).one("body").attrs["data-zone"] == "Asia/Tokyo"
    # What machines read stays in UTC, and so does what others read.
    moment = alice.page(path).one("time[data-ago]").attrs["datetime"]
    assert moment is not None
    assert moment.endswith("Z")
    assert datetime.fromisoformat(moment) == posted
    assert titles(visitor, path) == [told("UTC")]

    change_profile(alice, timeZone="America/New_York")
    assert titles(alice, path) == [told("America/New_York")]
    change_profile(alice, timeZone="")
    assert titles(alice, path) == [told("UTC")]
    assert "data-zone" not in alice.page(path).one("body").attrs
    second_device.close()


@pytest.mark.parametrize(
    "zone", ["Europe/Atlantis", "CET", "../../etc/passwd", "europe/prague", "+01:00", "x" * 9999]
)
def test_an_unknown_zone_is_refused(alice: Person, zone: str) -> None:
    page = alice.page("/settings/account")
    refused = page.submit("#zone-form form", time_zone=zone)
    assert (refused.status, refused.errors("#zone-form form").keys()) == (400, {"time_zone"})
    answer = alice.put("/api/users/profile", {"timeZone": zone})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"timeZone"})
    assert alice.get("/api/users/profile").json()["timeZone"] == ""


def test_the_form_offers_the_zone_that_is_chosen(alice: Person) -> None:
    change_profile(alice, timeZone="Europe/Prague")
    page = alice.page("/settings/account")
    assert page.values("#zone-form form")["time_zone"] == "Europe/Prague"
    offered = [element.attrs["value"] for element in page.all("#zone-form option")]
    assert {"", "UTC", "Europe/Prague", "America/Argentina/Buenos_Aires"} <= set(offered)
    assert len(offered) == len(set(offered))
