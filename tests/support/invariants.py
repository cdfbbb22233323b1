"""What must hold in the database whatever happened (DOMAIN.md, Invariants), read without GigFlow's own code."""

from collections import Counter
from typing import Any

from bson import ObjectId
from pymongo.database import Database

Db = Database[dict[str, Any]]
Row = dict[str, Any]


def check_jobs(db: Db, *gig_ids: str) -> None:
    """Invariants 3, 4 and 11 for these jobs."""
    for gig_id in gig_ids:
        gig = db.gigs.find_one({"_id": ObjectId(gig_id)})
        assert gig is not None
        check_job(
            gig,
            list(db.bids.find({"gig_id": gig["_id"]})),
            list(db.notifications.find({"gig_id": gig["_id"]})),
        )


def check_job(gig: Row, bids: list[Row], notifications: list[Row]) -> None:
    """Invariants 3 (one hired, then none pending), 4 (nobody bids on their own) and 11 (facts told once)."""
    states = Counter(bid["status"] for bid in bids)
    is_given = gig["status"] in ("assigned", "completed")
    assert states["hired"] == (1 if is_given else 0), (gig["status"], states)
    if gig["status"] != "open":
        assert states["pending"] == 0, (gig["status"], states)
    if is_given:
        assert [bid["_id"] for bid in bids if bid["status"] == "hired"] == [gig["hired_bid_id"]]
    assert gig["bid_count"] == len(bids) - states["withdrawn"]
    assert gig["owner_id"] not in {bid["freelancer_id"] for bid in bids}
    live = [bid["freelancer_id"] for bid in bids if bid["status"] in ("pending", "hired")]
    assert len(live) == len(set(live)), "two live bids of one person"
    told = Counter(row["fact"] for row in notifications)
    assert told == Counter(fact for bid in bids for fact in _facts(gig, bid))


def _facts(gig: Row, bid: Row) -> list[str]:
    """What must have been told about a bid, and to whom, from what the bid has become."""
    facts = [f"bid_placed:{bid['_id']}:{gig['owner_id']}"]
    if bid["status"] == "withdrawn":
        facts.append(f"bid_withdrawn:{bid['_id']}:{gig['owner_id']}")
    elif bid["status"] == "hired":
        facts.append(f"hired:{gig['hire_id']}:{bid['freelancer_id']}")
    elif bid["status"] == "rejected" and gig["status"] == "closed":
        facts.append(f"job_closed:{bid['_id']}:{bid['freelancer_id']}")
    elif bid["status"] == "rejected":
        facts.append(f"bid_rejected:{gig['hire_id']}:{bid['freelancer_id']}")
    return facts


def check_services(db: Db, *gig_ids: str) -> None:
    """For these services: pictures that are shown are kept and no others of theirs, what was asked is told, once."""
    for gig_id in gig_ids:
        gig = db.gigs.find_one({"_id": ObjectId(gig_id), "kind": "service"})
        assert gig is not None
        shown = [image["id"] for image in gig["images"]]
        assert len(shown) == len(set(shown)) <= 5
        pictures = {row["_id"]: row for row in db.pictures.find({"_id": {"$in": shown}})}
        assert all(pictures[image]["drop_at"] is None for image in shown)
        assert {row["owner_id"] for row in pictures.values()} <= {gig["owner_id"]}
        _check_questions(
            gig,
            list(db.questions.find({"gig_id": gig["_id"]})),
            list(db.notifications.find({"gig_id": gig["_id"]})),
        )
        _check_kept_pictures(db, gig["owner_id"])


def _check_questions(gig: Row, questions: list[Row], notifications: list[Row]) -> None:
    """Invariant 11: who is asked is told of each question, who asked of the first answer."""
    told = Counter(
        (row["type"], row["user_id"]) for row in notifications if row["type"].startswith("question")
    )
    asked = [("question_asked", gig["owner_id"]) for _ in questions]
    answered = [("question_answered", each["asker_id"]) for each in questions if each["answered_at"]]
    assert told == Counter([*asked, *answered])


def _check_kept_pictures(db: Db, owner_id: ObjectId) -> None:
    """Every picture of a person that is kept is shown somewhere: at a service, in the portfolio, as the portrait."""
    kept = {row["_id"] for row in db.pictures.find({"owner_id": owner_id, "drop_at": None})}
    shown = {image["id"] for gig in db.gigs.find({"owner_id": owner_id}) for image in gig.get("images", ())}
    user = db.users.find_one({"_id": owner_id}) or {}
    shown |= {user.get("picture_id"), *(piece.get("picture_id") for piece in user.get("portfolio", ()))}
    assert kept == shown - {None}
