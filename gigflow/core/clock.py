"""Time: always UTC, always aware, and in whole milliseconds, as MongoDB keeps it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, cut to milliseconds so that what is returned equals what is stored."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """A UTC time in ISO 8601 with `Z`, for example 2026-12-04T18:00:00.000Z (API.md)."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"
