"""What somebody does for others, and has others do. Each page is made of sections, lists with tabs; the features say
what is in them.
"""

from flask import Blueprint, Response

from gigflow.bids.own_views import bid_section, job_section
from gigflow.invitations.views import invitation_section
from gigflow.offers.views import offer_section
from gigflow.orders.list_views import order_section
from gigflow.payments import payouts
from gigflow.profiles.views import availability_context
from gigflow.requests.views import request_section
from gigflow.screens.desk import earnings_of_reader, load_of_reader
from gigflow.services.own_views import service_section
from gigflow.web.auth import signed_in
from gigflow.web.htmx import render
from gigflow.web.runtime import db, person

pages = Blueprint("work", __name__)


@pages.get("/hiring")
@signed_in
def hiring() -> Response:
    """Show what the viewer has others do: their orders, requests, offers and jobs, with whose turn it is in each."""
    return render(
        "screens/hiring.html",
        "screens/_hiring.html",
        orders=order_section("client"),
        requests=request_section(),
        offers=offer_section("client"),
        jobs=job_section(),
    )


@pages.get("/freelancing")
@signed_in
def freelancing() -> Response:
    """Show what the viewer works on: their orders, bids, invitations and services, with whose turn it is in each."""
    return render(
        "screens/freelancing.html",
        "screens/_freelancing.html",
        orders=order_section("freelancer"),
        offers=offer_section("freelancer"),
        bids=bid_section(),
        invitations=invitation_section(),
        services=service_section(),
        balance=payouts.balance_of(db(), person()).amount_minor,
        load=load_of_reader(),
        earnings=earnings_of_reader(),
        **availability_context(),
    )
