"""Invitations in the database."""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, to_document
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.invitations.models import INVITATION, Invitation
from gigflow.turn.models import READ_MAX

_WAITS = {"waits_for": {"$type": "objectId"}}

INVITATIONS = Declared(
    "invitations",
    (
        IndexModel(
            [("gig_id", ASCENDING), ("freelancer_id", ASCENDING)], name="one_per_freelancer", unique=True
        ),
        # What somebody has been invited to, without what is hidden from them; counted without reading it.
        IndexModel(
            [
                ("freelancer_id", ASCENDING),
                ("hidden", ASCENDING),
                ("waits_for", ASCENDING),
                ("_id", DESCENDING),
            ],
            name="freelancer_shown",
        ),
        # How many somebody has sent today, and what of theirs is to be forgotten.
        IndexModel([("owner_id", ASCENDING), ("created_at", ASCENDING)], name="owner"),
        # Only those that wait for their freelancer.
        IndexModel(
            [("waits_for", ASCENDING), ("_id", DESCENDING)], name="waiting", partialFilterExpression=_WAITS
        ),
    ),
    object_schema(
        {
            "gig_id": "objectId",
            "owner_id": "objectId",
            "freelancer_id": "objectId",
            "note": "string",
            "status": {"enum": ["invited", "declined"]},
            "hidden": "bool",
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (INVITATIONS,)


def insert_invitation(tx: Tx, invitation: Invitation) -> bool:
    """Store a new invitation; returns False if its freelancer has one to this job (the transaction is then over)."""
    try:
        tx[INVITATIONS].insert_one(to_document(invitation))
    except DuplicateKeyError:
        return False
    return True


def get_invitation(db: Db, invitation_id: ObjectId) -> Invitation | None:
    """Return the invitation with this id, or None."""
    found = db[INVITATIONS].find_one({"_id": invitation_id})
    return from_document(found, Invitation) if found else None


def get_invitation_to(db: Db, gig_id: ObjectId, freelancer_id: ObjectId) -> Invitation | None:
    """Return a freelancer's invitation to a gig, or None."""
    found = db[INVITATIONS].find_one({"gig_id": gig_id, "freelancer_id": freelancer_id})
    return from_document(found, Invitation) if found else None


def find_on(db: Db, gig_id: ObjectId, page: PageRequest) -> Page[Invitation]:
    """Return the invitations to a gig, newest first. They are few: `INVITED_MAX`."""
    return newest(db[INVITATIONS], {"gig_id": gig_id}, page, Invitation, hint="one_per_freelancer")


def find_of(db: Db, freelancer_id: ObjectId, page: PageRequest, *, waiting: bool) -> Page[Invitation]:
    """Return what somebody is invited to, newest first: what waits for them, or the rest."""
    if waiting:
        return newest(db[INVITATIONS], _waits_for(freelancer_id), page, Invitation, hint="waiting")
    rest = {"freelancer_id": freelancer_id, "waits_for": None, "hidden": False}
    return newest(db[INVITATIONS], rest, page, Invitation, hint="freelancer_shown")


def count_of(db: Db, freelancer_id: ObjectId) -> tuple[int, int]:
    """Return how many invitations wait for somebody, and how many others they have had."""
    mine = {"$match": {"freelancer_id": freelancer_id, "hidden": False}}
    group = {"$group": {"_id": "$waits_for", "count": {"$sum": 1}}}
    rows = db[INVITATIONS].aggregate([mine, group], hint="freelancer_shown")
    counts = {row["_id"]: row["count"] for row in rows}
    return counts.get(freelancer_id, 0), counts.get(None, 0)


def count_since(tx: Tx, owner_id: ObjectId, since: datetime, most: int) -> tuple[int, datetime | None]:
    """Return how many invitations somebody has sent since then, counted up to `most`, and when the oldest of the last
    `most` was.
    """
    sent = {"owner_id": owner_id, "created_at": {"$gt": since}}
    rows = list(
        tx[INVITATIONS].find(sent, {"created_at": 1}, hint="owner").sort("created_at", DESCENDING).limit(most)
    )
    return len(rows), rows[-1]["created_at"] if rows else None


def count_on(tx: Tx, gig_id: ObjectId, most: int) -> int:
    """Return how many are invited to a gig, counted up to `most`."""
    return tx[INVITATIONS].count_documents({"gig_id": gig_id}, limit=most, hint="one_per_freelancer")


def decline(tx: Tx, invitation_id: ObjectId, reason: str, now: datetime) -> Invitation | None:
    """Decline an invitation; returns None if it is declined already."""
    step = INVITATION["decline"]
    found = tx[INVITATIONS].find_one_and_update(
        {"_id": invitation_id, "status": step.source_filter},
        {"$set": {"status": step.target, "reason": reason, "declined_at": now, "waits_for": None}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Invitation) if found else None


def end_waiting_of(tx: Tx, gig_id: ObjectId, freelancer_id: ObjectId) -> Invitation | None:
    """Let the invitation of a freelancer to a gig wait no longer; returns None if none waits."""
    found = tx[INVITATIONS].find_one_and_update(
        {"gig_id": gig_id, "freelancer_id": freelancer_id, **_WAITS},
        {"$set": {"waits_for": None}},
        hint="one_per_freelancer",
    )
    return from_document(found, Invitation) if found else None


def end_waiting_on(tx: Tx, gig_id: ObjectId) -> None:
    """Let no invitation to a gig wait any longer."""
    waiting = {"gig_id": gig_id, **_WAITS}
    tx[INVITATIONS].update_many(waiting, {"$set": {"waits_for": None}}, hint="one_per_freelancer")


def find_waiting(tx: Tx, freelancer_id: ObjectId, limit: int) -> list[ObjectId]:
    """Return the ids of invitations that wait for somebody, at most `limit`."""
    rows = tx[INVITATIONS].find(_waits_for(freelancer_id), {"_id": 1}, hint="waiting").limit(limit)
    return [row["_id"] for row in rows]


def end_waiting(tx: Tx, ids: Collection[ObjectId]) -> None:
    """Let these invitations wait no longer."""
    tx[INVITATIONS].update_many({"_id": {"$in": list(ids)}}, {"$set": {"waits_for": None}})


def hide_between(tx: Tx, owner_id: ObjectId, freelancer_id: ObjectId) -> list[Invitation]:
    """Hide from a freelancer what somebody has invited them to; returns what of it waited for them."""
    between = {"freelancer_id": freelancer_id, "owner_id": owner_id}
    rows = tx[INVITATIONS].find({**_waits_for(freelancer_id), "owner_id": owner_id}, hint="waiting")
    waited = [from_document(row, Invitation) for row in rows]
    tx[INVITATIONS].update_many(
        between, {"$set": {"hidden": True, "waits_for": None}}, hint="freelancer_shown"
    )
    return waited


def waiting_for(freelancer_id: ObjectId, beside: Document) -> tuple[Declared, list[Document]]:
    """Return where and how to read the invitations that wait for somebody, each with its job, which the stage `beside`
    finds as "job".
    """
    newest_first: Document = {"$sort": {"_id": DESCENDING}}
    match: Document = {"$match": _waits_for(freelancer_id)}
    return INVITATIONS, [match, newest_first, {"$limit": READ_MAX}, {"$set": {"note": ""}}, beside]


def forget_words_of(tx: Tx, user_id: ObjectId, hired_beside: Document, limit: int) -> int:
    """Remove the words of invitations that came to no order from both sides of them, at most so many, of somebody who
    has sent or got them; returns how many there were. The stage `hired_beside` finds the hired bid as "hired".
    """
    words = {"$or": [{"note": {"$gt": ""}}, {"reason": {"$gt": ""}}]}
    count = 0
    for side in ("owner_id", "freelancer_id"):
        stages: list[Document] = [
            {"$match": {side: user_id, **words}},
            hired_beside,
            {"$match": {"hired": []}},
            {"$limit": limit - count},
            {"$project": {"_id": 1}},
        ]
        ids = [row["_id"] for row in tx[INVITATIONS].aggregate(stages)] if count < limit else []
        tx[INVITATIONS].update_many({"_id": {"$in": ids}}, {"$set": {"note": "", "reason": ""}})
        count += len(ids)
    return count


def _waits_for(freelancer_id: ObjectId) -> Document:
    return {"waits_for": {"$type": "objectId", "$eq": freelancer_id}}
