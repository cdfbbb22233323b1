"""What jobs and services ask of a feature that stands on them."""

from datetime import datetime

from gigflow.core.hooks import one
from gigflow.gigs.models import JobTerms, ServiceTerms, Wanted


@one
def visitor_began(what: JobTerms | ServiceTerms | Wanted, as_draft: bool, now: datetime, /) -> str:
    """A visitor sends what only somebody with an account can do: it is kept, and goes on once they have joined. Returns
    the address at which they do. Raises Conflict, TooMany.
    """
