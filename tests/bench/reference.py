"""What GigFlow is compared with: the same work without any of the house around it."""

from datetime import datetime

from bson import ObjectId
from flask import Flask, Response, jsonify, request

from gigflow.accounts.models import Viewer
from gigflow.bids.store import BIDS
from gigflow.core.db import Db, Document, Tx
from gigflow.gigs.store import GIGS, SHOWN
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.orders.store import ORDERS

PAGE = 20


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
        hired = tx[BIDS].find_one_and_update(
            {"_id": bid_id, "status": "pending"}, {"$set": {"status": "hired"}}
        )
        pending = {"gig_id": gig_id, "status": "pending"}
        assert hired is not None
        others = list(tx[BIDS].find(pending))
        tx[BIDS].update_many(
            pending, {"$set": {"status": "rejected", "rejected_by": order_id, "updated_at": now}}
        )
        order = {
            "_id": order_id,
            "source": {"type": "bid", "id": bid_id},
            "gig_id": gig_id,
            "live": True,
            "client_id": owner.user_id,
            "freelancer_id": hired["freelancer_id"],
            "terms": {"title": "Something", "text": "That has a text.", "price_minor": hired["price_minor"]},
            "price_minor": hired["price_minor"],
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
            for bid in (hired, *others)
        ]
        tx[NOTIFICATIONS].insert_many(news)

    db.transact(work)


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
