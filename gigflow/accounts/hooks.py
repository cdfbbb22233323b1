"""What accounts ask of the features that stand on people."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Kept, Out, User
from gigflow.accounts.parts import Part
from gigflow.core.db import Db, Tx
from gigflow.core.hooks import Many, many, one


@many
def obstacle_to_leaving(db: Db, user_id: ObjectId, now: datetime, /) -> str | None:
    """Somebody wants to delete their account: the sentence that says what has to be finished first, or None."""


leaving: Many[Part] = Many(
    "accounts.leaving",
    """Somebody is shut out, or (`deleted_at`) leaves for good: what is theirs ends. After the transaction that shut the
    account, in pieces that a tick goes on with.""",
)

copying: Many[Part] = Many(
    "accounts.copying",
    """Somebody has another name or availability, or is shut out or back again: copies of it elsewhere are brought up to
    date, in pieces.""",
)


@many
def kept_here() -> tuple[Kept, ...]:
    """A visitor is about to join or to sign in: what waits for that at this browser."""


@many
def arrived(user: User, is_here: bool, now: datetime, /) -> str | None:
    """Somebody has joined, has signed in, or has confirmed their address (`is_here`: and is signed in at this browser):
    the address at which what they began goes on, or None.
    """


@many
def went_out(user_id: ObjectId, /) -> tuple[Out, ...]:
    """Somebody has confirmed their address: what of theirs went out by itself."""


@many
def address_confirmed(tx: Tx, user_id: ObjectId, now: datetime, /) -> None:
    """An account may act from now on: what waits for that is due, in the same transaction."""


@many
def chosen_otherwise(tx: Tx, user_id: ObjectId, now: datetime, /) -> None:
    """Somebody has chosen of what they are told, at which hours letters go, or their time zone: when what waits for its
    letter goes is asked again, in the same transaction.
    """


@one
def stands_otherwise(tx: Tx, user_id: ObjectId, /) -> None:
    """Something has changed by which people are found and ranked (a profile, an account, a live service, a review, work
    that is done): their place in the directory is written again, in the same transaction.
    """
