"""Time: always UTC, always aware, and in whole milliseconds, as MongoDB keeps it."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_CONTINENTS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)


def now() -> datetime:
    """The current time, cut to milliseconds so that what is returned equals what is stored."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """A UTC time in ISO 8601 with `Z`, for example 2026-12-04T18:00:00.000Z (API.md)."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def spoken(moment: datetime, zone: str = "UTC") -> str:
    """A time as a sentence says it, for example "Fri 4 Dec, 18:00 UTC"; `zone` is an IANA name."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %-d %b, %H:%M %Z")


@cache
def time_zones() -> list[str]:
    """The IANA time zones that people live in, such as Europe/Prague: no abbreviations, no offsets."""
    return [*sorted(name for name in available_timezones() if name.startswith(_CONTINENTS)), "UTC"]
