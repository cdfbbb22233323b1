"""What happens next with an offer, or what became of it, in one sentence with the slots `{sender}`, `{receiver}` and
`{by}` (docs/domain.md, What next).
"""

from datetime import datetime
from typing import NamedTuple

from bson import ObjectId

from gigflow.offers.models import Offer, OfferStatus

# What a refusal says of an offer that has ended.
OVER: dict[OfferStatus, str] = {
    "accepted": "This offer was accepted.",
    "declined": "This offer was declined.",
    "countered": "This offer was answered with other terms.",
    "withdrawn": "This offer was withdrawn.",
    "superseded": "Another freelancer was quicker to accept this.",
    "expired": "This offer has expired.",
    "void": "This offer ended because an account was closed.",
    "called_off": "The order of this offer was cancelled before it was paid.",
}


class Next(NamedTuple):
    """The sentence, and the time in it, if it has one. `is_mine`: it is the reader's turn."""

    text: str
    by: datetime | None = None
    is_mine: bool = False


def next_of(offer: Offer, reader_id: ObjectId, now: datetime) -> Next:
    """Return what happens next with an offer, as one of its two people reads it, or an admin."""
    status = offer.shown_status(now)
    got, sent = reader_id == offer.to_id, reader_id == offer.sender_id
    match status:
        case "sent" if got:
            return Next("You have to accept or decline by {by}, or it expires.", offer.expires_at, True)
        case "sent":
            return Next("{receiver} has to answer by {by}, or it expires.", offer.expires_at)
        case "accepted":
            return Next("You accepted this offer." if got else "{receiver} accepted this offer.")
        case "declined":
            return Next("You declined this offer." if got else "{receiver} declined this offer.")
        case "countered":
            return Next("You answered with other terms." if got else "{receiver} answered with other terms.")
        case "withdrawn" if offer.request_id:
            return Next("GigFlow withdrew this offer.")
        case "withdrawn":
            return Next("You withdrew this offer." if sent else "{sender} withdrew this offer.")
        case "expired":
            return Next("This offer expired on {by} without an answer.", offer.expires_at)
        case _:
            return Next(OVER[status])
