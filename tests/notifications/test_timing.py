"""When a letter is written: daily, not in quiet hours, in its person's zone; a pure function."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gigflow.accounts.models import Choice, Quiet
from gigflow.notifications.timing import when_to_write

NOW, DAILY = Choice(email=True), Choice(email=True, daily=True)
NIGHT = Quiet(22, 7)
ZONES = ("", "Europe/Prague", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")


def at(text: str, zone: str = "UTC") -> datetime:
    """A moment as a clock of this zone shows it, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_without_quiet_hours_it_is_written_now() -> None:
    moment = at("2026-12-01 03:10")
    assert when_to_write(moment, moment, NOW) == moment
    assert when_to_write(moment + timedelta(minutes=3), moment, NOW) == moment


@pytest.mark.parametrize(
    ("clock", "written"),
    [
        ("21:59", "2026-12-01 21:59"),
        ("22:00", "2026-12-02 07:00"),
        ("23:59", "2026-12-02 07:00"),
        ("00:00", "2026-12-01 07:00"),
        ("06:59", "2026-12-01 07:00"),
        ("07:00", "2026-12-01 07:00"),
    ],
)
def test_quiet_hours_over_midnight(clock: str, written: str) -> None:
    moment = at(f"2026-12-01 {clock}", "Asia/Kathmandu")  # 5:45 ahead of UTC
    assert when_to_write(moment, moment, NOW, quiet=NIGHT, zone="Asia/Kathmandu") == at(
        written, "Asia/Kathmandu"
    )


def test_quiet_hours_of_one_day() -> None:
    moment = at("2026-12-01 13:20")
    assert when_to_write(moment, moment, NOW, quiet=Quiet(13, 15)) == at("2026-12-01 15:00")
    assert when_to_write(moment, moment, NOW, quiet=Quiet(15, 13)) == moment


def test_from_an_hour_until_the_same_one_nothing_is_quiet() -> None:
    for hour in range(24):
        moment = at(f"2026-12-01 {hour:02}:30")
        assert when_to_write(moment, moment, NOW, quiet=Quiet(9, 9)) == moment


def test_what_is_urgent_is_written_in_quiet_hours() -> None:
    moment = at("2026-12-01 23:30")
    assert when_to_write(moment, moment, NOW, urgent=True, quiet=NIGHT) == moment


def test_what_is_daily_goes_at_the_next_hour_of_the_person() -> None:
    zone = "Asia/Kathmandu"
    for told, written in (("07:59", "2026-12-01"), ("08:00", "2026-12-01"), ("08:01", "2026-12-02")):
        moment = at(f"2026-12-01 {told}", zone)
        assert when_to_write(moment, moment, DAILY, zone=zone) == at(f"{written} 08:00", zone)
    due, late = at("2026-12-01 08:00", zone), at("2026-12-01 11:00", zone)
    assert when_to_write(due, late, DAILY, zone=zone) == late  # nobody was there to write it then


def test_an_hour_of_the_day_that_is_quiet_is_the_end_of_the_quiet_ones() -> None:
    moment = at("2026-12-01 20:00")
    nine = at("2026-12-02 09:00")
    assert when_to_write(moment, moment, DAILY, quiet=Quiet(22, 9)) == nine
    assert when_to_write(nine, nine, DAILY, quiet=Quiet(22, 9)) == nine
    assert when_to_write(moment, moment, DAILY, urgent=True, quiet=Quiet(22, 9)) == at("2026-12-02 08:00")


def test_the_day_on_which_clocks_skip_an_hour() -> None:
    """In Prague 2:00 is 3:00 on 28 March 2027, so nine hours of the night are eight."""
    zone = "Europe/Prague"
    evening = at("2027-03-27 22:30", zone)
    assert when_to_write(evening, evening, NOW, quiet=NIGHT, zone=zone) == at("2027-03-28 05:00")
    skipped = when_to_write(evening, evening, DAILY, digest_at=2, zone=zone)
    assert skipped == at("2027-03-28 01:00")
    assert skipped.astimezone(ZoneInfo(zone)).hour == 3
    assert when_to_write(skipped, skipped, DAILY, digest_at=2, zone=zone) == skipped


def test_the_day_on_which_clocks_show_an_hour_twice() -> None:
    """In Prague 3:00 is 2:00 again on 31 October 2027: one letter, at the first."""
    zone = "Europe/Prague"
    evening = at("2027-10-30 22:30", zone)
    first = when_to_write(evening, evening, DAILY, digest_at=2, zone=zone)
    assert first == at("2027-10-31 00:00")
    after = first + timedelta(minutes=30)
    assert when_to_write(after, after, DAILY, digest_at=2, zone=zone) == at("2027-11-01 01:00")
    assert when_to_write(evening, evening, NOW, quiet=NIGHT, zone=zone) == at("2027-10-31 06:00")


@settings(derandomize=True)
@given(
    due=some.integers(0, 4 * 365 * 24 * 60).map(
        lambda minutes: at("2026-01-01") + timedelta(minutes=minutes)
    ),
    waited=some.integers(-5, 3 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    hours=some.tuples(
        some.integers(0, 23), some.integers(0, 23), some.integers(4, 23)
    ),  # none that clocks skip
    choice=some.sampled_from([NOW, DAILY]),
    zone=some.sampled_from(ZONES),
)
def test_it_is_never_in_the_past_or_in_quiet_hours_and_stays_put_off_until_then(
    due: datetime, waited: timedelta, hours: tuple[int, int, int], choice: Choice, zone: str
) -> None:
    start, end, digest_at = hours
    quiet, now = Quiet(start, end), due + waited
    written = when_to_write(due, now, choice, quiet=quiet, digest_at=digest_at, zone=zone)
    assert now <= written <= now + timedelta(hours=50)
    hour = written.astimezone(ZoneInfo(zone or "UTC")).hour
    assert hour not in {(start + each) % 24 for each in range((end - start) % 24)}
    if written > now:
        again = when_to_write(written, written, choice, quiet=quiet, digest_at=digest_at, zone=zone)
        assert again == written
