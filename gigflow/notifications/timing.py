"""At which time of somebody's day a letter is written to them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from gigflow.accounts.models import Choice, Quiet


def when_to_write(
    due_at: datetime,
    now: datetime,
    choice: Choice,
    *,
    urgent: bool = False,
    quiet: Quiet | None = None,
    digest_at: int = 8,
    zone: str = "",
) -> datetime:
    """Return when a letter is to be written of what has waited until `due_at`; it is never before `now`.

    What is `daily` goes at the next hour `digest_at` of the person's day, and what is not `urgent` not in their quiet
    hours. A time after `now` is one at which they want letters: asked then as `due_at`, it stays.
    """
    here = ZoneInfo(zone or "UTC")
    hours = Quiet(0, 0) if urgent or quiet is None else quiet
    # A daily letter whose hour is a quiet one goes when those are over.
    hour = digest_at if choice.daily and not _is_within(digest_at, hours) else hours.end
    at = max(_next_strike(due_at, hour, here), now) if choice.daily else now
    return _next_strike(at, hour, here) if _is_within(at.astimezone(here).hour, hours) else at


def _is_within(hour: int, quiet: Quiet) -> bool:
    """Return whether an hour of the day is a quiet one. From an hour until the same one is none."""
    if quiet.start <= quiet.end:
        return quiet.start <= hour < quiet.end
    return hour >= quiet.start or hour < quiet.end


def _next_strike(moment: datetime, hour: int, here: ZoneInfo) -> datetime:
    """Return when the clocks of a place next show this full hour; if they do at this `moment`, that is it. An hour that
    they skip when summer begins is the moment at which they skip it, and of one that they show twice it is the first.
    """
    today = moment.astimezone(here).replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    strike = today.astimezone(UTC)
    return strike if strike >= moment else (today + timedelta(days=1)).astimezone(UTC)
