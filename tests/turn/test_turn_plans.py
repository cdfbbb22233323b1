"""What waits for a person is read by indexes, and costs no more for somebody with a long past."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.bids import actions as bids
from gigflow.bids.models import Bid, Unread
from gigflow.bids.store import BIDS, count_unconfirmed, count_unread, mark_read
from gigflow.core.clock import now
from gigflow.core.db import Db, Document, create_missing, to_document
from gigflow.core.money import Currency
from gigflow.core.paging import PageRequest
from gigflow.features import wire
from gigflow.gigs import actions as gigs
from gigflow.gigs.models import Job, Service
from gigflow.gigs.store import GIGS
from gigflow.invitations.models import Invitation
from gigflow.invitations.store import INVITATIONS, count_of, find_of
from gigflow.jobs import actions as jobs
from gigflow.orders import actions as orders
from gigflow.orders.models import Order, OrderStatus, Source, Terms
from gigflow.orders.store import ORDERS
from gigflow.questions.models import Question
from gigflow.questions.store import QUESTIONS
from gigflow.services import actions as services
from gigflow.turn import actions, hooks
from gigflow.turn.models import Reader
from gigflow.web.sections import ROWS

PAST = 600  # of each kind of thing, of the person and of everybody else
WAITS = 3  # of each kind of thing


@pytest.fixture(scope="module")
def person(mongo_uri: str) -> Iterator[tuple[Db, Reader]]:
    """Somebody with a long past, of whom a few things are asked today, among as many people's things."""
    wire()
    db = Db(mongo_uri, f"turn_{secrets.token_hex(4)}")
    for declared in (ORDERS, BIDS, GIGS, QUESTIONS, INVITATIONS):
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
        "confirm_bid": WAITS,
        "answer_question": 1,
        "answer_invitation": WAITS,
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


def test_bids_without_end_are_not_all_read(person: tuple[Db, Reader]) -> None:
    db, reader = person
    owner = msgspec.structs.replace(reader.viewer, user_id=ObjectId())
    bid: dict[str, Any] = {"message": "I can.", "price_minor": 100, "unread_by": owner.user_id}
    times: dict[str, Any] = {"created_at": now(), "updated_at": now()}
    gig = ObjectId()
    many = [Bid(id=ObjectId(), freelancer_id=ObjectId(), gig_id=gig, **bid, **times) for _ in range(1_050)]
    db[BIDS].insert_many([to_document(each) for each in many])
    with profiled(db) as asked:
        actions.items_for(db, msgspec.structs.replace(reader, viewer=owner))
    assert [each["docsExamined"] for each in asked()] == [1_000]


def test_it_is_one_round_trip(person: tuple[Db, Reader]) -> None:
    db, reader = person
    with profiled(db) as asked:
        actions.items_for(db, reader)
    assert [each["op"] for each in asked()] == ["command"]


def test_a_bid_that_changes_while_it_is_read_is_still_unread(person: tuple[Db, Reader]) -> None:
    """The owner has looked at the bid as it was, and no more."""
    db, _ = person
    owner, job = ObjectId(), ObjectId()
    bid: dict[str, Any] = {
        "message": "I can.",
        "price_minor": 100,
        "unread_by": owner,
    }
    times: dict[str, Any] = {"created_at": now(), "updated_at": now()}
    first, second = (
        Bid(id=ObjectId(), freelancer_id=ObjectId(), gig_id=job, **bid, **times) for _ in range(2)
    )
    db[BIDS].insert_many([to_document(first), to_document(msgspec.structs.replace(second, version=2))])
    mark_read(db, owner, [first, second])
    assert count_unread(db, owner, [job]) == {job: Unread(1, 2)}


def test_what_must_be_confirmed_is_counted_without_reading_it(person: tuple[Db, Reader]) -> None:
    db, _ = person
    told = [row["gig_id"] for row in db[BIDS].find({"change_told": {"$ne": None}, "status": "pending"})]
    with profiled(db) as asked:
        assert sum(count_unconfirmed(db, told).values()) == WAITS
    (said,) = asked()
    assert (said["docsExamined"], said["planSummary"]) == (
        0,
        "IXSCAN { gig_id: 1, status: 1, change_told: 1 }",
    )


