"""What GigFlow is compared with: the same work without any of the house around it."""

from datetime import datetime

from bson import ObjectId
from flask import Flask, Response, jsonify, request

from gigflow.accounts.models import Viewer
from gigflow.bids.store import BIDS
from gigflow.core.db import Db, Document, Tx
from gigflow.gigs.store import GIGS, SHOWN
from gigflow.notifications.store import NOTIFICATIONS

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
    hire_id = ObjectId()

    def work(tx: Tx) -> None:
        assigned = {"status": "assigned", "hired_bid_id": bid_id, "hire_id": hire_id, "updated_at": now}
        db[GIGS].find_one_and_update(
            {"_id": gig_id, "status": "open"}, {"$set": assigned, "$inc": {"version": 1}}, session=tx
        )
        hired = db[BIDS].find_one_and_update(
            {"_id": bid_id, "status": "pending"}, {"$set": {"status": "hired"}}, session=tx
        )
        pending = {"gig_id": gig_id, "status": "pending"}
        assert hired is not None
        others = list(db[BIDS].find(pending, session=tx))
        db[BIDS].update_many(
            pending, {"$set": {"status": "rejected", "rejected_by": hire_id, "updated_at": now}}, session=tx
        )
        news = [
            {
                "_id": ObjectId(),
                "fact": f"hired:{hire_id}:{bid['freelancer_id']}",
                "user_id": bid["freelancer_id"],
                "type": "hired",
                "message": "You have been hired for something that has a title of its own!",
                "url": f"/gigs/{gig_id}",
                "gig_id": gig_id,
                "bid_id": bid["_id"],
                "created_at": now,
                "read_at": None,
            }
            for bid in (hired, *others)
        ]
        db[NOTIFICATIONS].insert_many(news, session=tx)

    db.transact(work)


def _body(row: Document) -> Document:
    """A row as API.md shows it."""
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
