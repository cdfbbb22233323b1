"""What requests ask of the offers that are sent for them. Requests know no offer."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.hooks import one
from gigflow.requests.models import Request


@one
def offers_withdrawn(tx: Tx, request: Request, now: datetime, /) -> None:
    """A request was taken back or cancelled, in this transaction: its offers that are still open are withdrawn."""


@one
def holds_offer(db: Db, viewer: Viewer, request_id: ObjectId, /) -> bool:
    """Somebody else asks for a request: whether they have an offer of it that is open or that they have accepted, so
    that they may read what the work is.
    """
