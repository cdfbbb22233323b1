"""What `audit` proves of the directory: people's places in it, what they have worked, and the words by which they are
found (docs/domain.md, invariants 6 and 8).
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from gigflow.accounts.models import User
from gigflow.accounts.store import USERS
from gigflow.core.db import Document, from_document, to_document
from gigflow.directory.dictionary import PEOPLE_WORDS
from gigflow.directory.models import ByClients, Offered, Work, place_of
from gigflow.directory.store import PLACE, WORK, WORKED
from gigflow.gigs.models import LISTED
from gigflow.gigs.store import GIGS
from gigflow.orders.store import ORDERS
from gigflow.proof.snapshot import Check, Group, Problems, Snapshot
from gigflow.reviews.store import REVIEWS, by_client


class WholeFreelancer(msgspec.Struct):
    """Somebody, and what their place in the directory comes from."""

    user: Document
    services: list[Document]
    rated: list[Document]
    work: list[Document]
    worked: list[Document]
    done: list[Document]

    @property
    def name(self) -> str:
        """How sentences name them."""
        return f"the user {self.user['_id']}"


def whole_freelancers(at: Snapshot) -> Iterator[WholeFreelancer]:
    """Yield everybody, the oldest account first."""
    live = {"kind": "service", "status": LISTED["service"]}
    sides = {
        "services": at.groups(GIGS, "owner_id", live, ("owner_id", "category", "price_minor")),
        "rated": _rated(at),
        "work": at.groups(WORK, "user_id", fields=("user_id", "category", "clients", "completed")),
        "worked": at.groups(WORKED, "user_id", fields=("user_id", "orders")),
        "done": _done(at),
    }
    for user, found in at.joined(at.rows(USERS), sides):
        yield WholeFreelancer(user, **found)


def _rated(at: Snapshot) -> Iterator[Group]:
    stages: list[Document] = [
        {"$match": {"side": "client", "revealed_at": {"$ne": None}}},
        *by_client("subject_id"),
        {"$sort": {"_id.subject_id": 1}},
    ]
    return ((row["_id"]["subject_id"], [row]) for row in at.sums(REVIEWS, *stages))


def _done(at: Snapshot) -> Iterator[Group]:
    """Return for whom somebody has completed how many orders, by category."""
    whose = {"client": "$client_id", "category": {"$ifNull": ["$category", "other"]}}
    stages: list[Document] = [
        {"$match": {"status": "completed"}},
        {"$group": {"_id": {"user": "$freelancer_id", **whose}, "orders": {"$sum": 1}}},
        {"$group": {"_id": "$_id.user", "done": {"$push": {"_id": "$_id", "orders": "$orders"}}}},
        {"$sort": {"_id": 1}},
    ]
    return ((row["_id"], row["done"]) for row in at.sums(ORDERS, *stages))


def _work_equals_a_recount(whole: WholeFreelancer) -> Problems:
    done = [] if whole.user.get("deleted_at") else whole.done  # theirs is forgotten
    expected = _by_key(done)
    if whole.user.get("leaving_at") and whole.user.get("deleted_at"):
        return  # and is being forgotten now
    kept = _by_key(whole.worked)
    if kept != expected:
        yield f"{whole.name} has worked for {len(expected)} clients and categories, and {len(kept)} are kept, or others"
    counted = {row["category"]: (row["clients"], row["completed"]) for row in whole.work}
    recount: dict[str, tuple[int, int]] = {}
    for (_, category), orders in expected.items():
        clients, completed = recount.get(category, (0, 0))
        recount[category] = (clients + 1, completed + orders)
    if counted != recount:
        yield f"{whole.name} has worked {recount} (clients and orders by category), and {counted} is counted"


def _by_key(rows: list[Document]) -> dict[tuple[Any, str], int]:
    return {(row["_id"]["client"], row["_id"]["category"]): row["orders"] for row in rows}


def _places_are_as_computed(whole: WholeFreelancer) -> Problems:
    user = from_document(whole.user, User)
    rated = whole.rated[0] if whole.rated else {"clients": 0, "hundredths": 0}
    place = place_of(
        user,
        [Offered(row["category"], row["price_minor"]) for row in whole.services],
        [from_document(row, Work) for row in whole.work],
        ByClients(rated["clients"], int(rated["hundredths"])),
    )
    expected = to_document(place) if place else {}
    kept = {name: whole.user[name] for name in PLACE if name in whole.user}
    for words in ("find_words",):
        expected[words], kept[words] = sorted(expected.get(words, ())), sorted(kept.get(words, ()))
    wrong = sorted(name for name in expected | kept if expected.get(name) != kept.get(name))
    if wrong:
        yield f"{whole.name} has another place in the directory than what they are says: {', '.join(wrong)}"


def _words_are_known(at: Snapshot) -> Problems:
    """A search goes by the dictionary: a word that the dictionary does not know finds nobody."""
    known = (row["_id"] for row in at.rows(PEOPLE_WORDS))
    word = next(known, None)
    stages: list[Document] = [
        {"$match": {"for_hire": True}},
        {"$project": {"find_words": 1}},
        {"$unwind": "$find_words"},
        {"$group": {"_id": "$find_words", "user": {"$first": "$_id"}}},
        {"$sort": {"_id": 1}},
    ]
    for row in at.sums(USERS, *stages):
        while word is not None and word < row["_id"]:
            word = next(known, None)
        if word != row["_id"] and row["_id"].isprintable():
            yield f"the word {row['_id']!r} of the user {row['user']} is not in the dictionary of the directory"


CHECKS: tuple[Check, ...] = (
    (
        "6. Places in the directory are what people are, and ratings count each client once",
        _places_are_as_computed,
    ),
    ("6. What is counted of a freelancer's work equals a recount", _work_equals_a_recount),
)
CHECKS_OF_WORDS: tuple[Check, ...] = (("8. The directory's dictionary knows every word", _words_are_known),)
