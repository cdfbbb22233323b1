"""Offers for programs (docs/api.md)."""

import msgspec
from flask import Blueprint, Response, request

from gigflow.accounts.models import Person
from gigflow.bids.api import KEY
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.offers import actions, reading, sending
from gigflow.offers.bodies import NegotiationBody, OfferBody, OfferList, offer_bodies
from gigflow.offers.forms import AcceptForm, DeclineForm, ListForm, OfferForm, SendOfferForm
from gigflow.offers.models import EXPIRES_DAYS, IDEMPOTENCY_KEY_MAX, Offer
from gigflow.offers.reading import STATES
from gigflow.offers.sending import Limits, Sending
from gigflow.orders.bodies import OrderBody, order_bodies
from gigflow.orders.models import PAY_WITHIN, SIDES, Seen, Side
from gigflow.orders.turns import silence_sentence
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind, bind_query
from gigflow.web.limits import limited
from gigflow.web.openapi import CURSOR, LIMIT, Query, describes
from gigflow.web.runtime import db, person, rules, runtime

api = Blueprint("offers_api", __name__, url_prefix="/api/offers")

TAG = "Offers"
STATE = Query(
    "state", "Which: open ones, accepted ones, or ended ones; all if it is left out.", {"enum": list(STATES)}
)
BOX = Query("box", "Those that you got (the default), or that you sent.", {"enum": ["received", "sent"]})
SIDE = Query("side", "Only those in which you are on this side.", {"enum": list(SIDES)})


class AcceptedBody(msgspec.Struct, rename="camel"):
    """What an acceptance made."""

    offer: OfferBody
    order: OrderBody


@api.post("")
@signed_in
@describes(
    "Send an offer",
    TAG,
    OfferBody,
    form=SendOfferForm,
    status=201,
    headers=(KEY,),
    refusals=(403, 404, 409),
    says="As a client you can send offers to freelancers who are listed, and to people whom you share an order or a"
    " conversation with; as a freelancer to people who have written to you, ordered from you or hired you. `like`"
    f" names an order or an offer of you two whose files this one may have, too. It stands for {EXPIRES_DAYS} days"
    " unless you say otherwise.",
)
def send() -> Response:
    """Send an offer; its terms never change. The freelancer receives the price less GigFlow’s fee as it is today."""
    form = bind(SendOfferForm)
    how = Sending(expires_days=form.expires_days.data or EXPIRES_DAYS, like=form.like.data, key=asked_key())
    side: Side = "freelancer" if form.side.data == "freelancer" else "client"
    sent = sending.send_offer(
        db(),
        person(),
        object_id(form.user_id.data),
        side,
        form.terms(),
        how,
        rules=rules(),
        limits=Limits.of(runtime().limits.most),
        now=now(),
    )
    return answer(_one(sent), 201)


@api.get("")
@signed_in
@describes("List your offers, newest first", TAG, OfferList, query=(STATE, BOX, SIDE, LIMIT, CURSOR))
def list_mine() -> Response:
    """Show the offers that you got or sent."""
    form = bind_query(ListForm)
    if form.problems:
        raise Invalid(form.problems)
    states = [form.state.data] if form.state.data else list(STATES)
    side = next((each for each in SIDES if each == form.side.data), None)
    page = reading.offers_of(db(), person(), form.box.data, states, asked_page(), side)
    return answer(OfferList(offer_bodies(page.rows), page.next, len(page.rows)))


@api.get("/<id>")
@signed_in
@describes("Read an offer and the rounds of its negotiation", TAG, NegotiationBody, refusals=(404,))
def show(id: str) -> Response:
    """Show the offer with this id to its two people."""
    offer = actions.offer_for(db(), person(), object_id(id))
    rounds = [each.offer for each in reading.rounds_of(db(), person(), offer)]
    return answer(NegotiationBody(_one(offer), offer_bodies(reading.shown(db(), person(), rounds))))


@api.post("/<id>/accept")
@signed_in
@limited("hires")
@describes(
    "Accept an offer",
    TAG,
    AcceptedBody,
    form=AcceptForm,
    partial=True,
    headers=(KEY,),
    refusals=(403, 404, 409),
    says=f"Nothing is charged yet: the client has {PAY_WITHIN.days} days to pay for the order, or it is cancelled."
    f" {silence_sentence('offer', to_client=True)}",
)
def accept(id: str) -> Response:
    """Accept the offer with this id, all-or-nothing, and get its order. `price` is the price that you saw."""
    form = bind(AcceptForm)
    accepted = actions.accept_offer(
        db(),
        person(),
        object_id(id),
        seen=Seen(form.price.data),
        key=asked_key(),
        rules=rules(),
        gateway=runtime().gateway,
        now=now(),
        most_unpaid=runtime().limits.most("unpaid_orders"),
    )
    (shown,) = reading.shown(db(), person(), [accepted.offer])
    me = Person(id=person().user_id, name=person().name)
    other_id = accepted.offer.other_than(me.id)
    people = {me.id: me, **({other_id: shown.other} if shown.other else {})}
    return answer(AcceptedBody(offer_bodies([shown])[0], order_bodies([accepted.order], people)[0]))


@api.post("/<id>/decline")
@signed_in
@limited("decisions")
@describes(
    "Decline an offer",
    TAG,
    OfferBody,
    form=DeclineForm,
    partial=True,
    refusals=(403, 404, 409),
    says="The other side is told. Declining it again changes nothing.",
)
def decline(id: str) -> Response:
    """Decline the offer with this id, with a reason and a price that would do, if you want to name them."""
    form = bind(DeclineForm)
    declined = actions.decline_offer(
        db(), person(), object_id(id), form.reason.data or "", form.price.data, now()
    )
    return answer(_one(declined))


@api.post("/<id>/withdraw")
@signed_in
@limited("withdrawals")
@describes("Withdraw an offer of yours", TAG, OfferBody, refusals=(403, 404, 409))
def withdraw(id: str) -> Response:
    """Withdraw the offer with this id, so that it can no longer be accepted. Again, it changes nothing."""
    return answer(_one(actions.withdraw_offer(db(), person(), object_id(id), now())))


@api.post("/<id>/counter")
@signed_in
@limited("decisions")
@describes(
    "Answer an offer with other terms",
    TAG,
    OfferBody,
    form=OfferForm,
    status=201,
    headers=(KEY,),
    refusals=(403, 404, 409),
    says="Files of the offer that you answer can be named again. The one that you answer can no longer be accepted.",
)
def counter(id: str) -> Response:
    """Send an offer of yours in answer to the one with this id."""
    form = bind(OfferForm)
    how = Sending(expires_days=form.expires_days.data or EXPIRES_DAYS, key=asked_key())
    sent = sending.counter_offer(db(), person(), object_id(id), form.terms(), how, rules=rules(), now=now())
    return answer(_one(sent), 201)


def asked_key() -> str | None:
    """Return the key that heals a lost answer, if the program sends one. Raises Invalid."""
    key = request.headers.get("Idempotency-Key")
    if key and len(key) > IDEMPOTENCY_KEY_MAX:
        raise Invalid({"Idempotency-Key": [f"At most {IDEMPOTENCY_KEY_MAX} characters."]})
    return key or None


def _one(offer: Offer) -> OfferBody:
    return offer_bodies(reading.shown(db(), person(), [offer]))[0]
