"""What accounts ask of the features that stand on people."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.parts import Part
from gigflow.core.db import Db
from gigflow.core.hooks import Many, many


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
