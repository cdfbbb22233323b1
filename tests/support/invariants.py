"""What must hold in the database whatever happened (docs/domain.md, Invariants), read without GigFlow's own code."""

from collections import Counter
from decimal import Decimal
from typing import Any

from bson import ObjectId
from pymongo.database import Database

Db = Database[dict[str, Any]]
Row = dict[str, Any]

ACTIVE = ("pending_payment", "in_progress", "delivered", "disputed")
PAID = ("in_progress", "delivered", "disputed")
# What is told of bids and their job; an order has news of its own.
DECISIONS = ("bid_declined", "bid_reconsidered")
BIDDING = [
    *("bid_placed", "bid_withdrawn", "hired", "bid_rejected", "job_closed", "job_reopened"),
    *DECISIONS,
]


def check_jobs(db: Db, *gig_ids: str) -> None:
    """Invariants 3, 4 and 11 for these jobs."""
    for gig_id in gig_ids:
        gig = db.gigs.find_one({"_id": ObjectId(gig_id)})
        assert gig is not None
        check_job(
            gig,
            list(db.bids.find({"gig_id": gig["_id"]})),
            list(db.orders.find({"gig_id": gig["_id"]})),
            list(db.notifications.find({"gig_id": gig["_id"], "type": {"$in": BIDDING}})),
        )


def check_accepted(db: Db, *offer_ids: str) -> None:
    """Invariants 11 and 12 for these offers, each of which is accepted: one order, told once."""
    for offer_id in map(ObjectId, offer_ids):
        offer = db.offers.find_one({"_id": offer_id})
        assert offer is not None
        orders = [order["_id"] for order in db.orders.find({"source.id": offer_id})]
        assert (offer["status"], orders) == ("accepted", [offer["order_id"]])
        told = {"type": "offer_accepted", "order_id": offer["order_id"]}
        assert [each["user_id"] for each in db.notifications.find(told)] == [offer["sender_id"]]


def check_job(gig: Row, bids: list[Row], orders: list[Row], notifications: list[Row]) -> None:
    """Invariants 3 (one hired, then none pending), 4 (nobody bids on their own) and 11 (facts told once)."""
    states = Counter(bid["status"] for bid in bids)
    is_given = gig["status"] in ("assigned", "completed", "cancelled")
    assert states["hired"] == (1 if is_given else 0), (gig["status"], states)
    if gig["status"] != "open":
        assert states["pending"] == 0, (gig["status"], states)
    _check_orders_of_job(gig, bids, orders)
    declined = [bid for bid in bids if bid.get("declined_at")]
    assert {(bid["status"], bid["rejected_by"]) for bid in declined} <= {("rejected", gig["owner_id"])}
    assert gig["bid_count"] == len(bids) - states["withdrawn"] - len(declined)
    assert gig["owner_id"] not in {bid["freelancer_id"] for bid in bids}
    for bid in bids:
        assert bid["status"] != "hired" or bid["for_terms"] == gig["terms_version"], "hired unconfirmed"
    live = [bid["freelancer_id"] for bid in bids if bid["status"] in ("pending", "hired")]
    assert len(live) == len(set(live)), "two live bids of one person"
    told = Counter(fact for row in notifications for fact in [row["fact"], *row.get("also", [])])
    assert told == Counter(_facts_of_bids(gig, bids, orders) + _facts_of_orders(bids, orders, told))


def _check_orders_of_job(gig: Row, bids: list[Row], orders: list[Row]) -> None:
    """A job stands where its one order stands that did not come to nothing before it was paid."""
    standing = [order for order in orders if not ended_unpaid(order)]
    if gig["status"] in ("open", "closed"):
        assert (standing, gig["hired_bid_id"], gig["order_id"]) == ([], None, None)
        return
    hired = [bid["_id"] for bid in bids if bid["status"] == "hired"]
    assert [(order["_id"], order["source"]["id"]) for order in standing] == [
        (gig["order_id"], gig["hired_bid_id"])
    ]
    assert hired == [gig["hired_bid_id"]]
    ended = {"completed": "completed", "cancelled": "cancelled"}
    assert gig["status"] == ended.get(standing[0]["status"], "assigned")


def ended_unpaid(order: Row) -> bool:
    """Whether an order came to nothing before any money was held."""
    return order["status"] == "cancelled" and order["paid_at"] is None


