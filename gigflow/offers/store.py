"""Offers in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, passed, to_document
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.core.transitions import Transition
from gigflow.offers.models import ENDED, LIVE, OFFER, ROUNDS_MAX, Offer
from gigflow.turn.models import READ_MAX

_WHOLE = {"bsonType": ["int", "long"], "minimum": 0}
_DIRECT: Document = {"kind": "direct"}
_FOR_REQUEST: Document = {"kind": "request"}

OFFERS = Declared(
    "offers",
    (
        # What a negotiation is (docs/domain.md, invariant 12): one live offer, and one line by `answers`.
        IndexModel(
            [("negotiation_id", ASCENDING)],
            name="one_live_per_negotiation",
            unique=True,
            partialFilterExpression={**_DIRECT, "status": {"$in": list(LIVE)}},
        ),
        IndexModel(
            [("answers", ASCENDING)],
            name="one_answer",
            unique=True,
            partialFilterExpression={**_DIRECT, "round": {"$gt": 1}},
        ),
        # Of a request: one open offer for each freelancer, and one that was accepted.
        IndexModel(
            [("request_id", ASCENDING), ("freelancer_id", ASCENDING)],
            name="one_sent_per_freelancer",
            unique=True,
            partialFilterExpression={**_FOR_REQUEST, "status": "sent"},
        ),
        IndexModel(
            [("request_id", ASCENDING)],
            name="one_accepted",
            unique=True,
            partialFilterExpression={**_FOR_REQUEST, "status": "accepted"},
        ),
        IndexModel(
            [("request_id", ASCENDING), ("_id", ASCENDING)],
            name="request",
            partialFilterExpression=_FOR_REQUEST,
        ),
        # What a client who leaves for good said in a request, as its offers copied it. No list goes by it.
        IndexModel(
            [("client_id", ASCENDING)], name="client_of_request", partialFilterExpression=_FOR_REQUEST
        ),
        IndexModel(
            [("sender_id", ASCENDING), ("key", ASCENDING)],
            name="one_per_key",
            unique=True,
            partialFilterExpression={"key": {"$type": "string"}},
        ),
        IndexModel([("to_id", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)], name="receiver"),
        IndexModel([("sender_id", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)], name="sender"),
        # How many negotiations somebody has begun today.
        IndexModel(
            [("sender_id", ASCENDING), ("created_at", ASCENDING)],
            name="begun",
            partialFilterExpression={**_DIRECT, "round": 1},
        ),
        IndexModel(
            [("pair", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)],
            name="pair",
            partialFilterExpression=_DIRECT,
        ),
        IndexModel(
            [("negotiation_id", ASCENDING), ("_id", ASCENDING)],
            name="negotiation",
            partialFilterExpression=_DIRECT,
        ),
        IndexModel(
            [("expires_at", ASCENDING)], name="expires", partialFilterExpression={"status": "sent"}
        ),
        IndexModel(
            [("remind_at", ASCENDING)],
            name="remind_at",
            partialFilterExpression={"remind_at": {"$type": "date"}},
        ),
    ),
    object_schema(
        {
            "kind": {"enum": ["direct", "request"]},
            "negotiation_id": "objectId",
            "round": {**_WHOLE, "minimum": 1, "maximum": ROUNDS_MAX},
            "pair": "string",
            "sender_id": "objectId",
            "to_id": "objectId",
            "client_id": "objectId",
            "freelancer_id": "objectId",
            "title": "string",
            "description": "string",
            "price_minor": {**_WHOLE, "minimum": 1},
            "fee_basis_points": _WHOLE,
            "status": {
                "enum": [
                    *LIVE, "declined", "countered", "withdrawn", "superseded", "expired", "void", "called_off",
                ]
            },
            "hidden": "bool",
            "expires_at": "date",
            "created_at": "date",
        }
    ),
)  # fmt: skip
COLLECTIONS = (OFFERS,)


def insert_offer(tx: Tx, offer: Offer) -> bool:
    """Store a new offer; returns False if its sender has one under the same key, or if the one that it answers has an
    answer (the transaction is then over).
    """
    try:
        tx[OFFERS].insert_one(to_document(offer))
    except DuplicateKeyError:
        return False
    return True


def insert_offers(tx: Tx, offers: list[Offer]) -> None:
    """Store new offers for a request."""
    tx[OFFERS].insert_many([to_document(each) for each in offers])


def get_offer(db: Db, offer_id: ObjectId) -> Offer | None:
    """Return the offer with this id, or None."""
    found = db[OFFERS].find_one({"_id": offer_id})
    return from_document(found, Offer) if found else None


def get_by_key(db: Db, sender_id: ObjectId, key: str) -> Offer | None:
    """Return what somebody has sent under this key, or None."""
    found = db[OFFERS].find_one({"sender_id": sender_id, "key": key}, hint="one_per_key")
    return from_document(found, Offer) if found else None


def find_rounds(db: Db, negotiation_id: ObjectId) -> list[Offer]:
    """Return the offers of a negotiation, the first one first."""
    rows = (
        db[OFFERS]
        .find({**_DIRECT, "negotiation_id": negotiation_id}, hint="negotiation")
        .sort("_id", ASCENDING)
    )
    return [from_document(row, Offer) for row in rows.limit(ROUNDS_MAX)]


def find_received(
    db: Db, user_id: ObjectId, statuses: Collection[str], page: PageRequest, side: str | None
) -> Page[Offer]:
    """Return what somebody got in these states, newest first; with `side` only what they are on that side of."""
    mine = {"to_id": user_id, "status": {"$in": list(statuses)}, "hidden": False, **_on(user_id, side)}
    return newest(db[OFFERS], mine, page, Offer, hint="receiver")


def find_sent(
    db: Db, user_id: ObjectId, statuses: Collection[str], page: PageRequest, side: str | None
) -> Page[Offer]:
    """Return what somebody sent to another person in these states, newest first; with `side` only what they are on that
    side of.
    """
    mine = {**_DIRECT, "sender_id": user_id, "status": {"$in": list(statuses)}, **_on(user_id, side)}
    return newest(db[OFFERS], mine, page, Offer, hint="sender")


def find_of_side(
    db: Db, user_id: ObjectId, side: str, statuses: Collection[str], page: PageRequest
) -> Page[Offer]:
    """Return what somebody sent or got on this side in these states, newest first."""
    query = {"$or": _boxes(user_id), f"{side}_id": user_id, "status": {"$in": list(statuses)}}
    return newest(db[OFFERS], query, page, Offer)


def count_of_side(db: Db, user_id: ObjectId, side: str) -> dict[str, int]:
    """Return how many offers somebody has sent or got on this side, by their state."""
    stages: list[Document] = [
        {"$match": {"$or": _boxes(user_id), f"{side}_id": user_id}},
        {"$group": {"_id": "$status", "count": {"$sum": 1}}},
    ]
    return {row["_id"]: row["count"] for row in db[OFFERS].aggregate(stages)}


def find_open_between(db: Db, pair: str, user_id: ObjectId, now: datetime, limit: int) -> list[Offer]:
    """Return the offers between two people that can still be accepted, as one of them knows them, the newest first."""
    shown = {**_DIRECT, "pair": pair, "status": "sent", "$or": _boxes(user_id)}
    rows = db[OFFERS].find(shown, hint="pair").sort("_id", DESCENDING)
    # What has expired is there until it is noted: a few at most, since two people may have few open.
    found = (from_document(row, Offer) for row in rows.limit(limit + READ_MAX))
    return [each for each in found if each.is_open(now)][:limit]


def have_offered(db: Db, pair: str, user_id: ObjectId) -> bool:
    """Return whether one of two people has sent the other an offer, in whatever state, as one of them knows it."""
    shown = {**_DIRECT, "pair": pair, "$or": _boxes(user_id)}
    return db[OFFERS].find_one(shown, {"_id": 1}, hint="pair") is not None


def count_begun_since(tx: Tx, sender_id: ObjectId, since: datetime, most: int) -> tuple[int, datetime | None]:
    """Return how many negotiations somebody has begun since then, counted up to `most`, and when the oldest of the last
    `most` was.
    """
    begun = {**_DIRECT, "round": 1, "sender_id": sender_id, "created_at": {"$gt": since}}
    rows = list(
        tx[OFFERS].find(begun, {"created_at": 1}, hint="begun").sort("created_at", DESCENDING).limit(most)
    )
    return len(rows), rows[-1]["created_at"] if rows else None


def accept(
    tx: Tx, offer_id: ObjectId, to_id: ObjectId, order_id: ObjectId, key: str | None, now: datetime
) -> Offer | None:
    """Accept an offer, which is the guard of everything that ends it; returns None if it can no longer be accepted."""
    step = OFFER["accept"]
    changes = {"status": step.target, "order_id": order_id, "accept_key": key, "ended_at": now}
    return _move(tx, {"_id": offer_id, "to_id": to_id, "expires_at": {"$gt": now}}, step, changes)


def move(
    tx: Tx, offer: Offer, step: Transition, now: datetime, changes: Document, *, only_open: bool = False
) -> Offer | None:
    """Let an offer end by this step; returns None if it has ended, or (`only_open`) if its time has come."""
    query: Document = {"_id": offer.id}
    if only_open:
        query["expires_at"] = {"$gt": now}
    return _move(tx, query, step, {"status": step.target, "ended_at": now, **changes})


def expire(tx: Tx, offer_id: ObjectId, now: datetime) -> Offer | None:
    """Note that an offer has expired; returns None if it has ended, or its time has not come."""
    step = OFFER["expire"]
    due = {"_id": offer_id, "expires_at": passed(now)}
    return _move(tx, due, step, {"status": step.target, "ended_at": now})


def find_expired(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return offers whose time has come, the earliest first."""
    due = {"status": "sent", "expires_at": passed(now)}
    rows = db[OFFERS].find(due, {"_id": 1}, hint="expires").sort("expires_at", ASCENDING).limit(limit)
    return [row["_id"] for row in rows]


