"""What jobs ask of the features that stand on them."""

from datetime import datetime

from gigflow.core.db import Tx
from gigflow.core.hooks import many
from gigflow.gigs.models import Job


@many
def job_closed(tx: Tx, job: Job, now: datetime, /) -> None:
    """A job was closed: what waits for it ends, in the transaction that closed it."""
