"""How soon people usually answer those who write to them first: measured by ticks, stored with the person, so that a
list of people reads nothing more (docs/decisions/0063).
"""

from datetime import datetime, timedelta
from functools import partial
from statistics import median

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.chat import answering_store as store
from gigflow.chat.models import ANSWERS_LEAST, ANSWERS_WITHIN, MEASURED_EVERY
from gigflow.chat.store import get_entries
from gigflow.core.db import Db
from gigflow.core.each import Each
from gigflow.reports import actions as reports

_measuring = Each("How soon people answer: that of person")
AT_ONCE = 100  # people; the rest is for the next tick
# What is said of it: the first of these that it is within.
_STEPS = (
    (timedelta(hours=1), "1 h"),
    (timedelta(hours=3), "3 h"),
    (timedelta(hours=6), "6 h"),
    (timedelta(hours=12), "12 h"),
    (timedelta(days=1), "1 day"),
    (timedelta(days=2), "2 days"),
)
_LONGER = "some days"


def measure_due(db: Db, now: datetime) -> int:
    """Measure again how soon those people answer who have answered somebody since, or were not measured for a day;
    returns of how many.
    """
    return _measuring.do(partial(store.find_due, db, now), partial(_measure, db, now), now, AT_ONCE)


def measured(db: Db, user_id: ObjectId, now: datetime) -> int | None:
    """Return within how many seconds somebody usually answers: the median of their first answers to people who wrote to
    them first; None if there are too few. What was blocked or reported does not count.
    """
    return _middle(_answers(db, user_id, now))


def usually_answers(seconds: int | None) -> str:
    """Return within which time somebody usually answers, as a sentence; "" if nobody can say."""
    if seconds is None:
        return ""
    within = next((words for step, words in _STEPS if seconds <= step.total_seconds()), _LONGER)
    return f"Usually answers within {within}"


def _measure(db: Db, now: datetime, user_id: ObjectId) -> bool:
    mark = store.get_mark(db, user_id)
    if mark is None:
        return False
    found = _answers(db, user_id, now)
    accounts.note_answers_within(db, user_id, _middle(found))
    if found:
        store.put_off(db, user_id, mark, now + MEASURED_EVERY)
    else:
        store.forget(db, user_id, mark)
    return True


def _answers(db: Db, user_id: ObjectId, now: datetime) -> list[float]:
    """Return after how many seconds somebody gave the first answers that count."""
    since = now - ANSWERS_WITHIN
    found = store.find_answers(db, user_id, since)
    reported = get_entries(db, reports.messages_reported(db, user_id, since)) if found else {}
    without = {entry.conversation_id for entry in reported.values()}
    return [each.answered_after for each in found if each.conversation_id not in without]


def _middle(seconds: list[float]) -> int | None:
    return round(median(seconds)) if len(seconds) >= ANSWERS_LEAST else None
