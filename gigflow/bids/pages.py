"""Bidding and hiring for people."""

import secrets

from flask import Blueprint, Response, url_for

from gigflow.bids import actions
from gigflow.bids.changes import changes_of
from gigflow.bids.forms import BidPageForm, ConfirmForm, HirePageForm, NewBidPageForm
from gigflow.bids.models import IDEMPOTENCY_KEY_MAX, Bid
from gigflow.bids.views import bid_rows, job_context
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.files import FILES_MAX
from gigflow.files.models import Subject
from gigflow.files.views import keep_sent, name_files
from gigflow.gigs.models import Job
from gigflow.jobs import actions as jobs
from gigflow.orders.models import PAY_WITHIN, Seen
from gigflow.orders.turns import silence_sentence
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, render_question, wants_fragment
from gigflow.web.limits import limited, spend_by_person
from gigflow.web.runtime import db, person, rules, runtime
from gigflow.web.uploads import takes_files

pages = Blueprint("bids", __name__)


@pages.get("/gigs/<gig_id>/bids")
def on_gig(gig_id: str) -> Response:
    """Redirect to the page of their job, where the bids are."""
    return go(jobs.get_job(db(), object_id(gig_id)).path)


@pages.post("/gigs/<gig_id>/bids")
@signed_in
@takes_files(FILES_MAX)
def place(gig_id: str) -> Response:
    """Bid for the job, and show it with the bid."""
    gig = jobs.get_job(db(), object_id(gig_id))
    form = NewBidPageForm()
    keep_sent(form)
    bid = form.perform(lambda: _place(gig, form))
    if bid and not wants_fragment():
        return go(gig.path)
    gig = jobs.get_job(db(), gig.id)
    is_changed = form.status == 409 and form.seen_terms != gig.terms_version
    if is_changed:
        form.show_again_for(gig.terms_version)
    return _job_page(gig, form, form if bid is None else None, with_brief=is_changed)


@pages.get("/bids/<bid_id>/edit")
@signed_in
def edit(bid_id: str) -> Response:
    """Show the form to change a pending bid of the viewer's."""
    bid = actions.own_bid(db(), person(), object_id(bid_id))
    actions.check_pending(bid)
    gig = jobs.get_job(db(), bid.gig_id)
    data = {"price": bid.price_minor, "for_terms": gig.terms_version}
    return _edit_page(BidPageForm(formdata=None, obj=bid, data=data), bid)


@pages.get("/bids/<bid_id>")
@signed_in
def show(bid_id: str) -> Response:
    """Show a bid of the viewer's that can be changed."""
    return go(url_for("bids.edit", bid_id=actions.own_bid(db(), person(), object_id(bid_id)).id))


@pages.post("/bids/<bid_id>")
@signed_in
@limited("edits", in_form=True)
@takes_files(FILES_MAX)
def change(bid_id: str) -> Response:
    """Change the bid and show its job."""
    bid = actions.own_bid(db(), person(), object_id(bid_id))
    form = BidPageForm()
    keep_sent(form)
    changed = form.perform(
        lambda: actions.change_bid(
            db(),
            person(),
            bid.id,
            form.values(),
            version=form.seen_version,
            seen_terms=form.seen_terms,
            now=now(),
        )
    )
    if changed:
        return go(url_for("gigs.show", gig_id=bid.gig_id))
    if form.status == 409:
        form.show_again(actions.own_bid(db(), person(), bid.id).version)
        form.show_again_for(jobs.get_job(db(), bid.gig_id).terms_version)
    return _edit_page(form, bid)


@pages.post("/bids/<bid_id>/confirm")
@signed_in
@limited("edits", in_form=True)
def confirm(bid_id: str) -> Response:
    """Confirm the bid as it is for the job as it is now, and show the job."""
    bid = actions.own_bid(db(), person(), object_id(bid_id))
    form = ConfirmForm()
    confirmed = form.perform(
        lambda: actions.change_bid(
            db(), person(), bid.id, {}, version=None, seen_terms=form.seen_terms, now=now()
        )
    )
    gig = jobs.get_job(db(), bid.gig_id)
    if confirmed and not wants_fragment():
        return go(gig.path)
    return _job_page(gig, form, with_brief=not confirmed)


