"""Offers for requests, for admins' programs (docs/api.md)."""

from typing import ClassVar

import msgspec
from flask import Blueprint, Response

from gigflow.accounts.admins import check_admin
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Forbidden
from gigflow.offers import actions, assigning
from gigflow.offers.admin_forms import AssignForm, WithdrawForm
from gigflow.offers.bodies import OfferBody, offer_bodies
from gigflow.offers.models import Offer
from gigflow.offers.reading import shown
from gigflow.requests import deciding
from gigflow.requests.bodies import RequestBody, request_bodies
from gigflow.requests.models import Request
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import bind
from gigflow.web.openapi import describes
from gigflow.web.runtime import db, person, rules

api = Blueprint("offers_admin_api", __name__, url_prefix="/api/admin")

_REFUSALS = (403, 404, 409)


class RefusedBody(msgspec.Struct, rename="camel"):
    """A freelancer who got no offer, and why."""

    id: str
    code: str
    message: str


class AssignedBody(msgspec.Struct, rename="camel"):
    """What became of an assignment: the request, the offers that were sent, and who got none."""

    NAME: ClassVar[str] = "assigned"

    request: RequestBody
    offers: list[OfferBody]
    refused: list[RefusedBody]


class RequestWithOffers(msgspec.Struct, rename="camel"):
    """A request with its newest offers, the newest first."""

    request: RequestBody
    offers: list[OfferBody]


@api.get("/requests/<id>")
@signed_in
@describes("Read a request and its offers, for admins", "Admin", RequestWithOffers, refusals=(403, 404))
def show(id: str) -> Response:
    """Show the request with this id, and who was asked."""
    request = deciding.request_to_decide(db(), person(), object_id(id))
    offers = assigning.offers_of(db(), request)
    return answer(RequestWithOffers(_one(request), _offers(offers)))


@api.post("/requests/<id>/assign")
@signed_in
@describes(
    "Offer a request to freelancers",
    "Admin",
    AssignedBody,
    form=AssignForm,
    refusals=_REFUSALS,
    says="All are told at once; the first to accept gets it. `price` is the budget and `dueOn` the due date of the"
    " request if you leave them out. Those who cannot get an offer are in `refused`; if that is all of them, it is 409"
    " `nobody_asked`, with the reason for each id in `fields`. `version` is the one that you saw.",
)
def assign(id: str) -> Response:
    """Send up to 20 freelancers an offer for the request with this id, in one step."""
    request = deciding.request_to_decide(db(), person(), object_id(id))
    form = bind(AssignForm)
    assigned = assigning.assign_request(
        db(),
        person(),
        request.id,
        form.freelancer_ids.data,
        form.assignment(),
        version=form.version.data,
        rules=rules(),
        now=now(),
    )
    refused = [RefusedBody(str(each.user_id), each.code, each.message) for each in assigned.refused]
    return answer(AssignedBody(_one(assigned.request), _offers(assigned.offers), refused))


@api.post("/offers/<id>/withdraw")
@signed_in
@describes(
    "Withdraw an offer for a request", "Admin", OfferBody, form=WithdrawForm, partial=True, refusals=_REFUSALS
)
def withdraw(id: str) -> Response:
    """Withdraw the offer with this id; its freelancer is told. The `note` says why in the record."""
    check_admin(person())
    offer = actions.offer_for(db(), person(), object_id(id))
    if offer.request_id is None:
        raise Forbidden("Only offers for requests are withdrawn by admins.")
    form = bind(WithdrawForm)
    return answer(
        _offers([actions.withdraw_offer(db(), person(), offer.id, now(), note=form.note.data or "")])[0]
    )


def _one(request: Request) -> RequestBody:
    return request_bodies([request])[0]


def _offers(offers: list[Offer]) -> list[OfferBody]:
    return offer_bodies(shown(db(), person(), offers))
