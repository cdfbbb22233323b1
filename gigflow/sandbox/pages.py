"""The sandbox's checkout page. It does not belong to anybody who is signed in: everybody with the link may pay."""

from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.errors import NotFound
from gigflow.core.money import Currency
from gigflow.sandbox import actions
from gigflow.sandbox.forms import CardForm
from gigflow.sandbox.models import CARDS, Session
from gigflow.web.htmx import go, render
from gigflow.web.runtime import db, runtime

pages = Blueprint("sandbox", __name__)

# What a card of nobody in particular looks like, for people who only want to press the button.
SAMPLE = {"expiry": "12 / 34", "cvc": "123", "name": "Sam Sandbox"}


@pages.before_request
def refuse_where_another_takes_the_money() -> None:
    """Serve the sandbox only if it is the provider."""
    if runtime().settings.payment_provider != "sandbox":
        raise NotFound


@pages.get("/sandbox/checkout/<session_id>")
def checkout(session_id: str) -> Response:
    """Show what is to be paid, and the form; with `?card=` filled in for that test card."""
    card = CARDS.get(request.args.get("card", ""))
    typed = {"card_number": card.spaced, **SAMPLE} if card else None
    return _page(actions.session_of(db(), session_id), CardForm(formdata=None, data=typed))


@pages.post("/sandbox/checkout/<session_id>")
def pay(session_id: str) -> Response:
    """Pay, and go back to the shop."""
    session = actions.session_of(db(), session_id)
    form = CardForm()
    if form.perform(lambda: actions.pay(db(), session.id, form.digits, now())):
        return go(f"{session.return_url}?paid=1")
    form.cvc.data = ""  # what is on the back of a card is never shown again
    return _page(actions.session_of(db(), session_id), form)


def _page(session: Session, form: CardForm) -> Response:
    """Return the page of a checkout as it is now. The sandbox does not know the shop's currency, but the payment's."""
    expired = session.status == "open" and session.expires_at <= now()
    page = render(
        "sandbox/checkout.html",
        status=form.status,
        session=session,
        state="over" if expired else session.status,
        amount=Currency(session.currency).format(session.amount_minor),
        form=form,
        cards=CARDS.values(),
    )
    page.headers["Cache-Control"] = "no-store"  # somebody who finds it in a browser's history may pay
    return page
