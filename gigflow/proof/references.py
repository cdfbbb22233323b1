"""What `audit` proves of every collection: that its documents are as they must be and not of the future, and that what
they point at is there. What belongs to an order, a job or a person is checked where those are read (`Snapshot.joined`).
"""

from collections.abc import Iterator
from datetime import timedelta

from bson import ObjectId

from gigflow.accounts.models import LIFETIMES, REFRESH_LIFETIME
from gigflow.accounts.store import SESSIONS, TOKENS, USERS
from gigflow.bids.store import BIDS
from gigflow.chat.store import ANSWERING, CONVERSATIONS, ENTRIES
from gigflow.core.db import Declared, Document
from gigflow.files.models import ADOPTION_LIFETIME as FILE_ADOPTION
from gigflow.files.models import RETRACTED_LIFETIME
from gigflow.files.store import FILES
from gigflow.gigs.store import GIGS
from gigflow.invitations.store import INVITATIONS
from gigflow.mails.store import MAILS
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.offers.store import OFFERS
from gigflow.orders.store import DELIVERIES, DISPUTES, ORDERS
from gigflow.payments.provider_events import PROVIDER_EVENTS
from gigflow.payments.store import (
    GATEWAY_CALLS,
    LEDGER,
    PAYMENTS,
    PAYOUT_ACCOUNTS,
    PAYOUTS,
)
from gigflow.pictures.models import ADOPTION_LIFETIME as PICTURE_ADOPTION
from gigflow.pictures.store import PICTURES
from gigflow.proof.snapshot import CLOCKS, LONGEST_WAIT, Check, Problems, Snapshot
from gigflow.questions.store import QUESTIONS
from gigflow.receipts.store import RECEIPTS
from gigflow.record.store import AUDIT
from gigflow.replies.store import SAVED_REPLIES
from gigflow.reports.store import REPORTS
from gigflow.requests.store import REQUESTS
from gigflow.reviews.store import REVIEWS
from gigflow.schema import COLLECTIONS

# What each of these fields holds is the id of something that is there.
REFERENCES: tuple[tuple[Declared, Declared, tuple[str, ...]], ...] = (
    (BIDS, USERS, ("freelancer_id",)),
    (INVITATIONS, USERS, ("owner_id", "freelancer_id")),
    (REQUESTS, USERS, ("client_id",)),
    (REQUESTS, GIGS, ("job_id",)),
    (OFFERS, USERS, ("sender_id", "client_id", "freelancer_id")),
    (OFFERS, REQUESTS, ("request_id",)),
    (ORDERS, USERS, ("client_id", "freelancer_id")),
    (ORDERS, GIGS, ("gig_id",)),
    (DISPUTES, USERS, ("decided_by",)),
    (PAYMENTS, PAYMENTS, ("next_id",)),
    (PAYOUT_ACCOUNTS, USERS, ("_id",)),
    (PAYOUTS, USERS, ("user_id",)),
    (CONVERSATIONS, USERS, ("people",)),
    (SAVED_REPLIES, USERS, ("user_id",)),
    (ANSWERING, USERS, ("_id",)),
    (QUESTIONS, USERS, ("asker_id",)),
    (QUESTIONS, GIGS, ("gig_id",)),
    (NOTIFICATIONS, USERS, ("user_id",)),
    (PICTURES, USERS, ("owner_id",)),
    (FILES, USERS, ("owner_id",)),
    (FILES, REPORTS, ("held_by",)),
    (REPORTS, USERS, ("by", "copy.whose")),
    (AUDIT, USERS, ("by",)),
)
# When a person did something, which is never in the future; and what time may have done, or something that waits.
_DONE: dict[str, tuple[str, ...]] = {
    USERS.name: ("created_at", "disabled_at", "deleted_at"),
    SESSIONS.name: ("created_at", "last_seen_at"),
    GIGS.name: ("created_at",),
    BIDS.name: ("created_at",),
    INVITATIONS.name: ("created_at", "declined_at"),
    REQUESTS.name: ("created_at", "sent_at"),
    OFFERS.name: ("created_at",),
    ORDERS.name: ("created_at",),
    DELIVERIES.name: ("created_at",),
    PAYMENTS.name: ("created_at",),
    PAYOUTS.name: ("created_at",),
    PAYOUT_ACCOUNTS.name: ("created_at",),
    QUESTIONS.name: ("created_at", "answered_at"),
    CONVERSATIONS.name: ("created_at", "last_at"),
    ENTRIES.name: ("created_at", "edited_at", "retracted_at"),
    SAVED_REPLIES.name: ("created_at", "updated_at"),
    REVIEWS.name: ("created_at", "replied_at"),
    FILES.name: ("created_at",),
    REPORTS.name: ("created_at",),
    PICTURES.name: ("created_at",),
}
_BY_TIME: dict[str, tuple[str, ...]] = {
    SESSIONS.name: ("revoked_at",),
    GIGS.name: ("updated_at", "submitted_at"),
    BIDS.name: ("updated_at",),
    REQUESTS.name: ("updated_at",),
    OFFERS.name: ("ended_at",),
    PAYMENTS.name: ("updated_at", "look_at"),
    PAYOUTS.name: ("updated_at",),
    GATEWAY_CALLS.name: ("created_at",),
    PROVIDER_EVENTS.name: ("at",),
    LEDGER.name: ("created_at",),
    NOTIFICATIONS.name: ("created_at", "mail_at", "read_at"),
    RECEIPTS.name: ("at", "created_at"),
    MAILS.name: ("created_at", "due_at", "claimed_until", "sent_at"),
    AUDIT.name: ("at",),
}
# What ends after this long at most.
_ENDS: dict[str, tuple[str, timedelta]] = {
    SESSIONS.name: ("expires_at", REFRESH_LIFETIME),
    TOKENS.name: ("expires_at", max(LIFETIMES.values())),
    FILES.name: ("drop_at", max(FILE_ADOPTION, RETRACTED_LIFETIME)),
    PICTURES.name: ("drop_at", PICTURE_ADOPTION),
}
# Fields that cannot come before their document was made.
_AFTER = ("updated_at", "last_seen_at", "revoked_at", "deleted_at", "answered_at", "replied_at")


