"""What services ask of the features that stand on them."""

from datetime import datetime

from gigflow.core.db import Tx
from gigflow.core.hooks import many
from gigflow.gigs.models import Service


@many
def service_archived(tx: Tx, service: Service, now: datetime, /) -> None:
    """Its owner archives a service: what waits for it ends, in the same transaction."""