def _facts_of_bids(gig: Row, bids: list[Row], orders: list[Row]) -> list[str]:
    """What must have been told about each bid, and to whom, from what the bid has become."""
    called_off = {order["source"]["id"] for order in orders if _freelancer_withdrew(order["events"][-1])}
    facts = [f"bid_placed:{bid['_id']}:{gig['owner_id']}" for bid in bids]
    for bid in bids:
        told = enumerate(bid.get("decisions", []))
        facts += [f"{DECISIONS[number % 2]}:{each}:{bid['freelancer_id']}" for number, each in told]
        if bid["status"] == "withdrawn" and bid["_id"] not in called_off:
            facts.append(f"bid_withdrawn:{bid['_id']}:{gig['owner_id']}")
        elif bid.get("declined_at"):
            assert len(bid["decisions"]) % 2 == 1, bid
        elif bid["status"] == "rejected" and bid["rejected_by"] == gig["owner_id"]:
            facts.append(f"job_closed:{bid['_id']}:{bid['freelancer_id']}")
    return facts


def _freelancer_withdrew(last: Row) -> bool:
    """Whether an order ended unpaid so that its bid was withdrawn: by its freelancer, or because they are shut out."""
    return last["name"] == "call_off" or "freelancer" in last["data"].get("gone", "")


def _facts_of_orders(bids: list[Row], orders: list[Row], told: Counter[str]) -> list[str]:
    """Who was told of each hire: the hired one and those whom it rejected; and these again where it came to nothing."""
    facts = []
    for order in orders:
        facts.append(f"hired:{order['_id']}:{order['freelancer_id']}")
        if ended_unpaid(order):
            again = [fact for fact in told if fact.startswith(f"job_reopened:{order['_id']}:")]
            facts += again + [fact.replace("job_reopened", "bid_rejected") for fact in again]
            # Who is shut out, or whose client is, does not come back with the job.
            for_good = [bid["freelancer_id"] for bid in bids if bid["rejected_by"] == order["_id"]]
            facts += [f"bid_rejected:{order['_id']}:{person}" for person in for_good]
        else:
            rejected = [bid["freelancer_id"] for bid in bids if bid["rejected_by"] == order["_id"]]
            facts += [f"bid_rejected:{order['_id']}:{person}" for person in rejected]
    return facts


def check_orders(db: Db, *order_ids: str) -> None:
    """Invariants 1, 2, 5, 7 and 9 for these orders, whatever has become of them, and the balances of both sides."""
    for order_id in order_ids:
        order = db.orders.find_one({"_id": ObjectId(order_id)})
        assert order is not None
        entries = list(db.ledger.find({"order_id": order["_id"]}))
        _check_books(order, entries)
        _check_payments(db, order)
        _check_what_is_open(db, order)
        assert order["live"] == (order["status"] in ACTIVE)
        assert order["terms"]["price_minor"] == order["price_minor"]
        assert order["client_id"] != order["freelancer_id"]
        check_balance(db, str(order["freelancer_id"]))


def _check_books(order: Row, entries: list[Row]) -> None:
    """Held once, released once, given back once; what is held is what nobody has got yet."""
    sums: Counter[str] = Counter()
    for entry in entries:
        assert sum(line["amount_minor"] for line in entry["lines"]) == 0
        for line in entry["lines"]:
            sums[line["account"]] += line["amount_minor"]
    kinds = Counter(entry["key"].partition(":")[0] for entry in entries)
    price, released, refunded = order["price_minor"], order["released_minor"], order["refunded_minor"]
    is_paid = order["paid_at"] is not None
    assert kinds == Counter({"hold": int(is_paid), "release": int(released > 0), "refund": int(refunded > 0)})
    remaining = sums[f"held:{order['_id']}"]
    # Half a minor unit goes up, as people round.
    fee = int(Decimal(released * order["fee_basis_points"]) / 10_000 + Decimal("0.5"))
    assert sums["fees"] == fee
    assert sums[f"balance:{order['freelancer_id']}"] == released - fee
    assert sums["provider"] == (refunded - price if is_paid else 0)
    assert remaining == (price if order["status"] in PAID else 0)
    if is_paid:
        assert price == released + refunded + remaining


