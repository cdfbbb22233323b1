"""`flask gigflow audit`: the invariants of docs/domain.md, proven over the whole database.

It reads what is stored and trusts none of the code that wrote it. Each check yields a sentence, with its id, for
everything that is not as it must be. Tests cover what a database cannot show: who may read what (10), and what was sent
to screens. Decision 33 says how it reads much in little memory.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from gigflow.core.db import Db
from gigflow.features import wirings
from gigflow.proof import references
from gigflow.proof.proving import AuditBroken, prove, prove_apart
from gigflow.proof.snapshot import Reading, itself
from gigflow.wiring import Wiring

READERS = 2  # processes: a third of the work is the database's
# Of a reader's garbage collector: what is read has few circles, and looking for them was a fifth of the work.
OBJECTS_BETWEEN_LOOKS = 200_000


def _readings(features: Iterable[Wiring]) -> tuple[Reading, ...]:
    """Return what all features prove. Checks of the same subjects share one reading, so that those are read once."""
    found: list[Reading] = [Reading(itself, references.CHECKS)]
    for reading in (each for feature in features for each in feature.proof):
        same = [at for at, each in enumerate(found) if each.subjects is reading.subjects is not itself]
        if same:
            before = found[same[0]]
            strays = before.strays or reading.strays
            found[same[0]] = Reading(before.subjects, (*before.checks, *reading.checks), strays)
        else:
            found.append(reading)
    return tuple(found)


READINGS = _readings(wirings().values())
CHECKS = tuple(words for reading in READINGS for words in reading.words)


def audit(db: Db, readings: Sequence[Reading] = READINGS) -> Iterator[tuple[str, list[str]]]:
    """Yield each invariant in words, with what breaks it. Each reading sees the database as it was when it began.

    Raises AuditTooSlow.
    """
    for reading in readings:
        yield from prove(db, reading).items()


def audit_at_once(db: Db) -> Iterator[tuple[str, list[str]]]:
    """Yield the same as `audit`, by `READERS` processes. Raises AuditTooSlow, and AuditBroken if one of them is
    killed.
    """
    # The longest first, so that no process waits at the end for the other.
    longest_first = sorted(READINGS, key=lambda reading: len(reading.checks), reverse=True)
    readers = ProcessPoolExecutor(
        READERS,
        # Not forked: a client of MongoDB has threads and locks, which do not survive that.
        mp_context=get_context("spawn"),
        initializer=gc.set_threshold,
        initargs=(OBJECTS_BETWEEN_LOOKS,),
    )
    with readers:
        found = {
            reading: readers.submit(prove_apart, (db.uri, db.database.name, reading))
            for reading in longest_first
        }
        try:
            for reading in READINGS:
                yield from found[reading].result().items()
        except BrokenProcessPool as error:
            raise AuditBroken("A process that reads was killed; perhaps there is no memory left.") from error
