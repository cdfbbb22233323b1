"""`flask gigflow audit`: the invariants of DOMAIN.md, proven over the whole database as it stood at one moment.

It reads what is stored and trusts none of the code that wrote it. Each check yields a sentence for everything that is
not as it must be. What a database cannot show is left to tests: who may read what (10), and what was sent to screens.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import get_args

from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.bids.store import BIDS
from gigflow.core.db import Db, Document
from gigflow.gigs.models import PRIOR_REVIEWS, PRIOR_STARS, ServiceStatus
from gigflow.gigs.store import GIGS
from gigflow.orders.models import ACTIVE, PAID, fee_of
from gigflow.orders.store import ORDERS
from gigflow.payments.models import OPEN, TAKEN
from gigflow.payments.store import BALANCES, GATEWAY_CALLS, LEDGER, PAYMENTS, PAYOUTS
from gigflow.proof.addresses import CHECKS_OF_ADDRESSES
from gigflow.proof.orders import CHECKS_OF_ORDERS
from gigflow.proof.snapshot import Check, Problems, Snapshot
from gigflow.reviews.models import WINDOW
from gigflow.reviews.store import REVIEWS


def audit(db: Db) -> Iterator[tuple[str, list[str]]]:
    """Each invariant in words, with what breaks it; the order is that of DOMAIN.md."""
    with db.client.start_session(snapshot=True) as session:
        snapshot = Snapshot(db, session)
        for words, check in CHECKS:
            yield words, list(check(snapshot))


def _entries_sum_to_zero(at: Snapshot) -> Problems:
    for row in at.sums(
        LEDGER, {"$set": {"sum": {"$sum": "$lines.amount_minor"}}}, {"$match": {"sum": {"$ne": 0}}}
    ):
        yield f"the entry {row['key']} sums to {row['sum']}"


def _orders_and_ledger_agree(at: Snapshot) -> Problems:
    accounts = _sums_by_order(at)
    for order in at.rows(ORDERS):
        booked = accounts.pop(order["_id"], Counter())
        name = f"the order {order['_id']}"
        held, status = booked[f"held:{order['_id']}"], order["status"]
        expected = order["price_minor"] if status in PAID else 0
        if held != expected:
            yield f"{name} is {status} and holds {held}, not {expected}"
        released, refunded = order["released_minor"], order["refunded_minor"]
        fee = fee_of(released, order["fee_basis_points"])
        net = booked[f"balance:{order['freelancer_id']}"]
        if (net, booked["fees"]) != (released - fee, fee):
            yield f"{name} released {released} with a fee of {fee}, and the ledger says {net} and {booked['fees']}"
        if (
            order["paid_at"]
            and status in ("completed", "cancelled")
            and released + refunded != order["price_minor"]
        ):
            yield f"{name} ended with {released} released and {refunded} refunded of {order['price_minor']}"
        if booked["provider"] != (refunded - order["price_minor"] if order["paid_at"] else 0):
            yield f"{name} has {-booked['provider']} of the provider's money in the ledger"
    for order_id in accounts:
        yield f"the ledger has entries of the order {order_id}, which is not there"


def _entries_belong_to_something(at: Snapshot) -> Problems:
    payouts = {row["_id"] for row in at.rows(PAYOUTS)}
    for entry in at.rows(LEDGER):
        kind, _, subject = entry["key"].partition(":")
        of_order = kind in ("hold", "release", "refund") and subject == str(entry["order_id"])
        of_payout = kind in ("payout", "payout_returned") and ObjectId(subject) in payouts
        if not (of_order or of_payout):
            yield f"the entry {entry['key']} belongs to nothing"


def _balances_equal_the_ledger(at: Snapshot) -> Problems:
    stages: list[Document] = [
        {"$unwind": "$lines"},
        {"$match": {"lines.account": {"$regex": "^balance:"}}},
        {"$group": {"_id": "$lines.account", "sum": {"$sum": "$lines.amount_minor"}}},
    ]
    booked = {row["_id"]: row["sum"] for row in at.sums(LEDGER, *stages)}
    for balance in at.rows(BALANCES):
        expected = booked.pop(f"balance:{balance['_id']}", 0)
        if balance["amount_minor"] != expected or expected < 0:
            yield f"the balance of {balance['_id']} is {balance['amount_minor']}, and the ledger says {expected}"
    yield from (
        f"{account} has {amount} in the ledger and no balance" for account, amount in booked.items() if amount
    )


def _payouts_are_booked(at: Snapshot) -> Problems:
    keys = {row["key"]: row["lines"] for row in at.rows(LEDGER, {"key": {"$regex": "^payout"}})}
    for payout in at.rows(PAYOUTS):
        lines = keys.pop(f"payout:{payout['_id']}", None)
        returned = keys.pop(f"payout_returned:{payout['_id']}", None)
        if lines is None or {abs(line["amount_minor"]) for line in lines} != {payout["amount_minor"]}:
            yield f"the payout {payout['_id']} is not booked with its amount"
        if (returned is not None) != (payout["status"] == "failed"):
            yield f"the payout {payout['_id']} is {payout['status']}, and what the ledger says of it is not"
    yield from (f"{key} is booked, and there is no such payout" for key in keys)


def _refunds_stay_below(at: Snapshot) -> Problems:
    # By the charge too: a second one at the same checkout goes back beside what was received.
    asked: Counter[tuple[ObjectId, str]] = Counter()
    for call in at.rows(GATEWAY_CALLS, {"kind": "refund"}):
        if call["status"] == "failed":
            yield f"the provider refused the refund {call['_id']}: {call['why']}"
        asked[call["subject_id"], call["data"]["charge_id"]] += call["data"]["amount_minor"]
    for payment in at.rows(PAYMENTS):
        if not payment["refunded_minor"] <= payment["received_minor"]:
            yield f"the payment {payment['_id']} gave back more than was paid"
        given_back = asked[payment["_id"], payment["charge_id"]]
        if payment["status"] in TAKEN and given_back != payment["refunded_minor"]:
            yield f"the payment {payment['_id']} gave back another amount than was asked for"


def _one_release_each(at: Snapshot) -> Problems:
    for kind in ("release", "refund", "hold"):
        stages: list[Document] = [
            {"$match": {"key": {"$regex": f"^{kind}:"}}},
            {"$group": {"_id": "$order_id", "count": {"$sum": 1}}},
            {"$match": {"count": {"$gt": 1}}},
        ]
        for row in at.sums(LEDGER, *stages):
            yield f"the order {row['_id']} has {row['count']} entries of {kind}"


def _one_hired_bid(at: Snapshot) -> Problems:
    states: defaultdict[ObjectId, Counter[str]] = defaultdict(Counter)
    for row in at.sums(
        BIDS, {"$group": {"_id": {"gig": "$gig_id", "status": "$status"}, "count": {"$sum": 1}}}
    ):
        states[row["_id"]["gig"]][row["_id"]["status"]] = row["count"]
    for job in at.rows(
        GIGS, {"kind": "job", "status": {"$in": ["open", "assigned", "closed", "completed", "cancelled"]}}
    ):
        given = job["status"] in ("assigned", "completed", "cancelled")
        bids = states[job["_id"]]
        if bids["hired"] != (1 if given else 0):
            yield f"the job {job['_id']} is {job['status']} and has {bids['hired']} hired bids"
        if job["status"] != "open" and bids["pending"]:
            yield f"the job {job['_id']} is {job['status']} and has {bids['pending']} pending bids"


def _jobs_follow_their_orders(at: Snapshot) -> Problems:
    ended = {"completed": "completed", "cancelled": "cancelled"}
    orders = {row["_id"]: row for row in at.rows(ORDERS, {"source.type": "bid"})}
    for job in at.rows(GIGS, {"kind": "job", "status": {"$in": ["assigned", *ended]}}):
        order = orders.get(job.get("order_id"))
        if order is None:
            yield f"the job {job['_id']} is {job['status']} and has no order"
        elif (
            job["status"] != ended.get(order["status"], "assigned")
            or order["source"]["id"] != job["hired_bid_id"]
        ):
            yield f"the job {job['_id']} is {job['status']} and its order {order['status']}"


def _one_live_order(at: Snapshot) -> Problems:
    stages: list[Document] = [
        {"$match": {"live": True, "source.type": {"$in": ["bid", "offer"]}}},
        {"$group": {"_id": "$source.id", "count": {"$sum": 1}}},
        {"$match": {"count": {"$gt": 1}}},
    ]
    yield from (f"{row['_id']} has {row['count']} live orders" for row in at.sums(ORDERS, *stages))
    for order in at.rows(ORDERS):
        if order["live"] != (order["status"] in ACTIVE):
            yield f"the order {order['_id']} is {order['status']} and live is {order['live']}"


def _nobody_deals_with_themselves(at: Snapshot) -> Problems:
    own: Document = {"$match": {"$expr": {"$eq": ["$client_id", "$freelancer_id"]}}}
    yield from (f"the order {row['_id']} has one person on both sides" for row in at.sums(ORDERS, own))
    stages: list[Document] = [
        {"$lookup": {"from": GIGS.name, "localField": "gig_id", "foreignField": "_id", "as": "gig"}},
        {"$match": {"$expr": {"$in": ["$freelancer_id", "$gig.owner_id"]}}},
    ]
    yield from (f"the bid {row['_id']} is on the bidder's own job" for row in at.sums(BIDS, *stages))
    same: Document = {"$match": {"$expr": {"$eq": ["$author_id", "$subject_id"]}}}
    yield from (f"the review {row['_id']} is of its author" for row in at.sums(REVIEWS, same))


def _terms_stand(at: Snapshot) -> Problems:
    for order in at.rows(ORDERS):
        if order["terms"]["price_minor"] != order["price_minor"]:
            yield f"the order {order['_id']} has another price than its terms"
        if order["fee_minor"] != fee_of(order["price_minor"], order["fee_basis_points"]):
            yield f"the order {order['_id']} has another fee than was agreed"


def _reviews_are_of_parties(at: Snapshot) -> Problems:
    orders = {row["_id"]: row for row in at.rows(ORDERS, {"status": "completed"})}
    seen: Counter[tuple[ObjectId, ObjectId]] = Counter()
    for review in at.rows(REVIEWS):
        name, order = f"the review {review['_id']}", orders.get(review["order_id"])
        seen[review["order_id"], review["author_id"]] += 1
        if order is None:
            yield f"{name} is of no completed order"
        elif {review["author_id"], review["subject_id"]} != {order["client_id"], order["freelancer_id"]}:
            yield f"{name} is not by one side of its order about the other"
    yield from (
        f"{author} reviewed the order {order} {count} times"
        for (order, author), count in seen.items()
        if count > 1
    )


def _ratings_equal_a_recount(at: Snapshot) -> Problems:
    counted: defaultdict[tuple[ObjectId, str], list[int]] = defaultdict(list)
    for review in at.rows(REVIEWS, {"revealed_at": {"$ne": None}}):
        part = "freelancer" if review["side"] == "client" else "client"
        counted[review["subject_id"], part].append(review["rating"])
    for user in at.rows(USERS):
        for part in ("freelancer", "client"):
            stars = counted.pop((user["_id"], part), [])
            rating = user.get("rating", {}).get(part, {"count": 0, "sum": 0})
            if (rating["count"], rating["sum"]) != (len(stars), sum(stars)):
                recount = f"{sum(stars)} stars in {len(stars)}"
                yield f"the rating of {user['_id']} as {part} is {rating}, and the reviews have {recount}"


def _services_rank_as_reviewed(at: Snapshot) -> Problems:
    counted: defaultdict[ObjectId, list[int]] = defaultdict(list)
    for review in at.rows(REVIEWS, {"side": "client", "revealed_at": {"$ne": None}}):
        counted[review["gig_id"]].append(review["rating"])
    for service in at.rows(GIGS, {"kind": "service", "status": {"$in": list(get_args(ServiceStatus))}}):
        stars = counted[service["_id"]]
        count, total = len(stars), sum(stars)
        expected = {"count": count, "sum": total}
        rank = (PRIOR_STARS * PRIOR_REVIEWS + total) / (PRIOR_REVIEWS + count)
        if service["rating"] != expected or service["stars"] != (total / count if count else None):
            yield f"the rating of the service {service['_id']} is {service['rating']}, and the reviews say {expected}"
        elif service["rank"] != rank:
            yield f"the service {service['_id']} ranks at {service['rank']}, not at {rank}"


def _reviews_are_revealed_together(at: Snapshot) -> Problems:
    stages: list[Document] = [
        {"$group": {"_id": "$order_id", "count": {"$sum": 1}, "seen": {"$push": "$revealed_at"}}},
        {"$match": {"count": {"$gt": 1}, "seen": None}},
    ]
    yield from (f"one review of the order {row['_id']} is hidden still" for row in at.sums(REVIEWS, *stages))


def _hidden_reviews_wait_for_their_day(at: Snapshot) -> Problems:
    ends = {row["_id"]: row["ended_at"] for row in at.rows(ORDERS, {"status": "completed"})}
    for review in at.rows(REVIEWS, {"revealed_at": None}):
        ended_at = ends.get(review["order_id"])
        if ended_at and review.get("reveal_at") != ended_at + WINDOW:
            yield f"the review {review['_id']} is hidden until {review.get('reveal_at')}"
    for review in at.rows(REVIEWS, {"revealed_at": {"$ne": None}, "reveal_at": {"$ne": None}}):
        yield f"the review {review['_id']} is seen and waits to be revealed still"


def _orders_know_their_reviews(at: Snapshot) -> Problems:
    written: defaultdict[ObjectId, dict[str, ObjectId]] = defaultdict(dict)
    for review in at.rows(REVIEWS):
        written[review["order_id"]][review["side"]] = review["author_id"]
    for order in at.rows(ORDERS):
        name, authors = f"the order {order['_id']}", written[order["_id"]]
        if authors.keys() != order["reviewed"].keys():
            yield f"{name} knows of reviews by {sorted(order['reviewed'])}, and there are those by {sorted(authors)}"
        for side, author in authors.items():
            if author != order[f"{side}_id"]:
                yield f"{name} has a review by its {side}, and its author is not"


def _paid_orders_have_one_payment(at: Snapshot) -> Problems:
    taken: defaultdict[ObjectId, list[Document]] = defaultdict(list)
    for payment in at.rows(PAYMENTS, {"status": {"$in": list(TAKEN)}}):
        if payment["received_minor"] == payment["amount_minor"] and not payment["why"]:
            taken[payment["order_id"]].append(payment)
    for order in at.rows(ORDERS):
        found = taken[order["_id"]]
        if len(found) != (1 if order["paid_at"] else 0):
            yield f"the order {order['_id']} is {order['status']} and {len(found)} payments were taken for it"
        elif found and found[0]["amount_minor"] != order["price_minor"]:
            yield f"the order {order['_id']} was paid with {found[0]['amount_minor']}, not {order['price_minor']}"


def _nobody_pays_for_what_has_ended(at: Snapshot) -> Problems:
    begun = {row["order_id"]: row for row in at.rows(PAYMENTS, {"status": {"$in": list(OPEN)}})}
    for order in at.rows(ORDERS, {"live": False}):
        payment = begun.get(order["_id"])
        if payment:
            yield f"the payment {payment['_id']} is {payment['status']}, and its order is {order['status']}"


def _money_is_of_one_currency(at: Snapshot) -> Problems:
    taken: Document = {"status": {"$in": list(TAKEN)}}
    stages: list[Document] = [
        {"$match": taken},
        {"$group": {"_id": "$currency", "count": {"$sum": 1}}},
        {"$sort": {"count": -1, "_id": 1}},
    ]
    usual, *others = [row["_id"] for row in at.sums(PAYMENTS, *stages)] or [None]
    for payment in at.rows(PAYMENTS, {**taken, "currency": {"$in": others}}):
        yield f"the payment {payment['_id']} is of {payment['currency']}, and most are of {usual}"


def _sums_by_order(at: Snapshot) -> dict[ObjectId, Counter[str]]:
    stages: list[Document] = [
        {"$match": {"order_id": {"$ne": None}}},
        {"$unwind": "$lines"},
        {
            "$group": {
                "_id": {"order": "$order_id", "account": "$lines.account"},
                "sum": {"$sum": "$lines.amount_minor"},
            }
        },
    ]
    found: defaultdict[ObjectId, Counter[str]] = defaultdict(Counter)
    for row in at.sums(LEDGER, *stages):
        found[row["_id"]["order"]][row["_id"]["account"]] = row["sum"]
    return dict(found)


CHECKS: tuple[Check, ...] = (
    ("1. Every ledger entry sums to zero", _entries_sum_to_zero),
    ("1. Orders hold, release and refund what the ledger says", _orders_and_ledger_agree),
    ("1. Every ledger entry belongs to an order or a payout", _entries_belong_to_something),
    ("1. Balances equal the ledger and are not negative", _balances_equal_the_ledger),
    ("1. Payouts are booked once, and again where they failed", _payouts_are_booked),
    ("2. No refund exceeds what was paid", _refunds_stay_below),
    ("2. Each order is held, released and refunded once at most", _one_release_each),
    ("3. A given job has one hired bid and none pending", _one_hired_bid),
    ("3. A job stands where its order stands", _jobs_follow_their_orders),
    ("4. One live order per bid or offer", _one_live_order),
    ("4. Nobody bids on, buys from or reviews themselves", _nobody_deals_with_themselves),
    ("5. Terms stand as they were agreed", _terms_stand),
    ("6. Reviews are by one side of a completed order, one each", _reviews_are_of_parties),
    ("6. Ratings equal a recount", _ratings_equal_a_recount),
    ("6. Services rank as they were reviewed", _services_rank_as_reviewed),
    ("6. Where both sides wrote, both reviews are seen", _reviews_are_revealed_together),
    ("6. A hidden review is revealed when its time has come", _hidden_reviews_wait_for_their_day),
    ("6. Orders know who has reviewed them, each for their own side", _orders_know_their_reviews),
    ("7. A paid order was paid once, with its price", _paid_orders_have_one_payment),
    ("7. Nobody is asked to pay for an order that has ended", _nobody_pays_for_what_has_ended),
    ("7. All money is of one currency", _money_is_of_one_currency),
    *CHECKS_OF_ORDERS,
    *CHECKS_OF_ADDRESSES,
)
