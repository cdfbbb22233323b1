"""What `audit` proves of every collection: that what it points at is there, that its documents are as they must be, and
that nothing happened in the future.
"""

from collections.abc import Iterator

from bson import ObjectId

from gigflow.accounts.store import SESSIONS, TOKENS, USERS
from gigflow.bids.store import BIDS
from gigflow.core.db import Declared, Document
from gigflow.files.store import FILES
from gigflow.gigs.store import GIGS
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.orders.store import CANCELLATIONS, DELIVERIES, DISPUTES, ORDERS
from gigflow.payments.store import BALANCES, LEDGER, PAYMENTS, PAYOUT_ACCOUNTS, PAYOUTS
from gigflow.pictures.store import PICTURES
from gigflow.proof.snapshot import CLOCKS, LONGEST_WAIT, Check, Problems, Snapshot
from gigflow.questions.store import QUESTIONS
from gigflow.record.store import AUDIT
from gigflow.reviews.store import REVIEWS
from gigflow.schema import COLLECTIONS

# What stands in each of these fields is the id of something that is there.
REFERENCES: tuple[tuple[Declared, Declared, tuple[str, ...]], ...] = (
    (SESSIONS, USERS, ("user_id",)),
    (TOKENS, USERS, ("user_id",)),
    (BALANCES, USERS, ("_id",)),
    (GIGS, USERS, ("owner_id",)),
    (GIGS, BIDS, ("hired_bid_id",)),
    (GIGS, ORDERS, ("order_id",)),
    (BIDS, USERS, ("freelancer_id",)),
    (BIDS, GIGS, ("gig_id",)),
    (ORDERS, USERS, ("client_id", "freelancer_id")),
    (ORDERS, GIGS, ("gig_id",)),
    (ORDERS, DISPUTES, ("dispute_id",)),
    (ORDERS, CANCELLATIONS, ("cancellation.id",)),
    (DELIVERIES, ORDERS, ("order_id",)),
    (CANCELLATIONS, ORDERS, ("order_id",)),
    (DISPUTES, ORDERS, ("order_id",)),
    (DISPUTES, USERS, ("decided_by",)),
    (PAYMENTS, ORDERS, ("order_id",)),
    (PAYMENTS, USERS, ("client_id",)),
    (PAYMENTS, PAYMENTS, ("next_id",)),
    (LEDGER, ORDERS, ("order_id",)),
    (PAYOUTS, USERS, ("user_id",)),
    (PAYOUTS, PAYOUT_ACCOUNTS, ("user_id",)),
    (PAYOUT_ACCOUNTS, USERS, ("_id",)),
    (REVIEWS, ORDERS, ("order_id",)),
    (REVIEWS, GIGS, ("gig_id",)),
    (REVIEWS, USERS, ("author_id", "subject_id")),
    (QUESTIONS, GIGS, ("gig_id",)),
    (QUESTIONS, USERS, ("asker_id",)),
    (NOTIFICATIONS, USERS, ("user_id", "actor_id")),
    (NOTIFICATIONS, ORDERS, ("order_id",)),
    (NOTIFICATIONS, GIGS, ("gig_id",)),
    (NOTIFICATIONS, BIDS, ("bid_id",)),
    (PICTURES, USERS, ("owner_id",)),
    (FILES, USERS, ("owner_id",)),
    (AUDIT, USERS, ("by", "user_id")),
)
# When a person did something, which is never in the future; and what time may have done, or something that waits.
_DONE: tuple[tuple[Declared, tuple[str, ...]], ...] = (
    (USERS, ("created_at", "disabled_at", "deleted_at")),
    (SESSIONS, ("created_at", "last_seen_at")),
    (GIGS, ("created_at",)),
    (BIDS, ("created_at",)),
    (ORDERS, ("created_at",)),
    (DELIVERIES, ("created_at",)),
    (PAYMENTS, ("created_at",)),
    (PAYOUTS, ("created_at",)),
    (PAYOUT_ACCOUNTS, ("created_at",)),
    (QUESTIONS, ("created_at", "answered_at")),
    (REVIEWS, ("created_at", "replied_at")),
    (FILES, ("created_at",)),
    (PICTURES, ("created_at",)),
)
_BY_TIME: tuple[tuple[Declared, tuple[str, ...]], ...] = (
    (SESSIONS, ("expires_at", "revoked_at")),
    (TOKENS, ("expires_at",)),
    (GIGS, ("updated_at",)),
    (BIDS, ("updated_at",)),
    (PAYMENTS, ("updated_at", "look_at")),
    (PAYOUTS, ("updated_at",)),
    (LEDGER, ("created_at",)),
    (NOTIFICATIONS, ("created_at", "mail_at", "read_at")),
    (FILES, ("drop_at",)),
    (PICTURES, ("drop_at",)),
    (AUDIT, ("at",)),
)
# Fields that cannot come before their document was made.
_AFTER = ("updated_at", "last_seen_at", "revoked_at", "deleted_at", "answered_at", "replied_at", "read_at")


