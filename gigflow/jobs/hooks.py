"""What jobs ask of the features that stand on them."""

from collections.abc import Collection
from datetime import datetime

from gigflow.core.db import Tx
from gigflow.core.hooks import many
from gigflow.gigs.models import Job


@many
def job_changed(tx: Tx, job: Job, before: Job, changed: Collection[str], now: datetime, /) -> None:
    """These of a job's terms are others than before: bids that are for the earlier ones have to be confirmed."""


@many
def job_assigned(tx: Tx, job: Job, now: datetime, /) -> None:
    """Somebody was hired for a job: what waits for it ends, in the transaction that gave it away."""


@many
def job_closed(tx: Tx, job: Job, now: datetime, /) -> None:
    """A job was closed: what waits for it ends, in the transaction that closed it."""
