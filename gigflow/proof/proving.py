"""One reading of the proof, and what it finds. It knows no feature, so that a separate process imports little."""

from itertools import islice

import msgspec
from bson.errors import BSONError
from pymongo.errors import OperationFailure

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.proof.snapshot import Reading, Snapshot

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


class AuditBroken(Exception):
    """A process that reads for the audit ended before its time, so that nothing is proven."""


class AuditTooSlow(Exception):
    """The database changes faster than it is read; the message says what to do."""


def prove(db: Db, reading: Reading) -> dict[str, list[str]]:
    """Return what breaks each check of one reading, at this moment. Raises AuditTooSlow."""
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
    """Return what breaks each check of one reading."""
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
