"""What somebody does for others, and has others do: orders, jobs, services and bids."""

from flask import Blueprint, Response, request, url_for

from gigflow.bids import actions as bids
from gigflow.bids.views import bid_rows, turns_of_owner
from gigflow.core.paging import Page, page_request
from gigflow.jobs import actions as jobs
from gigflow.orders.views import active_rows
from gigflow.services import actions as services
from gigflow.web.auth import signed_in
from gigflow.web.htmx import render
from gigflow.web.runtime import db, person

pages = Blueprint("work", __name__)


@pages.get("/hiring")
@signed_in
def hiring() -> Response:
    """Show what the viewer has others do: their orders and jobs, with whose turn it is in each."""
    page = jobs.jobs_of(db(), person(), page_request(None, request.args.get("cursor")))
    next_url = url_for("work.hiring", cursor=page.next) if page.next else None
    return render(
        "screens/hiring.html",
        orders=[] if "cursor" in request.args else active_rows(person(), "client"),
        rows=turns_of_owner(page.rows),
        next_url=next_url,
    )


@pages.get("/freelancing")
@signed_in
def freelancing() -> Response:
    """Show what the viewer works on: their orders, services and bids, with whose turn it is in each. Services and bids
    have cursors of their own.
    """
    page = bids.bids_of(db(), person(), page_request(None, request.args.get("cursor")))
    next_url = url_for("work.freelancing", cursor=page.next) if page.next else None
    wanted = page_request(None, request.args.get("services"))
    first = "cursor" not in request.args
    mine = services.services_of(db(), person().user_id, person(), wanted) if first else Page([])
    return render(
        "screens/freelancing.html",
        orders=active_rows(person(), "freelancer") if first else [],
        bids=bid_rows(page.rows),
        next_url=next_url,
        services=mine.rows,
        next_services=mine.next,
        views=services.views_of(db(), mine.rows),
    )
