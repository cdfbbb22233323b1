"""Letters, and the outbox in which they wait to be sent."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from bson import ObjectId

# A process that died while sending lets go after this time. Each command to a mail server takes 20 s at the very most,
# and a whole letter usually one.
LEASE = timedelta(minutes=2)
# How long to wait after the first attempt that failed, the second, …: a letter is given up after some two days. Mail
# servers that first turn a stranger away ("greylisting") accept it after one to fifteen minutes.
RETRY_AFTER = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 5, 15, 60, 2 * 60, 4 * 60, 8 * 60, 10 * 60, 12 * 60, 12 * 60)
)
# A letter that is over stays a while, so that one can see what became of it and nothing is written twice.
KEPT = timedelta(days=30)


class Action(msgspec.Struct, frozen=True):
    """The one thing that a letter asks for: what its button says, and the path on this site that it leads to."""

    label: str
    path: str


class Stop(msgspec.Struct, frozen=True):
    """What one click of the reader switches off: the letters about these events, for one account."""

    user_id: ObjectId
    events: tuple[str, ...]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a letter tells of: a sentence, what a person wrote, and what one has to know of it, such as an
    amount, a date and the next step. `path` is where it is on this site. The first of several about one thing has its
    `heading`, in a letter that is ordered by things.
    """

    sentence: str
    path: str
    heading: str = ""
    words: str = ""
    facts: tuple[str, ...] = ()


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is written to somebody. `note` is the small print: why they get it, or what to do if it was not them. `name`
    is "" if it is not known whose address that is. A letter that is not about the account's security says by `stop` how
    to end it. A letter about news has `items` instead of paragraphs; the only one has its sentence in the subject.
    """

    to: str
    name: str
    subject: str
    paragraphs: list[str] = []
    items: list[Item] = []
    action: Action | None = None
    note: str | None = None
    stop: Stop | None = None


class Mail(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A letter of some kind that is to be written and sent. `key` is unique, so no fact is written of twice.

    `data` is what its composer needs: ids, never a secret and never a text. Once it is over, `due_at` is gone and
    `data` is empty, and one of `sent_at`, `dropped` (nobody wants it any longer) and `given_up_at` says how it ended.
    """

    id: ObjectId
    key: str
    kind: str
    data: dict[str, Any]
    attempts: int = 0
    due_at: datetime | None = None
    claimed_until: datetime | None = None
    sent_at: datetime | None = None
    given_up_at: datetime | None = None
    dropped: bool = False
    expires_at: datetime | None = None
    created_at: datetime
