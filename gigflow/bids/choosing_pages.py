"""Choosing among the bids on one's job, for people."""

from flask import Blueprint, Response, request

from gigflow.bids import choosing
from gigflow.bids.views import bid_rows
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, wants_fragment
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
    back = request.args.get("back") or gig.path
    if not wants_fragment():
        return go(f"{safe_next(back)}#bid-{bid.id}")
    return render("bids/_starred.html", bid=bid_rows([bid], {gig.id: gig})[0], back=back)
