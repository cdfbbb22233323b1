"""Bids for programs (docs/api.md)."""

import msgspec
from flask import Blueprint, Response, request

from gigflow.accounts.models import Person
from gigflow.bids import actions, choosing, deciding, reading
from gigflow.bids.bodies import BidBody, BidList, bid_bodies
from gigflow.bids.forms import BidForm, DeclineForm, HireForm, PlaceBidForm
from gigflow.bids.models import BID_ORDERS, IDEMPOTENCY_KEY_MAX, LIST_MAX, BidOrder
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.gigs.bodies import GigBody, gig_body
from gigflow.orders.bodies import OrderBody, order_bodies
from gigflow.orders.models import PAY_WITHIN, REVISIONS, Seen
from gigflow.orders.turns import silence_sentence
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.limits import limited, spend_by_person
from gigflow.web.openapi import CURSOR, CURSOR_TEXT, LIMIT, Query, describes
from gigflow.web.runtime import db, person, rules, runtime
from gigflow.web.visitors import is_looked_at

api = Blueprint("bids_api", __name__, url_prefix="/api/bids")

ALL_OR_LIMIT = Query(
    "limit",
    "How many rows; the default is all of them.",
    {"type": "integer", "minimum": 1, "maximum": LIST_MAX},
)
SORT = Query(
    "sort",
    "What they are ordered by: the newest first (the default), the lowest price, the best rating or the fastest"
    f" delivery first. Any order but the newest first has the newest {LIST_MAX:,} bids.",
    {"enum": list(BID_ORDERS)},
)
_BINDS = (
    "If you are hired, you receive `price` less GigFlow’s fee. The client may request changes as often as `revisions`"
    f" says: {REVISIONS} times if you leave it out."
)
KEY = Query(
    "Idempotency-Key",
    "A text of your choice; repeating the request with the same text returns the same answer.",
    {"type": "string", "maxLength": IDEMPOTENCY_KEY_MAX},
)


class HireBody(msgspec.Struct, rename="camel"):
    """The outcome of a hire."""

    bid: BidBody
    gig: GigBody
    order: OrderBody


@api.post("")
@signed_in
@describes(
    "Bid for an open job",
    "Bids",
    BidBody,
    form=PlaceBidForm,
    status=201,
    refusals=(403, 404, 409),
    says=_BINDS,
)
def place() -> Response:
    """Make a new pending bid of yours."""
    form = bind(PlaceBidForm)
    spend_by_person("bids")
    most = runtime().limits.most("bids_per_job")
    placed = actions.place_bid(db(), person(), object_id(form.gig_id.data), form.terms(), now(), most=most)
    return answer(bid_bodies([placed.bid], placed.gig, {placed.bidder.id: placed.bidder})[0], 201)


@api.get("/<id>")
@signed_in
@describes(
    "List the bids on your job",
    "Bids",
    BidList,
    query=(ALL_OR_LIMIT, CURSOR_TEXT, SORT),
    refusals=(403, 404),
    also=("GET /api/bids/gig/<id>",),
)
def list_on_gig(id: str) -> Response:
    """Show all bids on your job with this id, newest first if `sort` says no other order; from then on you have read
    them.
    """
    order = _asked_order()
    asked = asked_page(default=LIST_MAX, most=LIST_MAX, order=None if order == "newest" else order)
    page = choosing.bids_in_order(db(), person(), object_id(id), asked, order)
    if is_looked_at():
        reading.note_read(db(), person(), page.rows)
    return answer(BidList(bid_bodies(page.rows), page.next, len(page.rows)))


@api.get("/mine")
@signed_in
@describes(
    "List your bids, newest first",
    "Bids",
    BidList,
    query=(LIMIT, CURSOR),
    also=("GET /api/bids/my", "GET /api/bids/my-bids"),
)
def list_mine() -> Response:
    """Show your bids on any job."""
    page = actions.bids_of(db(), person(), asked_page())
    return answer(BidList(bid_bodies(page.rows), page.next, len(page.rows)))


@api.patch("/<id>")
@signed_in
@limited("edits")
@describes(
    "Change your pending bid",
    "Bids",
    BidBody,
    form=BidForm,
    partial=True,
    refusals=(403, 404, 409),
    says="Sent unchanged, or empty, it confirms the bid for a job whose terms have changed.",
)
def change(id: str) -> Response:
    """Change those fields of your bid with this id that are sent. Sent unchanged, or empty, it confirms the bid for a
    job that has changed.
    """
    bid = actions.own_bid(db(), person(), object_id(id))
    changes = bind(BidForm, partial=True).values()
    return answer(
        bid_bodies([actions.change_bid(db(), person(), bid.id, changes, version=None, now=now())])[0]
    )


