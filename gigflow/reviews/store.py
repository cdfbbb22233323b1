"""Reviews in the database."""

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, passed, to_document
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.orders.models import Side
from gigflow.reviews.models import STARS, Review

_REVEALED = {"revealed_at": {"$type": "date"}}

REVIEWS = Declared(
    "reviews",
    (
        IndexModel([("order_id", ASCENDING), ("author_id", ASCENDING)], name="one_per_side", unique=True),
        IndexModel(
            [("subject_id", ASCENDING), ("side", ASCENDING), ("_id", DESCENDING)],
            name="subject",
            partialFilterExpression=_REVEALED,
        ),
        IndexModel(
            [("gig_id", ASCENDING), ("side", ASCENDING), ("_id", DESCENDING)],
            name="gig",
            partialFilterExpression=_REVEALED,
        ),
        IndexModel(
            [("reveal_at", ASCENDING)], name="due", partialFilterExpression={"reveal_at": {"$type": "date"}}
        ),
    ),
    object_schema(
        {
            "order_id": "objectId",
            "author_id": "objectId",
            "subject_id": "objectId",
            "side": {"enum": ["client", "freelancer"]},
            "rating": {"enum": list(STARS)},
            "text": "string",
            "size_band": "object",
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (REVIEWS,)


def insert_review(tx: Tx, review: Review) -> None:
    """Store a new review; the order's own guard has made sure that its side has no other."""
    tx[REVIEWS].insert_one(to_document(review))


def get_review(db: Db, review_id: ObjectId) -> Review | None:
    """Return the review with this id, or None."""
    found = db[REVIEWS].find_one({"_id": review_id})
    return from_document(found, Review) if found else None


def find_reviews_of(db: Db, order_id: ObjectId) -> list[Review]:
    """Return the reviews of an order, hidden or not, the oldest first: two at most."""
    rows = db[REVIEWS].find({"order_id": order_id}).sort("_id", ASCENDING)
    return [from_document(row, Review) for row in rows]


def find_about(db: Db, subject_id: ObjectId, sides: Sequence[Side], page: PageRequest) -> Page[Review]:
    """Return the revealed reviews of a person by these sides of their orders, newest first."""
    return newest(db[REVIEWS], _about(subject_id, sides), page, Review)


def find_about_service(db: Db, service_id: ObjectId, page: PageRequest) -> Page[Review]:
    """Return the revealed reviews of a service by its clients, newest first."""
    return newest(db[REVIEWS], _about_service(service_id), page, Review)


def count_about(db: Db, subject_id: ObjectId, sides: Sequence[Side]) -> dict[int, int]:
    """Return how many of the reviews that `find_about` finds gave each number of stars."""
    return _count(db, _about(subject_id, sides))


def count_about_service(db: Db, service_id: ObjectId) -> dict[int, int]:
    """Return how many of the reviews that `find_about_service` finds gave each number of stars."""
    return _count(db, _about_service(service_id))


def clients_about(db: Db, subject_id: ObjectId) -> tuple[int, int]:
    """Return how many clients have rated a person, and the sum of their averages in hundredths of a star."""
    return _by_client(db, _about(subject_id, ("client",)), "subject")


def clients_about_service(db: Db, service_id: ObjectId) -> tuple[int, int]:
    """Return how many clients have rated a service, and the sum of their averages in hundredths of a star."""
    return _by_client(db, _about_service(service_id), "gig")


def find_due(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return hidden reviews whose time has come, the oldest first."""
    rows = db[REVIEWS].find({"reveal_at": passed(now)}, {"_id": 1}).sort("reveal_at", ASCENDING).limit(limit)
    return [row["_id"] for row in rows]


def reveal(tx: Tx, review_id: ObjectId, now: datetime) -> bool:
    """Let everybody read a review; returns False if everybody may already."""
    result = tx[REVIEWS].update_one(
        {"_id": review_id, "revealed_at": None}, {"$set": {"revealed_at": now, "reveal_at": None}}
    )
    return result.modified_count == 1


def set_reply(tx: Tx, review_id: ObjectId, reply: str, now: datetime) -> Review | None:
    """Put a reply below a revealed review; returns None if it has one, or is hidden."""
    found = tx[REVIEWS].find_one_and_update(
        {"_id": review_id, "replied_at": None, **_REVEALED},
        {"$set": {"reply": reply, "replied_at": now}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Review) if found else None


def by_client(*whose: str) -> list[Document]:
    """Return the stages that count each client once, by the average of their reviews, in whole hundredths of a star so
    that every order of them sums to the same; of each of `whose` fields' values apart.
    """
    each = {name: f"${name}" for name in whose}
    average = {"$round": [{"$multiply": ["$average", 100]}, 0]}
    return [
        {"$group": {"_id": {**each, "client": "$author_id"}, "average": {"$avg": "$rating"}}},
        {"$group": {"_id": {name: f"$_id.{name}" for name in whose} or None,
                    "clients": {"$sum": 1}, "hundredths": {"$sum": average}}},
    ]  # fmt: skip


def _by_client(db: Db, query: Document, index: str) -> tuple[int, int]:
    for row in db[REVIEWS].aggregate([{"$match": query}, *by_client()], hint=index):
        return row["clients"], int(row["hundredths"])
    return 0, 0


def _about(subject_id: ObjectId, sides: Sequence[Side]) -> Document:
    return {"subject_id": subject_id, "side": {"$in": list(sides)}, **_REVEALED}


def _about_service(service_id: ObjectId) -> Document:
    return {"gig_id": service_id, "side": "client", **_REVEALED}


def _count(db: Db, query: Document) -> dict[int, int]:
    groups = db[REVIEWS].aggregate([{"$match": query}, {"$group": {"_id": "$rating", "count": {"$sum": 1}}}])
    return {row["_id"]: row["count"] for row in groups}
