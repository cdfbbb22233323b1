"""`flask gigflow audit`: the invariants of DOMAIN.md, proven over the whole database.

It reads what is stored and trusts none of the code that wrote it. Each check yields a sentence for everything that is
not as it must be, with its id. What a database cannot show is left to tests: who may read what (10), and what was sent
to screens. How it reads much in little memory is decision 33.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

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
    reviews,
    services,
)
from gigflow.proof.snapshot import Problems, Reading, Snapshot, itself
from gigflow.proof.whole import whole_orders

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
        ),
    ),
    Reading(provider.whole_payments, provider.PAYMENT_CHECKS),
    Reading(provider.whole_payouts, provider.PAYOUT_CHECKS),
    Reading(itself, provider.CHECKS),
    Reading(jobs.whole_jobs, jobs.CHECKS),
    Reading(services.whole_services, services.CHECKS),
    Reading(itself, finding.CHECKS),
    Reading(people.whole_users, people.CHECKS),
    Reading(itself, addresses.CHECKS_OF_ADDRESSES),
    Reading(files.whole_files, files.FILE_CHECKS),
    Reading(files.whole_pictures, files.PICTURE_CHECKS),
    Reading(itself, files.CHECKS),
    Reading(itself, news.CHECKS),
    Reading(itself, record.CHECKS),
)
CHECKS = tuple(check for reading in READINGS for check in reading.checks)


class AuditTooSlow(Exception):
    """The database changes faster than it is read; the message says what to do."""


def audit(db: Db, readings: Sequence[Reading] = READINGS) -> Iterator[tuple[str, list[str]]]:
    """Each invariant in words, with what breaks it. Each reading sees the database as it stood when it began.

    Raises AuditTooSlow.
    """
    for reading in readings:
        with db.client.start_session(snapshot=True) as session:
            try:
                found = _read(reading, Snapshot(db, session, now()))
            except OperationFailure as error:
                if error.code != _SNAPSHOT_TOO_OLD:
                    raise
                raise AuditTooSlow(
                    "The database keeps too little of its past to be read as of one moment. Set the parameter"
                    " minSnapshotHistoryWindowInSeconds of mongod higher, or audit a secondary or a backup."
                ) from error
        yield from found.items()


def _read(reading: Reading, at: Snapshot) -> dict[str, list[str]]:
    """What breaks each check of one reading."""
    found: dict[str, list[str]] = {words: [] for words, _ in reading.checks}
    try:
        for subject in reading.subjects(at):
            for words, check in reading.checks:
                found[words] += islice(_problems(check, subject), PROBLEMS_MAX - len(found[words]))
    except _UNREADABLE as error:
        for problems in found.values():
            problems.append(f"this was not read to its end: {type(error).__name__} {error}")
    return found


def _problems(check: Callable[[Any], Problems], subject: object) -> Problems:
    """What a check says of a subject, also that it cannot be read."""
    try:
        yield from check(subject)
    except _UNREADABLE as error:
        name = getattr(subject, "name", "a document")
        yield f"{name} cannot be read: {type(error).__name__} {error}"
