"""The start page: what GigFlow is, or what is the viewer's turn now."""

from typing import Any

from flask import Blueprint, Response, url_for

from gigflow.accounts.models import Viewer
from gigflow.accounts.views import faces_of
from gigflow.beginnings import actions as beginnings
from gigflow.beginnings.going_on import left_here, went_out
from gigflow.beginnings.views import first_steps
from gigflow.chat import reading
from gigflow.core.paging import PageRequest
from gigflow.gigs.categories import CATEGORY_GROUPS, GROUP_ICONS
from gigflow.jobs import actions as jobs
from gigflow.market import search as searching
from gigflow.notifications import actions as notifications
from gigflow.orders import actions as orders
from gigflow.turn.views import turn_groups
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.net import fee_percent
from gigflow.web.runtime import db, person, rules, runtime, viewer

pages = Blueprint("home", __name__)

NEWEST = 6
SERVICES = 4
NOTICES = PageRequest(5)
COUNT_MAX = 10_000  # that the front page counts to


@pages.get("/")
def show() -> Response:
    """Show visitors what GigFlow is and live jobs; show people who are signed in what is their turn now."""
    reader = viewer()
    if reader is None:
        return render("screens/home.html", **_for_visitors())
    services = searching.newest_of_others(db(), reader, "service", SERVICES)
    gigs = searching.newest_of_others(db(), reader, "job", NEWEST)
    return render(
        "screens/home.html",
        begun=beginnings.open_of(db(), reader),
        left_here=left_here(),
        out=went_out(reader.user_id),
        first_steps=first_steps(reader),
        gigs=gigs,
        services=services,
        faces=faces_of(service.owner_id for service in services),
        **_of_member(reader, market_empty=not gigs),
        swap=False,
    )


@pages.get("/turn")
@signed_in
def turn() -> Response:
    """Show what is the viewer's turn, and their latest news; it is not a page of its own."""
    if not wants_fragment():
        return go(url_for("home.show"))
    return render("screens/_home_live.html", **_of_member(person()), swap=True)


def _of_member(reader: Viewer, *, market_empty: bool = False) -> dict[str, Any]:
    """Return what changes on a member's home while they look at it. Only what would else be empty asks if a job of
    theirs is open.
    """
    groups = turn_groups()
    asks = market_empty or not groups
    return {
        "groups": groups,
        "people_waiting": reading.people_waiting(db(), reader),
        "own_job_open": asks and bool(jobs.open_jobs_of(db(), reader.user_id, 1)),
        "notices": notifications.notifications_of(db(), reader, NOTICES).rows,
    }


def _for_visitors() -> dict[str, Any]:
    """Return what visitors see. The page is kept for all of them (web/cache.py)."""
    services = searching.best(db(), "service", SERVICES)
    return {
        "gigs": searching.newest(db(), "job", NEWEST),
        "services": services,
        "faces": faces_of(service.owner_id for service in services),
        "category_groups": CATEGORY_GROUPS,
        "group_icons": GROUP_ICONS,
        "jobs_count": searching.count_listed(db(), "job", COUNT_MAX),
        "services_count": searching.count_listed(db(), "service", COUNT_MAX),
        "orders_count": orders.completed_of_all(db(), COUNT_MAX),
        "count_max": COUNT_MAX,
        "provider": runtime().settings.payment_provider,
        "fee": fee_percent() if rules().fee_basis_points else "",
    }
