"""Choosing among the bids on one's job, for people."""

import msgspec
from flask import Blueprint, Response, request

from gigflow.bids import actions, choosing, deciding
from gigflow.bids.choosing_views import asked_choice
from gigflow.bids.comparing_views import compare_context
from gigflow.bids.forms import DeclineForm
from gigflow.bids.models import Bid
from gigflow.bids.views import bid_rows, job_context
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.gigs.models import Job
from gigflow.jobs import actions as jobs
from gigflow.web.auth import signed_in
from gigflow.web.forms import Form
from gigflow.web.htmx import go, render, render_question, wants_fragment
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person
from gigflow.web.security import safe_next

pages = Blueprint("choosing", __name__)


@pages.post("/bids/<bid_id>/star", defaults={"on": True}, endpoint="star")
@pages.post("/bids/<bid_id>/unstar", defaults={"on": False}, endpoint="unstar")
@signed_in
@limited("edits")
def set_star(bid_id: str, on: bool) -> Response:
    """Star a bid on the viewer's job, or no longer, and go on where the button stands."""
    bid, gig = choosing.set_star(db(), person(), object_id(bid_id), now(), on=on)
    back = _asked_back() or gig.path
    if not wants_fragment():
        return go(f"{back}#bid-{bid.id}")
    return render("bids/_starred.html", bid=bid_rows([bid], {gig.id: gig})[0], back=back)


@pages.get("/gigs/<gig_id>/compare")
@signed_in
def compare(gig_id: str) -> Response:
    """Show up to four bids on the viewer's job side by side."""
    gig = jobs.own_job(db(), person(), object_id(gig_id))
    return render("bids/compare.html", "bids/_compare.html", **compare_context(gig))


@pages.get("/bids/<bid_id>/decline")
@signed_in
def ask_decline(bid_id: str) -> Response:
    """Ask before a bid is declined, naming its freelancer, with a field for a few words to them."""
    bid, gig = actions.bid_to_decide(db(), person(), object_id(bid_id))
    if gig.status != "open":
        raise jobs.job_not_open(gig)
    actions.check_pending(bid)
    return _decline_page(DeclineForm(formdata=None), bid, gig)


@pages.post("/bids/<bid_id>/decline")
@signed_in
@limited("decisions", in_form=True)
def decline(bid_id: str) -> Response:
    """Decline the bid and show the others, with the way to undo it."""
    form = DeclineForm()
    done = form.perform(
        lambda: deciding.decline_bid(db(), person(), object_id(bid_id), form.reason.data or "", now())
    )
    if done:
        bid, gig = done
        if back := _asked_back():
            return go(f"{back}{'&' if '?' in back else '?'}declined={bid.id}#declined")
        choice = msgspec.structs.replace(asked_choice(), declined=str(bid.id))
        return go(f"{choice.url(gig)}#declined")
    return _decline_page(form, *actions.bid_to_decide(db(), person(), object_id(bid_id)))


@pages.post("/bids/<bid_id>/reconsider")
@signed_in
@limited("decisions", in_form=True)
def reconsider(bid_id: str) -> Response:
    """Let a declined bid be pending again, and show it among the others; if that is refused, the reason."""
    form = Form()
    done = form.perform(lambda: deciding.reconsider_bid(db(), person(), object_id(bid_id), now()))
    bid, gig = done or actions.bid_to_decide(db(), person(), object_id(bid_id))
    if done and not wants_fragment():
        return go(f"{_asked_back() or asked_choice().url(gig)}#bid-{bid.id}")
    problem = next(iter(form.form_errors), None)
    return render(
        "jobs/show.html", "jobs/_live.html", status=form.status, **job_context(gig), problem=problem
    )


def _asked_back() -> str | None:
    """Return the page of this site that is to be shown again, if the address names one."""
    back = request.args.get("back")
    return safe_next(back) if back else None


def _decline_page(form: DeclineForm, bid: Bid, gig: Job) -> Response:
    row = bid_rows([bid], {gig.id: gig})[0]
    return render_question(
        "bids/_decline.html",
        f"Decline the bid of {row.freelancer_name}",
        status=form.status,
        form=form,
        bid=row,
        gig=gig,
        back=_asked_back(),
        query=asked_choice().query,
    )
