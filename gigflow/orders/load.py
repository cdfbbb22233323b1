"""How much work somebody has in progress, and when it is due."""

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.orders import listing
from gigflow.orders.models import ACTIVE

DUE_MAX = 200  # orders in progress whose days one page shows


def due_of(db: Db, viewer: Viewer) -> list[datetime]:
    """Return when the work is due that the viewer has in progress, for at most `DUE_MAX` orders."""
    return listing.find_due_of(db, viewer.user_id, DUE_MAX)


def active_of(db: Db, ids: Sequence[ObjectId]) -> dict[ObjectId, int]:
    """Return how many orders of these freelancers have not ended."""
    return listing.count_of_each(db, ids, ACTIVE)


def due_between(
    db: Db, ids: Sequence[ObjectId], start: datetime, end: datetime | None
) -> dict[ObjectId, int]:
    """Return how many orders in progress of these freelancers are due from `start` until `end`, if that is known."""
    return listing.count_due_of_each(db, ids, start, end)


def overdue_of(db: Db, ids: Sequence[ObjectId], now: datetime) -> dict[ObjectId, int]:
    """Return how many orders in progress of these freelancers should have been delivered by now."""
    return listing.count_due_of_each(db, ids, None, now)


def orders_with(db: Db, client_id: ObjectId, ids: Sequence[ObjectId]) -> dict[ObjectId, int]:
    """Return how many orders these freelancers have completed for a client."""
    return listing.count_of_each(db, ids, ("completed",), client_id)