@pages.get("/bids/<bid_id>/withdraw")
@signed_in
def ask_withdraw(bid_id: str) -> Response:
    """Ask before withdrawing, naming the bid."""
    bid = actions.own_bid(db(), person(), object_id(bid_id))
    actions.check_pending(bid)
    gig = jobs.get_job(db(), bid.gig_id)
    return render_question("bids/_withdraw.html", "Withdraw your bid", bid=bid, gig=gig)


@pages.post("/bids/<bid_id>/withdraw")
@signed_in
@limited("withdrawals")
def withdraw(bid_id: str) -> Response:
    """Withdraw the bid and show its job."""
    bid = actions.withdraw_bid(db(), person(), object_id(bid_id), now())
    return go(url_for("gigs.show", gig_id=bid.gig_id))


@pages.get("/bids/<bid_id>/hire")
@signed_in
def ask_hire(bid_id: str) -> Response:
    """Ask before hiring, naming the freelancer and the price; the form carries what was shown."""
    bid, gig = actions.bid_to_decide(db(), person(), object_id(bid_id))
    if gig.status != "open":
        raise jobs.job_not_open(gig)
    actions.check_pending(bid)
    return _hire_page(_hire_form(bid), bid, gig)


@pages.post("/bids/<bid_id>/hire")
@signed_in
@limited("hires", in_form=True)
def hire(bid_id: str) -> Response:
    """Hire, and show the job with its freelancer; if that is refused, the new terms or the reason."""
    form = HirePageForm()
    key = (form.idempotency_key.data or "")[:IDEMPOTENCY_KEY_MAX]
    hired = form.perform(
        lambda: actions.hire_freelancer(
            db(),
            person(),
            object_id(bid_id),
            seen=Seen(form.price.data, form.version.data),
            key=key or None,
            rules=rules(),
            gateway=runtime().gateway,
            now=now(),
        )
    )
    if hired:
        return go(hired.order.path)
    bid, gig = actions.bid_to_decide(db(), person(), object_id(bid_id))
    shown = _hire_form(bid)
    shown.form_errors = form.form_errors or ["These terms could not be read. Please check them again."]
    return _hire_page(shown, bid, gig, status=form.status)


def _place(gig: Job, form: NewBidPageForm) -> Bid:
    spend_by_person("bids")
    most = runtime().limits.most("bids_per_job")
    return actions.place_bid(
        db(), person(), gig.id, form.terms(), now(), seen_terms=form.seen_terms, most=most
    ).bid


def _job_page(
    gig: Job, form: NewBidPageForm | ConfirmForm, typed: NewBidPageForm | None = None, *, with_brief: bool
) -> Response:
    """Return the page of a job after something was sent there. If it was taken while they wrote, there is no longer a
    form to show the reason at.
    """
    problem = next(iter(form.form_errors), None)
    context = {**job_context(gig, typed), "problem": problem, "with_brief": with_brief and wants_fragment()}
    return render("jobs/show.html", "jobs/_live.html", status=form.status, **context)


def _edit_page(form: BidPageForm, bid: Bid) -> Response:
    gig = jobs.get_job(db(), bid.gig_id)
    form.say_days(gig)
    name_files(form, Subject("bid", bid.id))
    changes = changes_of(bid, gig, runtime().currency)
    return render(
        "bids/edit.html", "bids/_form.html", status=form.status, form=form, gig=gig, bid=bid, changes=changes
    )


def _hire_form(bid: Bid) -> HirePageForm:
    data = {"price": bid.price_minor, "version": bid.version, "idempotency_key": secrets.token_urlsafe(16)}
    return HirePageForm(formdata=None, data=data)


def _hire_page(form: HirePageForm, bid: Bid, gig: Job, *, status: int = 200) -> Response:
    row = bid_rows([bid], {gig.id: gig})[0]
    return render_question(
        "bids/_hire.html",
        f"Hire {row.freelancer_name}",
        status=status,
        form=form,
        bid=row,
        gig=gig,
        pay_days=PAY_WITHIN.days,
        silence=silence_sentence("bid", to_client=True),
        payments_off=runtime().gateway is None,
    )
