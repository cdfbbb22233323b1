"""`flask gigflow audit`: the invariants of docs/domain.md, proven over the whole database.

It reads what is stored and trusts none of the code that wrote it. Each check yields a sentence for everything that is
not as it must be, with its id. What a database cannot show is left to tests: who may read what (10), and what was sent
to screens. How it reads much in little memory is decision 33.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from multiprocessing import get_context

import msgspec
from bson.errors import BSONError
from pymongo.errors import OperationFailure

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.proof import (
    addresses,
    books,
    disputes,
    files,
    finding,
    jobs,
    ledger,
    news,
    orders,
    people,
    provider,
    record,
    references,
    reversals,
    reviews,
    services,
)
from gigflow.proof.snapshot import Reading, Snapshot, itself
from gigflow.proof.whole import whole_orders

READERS = 2  # processes: a third of the work is the database's
PROBLEMS_MAX = 100  # of one check; the first of them say what is wrong
# What a check meets in a document that lacks a field, or has one of another kind.
_UNREADABLE = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    msgspec.ValidationError,
    BSONError,
)
_SNAPSHOT_TOO_OLD = 239

READINGS: tuple[Reading, ...] = (
    Reading(itself, references.CHECKS),
    Reading(itself, ledger.CHECKS),
    Reading(
        whole_orders,
        (
            *books.CHECKS,
            *orders.CHECKS,
            *disputes.CHECKS,
            *reviews.CHECKS,
            *news.CHECKS_OF_ORDERS,
            *record.CHECKS_OF_ORDERS,
            *reversals.CHECKS_OF_ORDERS,
        ),
        "0. What belongs to an order has one",
    ),
    Reading(provider.whole_payments, provider.PAYMENT_CHECKS, "0. Calls to the provider have their payment"),
    Reading(
        provider.whole_payouts, provider.PAYOUT_CHECKS, "0. Calls and bookings of payouts have their payout"
    ),
    Reading(itself, provider.CHECKS),
    Reading(jobs.whole_jobs, jobs.CHECKS, "0. Bids, orders and news of jobs have their job"),
    Reading(services.whole_services, services.CHECKS),
    Reading(itself, finding.CHECKS),
    Reading(people.whole_users, people.CHECKS, "0. What belongs to somebody has its user"),
    Reading(itself, addresses.CHECKS_OF_ADDRESSES),
    Reading(files.whole_files, files.FILE_CHECKS, "0. What is delivered or stored has its file"),
    Reading(files.whole_pictures, files.PICTURE_CHECKS, "0. Pictures that are shown are there"),
    Reading(itself, files.CHECKS),
    Reading(itself, news.CHECKS),
    Reading(itself, record.CHECKS),
    Reading(itself, reversals.CHECKS),
)
CHECKS = tuple(words for reading in READINGS for words in reading.words)


class AuditTooSlow(Exception):
    """The database changes faster than it is read; the message says what to do."""


def audit(db: Db, readings: Sequence[Reading] = READINGS) -> Iterator[tuple[str, list[str]]]:
    """Each invariant in words, with what breaks it. Each reading sees the database as it stood when it began.

    Raises AuditTooSlow.
    """
    for reading in readings:
        yield from _prove(db, reading).items()


def audit_at_once(db: Db) -> Iterator[tuple[str, list[str]]]:
    """The same as `audit`, by `READERS` processes. Raises AuditTooSlow."""
    places = ((db.uri, db.database.name, number) for number in range(len(READINGS)))
    # Not forked: a client of MongoDB has threads and locks, which do not survive that.
    with get_context("spawn").Pool(READERS) as pool:
        for found in pool.imap(_prove_apart, places):
            yield from found.items()


def _prove_apart(place: tuple[str, str, int]) -> dict[str, list[str]]:
    """Prove one reading with a client of its own, in a process of its own."""
    uri, name, number = place
    db = Db(uri, name)
    try:
        return _prove(db, READINGS[number])
    finally:
        db.client.close()


def _prove(db: Db, reading: Reading) -> dict[str, list[str]]:
    """What breaks each check of one reading, at this moment. Raises AuditTooSlow."""
    with db.client.start_session(snapshot=True) as session:
        try:
            return _read(reading, Snapshot(db, session, now()))
        except OperationFailure as error:
            if error.code != _SNAPSHOT_TOO_OLD:
                raise
            raise AuditTooSlow(
                "The database keeps too little of its past to be read as of one moment. Set the parameter"
                " minSnapshotHistoryWindowInSeconds of mongod higher, or audit a secondary or a backup."
            ) from error


def _read(reading: Reading, at: Snapshot) -> dict[str, list[str]]:
    """What breaks each check of one reading."""
    found: dict[str, list[str]] = {words: [] for words in reading.words}
    checks = [(found[words], check) for words, check in reading.checks]
    try:
        for subject in reading.subjects(at):
            for problems, check in checks:
                try:
                    problems.extend(islice(check(subject), PROBLEMS_MAX - len(problems)))
                except _UNREADABLE as error:
                    name = getattr(subject, "name", "a document")
                    problems.append(f"{name} cannot be read: {type(error).__name__} {error}")
        if reading.strays:
            found[reading.strays] += at.strays
    except _UNREADABLE as error:
        for problems in found.values():
            problems.append(f"this was not read to its end: {type(error).__name__} {error}")
    return found
