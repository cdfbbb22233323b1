"""What programs see of an order (docs/api.md): the output types of `api` and `admin_api`, and how they are filled."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from bson import ObjectId
from flask import Response

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, name_of
from gigflow.core.clock import now, spoken
from gigflow.core.money import fee_of
from gigflow.files import actions as files
from gigflow.files.api import FileBody, file_bodies
from gigflow.orders import delivering, disputes
from gigflow.orders.dispute_models import Dispute
from gigflow.orders.models import SIDES, Happened, Order, Side
from gigflow.orders.terms_bodies import TermsBody, terms_body, whole_terms_body
from gigflow.orders.turns import next_sentence, next_step, slots_of
from gigflow.payments import actions as payments
from gigflow.payments.models import Entry
from gigflow.web.answers import answer
from gigflow.web.runtime import db, person, runtime


class PartyBody(msgspec.Struct, rename="camel"):
    """One side of an order."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str


class SourceBody(msgspec.Struct, rename="camel"):
    """The door that an order came through: a bid, a service or an offer."""

    type: str
    id: str
    mongo_id: str = msgspec.field(name="_id")


class CancellationBody(msgspec.Struct, rename="camel"):
    """The open cancellation request of one side."""

    by: str
    reason: str
    created_at: datetime
    answer_by: datetime


class OrderBody(msgspec.Struct, rename="camel", kw_only=True):
    """An order as its two sides and admins see it. `next` says who must do what by when, with both sides by their
    names, and what happens if nobody does; once the order has ended, it tells the reader how. `fee` is what GigFlow
    will have if everything is released, and once the order has ended what it had; `released` is what the freelancer
    got, the fee taken off, as in the ledger.
    """

    NAME: ClassVar[str] = "order"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    source: SourceBody
    gig_id: str | None
    title: str
    client_id: str
    freelancer_id: str
    client: PartyBody
    freelancer: PartyBody
    terms: TermsBody
    price: float
    fee: float
    currency: str
    status: str
    next: str
    next_who: str | None
    next_by: datetime | None
    revisions_left: int
    version: int
    cancellation: CancellationBody | None
    released: float
    refunded: float
    pay_by: datetime
    paid_at: datetime | None
    due_at: datetime | None
    accept_by: datetime | None
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime


class EventBody(msgspec.Struct, rename="camel"):
    """A line of the timeline; `released` in its data is before the fee."""

    at: datetime
    actor: str
    name: str
    data: dict[str, str | float]


