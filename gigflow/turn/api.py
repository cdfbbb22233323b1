"""What is somebody's turn, for programs (docs/api.md)."""

from datetime import datetime
from typing import ClassVar

import msgspec
from bson import ObjectId
from flask import Blueprint, Response

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, name_of
from gigflow.core.clock import now, spoken
from gigflow.turn import actions
from gigflow.turn.models import GROUPS, Item, Reader, counts_of
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.openapi import describes
from gigflow.web.runtime import db, person, runtime

api = Blueprint("turn_api", __name__, url_prefix="/api/turn")


class OtherBody(msgspec.Struct, rename="camel"):
    """The other person in it."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str


class ItemBody(msgspec.Struct, rename="camel", kw_only=True):
    """One thing that is your turn. `kind` is stable and for programs, `message` is a sentence for people, `action` is
    the word of the button. `as` says on which side of the work you are asked, `by` until when (null: no date), `count`
    how many new or changed bids or unanswered questions it stands for.
    """

    id: str
    mongo_id: str = msgspec.field(name="_id")
    kind: str
    part: str = msgspec.field(name="as")
    title: str
    message: str
    action: str
    url: str
    by: datetime | None
    since: datetime
    count: int
    other: OtherBody | None
    order_id: str | None
    gig_id: str | None


class GroupBody(msgspec.Struct, rename="camel"):
    """What is your turn of one sort: `dates`, `bids`, `questions`, `reviews` or `drafts`. What is due first comes
    first.
    """

    group: str
    heading: str
    count: int
    items: list[ItemBody]


class CountsBody(msgspec.Struct, rename="camel"):
    """How many things are your turn as a client and as a freelancer."""

    client: int
    freelancer: int


class TurnBody(msgspec.Struct, rename="camel"):
    """Everything that is your turn, in groups; a group without anything is not listed."""

    NAME: ClassVar[str] = "turn"

    count: int
    counts: CountsBody
    groups: list[GroupBody]


@api.get("")
@signed_in
@describes("List what is your turn, grouped", "Turn", TurnBody)
def list_turn() -> Response:
    """Show what is your turn."""
    items = actions.items_for(
        db(), Reader(person(), now(), runtime().currency, runtime().gateway is not None)
    )
    ids = {item.other_id for item in items if item.other_id}
    people = accounts.people(db(), list(ids)) if ids else {}
    groups = [
        GroupBody(key, heading, len(found), [_body(item, people) for item in found])
        for key, heading in GROUPS.items()
        if (found := [item for item in items if item.group == key])
    ]
    counts = counts_of(items)
    return answer(TurnBody(counts.total, CountsBody(counts.client, counts.freelancer), groups))


def _body(item: Item, people: dict[ObjectId, Person]) -> ItemBody:
    name = name_of(people.get(item.other_id)) if item.other_id else ""
    by = spoken(item.by) if item.by else ""
    return ItemBody(
        id=str(item.id),
        mongo_id=str(item.id),
        kind=item.kind,
        part=item.part,
        title=item.title,
        message=item.sentence.format(by=by, **{item.other_slot: name}, **item.words),
        action=item.action,
        url=item.path,
        by=item.by,
        since=item.since,
        count=item.count,
        other=OtherBody(str(item.other_id), str(item.other_id), name) if item.other_id else None,
        order_id=str(item.order_id) if item.order_id else None,
        gig_id=str(item.gig_id) if item.gig_id else None,
    )
