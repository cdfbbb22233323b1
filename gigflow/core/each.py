"""Things that time does for everybody, one after another: a fault of one stays with that one.

A fault is one line of the log that names the thing, and the next goes on. Whatever failed is set aside for a while, so
that it is not first again at each run; however many failed, they hide nothing else.
"""

import logging
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from gigflow.core.errors import DomainError

log = logging.getLogger(__name__)

Thing = TypeVar("Thing")
Key = TypeVar("Key", bound=Hashable)

FAULTS_MAX = 1_000  # in one run
ASIDE = timedelta(minutes=1)  # after the first fault; twice as long after each further one
ASIDE_MAX = timedelta(hours=1)


class Away(Exception):
    """What all things of a kind need does not answer: the others wait for the next run, and nobody asks again in this
    one.
    """


def is_away(error: BaseException) -> bool:
    """Return whether an error says that the database does not answer, which is no thing's own fault."""
    return isinstance(error, PyMongoError) and (error.timeout or isinstance(error, AutoReconnect))


def is_damage(error: BaseException) -> bool:
    """Return whether an error is about what is stored, which explains itself; every other one needs its trace in the
    log.
    """
    return isinstance(error, msgspec.ValidationError | PyMongoError | DomainError)


def reason_of(error: BaseException) -> str:
    """Return what an error says in one line of the log, without the stored values that the database adds to a refusal:
    they may be somebody's words.
    """
    said = (error.details or {}).get("errmsg") if isinstance(error, OperationFailure) else str(error)
    return "; ".join((said or type(error).__name__, *getattr(error, "__notes__", ())))


class Each:
    """One kind of things; `kind` is how the log calls one of them."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        # Of what failed: until when it is left alone, and how often it has failed.
        self._aside: dict[Hashable, tuple[datetime, int]] = {}

    def do(
        self, find: Callable[[int], Sequence[Key]], work: Callable[[Key], object], now: datetime, most: int
    ) -> int:
        """Do `work` for each thing that `find(limit)` names by its key, `most` at a time; returns how many were done.

        `work` returns False if there was nothing to do, and may raise Away. Raises PyMongoError if the database is
        away.
        """
        done, faults, idle = 0, 0, set[Hashable]()
        while True:
            passed = self._aside_at(now) | idle
            things = [each for each in find(most + len(passed)) if each not in passed][:most]
            left = len(things)
            for thing in things:
                try:
                    result = work(thing)
                except Away:
                    return done
                except Exception as error:
                    away = is_away(error)
                    if not (away and isinstance(error, AutoReconnect)):
                        # A timeout may be the thing's own doing: it is too large to be done in time.
                        faults += 1
                        self._put_aside(thing, now)
                    if away:
                        raise
                    log.exception("%s %s failed", self._kind, thing)
                    continue
                self._aside.pop(thing, None)
                if result is False:
                    idle.add(thing)
                else:
                    done, left = done + 1, left - 1
            # Those that were not done may have come before others.
            if not left or faults >= FAULTS_MAX:
                return done

    def take(self, claim: Callable[[], Thing | None], work: Callable[[Thing], object], most: int) -> int:
        """Do `work` for each thing that `claim` takes, until there is none or `most` were tried; returns for how many
        it did not return False.

        Whatever fails was claimed, so nobody meets it again before its lease ends. `work` may raise Away. Raises
        PyMongoError if the database is away, or if nothing can be claimed at all.
        """
        done = tried = faults = 0
        while tried < most and faults < FAULTS_MAX:
            try:
                thing = claim()
            except msgspec.ValidationError:
                faults += 1  # this one cannot be read
                log.exception("%s failed", self._kind)
                continue
            if thing is None:
                break
            try:
                done += work(thing) is not False
                tried += 1
            except Away:
                break
            except Exception as error:
                faults += 1
                if is_away(error):
                    raise
                log.exception("%s %s failed", self._kind, getattr(thing, "id", getattr(thing, "key", "")))
        return done

    def _aside_at(self, now: datetime) -> set[Hashable]:
        for key, (until, _) in list(self._aside.items()):
            if until < now - ASIDE_MAX:
                del self._aside[key]
        return {key for key, (until, _) in self._aside.items() if until > now}

    def _put_aside(self, thing: Hashable, now: datetime) -> None:
        failed = self._aside.get(thing, (now, 0))[1] + 1
        self._aside[thing] = (now + min(ASIDE * 2 ** min(failed - 1, 10), ASIDE_MAX), failed)
