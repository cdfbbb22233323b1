"""Offers for people."""

import secrets
from collections.abc import Callable
from typing import Literal

from bson import ObjectId
from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Conflict
from gigflow.core.files import FILES_MAX
from gigflow.files.views import keep_sent, name_files
from gigflow.offers import actions, sending
from gigflow.offers.forms import AcceptPageForm, DeclineForm, OfferPageForm
from gigflow.offers.models import EXPIRES_DAYS, IDEMPOTENCY_KEY_MAX, Offer
from gigflow.offers.sending import Limits, Sending
from gigflow.offers.views import counter_form, files_again, form_context, new_form, offer_context
from gigflow.orders.models import Seen, Side
from gigflow.web.auth import signed_in
from gigflow.web.forms import Form
from gigflow.web.htmx import go, render, render_question
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person, rules, runtime
from gigflow.web.uploads import takes_files

pages = Blueprint("offers", __name__)


@pages.get("/offers/new")
@signed_in
def new() -> Response:
    """Show the form of an offer to the person whom the address names (`to`), as a client or (`side`) a freelancer;
    `like` an order of the two, if the address names one.
    """
    side = _asked_side()
    other = sending.person_to_offer(db(), person(), object_id(request.args.get("to")), side)
    return _form_page(new_form(other, side), other, side)


@pages.post("/offers/new")
@signed_in
@takes_files(FILES_MAX)
def send() -> Response:
    """Send it, and show it."""
    side = _asked_side()
    form = OfferPageForm()
    keep_sent(form)
    to_id = object_id(request.args.get("to"))
    sent = _sent(
        form,
        lambda: sending.send_offer(
            db(),
            person(),
            to_id,
            side,
            form.terms(),
            _how(form),
            rules=rules(),
            limits=Limits.of(runtime().limits.most),
            now=now(),
        ),
    )
    if sent:
        return go(sent.path)
    return _form_page(form, sending.person_to_offer(db(), person(), to_id, side), side)


@pages.get("/offers/<offer_id>")
@signed_in
def show(offer_id: str) -> Response:
    """Show an offer, and the rounds of its negotiation, to its two people. Admins, and the client whose request it is
    for, go on to that request.
    """
    offer = actions.offer_for(db(), person(), object_id(offer_id))
    if offer.request_id and person().user_id != offer.to_id:
        return go(f"/requests/{offer.request_id}")
    return _offer_page(offer, Form(formdata=None))


@pages.get("/offers/<offer_id>/accept")
@signed_in
def ask_accept(offer_id: str) -> Response:
    """Ask before accepting, naming the price; the form carries what was shown."""
    offer = actions.received_offer(db(), person(), object_id(offer_id))
    actions.check_open(db(), person(), offer, now())
    data = {"price": offer.price_minor, "idempotency_key": secrets.token_urlsafe(16)}
    return _question("accept", "Accept the offer", offer, AcceptPageForm(formdata=None, data=data))


@pages.post("/offers/<offer_id>/accept")
@signed_in
@limited("hires", in_form=True)
def accept(offer_id: str) -> Response:
    """Accept it, and show the order."""
    offer = actions.received_offer(db(), person(), object_id(offer_id))
    form = AcceptPageForm()
    key = (form.idempotency_key.data or "")[:IDEMPOTENCY_KEY_MAX]
    done = form.perform(
        lambda: actions.accept_offer(
            db(),
            person(),
            offer.id,
            seen=Seen(form.price.data),
            key=key or None,
            rules=rules(),
            gateway=runtime().gateway,
            now=now(),
            most_unpaid=runtime().limits.most("unpaid_orders"),
        )
    )
    return go(done.order.path) if done else _question("accept", "Accept the offer", offer, form)


@pages.get("/offers/<offer_id>/decline")
@signed_in
def ask_decline(offer_id: str) -> Response:
    """Ask before declining, with fields for a reason and a price that would do."""
    offer = actions.received_offer(db(), person(), object_id(offer_id))
    actions.check_open(db(), person(), offer, now())
    return _question("decline", "Decline the offer", offer, DeclineForm(formdata=None))


