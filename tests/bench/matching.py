"""What an admin waits who looks for freelancers for a request, on 1,000 people and on a million: the people of the
part `people`, with work in categories and orders in progress.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from bson import ObjectId
from pymongo.write_concern import WriteConcern

from gigflow.accounts.models import Viewer
from gigflow.accounts.store import USERS
from gigflow.core.clock import now
from gigflow.core.db import Db, Declared, Document, create_missing
from gigflow.core.ids import new_id
from gigflow.core.mongod import start_mongod
from gigflow.core.paging import PageRequest
from gigflow.directory.store import WORK
from gigflow.matching.actions import Filter, freelancers_for, standings_of
from gigflow.orders.store import ORDERS
from gigflow.requests.models import Request
from gigflow.requests.store import REQUESTS, insert_request
from tests.bench import kept
from tests.bench.people import CACHE_SIZE, SIZES
from tests.bench.people import fill as fill_people
from tests.bench.servers import ROOT
from tests.bench.table import Table

MATCH, SORTED = 100, 50  # ms at the median
LOOKS = 40
BATCH = 5_000
_STAMP = Declared("bench_match_stamp")


def measure_match(table: Table, folder: Path, most: int) -> None:
    """Each look is for another request, by the action that answers `GET /api/admin/freelancers`."""
    sizes = sorted({*(size for size in SIZES if size < most), most})
    with ExitStack() as stack:
        mongod = start_mongod(ROOT / "var" / "bench" / "mongo")
        stack.callback(mongod.stop)
        for size in sizes:
            db = Db(mongod.uri, f"people{size}")
            stack.callback(db.client.close)
            db.client.admin.command(
                "setParameter", 1, wiredTigerEngineRuntimeConfig=f"cache_size={CACHE_SIZE}"
            )
            fill_people(db, size)
            _fill(db)
            requests = [_request(db, number) for number in range(LOOKS)]
            for name, limit, look in _LOOKS:
                found = _measure(db, requests, look)
                table.at_most(f"{size:,} people, {name}, p50", found, limit, " ms")


def _measure(db: Db, requests: list[Request], look: Callable[[int], Filter]) -> float:
    admin = Viewer(user_id=new_id(), device_id=new_id(), name="Root", is_admin=True)
    taken = []
    for number, request in enumerate([*requests[:5], *requests]):
        began = time.perf_counter()
        page, asked = freelancers_for(db, admin, request.id, look(number), PageRequest(20))
        standings_of(db, page.rows, asked, now())
        taken.append((time.perf_counter() - began) * 1_000)
    return sorted(taken[5:])[LOOKS // 2]  # the first five only warm


_LOOKS: list[tuple[str, float, Callable[[int], Filter]]] = [
    ("best match", MATCH, lambda _: Filter()),
    ("best match, available and highly rated", MATCH, lambda _: Filter(available=True, highly_rated=True)),
    ("best match of a search", MATCH, lambda at: Filter(text=kept.FREQUENT[at % 4])),
    ("best rated", SORTED, lambda _: Filter(sort="rating")),
    ("by name", SORTED, lambda _: Filter(sort="name")),
    ("available first", SORTED, lambda _: Filter(sort="availability")),
]


def _request(db: Db, number: int) -> Request:
    """A request in one of the categories, with skills or without."""
    chance, moment = random.Random(number), now()
    categories = sorted(db[WORK].distinct("category"))
    request = Request(
        id=ObjectId(),
        client_id=new_id(),
        title=" ".join(chance.sample(kept.WORDS_BY_RANK[:200], 4)),
        description=" ".join(chance.choices(kept.WORDS_BY_RANK[:2_000], k=120)),
        budget_minor=50_000,
        category=categories[number % len(categories)],
        skills=chance.sample(kept.SKILLS[:20], 3) if number % 3 else [],
        sent_at=moment,
        created_at=moment,
        updated_at=moment,
    )
    db.transact(lambda tx: insert_request(tx, request))
    return request


def _fill(db: Db) -> None:
    """Give two of three people work in a category, and every third of them orders in progress."""
    for declared in (WORK, ORDERS, REQUESTS):
        create_missing(db.database, declared)
    if db[_STAMP].find_one({"_id": "filled"}):
        return
    chance = random.Random(5)
    quickly = WriteConcern(1)
    work, orders = (db[each].with_options(write_concern=quickly) for each in (WORK, ORDERS))
    work.delete_many({})
    orders.delete_many({})
    for rows in _batches(db):
        worked = [
            {
                "_id": {"user": row["_id"], "category": each},
                "user_id": row["_id"],
                "category": each,
                "clients": (clients := 1 + round(chance.lognormvariate(1, 1))),
                "completed": clients,
            }
            for row in rows
            for each in row.get("categories", [])[:1]
        ]
        running = [_order(row["_id"], chance) for row in rows if chance.random() < 0.35]
        if worked:
            work.insert_many(worked, ordered=False)
        if running:
            # Only what the look reads of an order.
            orders.with_options(write_concern=quickly).insert_many(
                running, ordered=False, bypass_document_validation=True
            )
    db[_STAMP].insert_one({"_id": "filled"})


def _order(freelancer_id: ObjectId, chance: random.Random) -> Document:
    return {
        "_id": ObjectId(),
        "source": {"type": "offer", "id": ObjectId()},
        "live": True,
        "client_id": ObjectId(),
        "freelancer_id": freelancer_id,
        "status": chance.choice(["in_progress", "in_progress", "delivered", "pending_payment"]),
        "due_at": now(),
    }


def _batches(db: Db) -> Iterator[list[Document]]:
    batch: list[Document] = []
    for row in db[USERS].find({"for_hire": True}, {"categories": 1}, batch_size=BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch
