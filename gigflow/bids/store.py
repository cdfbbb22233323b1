"""Bids in the database."""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime

import msgspec
from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument, UpdateMany, UpdateOne
from pymongo.errors import DuplicateKeyError

from gigflow.accounts.models import LEFT_NAME, Person
from gigflow.bids.models import BID, Bid, BidTerms, Earlier, Unread, Waiting
from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, to_document
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.core.steps import Progress
from gigflow.core.transitions import Transition
from gigflow.gigs.models import Job
from gigflow.turn.models import READ_MAX

_TO_CONFIRM = {"change_told": {"$type": "objectId"}}
_CONFIRMED = {"change_told": None}
_UNREAD = {"unread_by": {"$type": "objectId"}}
_STARRED = {"starred_by": {"$type": "objectId"}}
_WITH_REASON = {"reason": {"$gt": ""}}

BIDS = Declared(
    "bids",
    (
        IndexModel(
            [("gig_id", ASCENDING), ("freelancer_id", ASCENDING)],
            name="one_live_per_freelancer",
            unique=True,
            partialFilterExpression={"status": {"$in": ["pending", "hired"]}},
        ),
        IndexModel(
            [("gig_id", ASCENDING)],
            name="one_hired",
            unique=True,
            partialFilterExpression={"status": "hired"},
        ),
        IndexModel([("gig_id", ASCENDING), ("_id", DESCENDING)], name="gig"),
        IndexModel([("freelancer_id", ASCENDING), ("_id", DESCENDING)], name="freelancer"),
        IndexModel(
            [("freelancer_id", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)],
            name="freelancer_state",
        ),
        # Only those that the owner of their job has not looked at.
        IndexModel(
            [("unread_by", ASCENDING), ("status", ASCENDING), ("gig_id", ASCENDING)],
            name="unread",
            partialFilterExpression=_UNREAD,
        ),
        # Only those that wait for their freelancer, whose job has changed.
        IndexModel(
            [("freelancer_id", ASCENDING), ("status", ASCENDING)],
            name="to_confirm",
            partialFilterExpression=_TO_CONFIRM,
        ),
        # The same ones, for the owner of the job: nobody can be hired by them yet.
        IndexModel(
            [("gig_id", ASCENDING), ("status", ASCENDING), ("change_told", ASCENDING)],
            name="unconfirmed",
            partialFilterExpression=_TO_CONFIRM,
        ),
        # Only those that the owner of their job has starred: the stars go when the owner leaves.
        IndexModel([("starred_by", ASCENDING)], name="starred", partialFilterExpression=_STARRED),
        # Only those that were declined with words of the owner: these go, too.
        IndexModel([("rejected_by", ASCENDING)], name="reasons", partialFilterExpression=_WITH_REASON),
    ),
    object_schema(
        {
            "gig_id": "objectId",
            "freelancer_id": "objectId",
            "message": "string",
            "price_minor": {"bsonType": ["int", "long"], "minimum": 1},
            "status": {"enum": ["pending", "hired", "rejected", "withdrawn"]},
            "version": {"bsonType": ["int", "long"]},
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (BIDS,)

MINE_AMONG = 50  # bids of one freelancer on one job, among which the live one is looked for
MET_AMONG = 1_000  # bids of one person, by which it is known with whom they have had to do


def insert_bid(tx: Tx, bid: Bid) -> bool:
    """Store a new bid; returns False if this freelancer has a live one on this gig (the transaction is then over)."""
    try:
        tx[BIDS].insert_one(to_document(bid))
    except DuplicateKeyError:
        return False
    return True


def get_bid(db: Db, bid_id: ObjectId) -> Bid | None:
    """Return the bid with this id, or None."""
    found = db[BIDS].find_one({"_id": bid_id})
    return from_document(found, Bid) if found else None


def get_bid_with_bidder(db: Db, bid_id: ObjectId, beside: Document) -> tuple[Bid, Person] | None:
    """Return the bid with this id and its freelancer, or None; `beside` is the stage that finds them as "bidder"."""
    for row in db[BIDS].aggregate([{"$match": {"_id": bid_id}}, beside]):
        bid = from_document(row, Bid)
        bidders = [from_document(each, Person) for each in row["bidder"]]
        return bid, bidders[0] if bidders else Person(id=bid.freelancer_id, name=LEFT_NAME)
    return None


def get_bid_of(db: Db, gig_id: ObjectId, freelancer_id: ObjectId) -> Bid | None:
    """Return a freelancer's live bid on a gig, which may be an older one that is reconsidered; else the newest, or
    None.
    """
    rows = db[BIDS].find({"gig_id": gig_id, "freelancer_id": freelancer_id}).sort("_id", DESCENDING)
    found = list(rows.limit(MINE_AMONG))
    live = next((row for row in found if row["status"] in ("pending", "hired")), None)
    return from_document(live or found[0], Bid) if found else None


def find_gigs_bid_on(db: Db, freelancer_id: ObjectId) -> list[ObjectId]:
    """Return the gigs on which a freelancer has placed their newest bids."""
    rows = db[BIDS].find({"freelancer_id": freelancer_id}, {"gig_id": 1, "_id": 0})
    return list({row["gig_id"] for row in rows.sort("_id", DESCENDING).limit(MET_AMONG)})


def count_bids_of(tx: Tx, gig_id: ObjectId, freelancer_id: ObjectId, most: int) -> int:
    """Return how many bids a freelancer has on a gig that were withdrawn or declined, counted up to `most`."""
    ended = [{"status": "withdrawn"}, {"declined_at": {"$ne": None}}]
    query = {"gig_id": gig_id, "freelancer_id": freelancer_id, "$or": ended}
    return tx[BIDS].count_documents(query, limit=most)


def find_bids_on(db: Db, gig_id: ObjectId, page: PageRequest) -> Page[Bid]:
    """Return the bids on a gig, newest first."""
    return newest(db[BIDS], {"gig_id": gig_id}, page, Bid)


def find_bids_of(
    db: Db, freelancer_id: ObjectId, page: PageRequest, statuses: Collection[str] = ()
) -> Page[Bid]:
    """Return the bids of a freelancer in these states, or in any, newest first."""
    if not statuses:
        return newest(db[BIDS], {"freelancer_id": freelancer_id}, page, Bid, hint="freelancer")
    query = {"freelancer_id": freelancer_id, "status": {"$in": list(statuses)}}
    return newest(db[BIDS], query, page, Bid, hint="freelancer_state")


def count_statuses_of(db: Db, freelancer_id: ObjectId) -> dict[str, int]:
    """Return how many bids of a freelancer are in each state."""
    group = {"$group": {"_id": "$status", "count": {"$sum": 1}}}
    rows = db[BIDS].aggregate([{"$match": {"freelancer_id": freelancer_id}}, group], hint="freelancer_state")
    return {row["_id"]: row["count"] for row in rows}


def unread_of(owner_id: ObjectId, beside: Document) -> tuple[Declared, list[Document]]:
    """Return where and how to read which jobs have pending bids that their owner has not looked at: how many, since
    when, which of their versions is the latest, and the job, which the stage `beside` finds as "job".
    """
    group = {
        "_id": "$gig_id",
        "count": {"$sum": 1},
        "since": {"$min": "$updated_at"},
        "version": {"$max": "$version"},
    }
    stages: list[Document] = [
        {"$match": _unread_by(owner_id)},
        {"$limit": 10 * READ_MAX},
        {"$group": group},
        {"$limit": READ_MAX},
        beside,
    ]
    return BIDS, stages


def unconfirmed_of(freelancer_id: ObjectId, beside: Document) -> tuple[Declared, list[Document]]:
    """Return where and how to read the pending bids that a freelancer has to confirm, each with its job, which the
    stage `beside` finds as "job".
    """
    match = {"freelancer_id": freelancer_id, "status": "pending", **_TO_CONFIRM}
    return BIDS, [{"$match": match}, {"$limit": READ_MAX}, {"$set": {"message": ""}}, beside]


def count_unread(db: Db, owner_id: ObjectId, gig_ids: Collection[ObjectId]) -> dict[ObjectId, Unread]:
    """Return which pending bids on each of their jobs the owner has not looked at; jobs without any are left out."""
    match = {**_unread_by(owner_id), "gig_id": {"$in": list(gig_ids)}}
    group = {"_id": "$gig_id", "count": {"$sum": 1}, "version": {"$max": "$version"}}
    rows = db[BIDS].aggregate([{"$match": match}, {"$group": group}])
    return {row["_id"]: Unread(row["count"], row["version"]) for row in rows}


def count_unconfirmed(db: Db, gig_ids: Collection[ObjectId]) -> dict[ObjectId, int]:
    """Return how many pending bids on each of these jobs wait for their freelancers to confirm them; jobs without any
    are left out.
    """
    match = {"gig_id": {"$in": list(gig_ids)}, "status": "pending", **_TO_CONFIRM}
    group = {"_id": "$gig_id", "count": {"$sum": 1}}
    rows = db[BIDS].aggregate([{"$match": match}, {"$group": group}], hint="unconfirmed")
    return {row["_id"]: row["count"] for row in rows}


def mark_read(db: Db, owner_id: ObjectId, bids: Collection[Bid]) -> None:
    """Note that the owner of their job has looked at these bids, as they were read: not at what has changed since."""
    seen: dict[int, list[ObjectId]] = defaultdict(list)
    for bid in bids:
        seen[bid.version].append(bid.id)
    as_read = [{"_id": {"$in": ids}, "version": version} for version, ids in seen.items()]
    db[BIDS].update_many({"unread_by": owner_id, "$or": as_read}, {"$set": {"unread_by": None}})


def mark_older_read(db: Db, owner_id: ObjectId, bid: Bid) -> None:
    """Note that the owner of the job has looked at the bids that are older than this one."""
    older = {"gig_id": bid.gig_id, "_id": {"$lt": bid.id}, "unread_by": owner_id}
    db[BIDS].update_many(older, {"$set": {"unread_by": None}})


def add_missing_unread(db: Db, progress: Progress, owner_of: Callable[[ObjectId], ObjectId | None]) -> None:
    """Let bids that were pending before it was noted who has looked at them count as unread."""

    def add(row: Document) -> int:
        missing = {"_id": row["_id"], "unread_by": {"$exists": False}}
        return db[BIDS].update_one(missing, {"$set": {"unread_by": owner_of(row["gig_id"])}}).modified_count

    progress.change_each(BIDS, {"status": "pending", "unread_by": {"$exists": False}}, add)


def find_pending_on(tx: Tx, gig_id: ObjectId, besides: ObjectId | None = None) -> list[Waiting]:
    """Return the bids on a gig that wait for an answer, `besides` one, with no more of them than answering them all
    needs.
    """
    pending = {"gig_id": gig_id, "status": "pending", "_id": {"$ne": besides}}
    rows = tx[BIDS].find(pending, {"freelancer_id": 1, "for_terms": 1})
    return [from_document(row, Waiting) for row in rows]


def find_that_may_win(tx: Tx, freelancer_id: ObjectId, limit: int) -> list[ObjectId]:
    """Return the ids of a freelancer's bids that wait for an answer, or may wait for one again; at most `limit`.

    One query looks at both kinds, so that none slips from one into the other between two queries.
    """
    again = {"status": "rejected", "rejected_by": {"$ne": None}, "for_good": {"$ne": True}}
    query = {"freelancer_id": freelancer_id, "$or": [{"status": "pending"}, again]}
    rows = tx[BIDS].find(query, {"_id": 1}, hint="freelancer").limit(limit)
    return [row["_id"] for row in rows]


def reject_for_good(tx: Tx, bid_id: ObjectId) -> bool:
    """Mark a rejected bid: it is no longer a choice, whatever becomes of the order that it lost to. Returns False if it
    is not rejected.
    """
    rejected = {"_id": bid_id, "status": "rejected"}
    return tx[BIDS].update_one(rejected, {"$set": {"for_good": True}}).matched_count == 1


def forget_words_of(
    tx: Tx, freelancer_id: ObjectId, instead: str, limit: int
) -> dict[ObjectId, list[ObjectId]]:
    """Remove the messages and files from a freelancer's bids that led to nothing, at most `limit`; returns for each the
    files. Those of hired bids are part of a contract.
    """
    query = {
        "freelancer_id": freelancer_id,
        "status": {"$in": ["rejected", "withdrawn"]},
        "message": {"$ne": instead},
    }
    rows = list(tx[BIDS].find(query, {"file_ids": 1}, hint="freelancer").limit(limit))
    gone = {"message": instead, "file_ids": []}
    tx[BIDS].update_many({"_id": {"$in": [row["_id"] for row in rows]}}, {"$set": gone})
    return {row["_id"]: row.get("file_ids", []) for row in rows}


def move_bid(tx: Tx, bid_id: ObjectId, transition: Transition, now: datetime) -> Bid | None:
    """Take a bid through a transition that changes nothing but its state; returns None if it is not in a source of
    it.
    """
    found = tx[BIDS].find_one_and_update(
        {"_id": bid_id, "status": transition.source_filter},
        {"$set": {"status": transition.target, "updated_at": now}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Bid) if found else None


def hire_bid(
    tx: Tx, bid: Bid, others: Collection[Waiting], rejected_by: ObjectId, now: datetime
) -> Bid | None:
    """Hire a bid that is pending and as it was read, and reject all `others` that are pending on its gig, in one round
    trip; returns None if the bid is not.
    """
    hire, reject = BID["hire"], BID["reject"]
    hired: Document = {"status": hire.target, "unread_by": None, "updated_at": now}
    seen = {"version": bid.version, "updated_at": bid.updated_at}
    changes: list[UpdateOne | UpdateMany] = [
        UpdateOne({"_id": bid.id, "status": hire.source_filter, **seen}, {"$set": hired})
    ]
    if others:
        rest = {"gig_id": bid.gig_id, "status": reject.source_filter, "_id": {"$ne": bid.id}}
        rejected = {"status": reject.target, "rejected_by": rejected_by, "updated_at": now}
        changes.append(UpdateMany(rest, {"$set": rejected}))
    written = tx[BIDS].bulk_write(changes).matched_count
    return msgspec.structs.replace(bid, **hired) if written == 1 + len(others) else None


def reject_pending(tx: Tx, gig_id: ObjectId, rejected_by: ObjectId, now: datetime) -> None:
    """Reject every bid on a gig that is still pending, naming the order or the owner that did it."""
    reject = BID["reject"]
    tx[BIDS].update_many(
        {"gig_id": gig_id, "status": reject.source_filter},
        {"$set": {"status": reject.target, "rejected_by": rejected_by, "updated_at": now}},
    )


def reopen_rejected(tx: Tx, gig_id: ObjectId, order_id: ObjectId, now: datetime) -> list[Bid]:
    """Make the bids pending again that the hire of this order had rejected, and return them."""
    query = {"gig_id": gig_id, "status": "rejected", "rejected_by": order_id}
    rejected = [from_document(row, Bid) for row in tx[BIDS].find(query)]
    reopened = {"status": BID["reopen"].target, "rejected_by": None, "updated_at": now}
    tx[BIDS].update_many(query, {"$set": reopened})
    return rejected


def ask_to_confirm(tx: Tx, ids: Collection[ObjectId], told: ObjectId, earlier: Earlier) -> None:
    """Note in these bids by what their freelancers were told that the job has other terms now, and which it had."""
    noted = {"change_told": told, "earlier": to_document(earlier)}
    tx[BIDS].update_many({"_id": {"$in": list(ids)}}, {"$set": noted})


def change_bid(
    tx: Tx, bid_id: ObjectId, terms: BidTerms, job: Job, *, version: int | None, now: datetime
) -> Bid | None:
    """Set the terms of a pending bid (and, if given, of this version), for the terms of its job as they are, whose
    owner has to look at it again; returns None if it is not.
    """
    change = BID["change"]
    condition: Document = {"_id": bid_id, "status": change.source_filter}
    if version is not None:
        condition["version"] = version
    found = tx[BIDS].find_one_and_update(
        condition,
        {
            "$set": {
                **to_document(terms),
                "for_terms": job.terms_version,
                "change_told": None,
                "unread_by": job.owner_id,
                "earlier": None,
                "updated_at": now,
            },
            "$inc": {"version": 1},
        },
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Bid) if found else None


def _unread_by(owner_id: ObjectId) -> Document:
    """A bid that its freelancer has to confirm first is nobody else's turn."""
    return {"unread_by": {"$type": "objectId", "$eq": owner_id}, "status": "pending", **_CONFIRMED}
