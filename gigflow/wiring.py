"""What a feature says of itself in its `wiring.py`, for the code that puts the features together
(`gigflow.features`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import msgspec
from flask import Blueprint, Flask

from gigflow.core.db import Db, Declared
from gigflow.core.hooks import Hook, Taken
from gigflow.proof.snapshot import Reading
from gigflow.web.cache import Lists
from gigflow.web.realtime import Realtime
from gigflow.web.watches import Watchable

# What time brings is done in rounds (gigflow/ticks.py), each apart from the others.
Round = Literal["house", "letters", "provider"]


class Wakes(msgspec.Struct, frozen=True):
    """A new row of a collection is work for a round: at once, or when the time in the field `at` has come."""

    rows: Declared
    round: Round
    at: str = ""


class SettingsPage(msgspec.Struct, frozen=True):
    """A page of somebody's settings: its endpoint, what it is called, and its place among the others."""

    endpoint: str
    word: str
    place: int


class Wiring(msgspec.Struct, frozen=True, kw_only=True):
    """What a feature is made of, except for its collections, which its store declares. It is data: making one registers
    nothing anywhere.
    """

    # Which hooks it declares, and on which hooks of others it acts.
    hooks: tuple[Hook[Any], ...] = ()
    takes: tuple[Taken, ...] = ()
    blueprints: tuple[Blueprint, ...] = ()
    sockets: Callable[[Realtime, Db], None] | None = None
    # What pages may watch.
    watchables: tuple[Watchable, ...] = ()
    # What time brings. `due` needs nothing but the database, and `house` the rules and limits as well; `letters`
    # returns how many went out; `provider` may wait long for the payment provider.
    due: tuple[Callable[[Db, datetime], object], ...] = ()
    house: tuple[Callable[[Flask], object], ...] = ()
    letters: tuple[Callable[[Flask], int], ...] = ()
    provider: tuple[Callable[[Flask], object], ...] = ()
    wakes: tuple[Wakes, ...] = ()
    settings_pages: tuple[SettingsPage, ...] = ()
    # Lists that everybody may see, whose answers are kept: their addresses and parameters, the collections that they
    # show, and the addresses below which requests change what can be listed (web/cache.py).
    lists: Lists = {}
    listed: tuple[Declared, ...] = ()
    # Of these collections only updates that set a field change what is listed.
    listed_fields: tuple[tuple[Declared, str], ...] = ()
    # Those of the lists for programs that are not the same for everybody: who is signed in gets no copy.
    lists_by_reader: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    # What `flask gigflow audit` proves of it.
    proof: tuple[Reading, ...] = ()
