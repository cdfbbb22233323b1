"""Orders for programs (API.md)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId
from flask import Blueprint, Response, request

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import LEFT_NAME, Person
from gigflow.core.clock import now, spoken
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.core.paging import page_request
from gigflow.files import actions as files
from gigflow.files.api import FileBody, file_body
from gigflow.orders import actions, cancelling, disputes
from gigflow.orders.forms import (
    AnswerForm,
    CancelForm,
    ChangesForm,
    DeliverForm,
    DisputeForm,
    NumberForm,
)
from gigflow.orders.models import FILES_MAX, STATES, Dispute, Order, Side, next_sentence, next_step
from gigflow.payments import actions as payments
from gigflow.payments.models import Entry
from gigflow.web.auth import signed_in
from gigflow.web.forms import bind
from gigflow.web.openapi import CURSOR, LIMIT, Query, answer, describes
from gigflow.web.runtime import db, person, runtime
from gigflow.web.uploads import bind_files, takes_files

api = Blueprint("orders_api", __name__, url_prefix="/api/orders")

STATE = Query(
    "state", f"Which, separated by commas: {', '.join(STATES)}; all where it is not said.", {"type": "string"}
)
SIDE = Query("side", "Only those in which one is on this side.", {"enum": ["client", "freelancer"]})
REFUSALS = (403, 404, 409)


class PartyBody(msgspec.Struct, rename="camel"):
    """One side of an order."""

    id: str
    name: str


class SourceBody(msgspec.Struct, rename="camel"):
    """The door that an order came through: a bid, a service or an offer."""

    type: str
    id: str


class TermsBody(msgspec.Struct, rename="camel"):
    """What was agreed; no later edit changes it."""

    title: str
    text: str
    message: str
    price: float
    delivery_days: int | None
    revisions: int


class CancellationBody(msgspec.Struct, rename="camel"):
    """The open wish of one side to cancel."""

    by: str
    reason: str
    created_at: datetime
    answer_by: datetime


class OrderBody(msgspec.Struct, rename="camel", kw_only=True):
    """An order as its two sides and admins see it. `next` says who must do what by when."""

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
    """A line of the timeline. Amounts in `data` are minor units."""

    at: datetime
    actor: str
    name: str
    data: dict[str, str | int]


class DeliveryBody(msgspec.Struct, rename="camel", kw_only=True):
    """What was handed in."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    message: str
    files: list[FileBody]
    created_at: datetime


class DisputeBody(msgspec.Struct, rename="camel", kw_only=True):
    """A dispute as one side sees it: the other side's number is in nobody's answer."""

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
    released: float | None
    note: str
    created_at: datetime
    closed_at: datetime | None


class LineBody(msgspec.Struct, rename="camel"):
    """One side of a ledger entry; what comes to an account is positive."""

    account: str
    amount: float


class EntryBody(msgspec.Struct, rename="camel"):
    """What was booked; the lines sum to zero."""

    what: str
    at: datetime
    lines: list[LineBody]


class LedgerBody(msgspec.Struct, rename="camel"):
    """The money of an order: held = released + fee + refunded + remaining (`released` is what the freelancer got)."""

    held: float
    released: float
    fee: float
    refunded: float
    remaining: float
    entries: list[EntryBody]


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
    """A page of one's orders; `next` is the cursor of the page after it, `counts` are of all one's orders."""

    orders: list[OrderBody]
    next: str | None
    counts: CountsBody


def order_bodies(orders: Sequence[Order]) -> list[OrderBody]:
    """These orders for programs, with the names of their sides, in one query."""
    people = accounts.people(
        db(), [each for order in orders for each in (order.client_id, order.freelancer_id)]
    )
    return [OrderBody(**_fields(order, people)) for order in orders]


