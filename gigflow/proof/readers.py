"""The processes that read for an audit: each proves one reading after the other, and the longest begin.

A pool of the standard library waits for ever for a process that was killed while it started. Here each has a pipe of
its own, whose end says at any moment that the process is gone; and none of them outlives the one that asks.
"""

import gc
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from gigflow.core.db import Db
from gigflow.proof.proving import AuditBroken, prove
from gigflow.proof.snapshot import Reading

READERS = 2  # processes: a third of the work is the database's
# Of a reader's garbage collector: what is read has few circles, and looking for them was a fifth of the work.
OBJECTS_BETWEEN_LOOKS = 200_000

Found = dict[str, list[str]]


def prove_at_once(uri: str, name: str, readings: Sequence[Reading]) -> Iterator[Found]:
    """Yield what breaks the checks of each reading, in their order. Raises what proving raises, and AuditBroken if a
    process that reads is killed.
    """
    try:
        yield from _proven(uri, name, readings)
    except (EOFError, OSError) as error:
        raise AuditBroken("A process that reads was killed; perhaps there is no memory left.") from error


def _proven(uri: str, name: str, readings: Sequence[Reading]) -> Iterator[Found]:
    # The longest first, so that no process waits at the end for the other.
    left = deque(sorted(range(len(readings)), key=lambda at: len(readings[at].checks), reverse=True))
    under_way: dict[Connection, int] = {}
    found: dict[int, Found] = {}

    def give(reader: Connection) -> None:
        if left:
            under_way[reader] = left.popleft()
            reader.send(readings[under_way[reader]])

    for reader in [_started(uri, name) for _ in range(READERS)]:
        give(reader)
    for at in range(len(readings)):
        while at not in found:
            ready = wait(under_way)
            for reader in [each for each in under_way if each in ready]:
                proven = reader.recv()
                if isinstance(proven, Exception):
                    raise proven
                found[under_way.pop(reader)] = proven
                give(reader)
        yield found.pop(at)


def _started(uri: str, name: str) -> Connection:
    # Not forked: a client of MongoDB has threads and locks, which do not survive that.
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    context.Process(target=_read, args=(theirs, uri, name), daemon=True).start()
    theirs.close()  # else its end would not be seen
    return ours


def _read(pipe: Connection, uri: str, name: str) -> None:
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    db = Db(uri, name)
    try:
        while True:
            reading: Reading = pipe.recv()
            try:
                pipe.send(prove(db, reading))
            except Exception as error:  # noqa: BLE001 - it is raised where it was asked
                pipe.send(error)
    except (EOFError, OSError):
        pass  # nothing more is asked
    finally:
        db.client.close()
