"""What both sides read of offers, and what waits for those who got one."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, Viewer, name_of
from gigflow.chat.models import pair_of
from gigflow.core.db import Db, Document, from_document
from gigflow.core.paging import Page, PageRequest
from gigflow.offers import store
from gigflow.offers.models import OPEN_MAX, Offer, OfferStatus, changed_terms
from gigflow.orders.models import Side
from gigflow.turn.models import Item, Reader, Source

# What lists are by (docs/api.md).
STATES: dict[str, tuple[OfferStatus, ...]] = {
    "open": ("sent",),
    "accepted": ("accepted",),
    "ended": ("declined", "countered", "withdrawn", "superseded", "expired", "void", "called_off"),
}


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as its reader reads it, with the other one of its two people, and what everybody in it is called."""

    offer: Offer
    other: Person | None
    names: Mapping[ObjectId, str]
    is_mine: bool

    @property
    def name(self) -> str:
        """What the other one is called."""
        return name_of(None if self.is_left else self.other)

    @property
    def is_left(self) -> bool:
        """Whether the other one is no longer here."""
        return self.other is None or self.other.disabled_at is not None


class Round(msgspec.Struct, frozen=True):
    """One round of a negotiation: its offer, and the words for what it changed in the one before."""

    offer: Offer
    changed: list[str]


def shown(db: Db, viewer: Viewer, offers: list[Offer]) -> list[Shown]:
    """Return these offers as the viewer reads them."""
    me = viewer.user_id
    ids = {each_id for each in offers for each_id in (each.client_id, each.freelancer_id, each.sender_id)}
    people = accounts.people(db, list(ids)) if ids else {}
    names = {each: name_of(people.get(each)) for each in ids}
    return [
        Shown(
            offer=each.as_read_by(me),
            other=people.get(each.other_than(me)),
            names=names,
            is_mine=each.sender_id == me,
        )
        for each in offers
    ]


def rounds_of(db: Db, viewer: Viewer, offer: Offer) -> list[Round]:
    """Return the rounds of the negotiation of an offer that the viewer may see, the first one first; one that was sent
    for a request has but one.
    """
    if offer.request_id:
        return [Round(offer.as_read_by(viewer.user_id), [])]
    known = [each for each in store.find_rounds(db, offer.negotiation_id) if each.is_shown_to(viewer.user_id)]
    before: Mapping[ObjectId, Offer] = {each.id: each for each in known}
    return [
        Round(
            each, changed_terms(before[each.answers], each) if each.answers and each.answers in before else []
        )
        for each in known
    ]


def offers_of(
    db: Db, viewer: Viewer, box: str, states: list[str], page: PageRequest, side: Side | None = None
) -> Page[Shown]:
    """Return what the viewer has got ("received") or sent ("sent") in these of `STATES`, newest first; with `side` only
    those in which they are on it.
    """
    statuses = [status for state in states for status in STATES[state]]
    find = store.find_received if box == "received" else store.find_sent
    found = find(db, viewer.user_id, statuses, page, side)
    return Page(shown(db, viewer, found.rows), found.next)


def offers_on_side(db: Db, viewer: Viewer, side: Side, state: str, page: PageRequest) -> Page[Shown]:
    """Return what the viewer has sent or got on one side in one of `STATES`, newest first."""
    found = store.find_of_side(db, viewer.user_id, side, STATES[state], page)
    return Page(shown(db, viewer, found.rows), found.next)


def offer_counts(db: Db, viewer: Viewer, side: Side) -> dict[str, int]:
    """Return how many offers the viewer has sent or got on one side, by their state."""
    return store.count_of_side(db, viewer.user_id, side)


def open_between(db: Db, viewer: Viewer, other_id: ObjectId, now: datetime) -> list[Offer]:
    """Return the offers between the viewer and another person that can still be accepted."""
    return store.find_open_between(db, pair_of(viewer.user_id, other_id), viewer.user_id, now, OPEN_MAX)


def offers_that_wait(reader: Reader) -> Source:
    """Say which offers wait for somebody's answer."""
    rows, stages = store.waiting_for(reader.viewer.user_id)

    def items(found: list[Document]) -> list[Item]:
        offers = [from_document(row, Offer) for row in found]
        return [_item(each) for each in offers if each.is_open(reader.now)]

    return Source(rows, stages, items)


def _item(offer: Offer) -> Item:
    sentence = (
        "GigFlow offers you this work for {name}. Accept or decline by {by}, or it expires."
        if offer.request_id
        else "{name} offers you this. Accept or decline by {by}, or it expires."
    )
    return Item(
        id=offer.id,
        group="bids",
        kind="answer_offer",
        part=offer.side_of(offer.to_id),
        title=offer.title,
        sentence=sentence,
        action="Read the offer",
        path=offer.path,
        among="offers",
        state="sent",
        since=offer.created_at,
        by=offer.expires_at,
        other_id=offer.other_than(offer.to_id),
    )
