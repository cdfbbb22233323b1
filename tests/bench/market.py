"""The data that is measured on: written straight into the database, since filling it is not what is measured."""

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from bson import ObjectId

from gigflow.accounts import guards
from gigflow.accounts.models import User, Viewer
from gigflow.accounts.passwords import hash_password
from gigflow.accounts.store import USERS
from gigflow.bids.models import Bid
from gigflow.bids.store import BIDS
from gigflow.chat.models import pair_of
from gigflow.core.clock import now
from gigflow.core.db import Db, to_document
from gigflow.gigs.models import Job
from gigflow.gigs.store import GIGS
from gigflow.offers.models import EXPIRES_DAYS, Offer
from gigflow.offers.store import OFFERS
from tests.bench import load
from tests.bench.kept import document_of

PASSWORD = "measured-market"
BIDS_PER_JOB = 5

_THINGS = ("bakery", "museum", "orchard", "school", "clinic", "workshop", "podcast", "library", "garden")
_WORK = ("Logo", "Translation", "Photographs", "Copy-editing", "Film", "Spreadsheet", "Map", "Index")


class Decision(msgspec.Struct, frozen=True):
    """A job with its pending bids, ready for a hire."""

    gig_id: ObjectId
    bid_ids: list[ObjectId]


def add_people(db: Db, count: int) -> list[User]:
    """This many accounts; the password is hashed once for all."""
    hashed, moment = hash_password(PASSWORD), now()
    people = [
        User(
            id=ObjectId(),
            email=f"person{number}@example.org",
            name=f"Person {number}",
            password_hash=hashed,
            created_at=moment,
        )
        for number in range(count)
    ]
    rows = [to_document(person) for person in people]
    db[USERS].insert_many(rows)
    db.transact(lambda tx: guards.give(tx, rows))  # which each gets with their first act
    return people


def viewer_of(person: User) -> Viewer:
    """This person at some device."""
    return Viewer(user_id=person.id, device_id=ObjectId(), name=person.name)


def add_jobs(db: Db, owner: User, count: int) -> list[Job]:
    """This many open jobs with titles of several words and texts of some length."""
    chance, moment = random.Random(7), now()
    jobs = [_job(owner, number, chance, moment) for number in range(count)]
    for start in range(0, count, 1000):
        db[GIGS].insert_many([document_of(job) for job in jobs[start : start + 1000]])
    return jobs


def add_decisions(db: Db, owner: User, bidders: Sequence[User], count: int) -> list[Decision]:
    """This many open jobs that have `BIDS_PER_JOB` pending bids each."""
    moment = now()
    jobs = add_jobs(db, owner, count)
    db[GIGS].update_many({"_id": {"$in": [job.id for job in jobs]}}, {"$set": {"bid_count": BIDS_PER_JOB}})
    decisions = []
    documents = []
    for number, job in enumerate(jobs):
        people = [bidders[(number + step) % len(bidders)] for step in range(BIDS_PER_JOB)]
        bids = [
            Bid(
                id=ObjectId(),
                gig_id=job.id,
                freelancer_id=person.id,
                message="I have done this before and would begin with a sketch.",
                price_minor=40_000,
                created_at=moment,
                updated_at=moment,
            )
            for person in people
        ]
        documents += [to_document(bid) for bid in bids]
        decisions.append(Decision(job.id, [bid.id for bid in bids]))
    db[BIDS].insert_many(documents)
    return decisions


def add_offers(db: Db, sender: User, receiver: User, count: int) -> list[ObjectId]:
    """This many open offers of one person, the client, to another."""
    moment = now()
    ids = [ObjectId() for _ in range(count)]
    offers = [
        Offer(
            id=offer_id,
            negotiation_id=offer_id,
            pair=pair_of(sender.id, receiver.id),
            sender_id=sender.id,
            to_id=receiver.id,
            client_id=sender.id,
            freelancer_id=receiver.id,
            title="Logo for a bakery by the river",
            description="What we have, what we need, and how we will know that it is done. " * 4,
            price_minor=40_000,
            fee_basis_points=1_000,
            expires_at=moment + timedelta(days=EXPIRES_DAYS),
            created_at=moment,
        )
        for offer_id in ids
    ]
    db[OFFERS].insert_many([to_document(offer) for offer in offers])
    return ids


def login(person: User) -> bytes:
    """The request that signs this person in."""
    return load.request("POST", "/api/auth/login", {"email": person.email, "password": PASSWORD})


def identity(answer: bytes) -> tuple[str, str]:
    """Whose sign-in this answer is, by id, and the cookie that it gave."""
    _, _, rest = answer.partition(b"Set-Cookie: token=")
    if not rest:
        raise RuntimeError(f"no access cookie: {answer[:300]!r}")
    user_id: str = json.loads(answer.partition(b"\r\n\r\n")[2])["id"]
    return user_id, f"token={rest.partition(b';')[0].decode()}"


def _job(owner: User, number: int, chance: random.Random, moment: datetime) -> Job:
    return Job(
        id=ObjectId(),
        owner_id=owner.id,
        owner_name=owner.name,
        title=f"{chance.choice(_WORK)} for a {chance.choice(_THINGS)}, number {number}",
        description="What we have, what we need, and how we will know that it is done. " * (2 + number % 11),
        price_minor=(50 + number % 3_000) * 100,
        category="other",
        skills=["Patience", "Care"],
        created_at=moment,
        updated_at=moment,
    )
