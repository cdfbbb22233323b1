"""Offers as programs see them (docs/api.md, Objects)."""

from datetime import date, datetime
from typing import ClassVar

import msgspec
from bson import ObjectId

from gigflow.core.clock import now, spoken
from gigflow.files import actions as files
from gigflow.files.api import FileBody, file_bodies
from gigflow.offers.reading import Shown
from gigflow.offers.turns import next_of
from gigflow.web.runtime import db, person, runtime


class PartyBody(msgspec.Struct, rename="camel"):
    """One of the two people of an offer."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str


class OfferBody(msgspec.Struct, rename="camel", kw_only=True):
    """An offer as its two people see it: terms that `from` has sent `to`. It never changes but for its `status`; other
    terms are another offer of the same negotiation, which `answers` the one before it. There is a `dueOn`, or
    `deliveryDays` from payment. `fee` and `net` are there for the freelancer. `next` says what happens next, or what
    became of it; while it is open, `nextBy` is the time in it.

    If its `kind` is `request`, an admin has sent it for the request `requestId` of the `client`. Once it has ended
    without them, the freelancer no longer reads its description, its note and its files.
    """

    NAME: ClassVar[str] = "offer"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    kind: str
    title: str
    description: str
    category: str
    price: float
    fee: float | msgspec.UnsetType = msgspec.UNSET
    net: float | msgspec.UnsetType = msgspec.UNSET
    delivery_days: int | None
    due_on: date | None
    revisions: int
    files: list[FileBody]
    note: str
    status: str
    next: str
    next_by: datetime | None
    expires_at: datetime
    side: str
    request_id: str | None
    client: PartyBody
    freelancer: PartyBody
    sender: PartyBody = msgspec.field(name="from")
    receiver: PartyBody = msgspec.field(name="to")
    negotiation_id: str
    answers: str | None
    round: int
    reason: str
    wanted_price: float | None
    order_id: str | None
    ended_at: datetime | None
    created_at: datetime


class OfferList(msgspec.Struct, rename="camel"):
    """A page of offers; `next` is the cursor of the next page, `count` how many are on this one."""

    offers: list[OfferBody]
    next: str | None
    count: int


class NegotiationBody(msgspec.Struct, rename="camel"):
    """An offer and, the first one first, the rounds of its negotiation."""

    offer: OfferBody
    rounds: list[OfferBody]


def offer_bodies(shown: list[Shown]) -> list[OfferBody]:
    """Return these offers for programs."""
    attached = files.files_by_id(db(), [each for one in shown for each in one.offer.file_ids])
    return [_body(one, file_bodies(attached, one.offer.file_ids)) for one in shown]


def _body(shown: Shown, attached: list[FileBody]) -> OfferBody:
    offer, number = shown.offer, runtime().currency.number
    reader, moment = person(), now()
    side, said = offer.side_of(reader.user_id), next_of(offer, reader.user_id, moment)
    body = OfferBody(
        id=str(offer.id),
        mongo_id=str(offer.id),
        kind=offer.kind,
        title=offer.title,
        description=offer.description,
        category=offer.category,
        price=number(offer.price_minor),
        delivery_days=None if offer.due_on else offer.days,
        due_on=offer.due_on.date() if offer.due_on else None,
        revisions=offer.revisions,
        files=attached,
        note=offer.note,
        status=offer.shown_status(moment),
        next=said.text.format(
            by=spoken(said.by, reader.time_zone or "UTC") if said.by else "",
            sender=shown.names[offer.sender_id],
            receiver=shown.names[offer.to_id],
        ),
        next_by=said.by if offer.is_open(moment) else None,
        expires_at=offer.expires_at,
        side=side,
        request_id=str(offer.request_id) if offer.request_id else None,
        client=_party(shown, offer.client_id),
        freelancer=_party(shown, offer.freelancer_id),
        sender=_party(shown, offer.sender_id),
        receiver=_party(shown, offer.to_id),
        negotiation_id=str(offer.negotiation_id),
        answers=str(offer.answers) if offer.answers else None,
        round=offer.round,
        reason=offer.reason,
        wanted_price=number(offer.wanted_minor) if offer.wanted_minor else None,
        order_id=str(offer.order_id) if offer.order_id else None,
        ended_at=offer.ended_at,
        created_at=offer.created_at,
    )
    if side == "freelancer":
        body.fee, body.net = number(offer.fee_minor), number(offer.net_minor)
    return body


def _party(shown: Shown, user_id: ObjectId) -> PartyBody:
    return PartyBody(str(user_id), str(user_id), shown.names[user_id])
