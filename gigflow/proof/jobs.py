"""What `audit` proves of jobs and their bids (docs/domain.md, invariants 3, 4 and 11)."""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

import msgspec
from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.bids.events import (
    BID_DECLINED,
    BID_PLACED,
    BID_RECONSIDERED,
    BID_REJECTED,
    BID_WITHDRAWN,
    HIRED,
    JOB_CHANGED,
    JOB_CLOSED,
    JOB_REOPENED,
)
from gigflow.bids.models import Bid
from gigflow.bids.store import BIDS
from gigflow.core.db import Document, from_document
from gigflow.gigs.models import LISTED, Job
from gigflow.gigs.store import GIGS
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.orders.models import DELIVERY_DAYS, REVISIONS
from gigflow.orders.store import ORDERS
from gigflow.proof.finding import wrong_words
from gigflow.proof.snapshot import CLOCKS, Check, Problems, Snapshot
from gigflow.proof.whole import facts_of

_GIVEN = ("assigned", "completed", "cancelled")
_DECISIONS = (BID_DECLINED, BID_RECONSIDERED)
_TOLD = [
    each.key
    for each in (
        *(HIRED, BID_PLACED, BID_REJECTED, BID_WITHDRAWN, JOB_CHANGED, JOB_CLOSED, JOB_REOPENED),
        *_DECISIONS,
    )
]
_OF_ORDER = (
    *("source", "gig_id", "client_id", "freelancer_id", "price_minor", "terms", "status", "paid_at"),
    *("created_at", "events.name", "events.actor", "events.data.gone"),
)


class WholeJob(msgspec.Struct, dict=True):
    """A job with its bids, the orders of its hires, and what was told of them."""

    job: Document
    bids: list[Document]
    orders: list[Document]
    told: list[Document]
    gone: frozenset[ObjectId]

    @cached_property
    def name(self) -> str:
        """How sentences name it."""
        return f"the job {self.job['_id']}"

    @cached_property
    def states(self) -> Counter[str]:
        """How many bids are in each state."""
        return Counter(bid["status"] for bid in self.bids)

    @cached_property
    def standing(self) -> list[Document]:
        """The orders that did not end unpaid."""
        return [order for order in self.orders if not _ended_unpaid(order)]


def whole_jobs(at: Snapshot) -> Iterator[WholeJob]:
    """Yield every job, the oldest first."""
    gone = frozenset(row["_id"] for row in at.rows(USERS, {"deleted_at": {"$ne": None}}, fields=("_id",)))
    news = {"type": {"$in": _TOLD}}
    # An open job is found by its words; nobody needs those of the others.
    words = {
        field: {"$cond": [{"$eq": ["$status", LISTED["job"]]}, f"${field}", "$$REMOVE"]}
        for field in ("words", "title_words")
    }
    stages: list[Document] = [{"$match": {"kind": "job"}}, {"$sort": {"_id": 1}}, {"$set": words}]
    sides = {
        "bids": at.groups(BIDS, "gig_id"),
        "orders": at.groups(ORDERS, "gig_id", {"source.type": "bid"}, _OF_ORDER),
        "told": at.groups(NOTIFICATIONS, "gig_id", news, ("gig_id", "fact", "also")),
    }
    for job, found in at.joined(at.sums(GIGS, *stages), sides):
        yield WholeJob(job, **found, gone=gone)


def _one_hired_bid(whole: WholeJob) -> Problems:
    status, states = whole.job["status"], whole.states
    if states["hired"] != (1 if status in _GIVEN else 0):
        yield f"{whole.name} is {status} and has {states['hired']} hired bids"
    if status != "open" and states["pending"]:
        yield f"{whole.name} is {status} and has {states['pending']} pending bids"


def _bids_are_counted(whole: WholeJob) -> Problems:
    count = sum(bid["status"] != "withdrawn" and not bid.get("declined_at") for bid in whole.bids)
    if whole.job["bid_count"] != count:
        yield f"{whole.name} counts {whole.job['bid_count']} bids, and there are {count}"


