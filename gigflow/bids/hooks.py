"""What bids ask of the features that stand beside them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gigflow.accounts.models import Viewer
from gigflow.bids.models import Bid
from gigflow.core.db import Db, Tx
from gigflow.core.hooks import many
from gigflow.gigs.models import Job


@many
def bid_placed(tx: Tx, job: Job, bid: Bid, now: datetime, /) -> None:
    """Somebody has bid on a job, in this transaction: what waited for that ends."""


@many
def beside_bids(db: Db, reader: Viewer | None, job: Job, /) -> Mapping[str, Any]:
    """The page of a job is shown to a reader: what else stands there beside the bids, by the names that its template
    knows.
    """
