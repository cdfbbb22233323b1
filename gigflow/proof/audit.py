"""`flask gigflow audit`: the invariants of docs/domain.md, proven over the whole database.

It reads what is stored and trusts none of the code that wrote it. Each check yields a sentence, with its id, for
everything that is not as it must be. Tests cover what a database cannot show: who may read what (10), and what was sent
to screens. Decision 33 says how it reads much in little memory.
"""

from collections.abc import Iterable, Iterator, Sequence

from gigflow.core.db import Db
from gigflow.features import wirings
from gigflow.proof import references
from gigflow.proof.proving import prove
from gigflow.proof.readers import prove_at_once
from gigflow.proof.snapshot import Reading, itself
from gigflow.wiring import Wiring


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
    """Yield the same as `audit`, by several processes. Raises AuditTooSlow, and AuditBroken if one of them is
    killed.
    """
    for found in prove_at_once(db.uri, db.database.name, READINGS):
        yield from found.items()