def _bids_are_sound(whole: WholeJob) -> Problems:
    job, orders = whole.job, [order["_id"] for order in whole.standing]
    live: list[ObjectId] = []
    for row in whole.bids:
        bid = from_document(row, Bid)
        if bid.freelancer_id == job["owner_id"]:
            yield f"{_named(bid, whole)} is by the owner of the job"
        if bid.status in ("pending", "hired"):
            live.append(bid.freelancer_id)
        if bid.created_at < job["created_at"] - CLOCKS:
            yield f"{_named(bid, whole)} is of {bid.created_at}, before the job was there"
        if bid.is_declined and (bid.status, bid.rejected_by) != ("rejected", job["owner_id"]):
            yield f"{_named(bid, whole)} is declined, and is {bid.status}, rejected by {bid.rejected_by}"
        if bid.is_declined != (len(bid.decisions) % 2 == 1):
            times = len(bid.decisions)
            yield f"{_named(bid, whole)} was decided about {times} times, and declined at {bid.declined_at}"
        if (bid.status == "rejected") != (bid.rejected_by is not None):
            yield f"{_named(bid, whole)} is {bid.status}, rejected by {bid.rejected_by}"
        elif bid.rejected_by and bid.rejected_by not in orders and bid.rejected_by != job["owner_id"]:
            who = bid.rejected_by
            yield f"{_named(bid, whole)} was rejected by {who}, which is neither the owner nor a hire that stands"
    if len(live) > 1:
        counted = Counter(live).items()
        yield from (f"{who} has {count} live bids on {whole.name}" for who, count in counted if count > 1)


def _named(bid: Bid, whole: WholeJob) -> str:
    return f"the bid {bid.id} on {whole.name}"


def _jobs_follow_their_orders(whole: WholeJob) -> Problems:
    job, status = whole.job, whole.job["status"]
    from_document(job, Job)
    standing = whole.standing
    hired = [bid["_id"] for bid in whole.bids if bid["status"] == "hired"]
    if status not in _GIVEN:
        if standing or job["order_id"] or job["hired_bid_id"]:
            yield f"{whole.name} is {status}, and its order is {job['order_id']} for the bid {job['hired_bid_id']}"
        return
    order = standing[0] if len(standing) == 1 else None
    if order is None or order["_id"] != job["order_id"]:
        yield f"{whole.name} is {status} with the order {job['order_id']}, and {len(standing)} orders of it stand"
        return
    ended = {"completed": "completed", "cancelled": "cancelled"}
    if status != ended.get(order["status"], "assigned"):
        yield f"{whole.name} is {status}, and its order {order['_id']} is {order['status']}"
    if not hired == [job["hired_bid_id"]] == [order["source"]["id"]]:
        yield f"{whole.name} is given to the bid {job['hired_bid_id']}, and its order to {order['source']['id']}"


def _orders_are_as_their_bids(whole: WholeJob) -> Problems:
    """An order has the sides, the price and the words of the bid that was hired."""
    bids = {bid["_id"]: bid for bid in whole.bids}
    for order in whole.orders:
        name, bid = f"the order {order['_id']}", bids.get(order["source"]["id"])
        if bid is None:
            yield f"{name} came from the bid {order['source']['id']}, which is not on {whole.name}"
            continue
        if order["client_id"] != whole.job["owner_id"]:
            yield f"{name} is of the client {order['client_id']}, and {whole.name} is of {whole.job['owner_id']}"
        if order["freelancer_id"] != bid["freelancer_id"]:
            yield f"{name} is of {order['freelancer_id']}, and the bid {bid['_id']} of {bid['freelancer_id']}"
        # A bid that is pending again may say something else by now.
        terms = order["terms"]
        agreed = terms["price_minor"], terms.get("message"), terms["revisions"]
        offered = bid["price_minor"], bid["message"], bid.get("revisions", REVISIONS)
        # If the bid names no days, the job's count, else the usual; earlier versions kept none.
        usual = (None, whole.job.get("delivery_days") or DELIVERY_DAYS)
        days = (bid["delivery_days"],) if bid["delivery_days"] else usual
        is_agreed = (order["price_minor"], *agreed) == (bid["price_minor"], *offered)
        if not _ended_unpaid(order) and not (is_agreed and terms.get("delivery_days") in days):
            yield f"{name} is at {order['price_minor']} with other terms than the bid {bid['_id']} at {offered[0]}"


