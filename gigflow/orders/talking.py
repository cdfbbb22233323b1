"""The two sides of an order write to each other, for ever; while it runs, even if one has blocked the other."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat.models import About, Began, Relation, Thing
from gigflow.core.db import Db
from gigflow.orders import listing, store
from gigflow.orders.models import PAID, Order, path_of

_BEGAN = "Order {title} began."


def both_sides(db: Db, viewer: Viewer, other_id: ObjectId, about: About) -> Relation | None:
    """Let two people who share an order, in whatever state, write to each other; about an order or a gig only those who
    share that. They know each other once one of them was paid: an unpaid order costs nothing.
    """
    only = _only(about)
    if listing.shares_order(db, viewer.user_id, other_id, only, paid=True):
        return "partner"
    return "stranger" if listing.shares_order(db, viewer.user_id, other_id, only) else None


def about_order(db: Db, order_id: ObjectId) -> About | None:
    """Return what the two sides of an order talk about; None if there is no such order."""
    order = store.get_order(db, order_id)
    return about_of(order) if order else None


def has_order_under_way(db: Db, one_id: ObjectId, other_id: ObjectId, about: About) -> bool:
    """Return whether two people have a paid order that has not ended, in whose conversation they are."""
    return listing.shares_order(db, one_id, other_id, _belonging_to(about), statuses=PAID)


def order_under_way(db: Db, viewer: Viewer, other_id: ObjectId) -> str | None:
    """Return why the viewer cannot block somebody now: the two have a paid order that has not ended."""
    if not listing.shares_order(db, viewer.user_id, other_id, {}, statuses=PAID):
        return None
    return (
        "You have an order with this person that has not ended. Finish or cancel it first, or report the message"
        " to an admin."
    )


def share_an_order(db: Db, one_id: ObjectId, other_id: ObjectId) -> bool:
    """Return whether two people have ever had an order together."""
    return listing.shares_order(db, one_id, other_id, {})


def share_a_paid_order(db: Db, one_id: ObjectId, other_id: ObjectId) -> bool:
    """Return whether two people have ever had an order together that was paid."""
    return listing.shares_order(db, one_id, other_id, {}, paid=True)


def things(db: Db, ids: Collection[ObjectId]) -> Mapping[ObjectId, Thing]:
    """Return what these orders are called, and where their pages are."""
    titles = listing.find_titles(db, ids)
    return {order_id: Thing(title=title, path=path_of(order_id)) for order_id, title in titles.items()}


def orders_begun(
    db: Db,
    people: Sequence[ObjectId],
    about: About,
    after: datetime | None,
    until: datetime | None,
    most: int,
) -> list[Began]:
    """Return which orders two people began about what they talk of, and when."""
    one_id, other_id = people
    found = listing.find_begun(db, one_id, other_id, _only(about), after, until, most)
    return [
        Began(id=order_id, at=at, sentence=_BEGAN, title=title, path=path_of(order_id))
        for order_id, title, at in found
    ]


def newest_order_about(db: Db, viewer: Viewer, other_id: ObjectId, about: About) -> Order | None:
    """Return the newest order of the viewer and another person that belongs to what they talk about, as lists show it;
    None if there is none.
    """
    return listing.find_newest_shared(db, viewer.user_id, other_id, _belonging_to(about))


def about_of(order: Order) -> About:
    """Return what the two sides of an order talk about: the job or service that it came of, or nothing in particular
    if they agreed by an offer.
    """
    return About("gig", order.gig_id) if order.gig_id else About("person")


def _belonging_to(about: About) -> dict[str, ObjectId | None]:
    """Return which orders belong to a conversation: if it is about a person, those that came of an offer."""
    return {**_only(about)} or {"gig_id": None}


def _only(about: About) -> dict[str, ObjectId | None]:
    """Return which orders belong to a conversation, as the store asks for them; all of the two if it is about a
    person.
    """
    if about.id is None:
        return {}
    return {"gig_id" if about.kind == "gig" else "id": about.id}
