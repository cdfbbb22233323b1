"""What conversations ask of the features in which people meet. Conversations know none of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat.models import About, Began, Relation, Thing
from gigflow.core.db import Db, Tx
from gigflow.core.hooks import many, one, one_for_each


@many
def may_talk(db: Db, viewer: Viewer, other_id: ObjectId, about: About, /) -> Relation | None:
    """Somebody wants to write to another person about something: whether the two already share a bid or an order
    ("partner"), whether one may write to the other all the same ("stranger"), or None. One yes is enough.
    """


@one
def about_order(db: Db, order_id: ObjectId, /) -> About | None:
    """Somebody wants to write about an order: what its two sides talk about, which is the job or service that it came
    of, if there is one; None if there is no such order.
    """


@many
def must_talk(db: Db, one_id: ObjectId, other_id: ObjectId, about: About, /) -> bool:
    """One of the two has blocked the other: whether they have an order under way, in whose conversation they can write
    to each other all the same.
    """


@many
def obstacle_to_blocking(db: Db, viewer: Viewer, other_id: ObjectId, /) -> str | None:
    """Somebody wants to block another person: the sentence that says why they cannot now, or None."""


@many
def has_paid(db: Db, one_id: ObjectId, other_id: ObjectId, /) -> bool:
    """A message speaks of paying elsewhere: whether one of the two has ever paid the other here."""


@many
def blocked(tx: Tx, viewer: Viewer, other_id: ObjectId, now: datetime, /) -> None:
    """The viewer has blocked another person, in this transaction: what else came from them reaches the viewer no
    longer. Nobody tells the other.
    """


@many
def keeps_words(db: Db, one_id: ObjectId, other_id: ObjectId, /) -> bool:
    """One of the two leaves for good: whether what they wrote to each other stays, since both may need it."""


@many
def began(
    db: Db,
    people: Sequence[ObjectId],
    about: About,
    after: datetime | None,
    until: datetime | None,
    most: int,
    /,
) -> list[Began]:
    """What two people say about a thing is shown: what they began about it after a time and up to another (None: no
    bound), in its order; of more than `most` the newest.
    """


@one_for_each("gig", "order")
def things(db: Db, ids: Collection[ObjectId], /) -> Mapping[ObjectId, Thing]:
    """Conversations about things of a kind are shown: what those are called, and where their pages are, by id."""
