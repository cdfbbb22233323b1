"""Disputes as they are stored: both sealed numbers, and what each side says (docs/domain.md, Dispute)."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.orders.models import Actor, Side

ROUND = timedelta(days=1)  # in which each side of a dispute may name one number


class SealedOffer(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the held money (gross) one side says the freelancer should get, in one round."""

    amount_minor: int
    round: int
    at: datetime


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What one side of a dispute says, with files (of the feature `files`) that show it."""

    text: str
    file_ids: list[ObjectId] = []
    at: datetime


class Dispute(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A dispute: nobody agrees. Both sealed numbers are in here and leave it only for the side that named them."""

    id: ObjectId
    order_id: ObjectId
    by: Actor
    reason: str
    status: Literal["open", "settled", "decided", "resumed"] = "open"
    offers: dict[Side, SealedOffer] = {}
    statements: dict[Side, Statement] = {}
    released_minor: int | None = None
    note: str = ""
    decided_by: ObjectId | None = None
    created_at: datetime
    closed_at: datetime | None = None

    def round_at(self, now: datetime) -> int:
        """Return the number of the round that `now` is in; the first is 1."""
        return round_of(self.created_at, now)

    def round_ends(self, now: datetime) -> datetime:
        """Return when the next round begins."""
        return self.created_at + self.round_at(now) * ROUND

    def offer_of(self, side: Side, now: datetime) -> SealedOffer | None:
        """Return the number that this side named in the present round, or None: those of earlier rounds no longer
        count.
        """
        offer = self.offers.get(side)
        return offer if offer and offer.round == self.round_at(now) else None


def round_of(began: datetime, now: datetime) -> int:
    """Return the number of the round that `now` is in, if the rounds began then."""
    return 1 + max(0, (now - began) // ROUND)
