"""Who must do what by when in a request, in one sentence with the slots `{by}` and `{count}` (docs/domain.md, What
next).
"""

from datetime import datetime
from typing import NamedTuple

from gigflow.requests.models import Request

_REJECTED = {
    True: "You have to change it and send it again, or post it as an open job.",
    False: "The client has to change it and send it again, or post it as an open job.",
}
_OVER = {
    "posted": "It was posted as an open job.",
    "completed": "The work is done.",
    "cancelled": "It was cancelled.",
}


class Next(NamedTuple):
    """The sentence, and the time in it, if it has one. `is_mine`: it is the client's turn."""

    text: str
    by: datetime | None = None
    is_mine: bool = False


def next_of(request: Request, *, for_client: bool, anybody_looks: bool, now: datetime) -> Next:
    """Return what happens next with a request, as its client reads it or an admin; `anybody_looks` says whether there
    are admins.
    """
    if request.status == "pending":
        return _of_pending(request, anybody_looks, now)
    if request.status == "assigned":
        text = (
            "{count} freelancers have to answer by {by}, or their offers expire."
            if request.open_offers > 1
            else "A freelancer has to answer by {by}, or the offer expires."
        )
        return Next(text, request.offers_until)
    if request.status == "rejected":
        return Next(_REJECTED[for_client], is_mine=for_client)
    if request.status == "matched":
        return Next("A freelancer has taken it on. It goes on with the order.")
    return Next(_OVER[request.status])


def _of_pending(request: Request, anybody_looks: bool, now: datetime) -> Next:
    if not anybody_looks:
        return Next("Nobody looks after requests here yet. Post it as an open job.", is_mine=True)
    if request.look_by < now:
        return Next("GigFlow should have reviewed it by {by}.", request.look_by)
    return Next("GigFlow has to review it by {by}.", request.look_by)