def _what_is_pointed_at_is_there(at: Snapshot) -> Problems:
    for declared, target, fields in REFERENCES:
        for field in fields:
            known = (row["_id"] for row in at.rows(target, fields=("_id",)))
            for wanted, holder in missing(_pointed_at(at, declared, field), known):
                yield f"{declared.name} {holder} has {wanted} as {field}, and there is none in {target.name}"


def _pointed_at(at: Snapshot, declared: Declared, field: str) -> Iterator[tuple[ObjectId, object]]:
    """Each id that stands in a field, in their order, with one document that has it."""
    stages: list[Document] = [
        {"$match": {field: {"$type": "objectId"}}},
        {"$group": {"_id": f"${field}", "holder": {"$first": "$_id"}}},
        {"$sort": {"_id": 1}},
    ]
    return ((row["_id"], row["holder"]) for row in at.sums(declared, *stages))


def missing(
    wanted: Iterator[tuple[ObjectId, object]], known: Iterator[ObjectId]
) -> Iterator[tuple[ObjectId, object]]:
    """What is wanted and not known; both sorted by id."""
    head = next(known, None)
    for each, holder in wanted:
        while head is not None and head < each:
            head = next(known, None)
        if head != each:
            yield each, holder


def _documents_are_as_declared(at: Snapshot) -> Problems:
    """What the validator of a collection demands, also of what came past it."""
    for declared in COLLECTIONS:
        if declared.schema:
            for row in at.rows(declared, {"$nor": [{"$jsonSchema": declared.schema}]}, fields=("_id",)):
                yield f"{declared.name} {row['_id']} lacks a field or has one of another kind"


def _nothing_happened_in_the_future(at: Snapshot) -> Problems:
    for table, latest in ((_DONE, at.now + CLOCKS), (_BY_TIME, at.now + LONGEST_WAIT)):
        for declared, fields in table:
            late = {"$or": [{field: {"$gt": latest}} for field in fields]}
            for row in at.rows(declared, late, fields=fields):
                dates = ", ".join(f"{field} {row[field]}" for field in fields if row.get(field))
                yield f"{declared.name} {row['_id']} has a date in the future: {dates}"


def _nothing_ended_before_it_began(at: Snapshot) -> Problems:
    by_time = {declared.name: fields for declared, fields in _BY_TIME}
    for declared, done in _DONE:
        later = [field for field in _AFTER if field in (*done, *by_time.get(declared.name, ()))]
        if not later:
            continue
        # A null is before every date.
        early = [
            {
                "$and": [
                    {"$gt": [f"${field}", None]},
                    {"$lt": [f"${field}", {"$subtract": ["$created_at", 10_000]}]},
                ]
            }
            for field in later
        ]
        for row in at.rows(declared, {"$expr": {"$or": early}}, fields=("created_at", *later)):
            dates = ", ".join(f"{field} {row.get(field)}" for field in ("created_at", *later))
            yield f"{declared.name} {row['_id']} has dates that go backwards: {dates}"


CHECKS: tuple[Check, ...] = (
    ("0. Documents are as their collection demands", _documents_are_as_declared),
    ("0. What is pointed at is there", _what_is_pointed_at_is_there),
    ("0. Nothing happened in the future", _nothing_happened_in_the_future),
    ("0. Nothing was changed before it was made", _nothing_ended_before_it_began),
)
