"""The bids on a job as its owner has them in front of them: in which order, and which of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from bson import ObjectId
from flask import request

from gigflow.accounts.models import Viewer
from gigflow.bids import reading
from gigflow.bids.models import BID_ORDERS, COMPARED_MAX, LIST_MAX, Bid, BidOrder, value_in
from gigflow.core.paging import Page
from gigflow.gigs.models import Job
from gigflow.web.runtime import db

# What can be chosen comes before what cannot.
_GROUPS = ("hired", "pending", "rejected", "withdrawn")
_WORDS: dict[BidOrder, str] = {
    "newest": "Newest",
    "price": "Lowest price",
    "rating": "Best rating",
    "delivery": "Fastest delivery",
}


class Row(Protocol):
    """What a row of the list says of its bid, as far as the list goes by it."""

    id: ObjectId
    status: str
    price_minor: int
    delivery_days: int
    rating_average: float | None
    is_starred: bool
    is_declined: bool
    created_at: datetime


class Choice(msgspec.Struct, frozen=True):
    """What the address asks for: the order, whether only starred bids, and which bid was declined a moment ago."""

    order: BidOrder = "newest"
    is_starred: bool = False
    declined: str = ""

    @property
    def query(self) -> dict[str, str]:
        """How an address asks for it; what is usual is left out."""
        order = {"sort": self.order} if self.order != "newest" else {}
        return order | ({"show": "starred"} if self.is_starred else {})

    def url(self, gig: Job) -> str:
        """Return the address of the page of a job that shows its bids so."""
        declined = {"declined": self.declined} if self.declined else {}
        query = self.query | declined
        return f"{gig.address}?{urlencode(query)}" if query else gig.address


class Way(msgspec.Struct, frozen=True):
    """One way to see the list: what it is called, where it is, and whether it is the one that is shown."""

    word: str
    url: str
    is_current: bool


class BidListing(msgspec.Struct, frozen=True, kw_only=True):
    """The list: its rows, the ways to see it, how many bids and starred ones there are, whether there are more than the
    `most` that it can show, its address, and the bid that was declined a moment ago.
    """

    rows: Sequence[Row]
    count: int
    orders: list[Way]
    starred: Way
    star_count: int
    is_cut: bool
    query: dict[str, str]
    live_query: dict[str, str]
    url: str
    declined: Row | None
    most: int = LIST_MAX
    most_compared: int = COMPARED_MAX


def asked_choice() -> Choice:
    """Return what the address asks for; what it does not understand is as usual."""
    asked = request.args.get("sort")
    order = next((each for each in BID_ORDERS if each == asked), BID_ORDERS[0])
    return Choice(order, request.args.get("show") == "starred", request.args.get("declined", ""))


def note_looked_at(viewer: Viewer, page: Page[Bid], choice: Choice) -> None:
    """Note that the owner of a job has looked at those of its bids that the list shows."""
    if choice.is_starred:
        reading.note_read(db(), viewer, [bid for bid in page.rows if bid.starred_at])
    else:
        reading.note_all_read(db(), viewer, page)


def list_of(gig: Job, rows: Sequence[Row], choice: Choice, *, is_cut: bool) -> BidListing:
    """Put the list together from rows that are the newest first: the hired one first, then those that can be chosen,
    then the others, each group in the order that was asked for.
    """
    undo = next((row for row in rows if row.is_declined and str(row.id) == choice.declined), None)
    shown = [row for row in rows if row.is_starred or not choice.is_starred]
    return BidListing(
        count=len(rows),
        rows=sorted(shown, key=lambda row: (_GROUPS.index(row.status), _value(row, choice.order))),
        orders=[
            Way(word, Choice(order, choice.is_starred).url(gig), order == choice.order)
            for order, word in _WORDS.items()
        ],
        starred=Way("Starred", Choice(choice.order, not choice.is_starred).url(gig), choice.is_starred),
        star_count=sum(row.is_starred for row in rows),
        is_cut=is_cut,
        query=choice.query,
        live_query=choice.query | ({"declined": str(undo.id)} if undo else {}),
        url=Choice(choice.order, choice.is_starred).url(gig),
        declined=undo,
    )


def _value(row: Row, order: BidOrder) -> float:
    return value_in(order, row.price_minor, row.delivery_days, row.rating_average)
