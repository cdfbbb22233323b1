"""The queue of services that wait for an admin, in the database: the one that was sent first comes first."""

from pymongo import ASCENDING

from gigflow.core.clock import at_milliseconds, milliseconds
from gigflow.core.db import Db, Document, from_document
from gigflow.core.paging import Page, PageRequest
from gigflow.core.steps import Progress
from gigflow.gigs.models import Service
from gigflow.gigs.store import GIGS, SHOWN


def find_pending_services(db: Db, page: PageRequest) -> Page[Service]:
    """Return services that wait for an admin, those that were sent first before the others."""
    query: Document = {"status": "pending"}
    if page.after:
        sent_at = at_milliseconds(page.value or 0)
        query["$or"] = [
            {"submitted_at": {"$gt": sent_at}},
            {"submitted_at": sent_at, "_id": {"$gt": page.after}},
        ]
    order = [("submitted_at", ASCENDING), ("_id", ASCENDING)]
    rows = db[GIGS].find(query, SHOWN, hint="waiting").sort(order).limit(page.limit + 1)
    return page.cut(
        [from_document(row, Service) for row in rows],
        lambda gig: gig.id,
        "sent",
        lambda gig: milliseconds(gig.submitted_at) if gig.submitted_at else 0,
    )


def add_missing_sending(db: Db, progress: Progress) -> None:
    """Give services a time of sending, their last change, if they were sent to an admin before that was noted."""
    query = {"status": "pending", "submitted_at": None}
    sent = db[GIGS].update_many(query, [{"$set": {"submitted_at": "$updated_at"}}])
    progress.keep(None, sent.modified_count)
