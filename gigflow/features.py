"""The features of GigFlow in the order in which they act, and how their wiring is put together.

A new feature is one line here. Importing this module imports no feature: the supervisor needs only their collections,
and Flask and the pages would double its memory.
"""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from gigflow.core.db import Declared
from gigflow.core.hooks import NotWired

if TYPE_CHECKING:
    from gigflow.notifications.models import Event
    from gigflow.wiring import Wiring

# From the ground up: a feature that others stand on comes first, and acts first. When somebody leaves, their jobs close
# before their orders end, which would open the jobs again; what a person was told is forgotten after everything that
# they are told of.
FEATURES = (
    "accounts",
    "record",
    "turn",
    "profiles",
    "pictures",
    "files",
    "payments",
    "sandbox",
    "gigs",
    "jobs",
    "services",
    "market",
    "questions",
    "bids",
    "orders",
    "requests",
    "offers",
    "beginnings",
    "chat",
    "replies",
    "invitations",
    "receipts",
    "reviews",
    "directory",
    "matching",
    "reports",
    "notifications",
    "mails",
    "help",
    "found",
    "screens",
)


def collections() -> tuple[Declared, ...]:
    """Return the collections of all features, as their stores declare them."""
    stores = [f"gigflow.{name}.store" for name in FEATURES]
    found = [import_module(store) for store in stores if find_spec(store)]
    return tuple(declared for store in found for declared in getattr(store, "COLLECTIONS", ()))


@cache
def events() -> tuple["Event", ...]:
    """Return the events of all features, as they declare them, without putting the features together."""
    declared_in = import_module("gigflow.notifications.models").declared_in
    modules = (f"gigflow.{name}.events" for name in FEATURES)
    return tuple(each for name in modules if find_spec(name) for each in declared_in(import_module(name)))


@cache
def steps_over(kind: str) -> dict[str, tuple[str, ...]]:
    """Return after which steps of a thing of this kind each event is over."""
    return {event.key: tuple(event.over[kind]) for event in events() if kind in event.over}


@cache
def wirings() -> dict[str, "Wiring"]:
    """Return the wiring of every feature by its name, in order."""
    return {name: import_module(f"gigflow.{name}.wiring").WIRING for name in FEATURES}


def public_lists() -> dict[str, frozenset[str]]:
    """Return the paths whose answers are kept for everybody, and the parameters that each depends on."""
    return {path: known for feature in wirings().values() for path, known in feature.lists.items()}


def lists_by_reader() -> frozenset[str]:
    """Return the paths among them whose answers are others for readers who are signed in."""
    return frozenset(path for feature in wirings().values() for path in feature.lists_by_reader)


def list_writers() -> tuple[str, ...]:
    """Return the beginnings of paths that may change a public list."""
    return tuple(path for feature in wirings().values() for path in feature.writers)


@cache
def wire() -> None:
    """Give every hook its takers, once in a process, in the order of the features. Every program that calls actions
    begins with it. Raises NotWired if a hook does not have the takers that it needs.
    """
    connect(list(wirings().values()))


def connect(all_wirings: Sequence["Wiring"]) -> None:
    """Give every hook that these declare its takers from among them. Raises NotWired."""
    taken = [each for wiring in all_wirings for each in wiring.takes]
    declared = [hook for wiring in all_wirings for hook in wiring.hooks]
    for each in taken:
        if each.hook not in declared:
            raise NotWired(f"the hook {each.hook.name} stands in the wiring of no feature")
    for hook in declared:
        hook.wire([each for each in taken if each.hook is hook])
