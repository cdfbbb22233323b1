"""What `audit` proves of people: balances, ratings, rights, devices, and the copies that others have of them
(docs/domain.md, invariants 1, 6 and 13).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from gigflow.accounts.guards import CARRIED, GUARDS
from gigflow.accounts.models import Session, User
from gigflow.accounts.store import SESSIONS, TOKENS, USERS
from gigflow.bids.store import BIDS
from gigflow.core.db import Document, from_document
from gigflow.gigs.store import GIGS
from gigflow.jobs.counts import COUNTS
from gigflow.orders.store import ORDERS
from gigflow.payments.store import BALANCES, LEDGER
from gigflow.proof.snapshot import LEAVING, Check, Group, Problems, Snapshot
from gigflow.record.store import AUDIT
from gigflow.reviews.store import REVIEWS

_LIVE = ("open", "live", "pending")  # gigs that nobody who is shut out has
_COPIED = ("name", "is_admin", "picture_id", "time_zone")


class WholeUser(msgspec.Struct):
    """A user, and what other collections say of them."""

    user: Document
    balances: list[Document]
    booked: list[Document]
    ratings: list[Document]
    sessions: list[Document]
    tokens: list[Document]
    guards: list[Document]
    gigs: list[Document]
    jobs: list[Document]
    paid: list[Document]
    counts: list[Document]
    bids: list[Document]
    record: list[Document]
    now: datetime

    @property
    def name(self) -> str:
        """How sentences name them."""
        return f"the user {self.user['_id']}"

    @property
    def is_shut_out(self) -> bool:
        """Whether they can no longer sign in, and all that is theirs has had its time to end."""
        shut = self.user.get("disabled_at")
        return shut is not None and shut < self.now - (
            LEAVING if self.user.get("leaving_at") else timedelta(0)
        )


def whole_users(at: Snapshot) -> Iterator[WholeUser]:
    """Yield everybody, the oldest account first."""
    events = ["admin_given", "admin_taken", "disabled", "enabled", "account_deleted"]
    sides = {
        "balances": at.groups(BALANCES, "_id"),
        "booked": _booked(at),
        "ratings": _ratings(at),
        "sessions": at.groups(SESSIONS, "user_id", {"revoked_at": None}),
        "tokens": at.groups(TOKENS, "user_id"),
        "guards": at.groups(GUARDS, "user_id"),
        "gigs": _copies(at),
        "jobs": _jobs(at),
        "paid": _paid(at),
        "counts": at.groups(COUNTS, "_id"),
        "bids": _pending(at),
        "record": at.groups(AUDIT, "user_id", {"event": {"$in": events}}, ("user_id", "event", "at")),
    }
    for user, found in at.joined(at.rows(USERS), sides):
        yield WholeUser(user, **found, now=at.now)


def _booked(at: Snapshot) -> Iterator[Group]:
    of_people = {"$match": {"lines.account": {"$regex": "^balance:[0-9a-f]{24}$"}}}
    stages: list[Document] = [
        of_people,
        {"$unwind": "$lines"},
        of_people,
        {"$group": {"_id": {"$toObjectId": {"$substrBytes": ["$lines.account", 8, 24]}},
                    "sum": {"$sum": "$lines.amount_minor"}}},
        {"$sort": {"_id": 1}},
    ]  # fmt: skip
    return ((row["_id"], [row]) for row in at.sums(LEDGER, *stages))


def _ratings(at: Snapshot) -> Iterator[Group]:
    stages: list[Document] = [
        {"$match": {"revealed_at": {"$ne": None}}},
        {"$group": {"_id": "$subject_id",
                    "of_client": {"$push": {"$cond": [{"$eq": ["$side", "freelancer"]}, "$rating", "$$REMOVE"]}},
                    "of_freelancer": {"$push": {"$cond": [{"$eq": ["$side", "client"]}, "$rating", "$$REMOVE"]}}}},
        {"$project": {"client": {"count": {"$size": "$of_client"}, "sum": {"$sum": "$of_client"}},
                      "freelancer": {"count": {"$size": "$of_freelancer"}, "sum": {"$sum": "$of_freelancer"}}}},
        {"$sort": {"_id": 1}},
    ]  # fmt: skip
    return ((row["_id"], [row]) for row in at.sums(REVIEWS, *stages))


def _jobs(at: Snapshot) -> Iterator[Group]:
    stages: list[Document] = [
        {"$match": {"kind": "job"}},
        {"$group": {"_id": "$owner_id", "posted": {"$sum": 1}, "since": {"$min": "$created_at"}}},
        {"$sort": {"_id": 1}},
    ]
    return ((row["_id"], [row]) for row in at.sums(GIGS, *stages))


def _paid(at: Snapshot) -> Iterator[Group]:
    """Return for how many jobs each client has paid, as the orders say."""
    stages: list[Document] = [
        {"$match": {"source.type": "bid", "paid_at": {"$ne": None}}},
        {"$group": {"_id": {"client": "$client_id", "gig": "$gig_id"}}},
        {"$group": {"_id": "$_id.client", "jobs": {"$sum": 1}}},
        {"$sort": {"_id": 1}},
    ]
    return ((row["_id"], [row]) for row in at.sums(ORDERS, *stages))


def _copies(at: Snapshot) -> Iterator[Group]:
    """Return what gigs say of their owner, each saying once."""
    said = {
        "owner": "$owner_id",
        "kind": "$kind",
        "name": "$owner_name",
        "availability": "$owner_availability",
        "status": {"$cond": [{"$in": ["$status", list(_LIVE)]}, "$status", "over"]},
    }
    stages: list[Document] = [
        {"$group": {"_id": said, "gig": {"$first": "$_id"}}},
        {"$group": {"_id": "$_id.owner", "said": {"$push": {"_id": "$gig", "is": "$_id"}}}},
        {"$sort": {"_id": 1}},
    ]
    return ((row["_id"], row["said"]) for row in at.sums(GIGS, *stages))


def _pending(at: Snapshot) -> Iterator[Group]:
    stages: list[Document] = [
        {"$match": {"status": "pending"}},
        {"$group": {"_id": "$freelancer_id", "bid": {"$first": "$_id"}}},
        {"$sort": {"_id": 1}},
    ]
    return ((row["_id"], [row]) for row in at.sums(BIDS, *stages))


def _balances_equal_the_ledger(whole: WholeUser) -> Problems:
    booked = whole.booked[0]["sum"] if whole.booked else 0
    balance = whole.balances[0]["amount_minor"] if whole.balances else 0
    if balance != booked or balance < 0:
        yield f"the balance of {whole.name} is {balance}, and the ledger says {booked}"


def _ratings_equal_a_recount(whole: WholeUser) -> Problems:
    recount = whole.ratings[0] if whole.ratings else {}
    for part in ("freelancer", "client"):
        counted = recount.get(part, {"count": 0, "sum": 0})
        rating = whole.user.get("rating", {}).get(part, {"count": 0, "sum": 0})
        if rating != counted:
            yield f"the rating of {whole.name} as {part} is {rating}, and the reviews say {counted}"


def _devices_carry_what_is_so(whole: WholeUser) -> Problems:
    user = from_document(whole.user, User)
    muted = {event for event, choice in user.notify.items() if not choice.app}
    for row in whole.sessions:
        session = from_document(row, Session)
        wrong = [field for field in _COPIED if getattr(session, field) != getattr(user, field)]
        if set(session.muted) != muted:
            wrong.append("muted")
        if session.unconfirmed != user.to_confirm:
            wrong.append("unconfirmed")
        if wrong:
            yield f"the device {session.id} of {whole.name} carries another {', '.join(wrong)}: end it"


def _who_is_shut_out_is_out(whole: WholeUser) -> Problems:
    user, name = whole.user, whole.name
    if user.get("deleted_at") and not user.get("disabled_at"):
        yield f"{name} was deleted and may still sign in"
    leaving_at = user.get("leaving_at")
    if leaving_at and leaving_at < whole.now - LEAVING:
        yield f"{name} is leaving since {leaving_at}, and some of what is theirs is left: run flask gigflow tick"
    if not whole.is_shut_out:
        return
    if whole.sessions:
        yield f"{name} is shut out, and {len(whole.sessions)} devices are signed in, such as {whole.sessions[0]['_id']}"
    if whole.tokens:
        yield f"{name} is shut out, and has {len(whole.tokens)} links that still work"
    for said in whole.gigs:
        if said["is"]["status"] in _LIVE:
            yield f"{name} is shut out, and the gig {said['_id']} is {said['is']['status']}"
    yield from (f"{name} is shut out, and the bid {row['bid']} is pending" for row in whole.bids)


def _guards_say_what_is_so(whole: WholeUser) -> Problems:
    """An act of somebody goes by what their guards say."""
    is_open = whole.user.get("disabled_at") is None
    for guard in whole.guards:
        wrong = ["is_open"] if guard["is_open"] != is_open else []
        if is_open:
            wrong += [field for field in CARRIED if guard[field] != whole.user.get(field, "available")]
        if wrong:
            yield f"the guard {guard['_id']} of {whole.name} says another {', '.join(wrong)}: delete it"


def _copies_are_right(whole: WholeUser) -> Problems:
    user = whole.user
    for said in whole.gigs:
        name, is_said = f"the gig {said['_id']}", said["is"]
        if is_said["name"] != user["name"]:
            yield f"{name} says that {whole.name} is called {is_said['name']!r}"
        ends = user.get("deleted_at")  # whose services are all over, and say nothing that anybody reads
        if is_said["kind"] == "service" and not ends and is_said["availability"] != user["availability"]:
            yield f"{name} says that {whole.name} is {is_said['availability']}"


def _access_is_in_the_record(whole: WholeUser) -> Problems:
    """People who were shut out, or left, were so by an act that the record has."""
    shut = [
        row["event"] for row in whole.record if row["event"] in ("disabled", "enabled", "account_deleted")
    ]
    last = shut[-1] if shut else None
    disabled_at, deleted_at = whole.user.get("disabled_at"), whole.user.get("deleted_at")
    expected = "account_deleted" if deleted_at else "disabled"
    if disabled_at and last != expected:
        yield f"{whole.name} has been shut out since {disabled_at}, and the record does not have it"
    if not disabled_at and last in ("disabled", "account_deleted"):
        yield f"{whole.name} may sign in, and the record says that they are shut out"


def _admins_are_in_the_record(whole: WholeUser) -> Problems:
    rights = [row["event"] for row in whole.record if row["event"] in ("admin_given", "admin_taken")]
    in_record = rights[-1:] == ["admin_given"]
    if whole.user["is_admin"] and not in_record:
        yield (
            f"{whole.name} is an admin, and the record does not say who made them one. If it is right, take the right"
            " away and give it again: flask gigflow admin"
        )
    if in_record and not (whole.user["is_admin"] or whole.user.get("deleted_at")):
        yield f"{whole.name} is no admin, and the record does not say who took the right away"


def _jobs_equal_a_recount(whole: WholeUser) -> Problems:
    nothing: Document = {"posted": 0, "paid": 0, "since": None}
    jobs = {**nothing, **(whole.jobs[0] if whole.jobs else {})}
    paid = whole.paid[0]["jobs"] if whole.paid else 0
    kept = whole.counts[0] if whole.counts else nothing
    if (jobs["posted"], paid, jobs["since"]) != (kept["posted"], kept["paid"], kept["since"]):
        yield (
            f"{whole.name} has posted {jobs['posted']} jobs since {jobs['since']} and paid for {paid}, and"
            f" {kept['posted']} since {kept['since']} and {kept['paid']} are counted"
        )


CHECKS: tuple[Check, ...] = (
    ("1. Balances equal the ledger and are not negative", _balances_equal_the_ledger),
    ("3. What is counted of a client's jobs equals a recount", _jobs_equal_a_recount),
    ("6. Ratings equal a recount", _ratings_equal_a_recount),
    ("10. Devices carry what their person is and may", _devices_carry_what_is_so),
    ("10. What gigs say of their owner is so", _copies_are_right),
    ("13. People who are shut out are out, with all that is theirs", _who_is_shut_out_is_out),
    ("13. Guards say what their account says", _guards_say_what_is_so),
    (
        "13. People who were shut out, or left, were so by an act that the record has",
        _access_is_in_the_record,
    ),
    ("13. Admins are so by an act that the record has", _admins_are_in_the_record),
)
