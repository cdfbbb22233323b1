"""Balances and payouts, for people."""

import secrets

from flask import Blueprint, Response, request, url_for

from gigflow.core.clock import now
from gigflow.core.errors import ProviderFailed
from gigflow.core.paging import PageRequest, page_request
from gigflow.notifications.views import news_lead_to
from gigflow.orders import actions as orders
from gigflow.payments import payouts
from gigflow.payments.forms import PayoutPageForm
from gigflow.payments.models import PayoutAccount
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, render_question, wants_fragment
from gigflow.web.limits import limited
from gigflow.web.runtime import base_url, db, person, rules, runtime

pages = Blueprint("payouts", __name__)

NEWEST_PAYOUTS = PageRequest(10)


@pages.get("/settings/payouts")
@signed_in
def show() -> Response:
    """Show the viewer's balance, what moved it, and the way out of it."""
    news_lead_to(payouts.PATH)
    return _payouts_page()


@pages.get("/settings/payouts/withdraw")
@signed_in
def ask_pay_out() -> Response:
    """Ask how much is to be withdrawn, and say where it goes."""
    payouts.check_there_is(db(), person(), None)
    available = payouts.balance_of(db(), person()).available_minor
    first = {"idempotency_key": secrets.token_urlsafe(16), "amount": available}
    return _withdraw_question(PayoutPageForm(formdata=None, data=first))


@pages.post("/settings/payouts")
@signed_in
@limited("payouts", in_form=True)
def pay_out() -> Response:
    """Send money of the balance to the viewer's bank; first the provider asks what it must know for that."""
    form = PayoutPageForm()
    where = form.perform(lambda: _questions(form) or _pay_out(form))
    return go(where) if where else _withdraw_question(form)


@pages.get("/settings/payouts/balance")
@signed_in
def balance() -> Response:
    """Show the amount of the balance, for the menu; as a page it is that of the payouts."""
    if not wants_fragment():
        return go(url_for("payouts.show"))
    return render("payments/_amount.html", balance=payouts.balance_of(db(), person()).amount_minor)


def _questions(form: PayoutPageForm) -> str | None:
    """Return the address at which the provider asks what it must know about the viewer first; None if it knows enough,
    or nothing can go out.
    """
    gateway = runtime().gateway
    if gateway is None:
        return None
    if not payouts.is_known(db(), person(), form.idempotency_key.data or None):
        payouts.check_there_is(db(), person(), form.amount.data)
    return payouts.onboard(db(), gateway, person(), base_url=base_url(), now=now())


def _pay_out(form: PayoutPageForm) -> str:
    """Have the money sent; returns where to go then."""
    payouts.request_payout(
        db(),
        runtime().gateway,
        person(),
        amount_minor=form.amount.data,
        key=form.idempotency_key.data or None,
        rules=rules(),
        base_url=base_url(),
        now=now(),
    )
    return url_for("payouts.show", sent=1)


def _account() -> PayoutAccount | None:
    """Return the account to which the provider can send the viewer money; if it cannot be asked just now, None: it may
    have questions.
    """
    gateway = runtime().gateway
    try:
        account = payouts.account_of(db(), gateway, person(), now()) if gateway else None
    except ProviderFailed:
        return None
    return account if account is not None and account.ready else None


def _withdraw_question(form: PayoutPageForm) -> Response:
    balance, account = payouts.balance_of(db(), person()), _account()
    return render_question(
        "payments/_withdraw.html",
        "Withdraw · Payouts",
        status=form.status,
        form=form,
        available=balance.available_minor,
        in_doubt=balance.in_doubt_minor,
        known=account is not None,
        account=account.account_id if account else "",
        provider=runtime().settings.payment_provider,
    )


def _payouts_page() -> Response:
    moved = payouts.movements_of(db(), person(), page_request(None, request.args.get("cursor")))
    balance = payouts.balance_of(db(), person())
    return render(
        "payments/payouts.html",
        balance=balance.amount_minor,
        in_doubt=balance.in_doubt_minor,
        provider=runtime().settings.payment_provider,
        takes_fee=rules().fee_basis_points > 0,
        movements=moved.rows,
        titles=orders.titles_of(db(), person(), {each.order_id for each in moved.rows if each.order_id}),
        payouts=payouts.payouts_of(db(), person(), NEWEST_PAYOUTS).rows,
        next_url=url_for("payouts.show", cursor=moved.next) if moved.next else None,
        sent="sent" in request.args,
    )