def _check_payments(db: Db, order: Row) -> None:
    """At most one is open; of those that were paid the order took one, with its price, or none."""
    payments = list(db.payments.find({"order_id": order["_id"]}))
    assert sum(each["status"] in ("created", "open") for each in payments) <= 1
    waiting: Counter[ObjectId] = Counter()
    for call in db.gateway_calls.find(
        {"kind": "refund", "subject_id": {"$in": [each["_id"] for each in payments]}}
    ):
        assert call["status"] != "failed", call
        waiting[call["subject_id"]] += call["data"]["amount_minor"]
    kept = 0
    for each in payments:
        assert 0 <= each["refunded_minor"] <= each["received_minor"], each
        if each["status"] in ("paid", "partly_refunded", "refunded", "refund_due"):
            # What came and does not go back is the order's.
            kept += each["received_minor"] - waiting[each["_id"]]
        if each["status"] in ("partly_refunded", "refunded"):
            assert each["refunded_minor"] == waiting[each["_id"]]
    assert kept == (order["price_minor"] - order["refunded_minor"] if order["paid_at"] else 0)


def _check_what_is_open(db: Db, order: Row) -> None:
    wishes = list(db.cancellations.find({"order_id": order["_id"], "status": "open"}))
    asked = order["cancellation"]
    assert [wish["_id"] for wish in wishes] == ([asked["id"]] if asked else [])
    assert not asked or order["status"] in ("in_progress", "delivered")
    disputes = db.disputes.count_documents({"order_id": order["_id"], "status": "open"})
    assert disputes == int(order["status"] == "disputed")


def check_balance(db: Db, user_id: str) -> None:
    """Invariant 1: a balance is what the ledger says, and never negative."""
    account = f"balance:{user_id}"
    stages: list[Row] = [
        {"$match": {"lines.account": account}},
        {"$unwind": "$lines"},
        {"$match": {"lines.account": account}},
        {"$group": {"_id": None, "sum": {"$sum": "$lines.amount_minor"}}},
    ]
    booked = next(db.ledger.aggregate(stages), {"sum": 0})["sum"]
    stored = (db.balances.find_one({"_id": ObjectId(user_id)}) or {"amount_minor": 0})["amount_minor"]
    assert stored == booked >= 0


def check_reviews(db: Db, *order_ids: str) -> None:
    """Invariant 6: one review per side of a completed order; the ratings of both sides equal a recount."""
    for order_id in order_ids:
        order = db.orders.find_one({"_id": ObjectId(order_id)})
        assert order is not None
        sides = {"client": order["client_id"], "freelancer": order["freelancer_id"]}
        reviews = list(db.reviews.find({"order_id": order["_id"]}))
        assert not reviews or order["status"] == "completed"
        authors = [(review["side"], review["author_id"]) for review in reviews]
        assert len(set(authors)) == len(authors)
        assert set(authors) <= set(sides.items())
        assert {review["side"] for review in reviews} == order["reviewed"].keys()
        if len(reviews) == 2:
            assert all(review["revealed_at"] for review in reviews)
        for person in sides.values():
            _check_rating(db, person)


def _check_rating(db: Db, person: ObjectId) -> None:
    user = db.users.find_one({"_id": person})
    assert user is not None
    for part, side in (("freelancer", "client"), ("client", "freelancer")):
        counted = [
            review["rating"]
            for review in db.reviews.find({"subject_id": person, "side": side, "revealed_at": {"$ne": None}})
        ]
        rating = user.get("rating", {}).get(part, {"count": 0, "sum": 0})
        assert (rating["count"], rating["sum"]) == (len(counted), sum(counted))


def check_at_provider(db: Db, *order_ids: str) -> None:
    """The sandbox has of each order what the books say: to be asked once no call waits any more."""
    for order_id in order_ids:
        payments = [str(row["_id"]) for row in db.payments.find({"order_id": ObjectId(order_id)})]
        charges = db.sandbox_charges.find({"payment_id": {"$in": payments}})
        order = db.orders.find_one({"_id": ObjectId(order_id)})
        assert order is not None
        left = order["price_minor"] - order["refunded_minor"] if order["paid_at"] else 0
        assert sum(charge["left_minor"] for charge in charges) == left


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
