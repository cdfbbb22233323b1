"""The record of who did what to whom (docs/domain.md, The record). People call it the record; its collection is
`audit`.
"""

from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

KEPT_DAYS = 90  # of the rows that count failures and refusals; acts stay for ever
NOTE_MAX = 2_000


class Subject(msgspec.Struct, frozen=True):
    """What an act was about, such as an order, a service or a user."""

    kind: str
    id: ObjectId


class Row(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """One act. `by` is the person who did it, None for time and for the operator at the machine, which `via` names.

    `user_id` is the account that it concerns, if it concerns one. An order concerns two: it is the freelancer's, and
    `data` names both, as `client_id` and `freelancer_id`. `before` and `after` are the fields that it changed; `batch`
    is shared by acts that were done at once, and `undoes` names the act that this one takes back.
    """

    id: ObjectId
    event: str
    at: datetime
    by: ObjectId | None = None
    via: str = ""
    device: ObjectId | None = None
    user_id: ObjectId | None = None
    subject: Subject | None = None
    note: str = ""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    batch: ObjectId | None = None
    undoes: ObjectId | None = None
    data: dict[str, Any] = {}