@api.patch("/<id>/withdraw")
@signed_in
@limited("withdrawals")
@describes("Withdraw your pending bid", "Bids", BidBody, refusals=(403, 404, 409))
def withdraw(id: str) -> Response:
    """Withdraw your bid with this id."""
    return answer(bid_bodies([actions.withdraw_bid(db(), person(), object_id(id), now())])[0])


@api.patch("/<id>/hire")
@signed_in
@limited("hires")
@describes(
    "Hire a bidder",
    "Bids",
    HireBody,
    form=HireForm,
    partial=True,
    headers=(KEY,),
    refusals=(403, 404, 409),
    also=("PUT /api/bids/<id>/hire",),
    says=f"Nothing is charged yet: you have {PAY_WITHIN.days} days to pay for the order, or it is cancelled and the job"
    f" is open again. {silence_sentence('bid', to_client=True)}",
)
def hire(id: str) -> Response:
    """Hire the bid with this id, all-or-nothing; of simultaneous hires one succeeds. If you changed the job and its
    freelancer has not confirmed the bid since, the answer is 409 `terms_changed`.
    """
    form = bind(HireForm)
    key = request.headers.get("Idempotency-Key")
    if key and len(key) > IDEMPOTENCY_KEY_MAX:
        raise Invalid({"Idempotency-Key": [f"At most {IDEMPOTENCY_KEY_MAX} characters."]})
    seen = Seen(form.price.data, form.version.data)
    hired = actions.hire_freelancer(
        db(),
        person(),
        object_id(id),
        seen=seen,
        key=key or None,
        rules=rules(),
        gateway=runtime().gateway,
        now=now(),
    )
    client = Person(id=person().user_id, name=person().name)
    people = {client.id: client, hired.freelancer.id: hired.freelancer}
    body = bid_bodies([hired.bid], hired.gig, people)[0]
    order = order_bodies([hired.order], people)[0]
    return answer(HireBody(body, gig_body(hired.gig, runtime().currency), order))


@api.patch("/<id>/decline")
@signed_in
@limited("decisions")
@describes(
    "Decline a bid on your job",
    "Bids",
    BidBody,
    form=DeclineForm,
    partial=True,
    refusals=(403, 404, 409),
    says="Its freelancer is notified and reads your `reason`, if you give one. They may bid again, and you may"
    " reconsider the bid while the job is open.",
)
def decline(id: str) -> Response:
    """Decline the pending bid with this id. The job counts one bid fewer."""
    form = bind(DeclineForm)
    bid, gig = deciding.decline_bid(db(), person(), object_id(id), form.reason.data or "", now())
    return answer(bid_bodies([bid], gig)[0])


@api.patch("/<id>/reconsider")
@signed_in
@limited("decisions")
@describes(
    "Reconsider a bid that you declined",
    "Bids",
    BidBody,
    refusals=(403, 404, 409),
    says="Its freelancer is notified, and you can hire them by it again.",
)
def reconsider(id: str) -> Response:
    """Let the bid with this id that you declined be pending again. If its freelancer has bid again, the answer is 409
    `bid_again`; if the job has other terms by now, they have to confirm the bid.
    """
    bid, gig = deciding.reconsider_bid(db(), person(), object_id(id), now())
    return answer(bid_bodies([bid], gig)[0])


@api.put("/<id>/star")
@signed_in
@limited("edits")
@describes("Star a bid on your job", "Bids", BidBody, refusals=(403, 404))
def star(id: str) -> Response:
    """Star the bid with this id, to find it again. Nobody else sees it; again, it changes nothing."""
    bid, gig = choosing.set_star(db(), person(), object_id(id), now(), on=True)
    return answer(bid_bodies([bid], gig)[0])


@api.delete("/<id>/star")
@signed_in
@limited("edits")
@describes("No longer star a bid", "Bids", BidBody, refusals=(403, 404))
def unstar(id: str) -> Response:
    """Take the star off the bid with this id; again, it changes nothing."""
    bid, gig = choosing.set_star(db(), person(), object_id(id), now(), on=False)
    return answer(bid_bodies([bid], gig)[0])


def _asked_order() -> BidOrder:
    """Return in which order the bids are asked for. Raises Invalid."""
    asked = request.args.get("sort") or "newest"
    found = next((each for each in BID_ORDERS if each == asked), None)
    if found is None:
        raise Invalid({"sort": [f"One of {', '.join(BID_ORDERS)}."]})
    return found
