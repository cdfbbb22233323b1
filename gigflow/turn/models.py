"""What waits for somebody (docs/domain.md, Whose turn)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Declared, Document
from gigflow.core.money import Currency

READ_MAX = 100  # rows that each source reads at most: what one person can be shown at once

Group = Literal["dates", "bids", "questions", "reviews", "drafts"]
# In the order in which they are shown, each with its heading.
GROUPS: dict[Group, str] = {
    "dates": "Money and dates",
    "bids": "Bids",
    "questions": "Questions to answer",
    "reviews": "Reviews to write",
    "drafts": "Drafts to finish",
}
# Of “My hiring” and “My work” in which it stands.
List = Literal["orders", "jobs", "requests", "bids", "offers", "invitations", "services"]
Part = Literal["client", "freelancer"]  # in which somebody is asked: on “My hiring”, or on “My work”


class Reader(msgspec.Struct, frozen=True):
    """Who asks what waits for them, when, in which currency, and whether anything can be paid here."""

    viewer: Viewer
    now: datetime
    currency: Currency
    takes_money: bool


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits for a person: `kind` says for programs what it is, `sentence` for people.

    The sentence has slots: `{by}` for the time, `other_slot` for the name of the other person (`other_id`), and those
    of `words`. `count` is how many bids or questions it stands for. `id` is that of the order or the gig. `among` and
    `state` say where it stands on the page behind the badge that counts it: in which list, and in which state; `row_id`
    is its row there, if that has another id.
    """

    id: ObjectId
    group: Group
    kind: str
    part: Part
    title: str
    sentence: str
    action: str
    path: str
    among: List
    state: str
    since: datetime
    by: datetime | None = None
    other_id: ObjectId | None = None
    other_slot: str = "name"
    words: Mapping[str, str] = {}
    count: int = 1
    order_id: ObjectId | None = None
    gig_id: ObjectId | None = None
    row_id: ObjectId | None = None


class Source(msgspec.Struct, frozen=True):
    """What a feature reads to say what waits for somebody: rows of a collection by these stages of an aggregation, at
    most `READ_MAX` or so, and the items that those rows are. All sources are read in one round trip.
    """

    rows: Declared
    stages: Sequence[Document]
    items: Callable[[list[Document]], list[Item]]


class Tally(msgspec.Struct, frozen=True):
    """A number that every page of a member shows beside what waits for them, by its name: how many rows of a collection
    these stages of an aggregation leave.
    """

    name: str
    rows: Declared
    stages: Sequence[Document]


class Found(msgspec.Struct, frozen=True):
    """What waits for a person, in order, and the numbers that were counted with it."""

    items: list[Item]
    tallies: Mapping[str, int]


class Counts(msgspec.Struct, frozen=True):
    """How many things wait for a person, in all and in each part."""

    client: int = 0
    freelancer: int = 0

    @property
    def total(self) -> int:
        """In all."""
        return self.client + self.freelancer


def in_order(items: Sequence[Item]) -> list[Item]:
    """Return items group by group: what has a date first, the soonest first; then what has waited longest."""
    groups = list(GROUPS)
    return sorted(
        items,
        key=lambda item: (groups.index(item.group), item.by is None, item.by or item.since, item.id),
    )


def counts_of(items: Sequence[Item]) -> Counts:
    """Return how many items there are in each part."""
    of_client = sum(item.part == "client" for item in items)
    return Counts(of_client, len(items) - of_client)