@api.get("")
@signed_in
@describes("One's orders, newest first", "Orders", OrderList, query=(STATE, SIDE, LIMIT, CURSOR))
def list_mine() -> Response:
    """The viewer's orders on either side (seed 003, Orders Management)."""
    side = _side()
    wanted = page_request(request.args.get("limit"), request.args.get("cursor"))
    page = actions.orders_of(db(), person(), wanted_states(), wanted, side)
    counts = CountsBody(**actions.counts_of(db(), person(), side))
    return answer(OrderList(order_bodies(page.rows), page.next, counts))


@api.get("/<id>")
@signed_in
@describes("An order with its timeline, deliveries and ledger", "Orders", OrderDetail, refusals=(404,))
def show(id: str) -> Response:
    """An order of one's own; admins see all."""
    return detail(actions.order_for(db(), person(), object_id(id)))


@api.post("/<id>/deliver")
@signed_in
@takes_files(FILES_MAX)
@describes("Hand the work in", "Orders", OrderDetail, form=DeliverForm, refusals=REFUSALS)
def deliver(id: str) -> Response:
    """Deliver: JSON with a message, or multipart with files too."""
    actions.check_may_deliver(db(), person(), object_id(id))
    form = bind_files(DeliverForm)
    runtime().limits.spend("uploads", person().user_id)
    sent = files.store_files(db(), person(), form.files.data, now())
    return detail(actions.deliver(db(), person(), object_id(id), form.message.data, sent, now()))


@api.post("/<id>/revise")
@signed_in
@describes("Ask for changes to a delivery", "Orders", OrderDetail, form=ChangesForm, refusals=REFUSALS)
def revise(id: str) -> Response:
    """Send a delivery back, while revisions are left."""
    order = actions.order_for(db(), person(), object_id(id))
    message = bind(ChangesForm).message.data
    return detail(actions.ask_for_changes(db(), person(), order.id, message, now()))


@api.post("/<id>/accept")
@signed_in
@describes("Accept a delivery: the money is released", "Orders", OrderDetail, refusals=REFUSALS)
def accept(id: str) -> Response:
    """Accept the delivery."""
    return detail(actions.accept(db(), person(), object_id(id), now()))


@api.post("/<id>/cancel")
@signed_in
@describes(
    "Call an unpaid order off, or ask to cancel a paid one",
    "Orders",
    OrderDetail,
    form=CancelForm,
    refusals=REFUSALS,
)
def cancel(id: str) -> Response:
    """Say that one does not want to go on (seed 003, Cancellation of Orders)."""
    order = actions.order_for(db(), person(), object_id(id))
    return detail(cancelling.cancel(db(), person(), order.id, bind(CancelForm).reason.data or "", now()))


@api.delete("/<id>/cancel")
@signed_in
@describes("Take one's wish to cancel back", "Orders", OrderDetail, refusals=REFUSALS)
def take_back(id: str) -> Response:
    """Go on after all."""
    return detail(cancelling.take_back(db(), person(), object_id(id), now()))


@api.post("/<id>/cancel/answer")
@signed_in
@describes("Answer the wish to cancel", "Orders", OrderDetail, form=AnswerForm, refusals=REFUSALS)
def answer_cancel(id: str) -> Response:
    """Agree, and the money goes back; or do not, and the work goes on."""
    order = actions.order_for(db(), person(), object_id(id))
    return detail(cancelling.answer(db(), person(), order.id, agree=bind(AnswerForm).agree.data, now=now()))


@api.post("/<id>/dispute")
@signed_in
@describes("Dispute an order", "Orders", OrderDetail, form=DisputeForm, refusals=REFUSALS)
def dispute(id: str) -> Response:
    """Say what is wrong; from then on both sides name numbers, or an admin decides."""
    order = actions.order_for(db(), person(), object_id(id))
    return detail(disputes.dispute(db(), person(), order.id, bind(DisputeForm).reason.data, now()))


@api.post("/<id>/dispute/offer")
@signed_in
@describes("Name a sealed number in a dispute", "Orders", OrderDetail, form=NumberForm, refusals=REFUSALS)
def name_number(id: str) -> Response:
    """Say in secret how much the freelancer should get; where the numbers meet, it is settled at once."""
    order = actions.order_for(db(), person(), object_id(id))
    return detail(disputes.name_number(db(), person(), order.id, bind(NumberForm).amount.data, now()))


