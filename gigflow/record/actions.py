"""Writing the record (docs/domain.md, invariant 13): an act of an admin has its row in the transaction of the act."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from gigflow.core.db import Db
from gigflow.core.ids import new_id
from gigflow.record import store
from gigflow.record.models import Row, Subject

MACHINE = "machine"  # an operator at the command line, of whom the house knows nothing else


def note(
    db: Db,
    event: str,
    now: datetime,
    *,
    by: ObjectId | None = None,
    via: str = "",
    device: ObjectId | None = None,
    user_id: ObjectId | None = None,
    subject: Subject | None = None,
    why: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    batch: ObjectId | None = None,
    undoes: ObjectId | None = None,
    **data: object,
) -> ObjectId:
    """Append one act to the record, in the transaction `tx` of the act. Returns the row's id."""
    row = Row(
        id=new_id(),
        event=event,
        at=now,
        by=by,
        via=via,
        device=device,
        user_id=user_id,
        subject=subject,
        note=why,
        before=dict(before or {}),
        after=dict(after or {}),
        batch=batch,
        undoes=undoes,
        data=data,
    )
    store.insert_row(db, row)
    return row.id


def newest_act(db: Db, subject_id: ObjectId, events: Collection[str]) -> Row | None:
    """Return the newest act among these `events` that was about something, or None."""
    return store.find_newest(db, subject_id, events)


def count(
    db: Db,
    event: str,
    whose: str,
    now: datetime,
    *,
    times: int = 1,
    user_id: ObjectId | None = None,
    **data: str,
) -> None:
    """Count failures or refusals: one row for each event, account or address (`whose`), and hour; kept for 90 days.

    `data` is of the last one. It never makes what it is about fail, and nobody waits for it.
    """
    hour = now.strftime("%Y-%m-%dT%H")
    store.count(db, f"{event}:{whose}:{hour}", event, times, user_id, data, now)
