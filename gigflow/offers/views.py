"""What the pages of offers show."""

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from bson import ObjectId
from flask import request
from markupsafe import Markup

from gigflow.accounts.models import User
from gigflow.core.clock import now
from gigflow.core.db import is_id, object_id
from gigflow.core.errors import Invalid
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.offers import reading, sending
from gigflow.offers.forms import OfferPageForm
from gigflow.offers.models import EXPIRES_DAYS, ROUNDS_MAX, Offer
from gigflow.offers.reading import STATES, Shown
from gigflow.offers.turns import next_of
from gigflow.orders import actions as orders
from gigflow.orders.models import PAY_WITHIN, Order, Side
from gigflow.orders.turns import silence_sentence
from gigflow.orders.views import Turn
from gigflow.turn.views import turns_in
from gigflow.web.runtime import db, person, runtime
from gigflow.web.sections import Section, Tabs, asked_for, section
from gigflow.web.templating import exact

TABS: Tabs = {
    "open": ("Open", STATES["open"]),
    "accepted": ("Accepted", STATES["accepted"]),
    "ended": ("Ended", STATES["ended"]),
}


class OfferRow(msgspec.Struct, frozen=True):
    """An offer as its reader reads it, with what happens next."""

    shown: Shown
    turn: Turn


def offer_section(side: Side) -> Section:
    """Return what the reader has sent or got on one side."""
    asked = asked_for("offers", TABS, turns_in("offers", part=side))
    page = reading.offers_on_side(db(), person(), side, asked.state, asked.page)
    return section(
        asked, reading.offer_counts(db(), person(), side), page, [_row(each) for each in page.rows]
    )


def asked_like(other: User, side: Side) -> tuple[Subject | None, dict[str, Any]]:
    """Return the order of the two whose terms the address asks for again ("Hire again"), and those terms as a form has
    them.
    """
    text = request.args.get("like", "")
    order = orders.order_of_both(db(), object_id(text), person().user_id, other.id) if is_id(text) else None
    return (Subject("order", order.id), _terms_again(order, side)) if order else (None, {})


def files_again(form: OfferPageForm, other: User) -> list[ObjectId]:
    """Return the files that an offer to this person can have from what its form says that it is like."""
    if form.like.data is None:
        return []
    try:
        return list(sending.files_like(db(), person().user_id, other.id, form.like.data))
    except Invalid:
        return []


def new_form(other: User, side: Side) -> OfferPageForm:
    """Return the form of a first offer, filled with the last terms if the address asks for them."""
    like, terms = asked_like(other, side)
    form = OfferPageForm(formdata=None, data={**terms, "like": like, "idempotency_key": _key()})
    if not terms.get("delivery_days"):
        form.delivery_days.data = None
    return form


def counter_form(offer: Offer) -> OfferPageForm:
    """Return the form that answers an offer, with its terms to begin from."""
    data = {
        "title": offer.title,
        "description": offer.description,
        "price": offer.price_minor,
        "category": offer.category,
        "delivery_days": offer.delivery_days,
        "due_on": offer.due_on,
        "revisions": offer.revisions,
        "file_ids": offer.file_ids,
        "expires_days": EXPIRES_DAYS,
        "idempotency_key": _key(),
    }
    return OfferPageForm(formdata=None, data=data)


def form_context(
    form: OfferPageForm, other: User, side: Side, answered: Offer | None = None
) -> Mapping[str, Any]:
    """Return what the page of the form shows."""
    return {"form": form, "other": other, "side": side, "answered": answered, "pay_days": PAY_WITHIN.days}


def offer_context(offer: Offer) -> Mapping[str, Any]:
    """Return what the page of an offer shows to one of its two people."""
    (shown,) = reading.shown(db(), person(), [offer])
    offer = shown.offer
    rounds = reading.rounds_of(db(), person(), offer)
    side = offer.side_of(person().user_id)
    newest = rounds[-1].offer if rounds else offer
    return {
        "offer": offer,
        "state": offer.shown_status(now()),
        "is_open": offer.is_open(now()),
        "shown": shown,
        "turn": _row(shown).turn,
        "side": side,
        "rounds": rounds if len(rounds) > 1 else [],
        "newest": newest if newest.id != offer.id else None,
        "attached": list(files.files_by_id(db(), offer.file_ids).values()),
        "may_counter": offer.request_id is None and offer.round < ROUNDS_MAX,
        "pay_days": PAY_WITHIN.days,
        "silence": silence_sentence("offer", to_client=side == "client"),
        "payments_off": runtime().gateway is None,
    }


def open_offers_with(other_id: ObjectId) -> list[OfferRow]:
    """Return the open offers between the reader and another person, for the head of their conversation."""
    found = reading.open_between(db(), person(), other_id, now())
    return [_row(each) for each in reading.shown(db(), person(), found)]


def _row(shown: Shown) -> OfferRow:
    offer, names = shown.offer, shown.names
    said = next_of(offer, person().user_id, now())
    text = Markup(said.text).format(  # noqa: S704 - our own words
        by=exact(said.by) if said.by else "",
        sender=Markup("<bdi>{}</bdi>").format(names[offer.sender_id]),
        receiver=Markup("<bdi>{}</bdi>").format(names[offer.to_id]),
    )
    return OfferRow(shown, Turn(text, said.is_mine, offer.path))


def _terms_again(order: Order, side: Side) -> dict[str, Any]:
    terms = order.terms
    sent = terms.file_ids if side == "client" else terms.message_file_ids
    if order.source.type == "offer":  # either side may have sent what both agreed on
        sent = [*terms.file_ids, *terms.message_file_ids]
    return {
        "title": terms.title,
        "description": terms.text,
        "price": terms.price_minor,
        "category": order.category,
        "delivery_days": terms.days,
        "revisions": terms.revisions,
        "file_ids": sent,
    }


def _key() -> str:
    return secrets.token_urlsafe(16)
