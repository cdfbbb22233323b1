"""Time: always UTC, always aware, and in whole milliseconds, as MongoDB keeps it."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# This many, each in this much time.
Pace = tuple[tuple[int, timedelta], ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAR_AWAY = 1e14  # milliseconds: the year 5138
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
    """Return the current time, cut to milliseconds so that what is returned equals what is stored."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """Return a UTC time in ISO 8601 with `Z`, for example 2026-12-04T18:00:00.000Z (docs/api.md)."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def milliseconds(moment: datetime) -> int:
    """Return a time as a whole number: milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def at_milliseconds(number: float) -> datetime:
    """Return the time this many milliseconds after 1970; if the calendar does not go so far, a time far away."""
    return _EPOCH + timedelta(milliseconds=max(0, min(number, _FAR_AWAY)))


def spoken(moment: datetime, zone: str = "UTC") -> str:
    """Return a time as a sentence says it, for example "Fri 4 Dec, 18:00 UTC", with the year if it is not this one;
    `zone` is an IANA name.
    """
    here = moment.astimezone(ZoneInfo(zone))
    shape = "%a %-d %b, %H:%M" if here.year == now().astimezone(here.tzinfo).year else "%a %-d %b %Y, %H:%M"
    return f"{here:{shape}} {zone_name(here)}"


def how_soon(moment: datetime, now: datetime) -> str:
    """Return about how far away a moment is ("in 12 hours"), for a letter that may be read later."""
    hours = max(1, round((moment - now) / timedelta(hours=1)))
    return f"in {hours} hours" if 1 < hours < 36 else "in an hour" if hours == 1 else f"in {hours // 24} days"


def end_of_day(day: datetime, zone: str) -> datetime:
    """Return the end of a calendar day, the midnight after it, in a time zone; UTC if it is "". The day is its midnight
    in UTC, as days are stored.
    """
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone or "UTC"))


def zone_name(moment: datetime) -> str:
    """Return what people call the zone of a time: "CET", or "Sao Paulo time" if it has no letters of its own."""
    short = moment.strftime("%Z")
    if not short.startswith(("+", "-")):
        return short
    return f"{str(moment.tzinfo).rpartition('/')[2].replace('_', ' ')} time"


def offset_of(zone: str, moment: datetime) -> timedelta:
    """Return by how much the clocks of a zone (an IANA name) are ahead of UTC at a moment."""
    return moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def offset_name(offset: timedelta) -> str:
    """Return what people call an offset: "UTC+1", "UTC−3:30", "UTC"."""
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"


def utc_offset(zone: str, moment: datetime) -> str:
    """Return how the clocks of a zone stand at that moment, such as "UTC+1"; "" for no zone."""
    return offset_name(offset_of(zone, moment)) if zone in time_zones() else ""


@cache
def time_zones() -> list[str]:
    """Return the IANA time zones that people live in, such as Europe/Prague: no abbreviations, no offsets."""
    return [*sorted(name for name in available_timezones() if name.startswith(_CONTINENTS)), "UTC"]