class DeliveryBody(msgspec.Struct, rename="camel", kw_only=True):
    """What was delivered."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    message: str
    files: list[FileBody]
    created_at: datetime


class StatementBody(msgspec.Struct, rename="camel", kw_only=True):
    """What one side of a dispute says, with files that show it."""

    text: str
    files: list[FileBody]
    at: datetime


class StatementsBody(msgspec.Struct, rename="camel", kw_only=True):
    """The statements of both sides; null if a side has said nothing."""

    client: StatementBody | None
    freelancer: StatementBody | None


class DisputeBody(msgspec.Struct, rename="camel", kw_only=True):
    """A dispute as one side sees it: the other side's number is in nobody's answer. `amount` is what the freelancer got
    when it ended, before the fee.
    """

    NAME: ClassVar[str] = "dispute"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    order_id: str
    by: str
    reason: str
    status: str
    round: int
    round_ends: datetime | None
    my_number: float | None
    other_has_named: bool
    statements: StatementsBody
    amount: float | None
    note: str
    created_at: datetime
    closed_at: datetime | None


class LineBody(msgspec.Struct, rename="camel"):
    """One side of a ledger entry; money that comes to an account is positive."""

    account: str
    amount: float


class EntryBody(msgspec.Struct, rename="camel"):
    """What was booked; the lines sum to zero."""

    what: str
    at: datetime
    lines: list[LineBody]


class LedgerBody(msgspec.Struct, rename="camel"):
    """The money of an order: held = released + fee + refunded + remaining (`released` is what the freelancer got).

    `unsent`, if it is there, belongs to that sum: a refund that did not arrive. `lost` is what the provider took back
    after the end.
    """

    held: float
    released: float
    fee: float
    refunded: float
    remaining: float
    entries: list[EntryBody]
    unsent: float | msgspec.UnsetType = msgspec.UNSET
    lost: float | msgspec.UnsetType = msgspec.UNSET


class OrderDetail(OrderBody, rename="camel", kw_only=True):
    """An order with everything that belongs to it."""

    timeline: list[EventBody]
    deliveries: list[DeliveryBody]
    ledger: LedgerBody
    dispute: DisputeBody | None


class CountsBody(msgspec.Struct, rename="camel"):
    """How many orders there are in each state."""

    active: int
    completed: int
    cancelled: int


class OrderList(msgspec.Struct, rename="camel"):
    """A page of your orders; `next` is the cursor of the next page, `counts` are of all your orders."""

    orders: list[OrderBody]
    next: str | None
    counts: CountsBody


def order_bodies(orders: Sequence[Order], people: Mapping[ObjectId, Person] | None = None) -> list[OrderBody]:
    """Return these orders for programs, with the names of their sides, which one query looks up if they are not
    known.
    """
    people = people or _sides_of(orders)
    return [OrderBody(**_fields(order, people, whole_terms_body(order))) for order in orders]


def order_rows(orders: Sequence[Order]) -> list[OrderBody]:
    """Return the orders of a list for programs: without the long texts, which lists do not read."""
    people = _sides_of(orders)
    return [OrderBody(**_fields(order, people, terms_body(order))) for order in orders]


def detail(order: Order) -> Response:
    """Return the answer that shows an order to the viewer."""
    side = order.side_of(person().user_id)
    people = accounts.people(db(), [order.client_id, order.freelancer_id])
    found = disputes.dispute_of(db(), order) if order.dispute_id else None
    body = OrderDetail(
        **_fields(order, people, whole_terms_body(order)),
        timeline=[EventBody(each.at, each.actor, each.name, _event_data(each)) for each in order.events],
        deliveries=_deliveries(order),
        ledger=_ledger(order),
        dispute=dispute_body(found, side) if found else None,
    )
    return answer(body)


def _sides_of(orders: Sequence[Order]) -> Mapping[ObjectId, Person]:
    return accounts.people(
        db(), [each for order in orders for each in (order.client_id, order.freelancer_id)]
    )


def _fields(order: Order, people: Mapping[ObjectId, Person], terms: TermsBody) -> dict[str, Any]:
    number = runtime().currency.number
    names: dict[Side, str] = {side: name_of(people.get(order.person(side))) for side in SIDES}
    moment = now()
    step = next_step(order, moment)
    reader = None if step.who else order.side_of(person().user_id)
    fee = fee_of(order.released_minor, order.fee_basis_points)
    asked = order.cancellation
    return {
        "id": str(order.id),
        "mongo_id": str(order.id),
        "source": SourceBody(order.source.type, str(order.source.id), str(order.source.id)),
        "gig_id": str(order.gig_id) if order.gig_id else None,
        "title": terms.title,
        "client_id": str(order.client_id),
        "freelancer_id": str(order.freelancer_id),
        "client": _party(order.client_id, names["client"]),
        "freelancer": _party(order.freelancer_id, names["freelancer"]),
        "terms": terms,
        "price": number(order.price_minor),
        "fee": number(fee if order.ended_at else order.fee_minor),
        "currency": runtime().currency.code,
        "status": order.status,
        "next": next_sentence(step, reader, moment).format(
            by=spoken(step.by) if step.by else "", **names, **slots_of(order, runtime().currency.format)
        ),
        "next_who": step.who,
        "next_by": step.by,
        "revisions_left": order.revisions_left,
        "version": order.version,
        "cancellation": CancellationBody(asked.by, asked.reason, asked.at, asked.answer_by)
        if asked
        else None,
        "released": number(order.released_minor - fee),
        "refunded": number(order.refunded_minor),
        "pay_by": order.pay_by,
        "paid_at": order.paid_at,
        "due_at": order.due_at,
        "accept_by": order.accept_by,
        "ended_at": order.ended_at,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def _event_data(event: Happened) -> dict[str, str | float]:
    """Return what belongs to a line of the timeline: amounts in units of the currency, as everywhere in the API."""
    return {
        name.removesuffix("_minor"): runtime().currency.number(value)
        if name.endswith("_minor") and isinstance(value, int)
        else value
        for name, value in event.data.items()
    }


def _deliveries(order: Order) -> list[DeliveryBody]:
    found = delivering.deliveries_of(db(), order)
    known = files.files_by_id(db(), [each for delivery in found for each in delivery.file_ids])
    return [
        DeliveryBody(
            id=str(delivery.id),
            mongo_id=str(delivery.id),
            message=delivery.message,
            files=file_bodies(known, delivery.file_ids),
            created_at=delivery.created_at,
        )
        for delivery in found
    ]


def _ledger(order: Order) -> LedgerBody:
    number = runtime().currency.number
    entries = payments.entries_for(db(), order.id)
    sums = payments.sums_of(order.id, entries)
    return LedgerBody(
        number(sums.held),
        number(sums.released),
        number(sums.fee),
        number(sums.refunded),
        number(sums.remaining),
        [_entry(each) for each in entries],
        number(sums.unsent) if sums.unsent else msgspec.UNSET,
        number(sums.lost) if sums.lost else msgspec.UNSET,
    )


def _entry(entry: Entry) -> EntryBody:
    number = runtime().currency.number
    lines = [LineBody(line.account.partition(":")[0], number(line.amount_minor)) for line in entry.lines]
    return EntryBody(entry.key.partition(":")[0], entry.created_at, lines)


def dispute_body(found: Dispute, side: Side | None) -> DisputeBody:
    """Return a dispute as this side may see it; None for an admin."""
    number = runtime().currency.number
    moment = now()
    is_open = found.status == "open"
    mine = found.offer_of(side, moment) if side and is_open else None
    named = [each for each in found.offers if each != side and found.offer_of(each, moment)]
    return DisputeBody(
        id=str(found.id),
        mongo_id=str(found.id),
        order_id=str(found.order_id),
        by=found.by,
        reason=found.reason,
        status=found.status,
        round=found.round_at(found.closed_at or moment),
        round_ends=found.round_ends(moment) if is_open else None,
        my_number=number(mine.amount_minor) if mine else None,
        other_has_named=bool(named) and is_open,
        statements=StatementsBody(
            client=_statement(found, "client"), freelancer=_statement(found, "freelancer")
        ),
        amount=number(found.released_minor) if found.released_minor is not None else None,
        note=found.note,
        created_at=found.created_at,
        closed_at=found.closed_at,
    )


def _statement(found: Dispute, side: Side) -> StatementBody | None:
    said = found.statements.get(side)
    if said is None:
        return None
    known = files.files_by_id(db(), said.file_ids)
    return StatementBody(text=said.text, files=file_bodies(known, said.file_ids), at=said.at)


def _party(person_id: ObjectId, name: str) -> PartyBody:
    return PartyBody(str(person_id), str(person_id), name)