def _what_is_pointed_at_is_there(at: Snapshot) -> Problems:
    for declared, target, fields in REFERENCES:
        for field in fields:
            known = (row["_id"] for row in at.rows(target, fields=("_id",)))
            for wanted, holder in missing(_pointed_at(at, declared, field), known):
                yield f"{declared.name} {holder} has {wanted} as {field}, and there is none in {target.name}"


def _pointed_at(at: Snapshot, declared: Declared, field: str) -> Iterator[tuple[ObjectId, object]]:
    """Yield each id of a field, in their order, with one document that has it."""
    stages: list[Document] = [
        {"$match": {field: {"$type": "objectId"}}},
        {"$unwind": f"${field}"},
        {"$group": {"_id": f"${field}", "holder": {"$first": "$_id"}}},
        {"$sort": {"_id": 1}},
    ]
    return ((row["_id"], row["holder"]) for row in at.sums(declared, *stages))


def missing(
    wanted: Iterator[tuple[ObjectId, object]], known: Iterator[ObjectId]
) -> Iterator[tuple[ObjectId, object]]:
    """Yield what is wanted and not known; both are sorted by id."""
    head = next(known, None)
    for each, holder in wanted:
        while head is not None and head < each:
            head = next(known, None)
        if head != each:
            yield each, holder


def _documents_are_sound(at: Snapshot) -> Problems:
    """A document is what the validator of its collection demands, even if it was written past it; and no date is in the
    future, or before the document was made.
    """
    for declared in COLLECTIONS:
        name = declared.name
        wrong: list[Document] = [{"$nor": [{"$jsonSchema": declared.schema}]}] if declared.schema else []
        done, by_time = _DONE.get(name, ()), _BY_TIME.get(name, ())
        wrong += [{field: {"$gt": at.now + CLOCKS}} for field in done]
        wrong += [{field: {"$gt": at.now + LONGEST_WAIT}} for field in by_time]
        if name in _ENDS:
            ends, longest = _ENDS[name]
            wrong.append({ends: {"$gt": at.now + longest + CLOCKS}})
            by_time = (*by_time, ends)
        if "created_at" in done:
            # A null is before every date.
            earliest = {"$subtract": ["$created_at", CLOCKS.seconds * 1000]}
            wrong += [
                {"$expr": {"$and": [{"$gt": [f"${field}", None]}, {"$lt": [f"${field}", earliest]}]}}
                for field in _AFTER
                if field in (*done, *by_time)
            ]
        for row in at.rows(declared, {"$or": wrong}) if wrong else ():
            dates = ", ".join(f"{field} {row[field]}" for field in (*done, *by_time) if row.get(field))
            yield (
                f"{name} {row['_id']} lacks a field, has one of another kind, or a date that cannot be"
                f" ({dates or 'no dates'}; now it is {at.now})"
            )


def _what_forbids_doubles_is_there(at: Snapshot) -> Problems:
    """What an index of the database makes unique is so only while the index is there."""
    for declared in COLLECTIONS:
        kept = at.indexes(declared)
        for index in declared.indexes:
            name = str(index.document["name"])
            if index.document.get("unique") and not kept.get(name, {}).get("unique"):
                yield f"{declared.name} has no unique index {name}: run flask gigflow migrate"


CHECKS: tuple[Check, ...] = (
    ("0. Documents are as their collection demands, and of the past", _documents_are_sound),
    ("0. Whatever documents point at is there", _what_is_pointed_at_is_there),
    ("0. The indexes that forbid doubles are there", _what_forbids_doubles_is_there),
)