@pages.post("/offers/<offer_id>/decline")
@signed_in
@limited("decisions", in_form=True)
def decline(offer_id: str) -> Response:
    """Decline it, and show what became of it."""
    offer = actions.received_offer(db(), person(), object_id(offer_id))
    form = DeclineForm()
    done = form.perform(
        lambda: actions.decline_offer(
            db(), person(), offer.id, form.reason.data or "", form.price.data, now()
        )
    )
    return go(done.path) if done else _question("decline", "Decline the offer", offer, form)


@pages.get("/offers/<offer_id>/withdraw")
@signed_in
def ask_withdraw(offer_id: str) -> Response:
    """Ask before withdrawing."""
    offer = actions.sent_offer(db(), person(), object_id(offer_id))
    actions.check_open(db(), person(), offer, now())
    return _question("withdraw", "Withdraw your offer", offer, Form(formdata=None))


@pages.post("/offers/<offer_id>/withdraw")
@signed_in
@limited("withdrawals", in_form=True)
def withdraw(offer_id: str) -> Response:
    """Withdraw it, and show what became of it."""
    offer = actions.sent_offer(db(), person(), object_id(offer_id))
    form = Form()
    done = form.perform(lambda: actions.withdraw_offer(db(), person(), offer.id, now()))
    return go(done.path) if done else _question("withdraw", "Withdraw your offer", offer, form)


@pages.get("/offers/<offer_id>/counter")
@signed_in
def ask_counter(offer_id: str) -> Response:
    """Show the form that answers an offer, with its terms to begin from."""
    offer = actions.received_offer(db(), person(), object_id(offer_id))
    actions.check_open(db(), person(), offer, now())
    return _counter_page(counter_form(offer), offer)


@pages.post("/offers/<offer_id>/counter")
@signed_in
@limited("decisions", in_form=True)
@takes_files(FILES_MAX)
def counter(offer_id: str) -> Response:
    """Answer it with other terms, and show the new offer."""
    offer = actions.received_offer(db(), person(), object_id(offer_id))
    form = OfferPageForm()
    keep_sent(form)
    sent = _sent(
        form,
        lambda: sending.counter_offer(
            db(), person(), offer.id, form.terms(), _how(form), rules=rules(), now=now()
        ),
    )
    return go(sent.path) if sent else _counter_page(form, offer)


def _asked_side() -> Side:
    return "freelancer" if request.args.get("side") == "freelancer" else "client"


def _how(form: OfferPageForm) -> Sending:
    key = (form.idempotency_key.data or "")[:IDEMPOTENCY_KEY_MAX]
    return Sending(expires_days=form.expires_days.data or EXPIRES_DAYS, like=form.like.data, key=key or None)


def _sent(form: OfferPageForm, send: Callable[[], Offer]) -> Offer | None:
    """Send what a form says. If another offer was sent from it, as after a step back, it gets another key: who sends it
    again means it.
    """

    def work() -> Offer:
        try:
            return send()
        except Conflict as error:
            if error.code == "key_used":
                form.idempotency_key.data = secrets.token_urlsafe(16)
            raise

    return form.perform(work)


def _form_page(form: OfferPageForm, other: User, side: Side) -> Response:
    name_files(form, shared=files_again(form, other))
    address = url_for("offers.send", to=other.id, side=side)
    context = form_context(form, other, side)
    return render("offers/new.html", "offers/_form.html", status=form.status, address=address, **context)


def _counter_page(form: OfferPageForm, offer: Offer) -> Response:
    name_files(form, shared=offer.file_ids)
    other = _sender_of(offer.sender_id)
    context = form_context(form, other, offer.side_of(person().user_id), offer)
    address = url_for("offers.counter", offer_id=offer.id)
    return render("offers/new.html", "offers/_form.html", status=form.status, address=address, **context)


def _sender_of(user_id: ObjectId) -> User:
    user = accounts.get_user(db(), user_id)
    if user is None or user.disabled_at:
        raise accounts.shut_out()
    return user


def _offer_page(offer: Offer, form: Form) -> Response:
    return render("offers/show.html", "offers/_offer.html", status=form.status, **offer_context(offer))


def _question(
    what: Literal["accept", "decline", "withdraw"], title: str, offer: Offer, form: Form
) -> Response:
    return render_question(
        f"offers/_{what}.html", title, status=form.status, form=form, **offer_context(offer)
    )
