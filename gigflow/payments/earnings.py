"""What somebody has earned, month by month: what was released to them, after the fee."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.payments import ledger, store

MONTHS = 12  # that are shown, with the one that has begun


class Month(msgspec.Struct, frozen=True):
    """What came to a balance in one month (its first day, in the reader's time zone), in minor units."""

    first: datetime
    net_minor: int


def earned_by_month(db: Db, viewer: Viewer, now: datetime) -> list[Month]:
    """Return what the viewer has earned in each of the last `MONTHS`, the oldest first; none if that is nothing."""
    here = now.astimezone(ZoneInfo(viewer.time_zone or "UTC"))
    firsts = [_first(here, ago) for ago in range(MONTHS - 1, -1, -1)]
    account = ledger.balance(viewer.user_id)
    found = store.sum_released(db, account, firsts[0], viewer.time_zone or "UTC")
    if not found:
        return []
    return [Month(each, found.get((each.year, each.month), 0)) for each in firsts]


def _first(here: datetime, months_ago: int) -> datetime:
    """Return the beginning of the month that was so many months ago, where the reader is."""
    number = here.year * 12 + here.month - 1 - months_ago
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=here.tzinfo)