def find_to_remind(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return offers of which their receivers are to be reminded, the earliest first."""
    due = {"remind_at": passed(now)}
    rows = db[OFFERS].find(due, {"_id": 1}, hint="remind_at").sort("remind_at", ASCENDING).limit(limit)
    return [row["_id"] for row in rows]


def take_reminder(tx: Tx, offer_id: ObjectId, now: datetime) -> Offer | None:
    """Claim the reminder of an offer that is due; returns None if another process has it, or the offer has ended."""
    due = {"_id": offer_id, "remind_at": passed(now), "status": "sent"}
    found = tx[OFFERS].find_one_and_update(due, {"$set": {"remind_at": None}})
    return from_document(found, Offer) if found else None


def call_off(tx: Tx, offer_id: ObjectId, now: datetime) -> Offer | None:
    """Note that the order of an accepted offer ended unpaid; a late repeat of the acceptance is no longer healed.
    Returns None if it is not accepted.
    """
    step = OFFER["call_off"]
    return _move(tx, {"_id": offer_id}, step, {"status": step.target, "accept_key": None, "ended_at": now})


def find_of_request(db: Db, request_id: ObjectId, limit: int) -> list[Offer]:
    """Return the newest offers of a request, the newest first."""
    query = {**_FOR_REQUEST, "request_id": request_id}
    rows = db[OFFERS].find(query, hint="request").sort("_id", DESCENDING).limit(limit)
    return [from_document(row, Offer) for row in rows]


def find_sent_of_request(tx: Db, request_id: ObjectId) -> list[Offer]:
    """Return the offers of a request that have not ended: at most `ASKED_MAX`, since no more are sent."""
    query = {**_FOR_REQUEST, "request_id": request_id, "status": "sent"}
    return [from_document(row, Offer) for row in tx[OFFERS].find(query, hint="one_sent_per_freelancer")]


def count_open_of_each(db: Db, ids: Sequence[ObjectId]) -> dict[ObjectId, int]:
    """Return how many offers wait for the answer of each of these people as a freelancer; those who have none are left
    out.
    """
    as_freelancer = {"$expr": {"$eq": ["$to_id", "$freelancer_id"]}}
    waiting = {"to_id": {"$in": list(ids)}, "status": "sent", **as_freelancer}
    stages: list[Document] = [{"$match": waiting}, {"$group": {"_id": "$to_id", "count": {"$sum": 1}}}]
    return {row["_id"]: row["count"] for row in db[OFFERS].aggregate(stages, hint="receiver")}


def find_last_ended_of(db: Db, freelancer_id: ObjectId, most: int) -> list[Offer]:
    """Return the last offers for requests that a freelancer has got and that have ended, at most so many, the newest
    first: of each state the newest are read, and merged.
    """
    ended = {"to_id": freelancer_id, "status": {"$in": list(ENDED)}, **_FOR_REQUEST}
    rows = db[OFFERS].find(ended, hint="receiver").sort("_id", DESCENDING).limit(most)
    return [from_document(row, Offer) for row in rows]


def holds_offer(db: Db, request_id: ObjectId, freelancer_id: ObjectId) -> bool:
    """Return whether a freelancer has an offer of a request that is open or that they have accepted."""
    query = {
        **_FOR_REQUEST,
        "request_id": request_id,
        "freelancer_id": freelancer_id,
        "status": {"$in": list(LIVE)},
    }
    return db[OFFERS].find_one(query, {"_id": 1}, hint="request") is not None


def is_asked_by(db: Db, freelancer_id: ObjectId, admin_id: ObjectId) -> bool:
    """Return whether a freelancer has an open offer for a request from this admin."""
    query = {**_FOR_REQUEST, "to_id": freelancer_id, "status": "sent", "sender_id": admin_id}
    return db[OFFERS].find_one(query, {"_id": 1}, hint="receiver") is not None


def find_sent_of(tx: Tx, user_id: ObjectId, limit: int) -> list[ObjectId]:
    """Return the offers that somebody sent or got and that have not ended, at most `limit`."""
    ids: list[ObjectId] = []
    for box, hint in ((_got(user_id), "receiver"), (_sent(user_id), "sender")):
        rows = tx[OFFERS].find({**box, "status": "sent"}, {"_id": 1}, hint=hint)
        ids += [row["_id"] for row in rows.limit(limit - len(ids))] if len(ids) < limit else []
    return ids


def find_sent_between(tx: Tx, pair: str) -> list[Offer]:
    """Return the offers between two people that have not ended."""
    rows = tx[OFFERS].find({**_DIRECT, "pair": pair, "status": "sent"}, hint="pair")
    return [from_document(row, Offer) for row in rows]


def hide_between(tx: Tx, pair: str, to_id: ObjectId) -> None:
    """Hide from somebody what the other one of two people has sent them and has not ended."""
    tx[OFFERS].update_many(
        {**_DIRECT, "pair": pair, "to_id": to_id, "status": "sent"},
        {"$set": {"hidden": True, "remind_at": None}},
        hint="pair",
    )


def waiting_for(user_id: ObjectId) -> tuple[Declared, list[Document]]:
    """Return where and how to read the offers that wait for somebody's answer, without their long texts."""
    mine: Document = {"to_id": user_id, "status": "sent", "hidden": False}
    newest_first: Document = {"$sort": {"_id": DESCENDING}}
    short: Document = {"$set": {"description": "", "note": ""}}
    return OFFERS, [{"$match": mine}, newest_first, {"$limit": READ_MAX}, short]


def forget_words_of(tx: Tx, user_id: ObjectId, limit: int) -> tuple[int, dict[ObjectId, list[ObjectId]]]:
    """Remove the words and files of offers that came to no order, at most so many, which somebody has sent or got;
    returns how many there were, and the files of each that it has for itself.
    """
    words = {"$or": [{"description": {"$gt": ""}}, {"note": {"$gt": ""}}, {"reason": {"$gt": ""}}]}
    found: dict[ObjectId, Document] = {}
    of_request = {**_FOR_REQUEST, "client_id": user_id}
    boxes = ((_got(user_id), "receiver"), (_sent(user_id), "sender"), (of_request, "client_of_request"))
    for box, hint in boxes:
        ended = {**box, "status": {"$nin": list(LIVE)}, **words}
        if len(found) < limit:
            rows = tx[OFFERS].find(ended, {"file_ids": 1, "kind": 1}, hint=hint)
            found.update((row["_id"], row) for row in rows.limit(limit - len(found)))
    empty = {"title": "", "description": "", "note": "", "reason": "", "file_ids": []}
    tx[OFFERS].update_many({"_id": {"$in": list(found)}}, {"$set": empty})
    return len(found), {key: row["file_ids"] for key, row in found.items() if row["kind"] == "direct"}


def _move(tx: Tx, query: Document, step: Transition, changes: Document) -> Offer | None:
    # What is hidden from its receiver may have been seen a moment before: they can do nothing with it.
    shown: Document = {"hidden": False} if step.actor == "receiver" else {}
    found = tx[OFFERS].find_one_and_update(
        {**query, **shown, "status": step.source_filter},
        {"$set": {**changes, "remind_at": None}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Offer) if found else None


def _on(user_id: ObjectId, side: str | None) -> Document:
    return {f"{side}_id": user_id} if side else {}


def _got(user_id: ObjectId) -> Document:
    return {"to_id": user_id}


def _sent(user_id: ObjectId) -> Document:
    """What somebody sent as one of the two people of it, which an admin who sends it for a request is not."""
    return {**_DIRECT, "sender_id": user_id}


def _boxes(user_id: ObjectId) -> list[Document]:
    return [{**_got(user_id), "hidden": False}, _sent(user_id)]