def _terms_are_confirmed(whole: WholeJob) -> Problems:
    """Nobody is hired on terms of a job that they have not confirmed, and whose bid is to be confirmed was told so."""
    now = whole.job.get("terms_version", 1)
    told = {row["fact"] for row in whole.told}
    for row in whole.bids:
        bid = from_document(row, Bid)
        if not 1 <= bid.for_terms <= now:
            yield f"{_named(bid, whole)} is for the terms {bid.for_terms} of it, which has {now}"
        elif bid.status == "hired" and bid.for_terms != now:
            yield f"{_named(bid, whole)} is hired for the terms {bid.for_terms} of it, not for {now}"
        elif bid.status != "pending":
            continue  # what was withdrawn or rejected before a change has nothing to confirm
        elif (bid.for_terms == now) != (bid.change_told is None) and "for_terms" in row:
            yield f"{_named(bid, whole)} is for the terms {bid.for_terms} of {now}, and was told {bid.change_told}"
        elif (
            bid.change_told
            and f"{JOB_CHANGED.key}:{bid.change_told}:{bid.freelancer_id}" not in told
            and bid.freelancer_id not in whole.gone
        ):
            yield f"{_named(bid, whole)} has to be confirmed, and nobody was told by {bid.change_told}"


def _bidding_is_told(whole: WholeJob) -> Problems:
    expected = dict.fromkeys(_facts_of_bids(whole), 1)
    found: dict[str, int] = {}
    for row in whole.told:
        if row["fact"].startswith(f"{JOB_CHANGED.key}:"):
            continue  # of a change that was confirmed nothing else is left
        for fact in facts_of(row):
            found[fact] = found.get(fact, 0) + 1
    for order in whole.orders:
        expected[f"{HIRED.key}:{order['_id']}:{order['freelancer_id']}"] = 1
        if _ended_unpaid(order):
            # The freelancers whom this hire had rejected are told that the job is open again, unless they are shut out
            # by then.
            start = f"{BID_REJECTED.key}:{order['_id']}:"
            expected.update(dict.fromkeys((fact for fact in found if fact.startswith(start)), 1))
            again = {fact for fact in found if fact.startswith(f"{JOB_REOPENED.key}:{order['_id']}:")}
            expected.update(dict.fromkeys(again, 1))
            for fact in again:
                expected[fact.replace(JOB_REOPENED.key, BID_REJECTED.key)] = 1
    if expected == found:
        return
    for fact in expected | found:
        times, heard = expected.get(fact, 0), found.get(fact, 0)
        if times != heard and ObjectId(fact.rpartition(":")[2]) not in whole.gone:
            yield f"{fact} of {whole.name} was told {heard} times, not {times}"


def _facts_of_bids(whole: WholeJob) -> Iterator[str]:
    called_off = {
        order["source"]["id"]
        for order in whole.orders
        if (order["events"][-1]["name"], order["events"][-1]["actor"]) == ("call_off", "freelancer")
        or "freelancer" in order["events"][-1].get("data", {}).get("gone", "")
    }
    owner = whole.job["owner_id"]
    for bid in whole.bids:
        yield f"{BID_PLACED.key}:{bid['_id']}:{owner}"
        for number, told in enumerate(bid.get("decisions", ())):
            yield f"{_DECISIONS[number % 2].key}:{told}:{bid['freelancer_id']}"
        if bid["status"] == "withdrawn" and bid["_id"] not in called_off:
            yield f"{BID_WITHDRAWN.key}:{bid['_id']}:{owner}"
        elif bid["status"] == "rejected" and bid["rejected_by"] == owner and not bid.get("declined_at"):
            yield f"{JOB_CLOSED.key}:{bid['_id']}:{bid['freelancer_id']}"
        elif bid["status"] == "rejected" and bid["rejected_by"] != owner:
            yield f"{BID_REJECTED.key}:{bid['rejected_by']}:{bid['freelancer_id']}"


def _open_jobs_are_found(whole: WholeJob) -> Problems:
    if whole.job["status"] == LISTED["job"]:
        yield from (f"{whole.name} {wrong}" for wrong in wrong_words(whole.job))


def _ended_unpaid(order: Document) -> bool:
    return order["status"] == "cancelled" and order.get("paid_at") is None


CHECKS: tuple[Check, ...] = (
    ("3. A given job has one hired bid and none pending", _one_hired_bid),
    ("3. A job counts its bids", _bids_are_counted),
    ("3. A bid is of somebody else, once, and rejected by whom its job knows", _bids_are_sound),
    ("3. A job stands where its order stands", _jobs_follow_their_orders),
    ("5. An order has the sides and the terms of the bid that was hired", _orders_are_as_their_bids),
    ("5. Nobody is hired on terms of a job that they have not confirmed", _terms_are_confirmed),
    ("8. Open jobs are found by their words", _open_jobs_are_found),
    ("11. What happens to a bid is told once", _bidding_is_told),
)
