"""What GigFlow is compared with: the same work without any of the house around it."""

from datetime import datetime

from bson import ObjectId
from flask import Flask, Response, jsonify, request
from pymongo import UpdateMany, UpdateOne

from gigflow.accounts.guards import GUARDS, next_guard
from gigflow.accounts.models import User, Viewer
from gigflow.accounts.store import SESSIONS, USERS
from gigflow.bids.models import Bid
from gigflow.bids.store import BIDS
from gigflow.chat.store import CONVERSATIONS, ENTRIES
from gigflow.core.db import Db, Document, Tx, to_document
from gigflow.gigs.models import Job
from gigflow.gigs.store import GIGS, SHOWN
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.offers.store import OFFERS
from gigflow.orders.store import ORDERS
from tests.bench.kept import document_of

PAGE = 20
MESSAGE = "I would begin with a sketch."


def application(db: Db) -> Flask:
    """Two routes: `/plain` does nothing, `/find` has the query and the answer of GET /api/gigs, written plainly."""
    app = Flask(__name__)

    @app.get("/plain")
    def plain() -> Response:
        return Response(b"{}", mimetype="application/json")

    @app.get("/find")
    def find() -> Response:
        query = {"status": "open", "_id": {"$lt": ObjectId(request.args["cursor"])}}
        rows = list(db[GIGS].find(query, SHOWN, hint="newest").sort("_id", -1).limit(PAGE + 1))[:PAGE]
        return jsonify(gigs=[_body(row) for row in rows], next=str(rows[-1]["_id"]))

    return app


def hire(db: Db, owner: Viewer, gig_id: ObjectId, bid_id: ObjectId, now: datetime) -> None:
    """The statements of a hire's transaction, with nothing checked and nothing made of what they answer."""
    order_id = ObjectId()

    def work(tx: Tx) -> None:
        assigned = {"status": "assigned", "hired_bid_id": bid_id, "order_id": order_id, "updated_at": now}
        tx[GIGS].find_one_and_update(
            {"_id": gig_id, "status": "open"}, {"$set": assigned, "$inc": {"version": 1}}
        )
        pending = {"gig_id": gig_id, "status": "pending"}
        bids = {bid["_id"]: bid for bid in tx[BIDS].find(pending, {"freelancer_id": 1})}
        bidder_id = bids[bid_id]["freelancer_id"]
        rejected = {"status": "rejected", "rejected_by": order_id, "updated_at": now}
        hired = UpdateOne({"_id": bid_id, "status": "pending"}, {"$set": {"status": "hired"}})
        tx[BIDS].bulk_write([hired, UpdateMany(pending, {"$set": rejected})])
        number = next_guard()
        tx[GUARDS].bulk_write([_guard(each, number) for each in (owner.user_id, bidder_id)])
        order = _order(order_id, {"type": "bid", "id": bid_id}, owner.user_id, bidder_id, now)
        order["gig_id"] = gig_id
        tx[ORDERS].insert_one(order)
        news = [
            {
                "_id": ObjectId(),
                "fact": f"hired:{order_id}:{bid['freelancer_id']}",
                "user_id": bid["freelancer_id"],
                "type": "hired",
                "message": "You have been hired for something that has a title of its own!",
                "url": f"/orders/{order_id}",
                "gig_id": gig_id,
                "bid_id": bid["_id"],
                "order_id": order_id,
                "created_at": now,
                "read_at": None,
            }
            for bid in bids.values()
        ]
        tx[NOTIFICATIONS].insert_many(news)

    db.transact(work)


def accept(db: Db, receiver: Viewer, offer_id: ObjectId, now: datetime) -> None:
    """The round trips of an acceptance, with those of a request that looks up a device and the offer."""
    db[SESSIONS].find_one({"_id": receiver.device_id})
    db[OFFERS].find_one({"_id": offer_id})
    order_id, path = ObjectId(), f"/offers/{offer_id}"

    def work(tx: Tx) -> None:
        accepted = {"status": "accepted", "order_id": order_id, "ended_at": now, "remind_at": None}
        offer = tx[OFFERS].find_one_and_update({"_id": offer_id, "status": "sent"}, {"$set": accepted})
        number = next_guard()
        tx[GUARDS].bulk_write([_guard(each, number) for each in (receiver.user_id, offer["sender_id"])])
        source = {"type": "offer", "id": offer_id}
        tx[ORDERS].insert_one(_order(order_id, source, offer["sender_id"], receiver.user_id, now))
        over = {"url": path, "read_at": None, "user_id": receiver.user_id}
        tx[NOTIFICATIONS].update_many(over, {"$set": {"read_at": now}})
        news = {
            "_id": ObjectId(),
            "fact": f"offer_accepted:{offer_id}:{offer['sender_id']}",
            "user_id": offer["sender_id"],
            "type": "offer_accepted",
            "message": "Somebody has accepted your offer. Pay, and the work begins.",
            "url": f"/orders/{order_id}",
            "order_id": order_id,
            "actor_id": receiver.user_id,
            "created_at": now,
            "read_at": None,
        }
        tx[NOTIFICATIONS].insert_one(news)

    db.transact(work)


