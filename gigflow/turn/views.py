"""What pages show of what is their reader's turn."""

from typing import cast

import msgspec
from bson import ObjectId
from flask import g
from markupsafe import Markup

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, Viewer, name_of
from gigflow.core.clock import now
from gigflow.turn import actions
from gigflow.turn.models import GROUPS, Counts, Found, Group, Item, List, Part, Reader, counts_of
from gigflow.web.runtime import db, runtime, viewer
from gigflow.web.sections import Turns
from gigflow.web.templating import exact


class ItemRow(msgspec.Struct, frozen=True):
    """One thing that waits for the reader, with the other person and its sentence."""

    item: Item
    other: Person | None
    text: Markup


class GroupRows(msgspec.Struct, frozen=True):
    """A group of what waits for the reader."""

    key: Group
    heading: str
    rows: list[ItemRow]


def turn_items() -> list[Item]:
    """Return what waits for the reader, read once in a request; nothing waits for a visitor."""
    return _asked().items


def tally(name: str) -> int:
    """Return a number that every page of the reader shows, counted with what waits for them; 0 for a visitor."""
    return _asked().tallies.get(name, 0)


def asked_by(reader: Viewer) -> Reader:
    """Return that this person asks now, here."""
    return Reader(reader, now(), runtime().currency, runtime().gateway is not None)


def turn_counts() -> Counts:
    """Return how many things wait for the reader."""
    return counts_of(turn_items())


def turns_in(among: List, part: Part | None = None) -> Turns:
    """Return what waits for the reader in a list of theirs, what is due first before the rest."""
    return [(item.row_id or item.id, item.state) for item in _found(among, part)]


def turns_of_rows(among: List, group: Group) -> dict[ObjectId, ItemRow]:
    """Return what of a group waits for the reader in a list of theirs, by the order or gig that it is about."""
    found = [item for item in _found(among) if item.group == group]
    people = _people_of(found)
    return {item.id: _row(item, people) for item in found}


def turn_groups() -> list[GroupRows]:
    """Return what waits for the reader, in groups with a heading; groups without anything are left out."""
    items = turn_items()
    people = _people_of(items)
    groups = {key: [_row(item, people) for item in items if item.group == key] for key in GROUPS}
    return [GroupRows(key, GROUPS[key], rows) for key, rows in groups.items() if rows]


def _asked() -> Found:
    """Return what waits for the reader and the numbers beside it, read once in a request."""
    reader = viewer()
    if reader is None:
        return Found([], {})
    if "turn_found" not in g:
        g.turn_found = actions.found_for(db(), asked_by(reader))
    return cast(Found, g.turn_found)


def _found(among: List, part: Part | None = None) -> list[Item]:
    return [item for item in turn_items() if item.among == among and part in (None, item.part)]


def _people_of(items: list[Item]) -> dict[ObjectId, Person]:
    ids = {item.other_id for item in items if item.other_id}
    return accounts.people(db(), list(ids)) if ids else {}


def _row(item: Item, people: dict[ObjectId, Person]) -> ItemRow:
    other = people.get(item.other_id) if item.other_id else None
    text = Markup(item.sentence).format(  # noqa: S704 - our own words; what people wrote fills slots
        by=exact(item.by) if item.by else "",
        **{item.other_slot: Markup("<bdi>{}</bdi>").format(name_of(other))},
        **{slot: Markup("<bdi>{}</bdi>").format(word) for slot, word in item.words.items()},
    )
    return ItemRow(item, other, text)
