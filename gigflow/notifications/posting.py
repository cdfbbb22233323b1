"""Putting letters of news into the outbox: who gets one now, and of what."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User
from gigflow.core.clock import Pace
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.mails import actions as mails
from gigflow.notifications import store
from gigflow.notifications.actions import choice_of, event_of
from gigflow.notifications.models import Notification
from gigflow.notifications.timing import when_to_write

PEOPLE_AT_ONCE = 20  # people to whom one tick writes; the next one goes on
TOGETHER = timedelta(minutes=5)  # what may be written of so soon after the rest goes with it
_posting = Each("The letter to")


def post_letters(db: Db, now: datetime, pace: Pace = ()) -> int:
    """Put what is to be written of notifications into the outbox: one letter for everything that waits for a person,
    and one for their day. Nobody gets more letters than `pace` allows: the rest waits, and then comes in one letter.

    Returns how many letters there were. Of two processes that do it at once, one gets each.
    """
    posted: list[int] = []
    _posting.do(
        partial(store.find_people_to_write_to, db, now),
        lambda user_id: posted.append(_post_letters_to(db, user_id, now, pace)),
        now,
        PEOPLE_AT_ONCE,
    )
    return sum(posted)


def ask_again(tx: Tx, user_id: ObjectId, now: datetime) -> None:
    """Let the next tick ask again when somebody wants letters, since they have just chosen otherwise."""
    store.ask_again(tx, user_id, now)


def _post_letters_to(db: Db, user_id: ObjectId, now: datetime, pace: Pace) -> int:
    def work(tx: Tx) -> int:
        user = accounts.get_user(tx, user_id)
        taken = store.take_due_of(tx, user_id, now + TOGETHER)
        # Other people's words are not mailed to an address that nobody has confirmed (SECURITY 9b).
        if user is None or user.unconfirmed:
            return 0
        at_once, of_the_day = _due(tx, user, taken, now)
        return _post(tx, user, at_once, now, pace) + _post(tx, user, of_the_day, now, pace, daily=True)

    return db.transact(work)


def _due(
    tx: Tx, user: User, taken: list[Notification], now: datetime
) -> tuple[list[ObjectId], list[ObjectId]]:
    """Return of what is written now, at once and in the letter of the day; put off what is wanted later."""
    due: tuple[list[ObjectId], list[ObjectId]] = ([], [])
    later: dict[datetime, list[ObjectId]] = defaultdict(list)
    for each in taken:
        choice = choice_of(user, each.type)
        if each.read_at or not choice.email:
            continue
        at = now if each.held_back else _wanted_at(user, each, now)
        if at > now:
            later[at].append(each.id)
        else:
            due[choice.daily].append(each.id)
    for at, ids in later.items():
        store.put_off(tx, ids, at)
    if later:
        # Written, so that it comes before or after what they choose at this moment, which asks about these again.
        accounts.account_written(tx, user.id)
    return due


def _wanted_at(user: User, told: Notification, now: datetime) -> datetime:
    return when_to_write(
        told.mail_at or now,
        now,
        choice_of(user, told.type),
        urgent=event_of(told).urgent,
        quiet=user.quiet,
        digest_at=user.digest_at,
        zone=user.time_zone,
    )


def _post(tx: Tx, user: User, ids: list[ObjectId], now: datetime, pace: Pace, *, daily: bool = False) -> int:
    """Post a letter of these, or let them wait if there were too many."""
    if not ids:
        return 0
    free_at = mails.wait_until(tx, user.address, pace, now)
    if free_at:
        store.hold_back(tx, ids, free_at)
        return 0
    # Named by the first of them, so that a repeat of this transaction posts no second letter.
    data = {"user_id": user.id, "ids": ids, "daily": daily}
    mails.post(tx, "notifications", key=f"notifications:{ids[0]}", data=data, now=now)
    return 1
