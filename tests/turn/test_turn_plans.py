"""What waits for a person is read by indexes, and costs no more for somebody with a long past."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.bids.models import Bid
from gigflow.bids.store import BIDS
from gigflow.core.clock import now
from gigflow.core.db import Db, Document, create_missing, to_document
from gigflow.core.money import Currency
from gigflow.features import wire
from gigflow.gigs.models import Job, Service
from gigflow.gigs.store import GIGS
from gigflow.orders.models import Order, OrderStatus, Source, Terms
from gigflow.orders.store import ORDERS
from gigflow.questions.models import Question
from gigflow.questions.store import QUESTIONS
from gigflow.turn import actions, hooks
from gigflow.turn import store as reading
from gigflow.turn.models import Reader

PAST = 600  # of each kind of thing, of the person and of everybody else
WAITS = 3  # of each kind of thing


@pytest.fixture(scope="module")
def person(mongo_uri: str) -> Iterator[tuple[Db, Reader]]:
    """Somebody with a long past, of whom a few things are asked today, among as many people's things."""
    wire()
    db = Db(mongo_uri, f"turn_{secrets.token_hex(4)}")
    for declared in (ORDERS, BIDS, GIGS, QUESTIONS):
        create_missing(db.database, declared)
    me, somebody = ObjectId(), ObjectId()
    for whom in (me, somebody):
        _fill(db, whom, 0 if whom is somebody else WAITS)
    viewer = Viewer(user_id=me, device_id=ObjectId(), name="Alice")
    yield db, Reader(viewer, now(), Currency("USD"), True)
    db.client.drop_database(db.database.name)
    db.client.close()


def test_everything_that_waits_is_found(person: tuple[Db, Reader]) -> None:
    items = actions.items_for(*person)
    kinds = [item.kind for item in items]
    # Each job and each service is one item, however many bids or questions it has.
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "pay": WAITS,
        "deliver": WAITS,
        "read_bids": 1,
        "answer_question": 1,
        "write_review": 2 * WAITS,
        "publish": WAITS,
    }


def test_the_past_is_not_read(person: tuple[Db, Reader]) -> None:
    """Each source reads what waits, and little else."""
    db, reader = person
    for source in (source(reader) for source in hooks.waits):
        told = _explain(db, source.rows.name, list(source.stages))
        assert "COLLSCAN" not in told.stages, told
        assert told.documents <= 3 * WAITS, (source.rows.name, told)
        assert told.indexes <= {
            *("client", "freelancer", "client_ended", "freelancer_ended"),
            *("unread", "to_confirm", "waiting", "owner_state", "_id_"),
        }, told


def test_it_is_one_round_trip(person: tuple[Db, Reader]) -> None:
    db, reader = person
    sources = [source(reader) for source in hooks.waits]
    told = reading.pipeline(sources)
    assert [list(stage) for stage in told].count(["$unionWith"]) == len(sources) - 1
    assert sum(map(len, reading.read(db, sources))) == 5 * WAITS + 2


class Explained(msgspec.Struct):
    """What the server says of an aggregation."""

    stages: set[str] = set()
    indexes: set[str] = set()
    documents: int = 0


def _explain(db: Db, name: str, stages: list[Document]) -> Explained:
    asked = {"aggregate": name, "pipeline": stages, "cursor": {}}
    found = Explained()
    _walk(db.database.command("explain", asked, verbosity="executionStats"), found)
    return found


def _walk(told: Any, found: Explained) -> None:
    if isinstance(told, list):
        for each in told:
            _walk(each, found)
    if not isinstance(told, dict):
        return
    if isinstance(told.get("stage"), str):
        found.stages.add(told["stage"])
    if "indexName" in told:
        found.indexes.add(told["indexName"])
    found.documents += told.get("totalDocsExamined", 0)
    for name, each in told.items():
        if name not in ("rejectedPlans", "allPlansExecution"):
            _walk(each, found)


def _fill(db: Db, whom: ObjectId, waits: int) -> None:
    moment = now()
    times: dict[str, Any] = {"created_at": moment, "updated_at": moment}
    gig, service = ObjectId(), ObjectId()
    told = {"owner_id": whom, "owner_name": "Alice", "title": "Poster", "price_minor": 100, **times}
    rows: list[msgspec.Struct] = [Job(id=gig, bid_count=waits, **told)]
    rows += [Job(id=ObjectId(), status="closed", **told) for _ in range(PAST)]
    rows += [Service(id=service, status="live", **told)]
    rows += [Service(id=ObjectId(), status="archived", **told) for _ in range(PAST)]
    rows += [Service(id=ObjectId(), status="draft", **told) for _ in range(waits)]
    db[GIGS].insert_many([to_document(row) for row in rows])
    bid = {"gig_id": gig, "message": "I can.", "price_minor": 100, **times}
    bids = [Bid(id=ObjectId(), freelancer_id=ObjectId(), **bid) for _ in range(PAST)]
    bids += [Bid(id=ObjectId(), freelancer_id=whom, status="rejected", **bid) for _ in range(PAST)]
    bids += [Bid(id=ObjectId(), freelancer_id=ObjectId(), unread_by=whom, **bid) for _ in range(waits)]
    db[BIDS].insert_many([to_document(row) for row in bids])
    asked = {"gig_id": service, "asker_id": ObjectId(), "text": "Which?", "created_at": moment}
    questions = [Question(id=ObjectId(), answered_at=moment, answer="This.", **asked) for _ in range(PAST)]
    questions += [Question(id=ObjectId(), waits_for=whom, **asked) for _ in range(waits)]
    db[QUESTIONS].insert_many([to_document(row) for row in questions])
    for side, status in (("client", "pending_payment"), ("freelancer", "in_progress")):
        orders = [_order(side, whom, status, moment, None) for _ in range(waits)]
        orders += [
            _order(side, whom, "completed", moment, moment - timedelta(days=30 if number < PAST else 1))
            for number in range(PAST + waits)
        ]
        db[ORDERS].insert_many(orders)


def _order(side: str, whom: ObjectId, status: OrderStatus, moment: Any, ended: Any) -> Document:
    order = Order(
        id=ObjectId(),
        source=Source("bid", ObjectId()),
        live=ended is None,
        client_id=whom if side == "client" else ObjectId(),
        freelancer_id=whom if side == "freelancer" else ObjectId(),
        terms=Terms(title="Poster", price_minor=100),
        price_minor=100,
        fee_minor=10,
        fee_basis_points=1_000,
        status=status,
        pay_by=moment + timedelta(days=7),
        due_at=moment + timedelta(days=7),
        ended_at=ended,
        created_at=moment,
        updated_at=moment,
    )
    return to_document(order)
