"""The start page: what GigFlow is, or what is the viewer's turn now."""

from flask import Blueprint, Response

from gigflow.core.paging import PageRequest
from gigflow.market import search as searching
from gigflow.notifications import actions as notifications
from gigflow.turn.views import turn_groups
from gigflow.web.htmx import render
from gigflow.web.runtime import db, viewer

pages = Blueprint("home", __name__)

NEWEST = 6
SERVICES = 4
NOTICES = PageRequest(5)


@pages.get("/")
def show() -> Response:
    """Show visitors what GigFlow is and live jobs; show people who are signed in what is their turn now."""
    reader = viewer()
    if reader is None:
        return render(
            "screens/home.html",
            gigs=searching.newest(db(), "job", NEWEST),
            services=searching.newest(db(), "service", SERVICES),
        )
    return render(
        "screens/home.html",
        groups=turn_groups(),
        gigs=searching.newest_of_others(db(), reader, "job", NEWEST),
        services=searching.newest_of_others(db(), reader, "service", SERVICES),
        notices=notifications.notifications_of(db(), reader, NOTICES).rows,
    )
