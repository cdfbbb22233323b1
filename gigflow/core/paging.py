"""Keyset pages: a cursor names the last row seen, so any page costs the same (docs/measured.md, Search)."""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar

import msgspec
from bson import ObjectId
from pymongo import DESCENDING
from pymongo.collection import Collection

from gigflow.core.db import Document, from_document
from gigflow.core.errors import Invalid

Row = TypeVar("Row")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class Page(msgspec.Struct, Generic[Row]):
    """Up to `limit` rows and the cursor of the rows after them (None at the end)."""

    rows: list[Row]
    next: str | None = None


class PageRequest(msgspec.Struct, frozen=True):
    """Which page is wanted: how many rows, and after which one. In lists the newest come first (the others are `before`
    it), in queues the oldest (the others are `after` it).

    If rows are ordered by something else first, `value` (or `text`) is what the row with that id has of it. If that is
    known of the newest rows alone, `bound` is the oldest of those, as it was when the first of them was shown.

    `first` are ids of rows that stand above the others on the first page, in that order, and on no other page.
    """

    limit: int = DEFAULT_LIMIT
    before: ObjectId | None = None
    value: float | None = None
    text: str | None = None
    bound: ObjectId | None = None
    first: tuple[ObjectId, ...] = ()

    @property
    def after(self) -> ObjectId | None:
        """The id of the last row seen, for queues, which go forward."""
        return self.before

    def cut(
        self,
        rows: list[Row],
        key: Callable[[Row], ObjectId],
        order: str | None = None,
        value: Callable[[Row], float | str] = lambda row: 0.0,
        bound: Callable[[Row], ObjectId | None] = lambda row: None,
    ) -> Page[Row]:
        """Make a page of rows that were read with one more than `limit` (the extra one tells if there is a next page).

        If they are not simply the newest first, `order` names what they are sorted by, `value` is what a row has of it,
        and `bound` how far back that is known.
        """
        if len(rows) <= self.limit:
            return Page(rows)
        rows = rows[: self.limit]
        last = rows[-1]
        if order is None:
            return Page(rows, str(key(last)))
        parts = (order, _written(value(last)), key(last), bound(last))
        return Page(rows, "_".join(str(part) for part in parts if part))


def newest(
    rows: Collection[Document], query: Mapping[str, Any], page: PageRequest, model: type[Row], **asked: Any
) -> Page[Row]:
    """Return a page of the rows that a query finds in a collection, the newest first, each as its struct. `asked` is
    what else `find` needs to know: a projection, a hint.
    """
    before = {"$lt": page.before} if page.before else {}
    others = {"$nin": list(page.first)} if page.first else {}
    ids = {"_id": {**before, **others}} if page.before or page.first else {}
    found = rows.find({**query, **ids}, **asked).sort("_id", DESCENDING).limit(page.limit + 1)
    cut = page.cut(list(found), itemgetter("_id"))
    above = [] if page.before else _these(rows, query, page.first, asked.get("projection"))
    return Page([from_document(row, model) for row in [*above, *cut.rows]], cut.next)


def _these(
    rows: Collection[Document], query: Mapping[str, Any], ids: Sequence[ObjectId], shape: Document | None
) -> list[Document]:
    """Return those of these rows that a query finds, in this order."""
    if not ids:
        return []
    found = {row["_id"]: row for row in rows.find({**query, "_id": {"$in": list(ids)}}, shape, hint="_id_")}
    return [found[each] for each in ids if each in found]


# A cursor is an id. If the rows are not simply the newest first, the order and the row's value in it come before the
# id (a text as the digits of its bytes), and how far back that is known comes after it.
_CURSOR = re.compile(
    r"(?:(?P<order>-?[a-z]+)_(?:x(?P<text>(?:[0-9a-f]{2}){0,500})|(?P<value>-?[0-9]{1,15}(?:\.[0-9]{1,17})?))_)?"
    r"(?P<id>[0-9a-fA-F]{24})"
    r"(?(order)(?:_(?P<bound>[0-9a-fA-F]{24}))?)"
)


def page_request(
    limit: str | None,
    cursor: str | None,
    *,
    default: int = DEFAULT_LIMIT,
    most: int = MAX_LIMIT,
    order: str | None = None,
    is_text: bool = False,
) -> PageRequest:
    """Read `?limit=` (1 to `most`) and `?cursor=` of a query; give `order` if the rows are not simply the newest first,
    and say if what they are ordered by `is_text`.

    Raises Invalid naming the parameter that is wrong; a cursor belongs to the order that gave it.
    """
    wanted = default
    if limit:
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= most):
            raise Invalid({"limit": [f"A whole number from 1 to {most}."]})
        wanted = int(limit)
    if not cursor:
        return PageRequest(wanted)
    found = _CURSOR.fullmatch(cursor)
    if found is None or found["order"] != order or (order and (found["text"] is not None) != is_text):
        raise Invalid({"cursor": ["This cursor is not from this list."]})
    return PageRequest(
        wanted,
        ObjectId(found["id"]),
        value=float(found["value"]) if order and not is_text else None,
        text=bytes.fromhex(found["text"]).decode(errors="replace") if is_text else None,
        bound=ObjectId(found["bound"]) if found["bound"] else None,
    )


def _written(value: float | str) -> str:
    return f"x{value.encode().hex()}" if isinstance(value, str) else repr(value)
