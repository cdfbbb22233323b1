"""What a page may watch (`data-watch`, docs/api.md, Socket.IO): features declare it in their sockets.py and name it in
their wiring; web/realtime.py does the rest and knows no kind by name.
"""

from collections.abc import Callable
from typing import NamedTuple

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Declared


class Standing(NamedTuple):
    """How a thing stands, as the people who watch it are told: a page that shows another stamp is old."""

    status: str
    stamp: str


class Watchable(NamedTuple):
    """A kind of thing that a page may watch.

    Readers who may know the same of a thing are a circle. `circle_of` says in which one somebody is: None if in none;
    it raises NotFound if the thing is not there for them. `standing_of` says what a circle is told, None if nothing;
    with None as the circle, what others are told at once.
    """

    kind: str
    rows: (
        Declared | None
    )  # a thing may stand differently when its row was written; None: its feature tells of it
    circles: tuple[str, ...]
    circle_of: Callable[[Db, Viewer | None, ObjectId], str | None]
    standing_of: Callable[[Db, ObjectId, str | None], Standing | None]

    def room(self, thing_id: ObjectId, circle: str) -> str:
        """Return the room in which a circle is told of a thing."""
        return f"{self.kind}:{thing_id}:{circle}"

    def room_of(self, db: Db, viewer: Viewer | None, thing_id: ObjectId) -> str | None:
        """Return the room in which this reader is told of a thing; None if there is none. Raises NotFound."""
        circle = self.circle_of(db, viewer, thing_id)
        return self.room(thing_id, circle) if circle else None

    def news_of(self, db: Db, thing_id: ObjectId, circle: str | None) -> dict[str, str] | None:
        """Return what a circle is told; None if nothing."""
        standing = self.standing_of(db, thing_id, circle)
        return {"id": str(thing_id), **standing._asdict()} if standing else None