LISTS: dict[str, Callable[[Db, Viewer], Any]] = {
    "pending bids": lambda db, me: bids.bids_of(db, me, PageRequest(ROWS), ["pending"]),
    "past bids": lambda db, me: bids.bids_of(db, me, PageRequest(ROWS), ["hired", "rejected", "withdrawn"]),
    "open jobs": lambda db, me: jobs.jobs_of(db, me, PageRequest(ROWS), ["open"]),
    "past jobs": lambda db, me: jobs.jobs_of(db, me, PageRequest(ROWS), ["completed", "closed"]),
    "drafts": lambda db, me: services.services_in(db, me, ["draft", "rejected"], PageRequest(ROWS)),
    "active orders": lambda db, me: orders.orders_of(db, me, ["active"], PageRequest(ROWS), "freelancer"),
    "invitations": lambda db, me: find_of(db, me.user_id, PageRequest(ROWS), waiting=True),
    "earlier invitations": lambda db, me: find_of(db, me.user_id, PageRequest(ROWS), waiting=False),
    "completed orders": lambda db, me: orders.orders_of(db, me, ["completed"], PageRequest(ROWS), "client"),
}
COUNTS: dict[str, Callable[[Db, Viewer], Mapping[Any, int]]] = {
    "bids": bids.bid_counts,
    "invitations": lambda db, me: dict(enumerate(count_of(db, me.user_id))),
    "gigs": lambda db, me: gigs.counts_of(db, me, ["closed"]),
    "orders": orders.status_counts,
    "orders on a side": lambda db, me: orders.status_counts(db, me, "client"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_tab_reads_what_it_shows(name: str, person: tuple[Db, Reader]) -> None:
    db, reader = person
    with profiled(db) as asked:
        LISTS[name](db, reader.viewer)
    (told,) = asked()
    assert told["docsExamined"] <= ROWS + 1, told["planSummary"]
    assert "COLLSCAN" not in told["planSummary"]


def test_what_comes_first_costs_one_read_by_ids(person: tuple[Db, Reader]) -> None:
    db, reader = person
    waits = [item.id for item in actions.items_for(db, reader) if item.kind == "deliver"]
    page = PageRequest(ROWS, first=tuple(waits))
    with profiled(db) as asked:
        found = orders.orders_of(db, reader.viewer, ["active"], page, "freelancer")
    assert [order.id for order in found.rows] == waits
    told = asked()
    assert [each["planSummary"].split()[0] for each in told] == ["IXSCAN", "IXSCAN"]
    assert sum(each["docsExamined"] for each in told) <= ROWS + 1 + len(waits)


@pytest.mark.parametrize("name", COUNTS)
def test_counting_tabs_reads_no_documents(name: str, person: tuple[Db, Reader]) -> None:
    db, reader = person
    with profiled(db) as asked:
        assert sum(COUNTS[name](db, reader.viewer).values()) >= PAST
    (told,) = asked()
    assert told["docsExamined"] == 0, told["planSummary"]


@contextmanager
def profiled(db: Db) -> Iterator[Callable[[], list[Document]]]:
    """Gives what the database was asked meanwhile, as its profiler has it."""
    db.database.command("profile", 0)
    db.database.drop_collection("system.profile")
    db.database.command("profile", 2)
    yield lambda: list(db.database["system.profile"].find({"op": {"$in": ["query", "command", "getmore"]}}))
    db.database.command("profile", 0)


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
    placed = [Bid(id=ObjectId(), freelancer_id=ObjectId(), **bid) for _ in range(PAST)]
    placed += [Bid(id=ObjectId(), freelancer_id=whom, status="rejected", **bid) for _ in range(PAST)]
    placed += [Bid(id=ObjectId(), freelancer_id=ObjectId(), unread_by=whom, **bid) for _ in range(waits)]
    placed += [Bid(id=ObjectId(), freelancer_id=whom, **{**bid, "gig_id": ObjectId()}) for _ in range(PAST)]
    changed = {**bid, "gig_id": gig, "change_told": ObjectId()}
    placed += [
        Bid(id=ObjectId(), freelancer_id=whom, **{**changed, "gig_id": each.id})
        for each in rows[2 : 2 + waits]
        if isinstance(each, Job)
    ]
    db[BIDS].insert_many([to_document(row) for row in placed])
    asked = {"gig_id": service, "asker_id": ObjectId(), "text": "Which?", "created_at": moment}
    questions = [Question(id=ObjectId(), answered_at=moment, answer="This.", **asked) for _ in range(PAST)]
    questions += [Question(id=ObjectId(), waits_for=whom, **asked) for _ in range(waits)]
    db[QUESTIONS].insert_many([to_document(row) for row in questions])
    invited = [_invitation(whom, each.id, moment, is_waiting=False) for each in rows if isinstance(each, Job)]
    invited += [_invitation(ObjectId(), gig, moment, is_waiting=True) for _ in range(PAST)]
    open_jobs = [Job(id=ObjectId(), **{**told, "owner_id": ObjectId()}) for _ in range(waits)]
    invited += [_invitation(whom, each.id, moment, is_waiting=True) for each in open_jobs]
    if open_jobs:
        db[GIGS].insert_many([to_document(each) for each in open_jobs])
    db[INVITATIONS].insert_many(invited)
    for side, status in (("client", "pending_payment"), ("freelancer", "in_progress")):
        made = [_order(side, whom, status, moment, None) for _ in range(waits)]
        made += [
            _order(side, whom, "completed", moment, moment - timedelta(days=30 if number < PAST else 1))
            for number in range(PAST + waits)
        ]
        db[ORDERS].insert_many(made)


def _invitation(whom: ObjectId, gig_id: ObjectId, moment: Any, *, is_waiting: bool) -> Document:
    waits_for = whom if is_waiting else None
    found = Invitation(
        id=ObjectId(),
        gig_id=gig_id,
        owner_id=ObjectId(),
        freelancer_id=whom,
        waits_for=waits_for,
        created_at=moment,
    )
    return to_document(found)


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
