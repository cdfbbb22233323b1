"""The start page: what GigFlow is, or what needs the viewer now."""

from flask import Blueprint, Response

from gigflow.bids.views import turns_of_person
from gigflow.core.paging import PageRequest
from gigflow.market import search as searching
from gigflow.notifications import actions as notifications
from gigflow.orders.views import rows_that_wait
from gigflow.web.htmx import render
from gigflow.web.runtime import db, viewer

pages = Blueprint("home", __name__)

NEWEST = 6
SERVICES = 4
NOTICES = PageRequest(5)
TURNS_MAX = 10


@pages.get("/")
def show() -> Response:
    """Show visitors what GigFlow is and live jobs; show people who are signed in what needs them now."""
    reader = viewer()
    newest = searching.newest(db(), "job", NEWEST)
    services = searching.newest(db(), "service", SERVICES)
    if reader is None:
        return render("screens/home.html", gigs=newest, services=services, turns=[], notices=[])
    return render(
        "screens/home.html",
        gigs=newest,
        services=services,
        turns=[*rows_that_wait(reader, TURNS_MAX), *turns_of_person(reader, TURNS_MAX)],
        notices=notifications.notifications_of(db(), reader, NOTICES).rows,
    )