def bid(db: Db, bidder: User, owner_id: ObjectId, gig_id: ObjectId, now: datetime) -> None:
    """The statements of a bid's transaction."""
    placed = Bid(
        id=ObjectId(),
        gig_id=gig_id,
        freelancer_id=bidder.id,
        message=MESSAGE,
        price_minor=42_000,
        created_at=now,
        updated_at=now,
    )
    news = {
        "_id": ObjectId(),
        "fact": f"bid_placed:{placed.id}:{owner_id}",
        "user_id": owner_id,
        "type": "bid_placed",
        "message": "Somebody has bid on something that has a title of its own.",
        "url": f"/gigs/{gig_id}",
        "gig_id": gig_id,
        "bid_id": placed.id,
        "actor_id": bidder.id,
        "created_at": now,
        "read_at": None,
    }

    def work(tx: Tx) -> None:
        counted = {"$inc": {"bid_count": 1, "bid_activity": 1}}
        tx[GIGS].find_one_and_update({"_id": gig_id, "status": "open"}, counted)
        tx[GUARDS].bulk_write([_guard(bidder.id, next_guard())])
        list(tx[USERS].find({"_id": {"$in": [bidder.id, owner_id]}}, {"name": 1}))
        tx[BIDS].insert_one(to_document(placed))
        tx[NOTIFICATIONS].insert_one(news)

    db.transact(work)


def post(db: Db, owner: User, now: datetime) -> None:
    """The statements of the transaction that posts a job."""
    job = Job(
        id=ObjectId(),
        owner_id=owner.id,
        owner_name=owner.name,
        title="Logo for a bakery by the river",
        description="What we have, what we need, and how we will know that it is done. " * 4,
        price_minor=50_000,
        category="other",
        skills=["Patience", "Care"],
        created_at=now,
        updated_at=now,
    )

    def work(tx: Tx) -> None:
        tx[GUARDS].bulk_write([_guard(owner.id, next_guard())])
        tx[GIGS].insert_one(document_of(job))

    db.transact(work)


def send(db: Db, sender: User, conversation_id: ObjectId, text: str, now: datetime) -> None:
    """The round trips of a message, with those of a request that looks up a device."""
    db[SESSIONS].find_one({"_id": conversation_id})
    row = db[CONVERSATIONS].find_one({"_id": conversation_id}) or {}
    (other_id,) = {*row["people"]} - {sender.id}
    last = {"message_id": ObjectId(), "sender_id": sender.id, "text": text, "at": now}

    def work(tx: Tx) -> None:
        numbered = {
            "$inc": {"last_seq": 1, f"unread.{other_id}": 1},
            "$max": {"last_at": now},
            "$set": {"last": last, "waits_for": other_id},
            "$addToSet": {"unread_for": other_id, "inbox_of": {"$each": row["people"]}},
        }
        before = tx[CONVERSATIONS].find_one_and_update({"_id": conversation_id}, numbered)
        entry = {
            "_id": last["message_id"],
            "conversation_id": conversation_id,
            "seq": before["last_seq"] + 1,
            "kind": "text",
            "sender_id": sender.id,
            "sender_name": sender.name,
            "to_id": other_id,
            "client_id": str(ObjectId()),
            "text": text,
            "folded": text,
            "file_ids": [],
            "hidden": False,
            "created_at": now,
            "versions": [],
        }
        tx[ENTRIES].insert_one(entry)

    db.transact(work)


def _guard(user_id: ObjectId, number: int) -> UpdateOne:
    return UpdateOne({"_id": f"{user_id}:{number}"}, {"$set": {"act": ObjectId()}})


def _order(
    order_id: ObjectId, source: Document, client_id: ObjectId, freelancer_id: ObjectId, now: datetime
) -> Document:
    return {
        "_id": order_id,
        "source": source,
        "live": True,
        "client_id": client_id,
        "freelancer_id": freelancer_id,
        "terms": {"title": "Something", "text": "That has a text.", "price_minor": 40_000},
        "price_minor": 40_000,
        "fee_minor": 0,
        "released_minor": 0,
        "refunded_minor": 0,
        "revisions_used": 0,
        "status": "pending_payment",
        "events": [{"at": now, "actor": "client", "name": "agree"}],
        "pay_by": now,
        "created_at": now,
        "updated_at": now,
    }


def _body(row: Document) -> Document:
    """A row as docs/api.md shows it."""
    return {
        "id": str(row["_id"]),
        "_id": str(row["_id"]),
        "kind": row["kind"],
        "title": row["title"],
        "description": row["description"],
        "category": row["category"],
        "skills": row["skills"],
        "budget": row["price_minor"] / 100,
        "deliveryDays": row["delivery_days"],
        "startOn": row["start_on"],
        "dueOn": row["due_on"],
        "status": row["status"],
        "ownerId": str(row["owner_id"]),
        "owner": {"id": str(row["owner_id"]), "name": row["owner_name"]},
        "bidCount": row["bid_count"],
        "version": row["version"],
        "createdAt": row["created_at"].isoformat(),
        "updatedAt": row["updated_at"].isoformat(),
    }