def wanted_states() -> list[str]:
    """The states that a query asks for. Raises Invalid."""
    wanted = [name for name in (request.args.get("state") or "").split(",") if name]
    if any(name not in STATES for name in wanted):
        raise Invalid({"state": [f"Of these, separated by commas: {', '.join(STATES)}."]})
    return list(dict.fromkeys(wanted)) or list(STATES)


def _side() -> Side | None:
    match request.args.get("side"):
        case None | "":
            return None
        case "client":
            return "client"
        case "freelancer":
            return "freelancer"
        case _:
            raise Invalid({"side": ["client or freelancer."]})


def detail(order: Order) -> Response:
    """The answer that shows an order to the viewer."""
    side = order.side_of(person().user_id)
    people = accounts.people(db(), [order.client_id, order.freelancer_id])
    found = disputes.dispute_of(db(), order) if order.dispute_id else None
    body = OrderDetail(
        **_fields(order, people),
        timeline=[EventBody(each.at, each.actor, each.name, each.data) for each in order.events],
        deliveries=_deliveries(order),
        ledger=_ledger(order),
        dispute=dispute_body(found, side) if found else None,
    )
    return answer(body)


def _fields(order: Order, people: dict[ObjectId, Person]) -> dict[str, Any]:
    number = runtime().currency.number
    names: dict[Side, str] = {
        side: people[order.person(side)].name if order.person(side) in people else LEFT_NAME
        for side in ("client", "freelancer")
    }
    step = next_step(order)
    asked = order.cancellation
    terms = order.terms
    return {
        "id": str(order.id),
        "mongo_id": str(order.id),
        "source": SourceBody(order.source.type, str(order.source.id)),
        "gig_id": str(order.gig_id) if order.gig_id else None,
        "title": terms.title,
        "client_id": str(order.client_id),
        "freelancer_id": str(order.freelancer_id),
        "client": PartyBody(str(order.client_id), names["client"]),
        "freelancer": PartyBody(str(order.freelancer_id), names["freelancer"]),
        "terms": TermsBody(
            terms.title,
            terms.text,
            terms.message,
            number(terms.price_minor),
            terms.delivery_days,
            terms.revisions,
        ),
        "price": number(order.price_minor),
        "fee": number(order.fee_minor),
        "currency": runtime().currency.code,
        "status": order.status,
        "next": next_sentence(step, names, None, spoken(step.by) if step.by else None),
        "next_who": step.who,
        "next_by": step.by,
        "revisions_left": order.revisions_left,
        "cancellation": CancellationBody(asked.by, asked.reason, asked.at, asked.answer_by)
        if asked
        else None,
        "released": number(order.released_minor),
        "refunded": number(order.refunded_minor),
        "pay_by": order.pay_by,
        "paid_at": order.paid_at,
        "due_at": order.due_at,
        "accept_by": order.accept_by,
        "ended_at": order.ended_at,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def _deliveries(order: Order) -> list[DeliveryBody]:
    found = actions.deliveries_of(db(), order)
    known = files.files_by_id(db(), [each for delivery in found for each in delivery.file_ids])
    return [
        DeliveryBody(
            id=str(delivery.id),
            mongo_id=str(delivery.id),
            message=delivery.message,
            files=[file_body(known[each]) for each in delivery.file_ids if each in known],
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
    )


def _entry(entry: Entry) -> EntryBody:
    number = runtime().currency.number
    lines = [LineBody(line.account.partition(":")[0], number(line.amount_minor)) for line in entry.lines]
    return EntryBody(entry.key.partition(":")[0], entry.created_at, lines)


def dispute_body(found: Dispute, side: Side | None) -> DisputeBody:
    """A dispute as this side may see it; None for an admin."""
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
        released=number(found.released_minor) if found.released_minor is not None else None,
        note=found.note,
        created_at=found.created_at,
        closed_at=found.closed_at,
    )
