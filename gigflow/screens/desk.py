"""What somebody who works for others sees at a glance: their load, their next due days, their earnings."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from gigflow.core.clock import now
from gigflow.orders.load import due_of
from gigflow.payments.earnings import earned_by_month
from gigflow.web.charts import Bars, Point, bars
from gigflow.web.runtime import db, person, runtime

DAYS = 14  # that the strip shows, from today on


class Day(msgspec.Struct, frozen=True):
    """A day of the strip, and how many orders are due on it."""

    day: datetime
    letter: str
    due: int


class Load(msgspec.Struct, frozen=True):
    """How many orders the reader works on, on which day of their time zone the next one is due, how many are late, and
    the next days.
    """

    count: int
    next: datetime | None
    late: int
    days: list[Day]


def load_of_reader() -> Load:
    """Return what the reader has to deliver, and on which of the next days."""
    moment = now()
    zone = ZoneInfo(person().time_zone or "UTC")
    due = due_of(db(), person())
    today = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    # Work that is due at midnight is due at the end of the day before.
    ahead = [(each - timedelta(microseconds=1)).astimezone(zone) for each in due if each >= moment]
    dates = [each.date() for each in ahead]
    strip = [today + timedelta(days=number) for number in range(DAYS)]
    return Load(
        count=len(due),
        next=min(ahead, default=None),
        late=len(due) - len(ahead),
        days=[Day(each, f"{each:%a}"[0], dates.count(each.date())) for each in strip],
    )


def earnings_of_reader() -> Bars | None:
    """Return what the reader has earned month by month, as a chart; None if that is nothing."""
    months = earned_by_month(db(), person(), now())
    if not months:
        return None
    currency = runtime().currency
    points = [
        Point(f"{each.first:%b}", f"{each.first:%B %Y}", each.net_minor, currency.format(each.net_minor))
        for each in months
    ]
    return bars(points, "Earnings by month, after the fee", "You received")
