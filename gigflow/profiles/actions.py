"""What people tell of themselves: words, skills, pictures, and what they made."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import PORTFOLIO_MAX, Piece, User, Viewer
from gigflow.core.db import Db
from gigflow.core.errors import Conflict, Invalid, NotFound
from gigflow.core.ids import new_id
from gigflow.core.words import folded
from gigflow.jobs import actions as jobs
from gigflow.pictures import actions as pictures

SUGGESTIONS_MAX = 8
AWAY_MAX = timedelta(days=366)


def profile_of(db: Db, user_id: ObjectId) -> User:
    """Return somebody's profile, for everybody. Raises NotFound, also if the account is shut."""
    user = accounts.get_user(db, user_id)
    if user is None or user.disabled_at:
        raise NotFound("This person does not exist.", code="user_not_found")
    return user


def change_profile(
    db: Db, viewer: Viewer, changes: dict[str, Any], now: datetime, *, version: int | None = None
) -> None:
    """Change what the viewer tells of themselves. Raises Invalid for a day until which nobody is away, or
    beside being available, Conflict if
    another window has changed the profile since the `version` that was edited.
    """
    until = changes.get("availability_until")
    stored = accounts.own_user(db, viewer)
    availability = changes.get("availability") or stored.availability
    if availability == "available":
        # Who is available is so from now on. The day that was there goes; another one was meant to say something.
        if until and until != stored.availability_until:
            text = "You are available. Choose limited or unavailable as well, or leave the day empty."
            raise Invalid({"availability_until": [text]})
        changes = {**changes, "availability_until": None}
    elif until and not now < until <= now + AWAY_MAX:
        raise Invalid({"availability_until": ["Choose a day after today, and within a year."]})
    accounts.change_user(db, viewer, changes, now, version=version)


def come_back(db: Db, viewer: Viewer, now: datetime) -> None:
    """Make the viewer available again, at once."""
    change_profile(db, viewer, {"availability": "available"}, now)


def is_unlisted(db: Db, viewer: Viewer) -> bool:
    """Return whether the viewer is not in the directory because they do not want to be, or were never asked."""
    return not accounts.own_user(db, viewer).listed


def show_among_freelancers(db: Db, viewer: Viewer, now: datetime) -> None:
    """Show the viewer in the directory, as soon as there is something to show."""
    accounts.change_user(db, viewer, {"listed": True}, now)


def set_picture(db: Db, viewer: Viewer, data: bytes, now: datetime) -> None:
    """Show this picture of the viewer from now on; the one before is removed. Raises Invalid (SECURITY 19)."""
    picture = pictures.store_picture(db, viewer, data, "square", now)
    accounts.set_picture(db, viewer, picture.id, now)
    pictures.sweep(db, now)


def remove_picture(db: Db, viewer: Viewer, now: datetime) -> None:
    """Show the viewer's initials again."""
    accounts.set_picture(db, viewer, None, now)
    pictures.sweep(db, now)


def add_piece(
    db: Db, viewer: Viewer, values: dict[str, Any], data: bytes | None, now: datetime
) -> list[Piece]:
    """Put a piece at the end of the portfolio. Raises Invalid for its picture, Conflict if it is full."""
    picture_id = _picture(db, viewer, data, now)
    piece = Piece(id=new_id(), picture_id=picture_id, **values)

    def change(pieces: list[Piece]) -> list[Piece]:
        if len(pieces) >= PORTFOLIO_MAX:
            raise Conflict(f"A portfolio has at most {PORTFOLIO_MAX} pieces.", code="portfolio_full")
        return [*pieces, piece]

    return accounts.change_portfolio(db, viewer, change, now)


def own_piece(db: Db, viewer: Viewer, piece_id: ObjectId) -> Piece:
    """Return a piece of the viewer's own portfolio. Raises NotFound."""
    return _find(accounts.own_user(db, viewer).portfolio, piece_id)


def change_piece(
    db: Db,
    viewer: Viewer,
    piece_id: ObjectId,
    values: dict[str, Any],
    *,
    data: bytes | None,
    remove_picture: bool = False,
    now: datetime,
) -> list[Piece]:
    """Change a piece of the portfolio; `data` is its new picture, if there is one. Raises NotFound, Invalid."""
    own_piece(db, viewer, piece_id)
    picture_id = _picture(db, viewer, data, now)

    def change(pieces: list[Piece]) -> list[Piece]:
        old = _find(pieces, piece_id)
        shown = picture_id or (None if remove_picture else old.picture_id)
        new = msgspec.structs.replace(old, picture_id=shown, **values)
        return [new if piece is old else piece for piece in pieces]

    changed = accounts.change_portfolio(db, viewer, change, now)
    pictures.sweep(db, now)
    return changed


def move_piece(db: Db, viewer: Viewer, piece_id: ObjectId, now: datetime) -> list[Piece]:
    """Move a piece one place up; the first stays where it is. Raises NotFound."""

    def change(pieces: list[Piece]) -> list[Piece]:
        place = pieces.index(_find(pieces, piece_id))
        above = max(0, place - 1)
        pieces.insert(above, pieces.pop(place))
        return pieces

    return accounts.change_portfolio(db, viewer, change, now)


def remove_piece(db: Db, viewer: Viewer, piece_id: ObjectId, now: datetime) -> list[Piece]:
    """Take a piece out of the portfolio, with its picture. Raises NotFound."""

    def change(pieces: list[Piece]) -> list[Piece]:
        gone = _find(pieces, piece_id)
        return [piece for piece in pieces if piece is not gone]

    changed = accounts.change_portfolio(db, viewer, change, now)
    pictures.sweep(db, now)
    return changed


def replace_portfolio(
    db: Db, viewer: Viewer, wanted: list[tuple[ObjectId, dict[str, Any]]], now: datetime
) -> list[Piece]:
    """Make the portfolio what a program sent, in this order: an entry with the id of a piece keeps its picture."""

    def change(pieces: list[Piece]) -> list[Piece]:
        left = {piece.id: piece for piece in pieces}
        after = []
        for piece_id, values in wanted:
            known = left.pop(piece_id, None)
            after.append(Piece(id=new_id(), **values) if known is None else _with(known, values))
        return after

    changed = accounts.change_portfolio(db, viewer, change, now)
    pictures.sweep(db, now)
    return changed


def suggest_skills(db: Db, typed: str) -> list[str]:
    """Return skills in use that contain `typed`, first those that begin with it and the most common ones; all of them
    if it is empty.
    """
    counts: Counter[str] = Counter()
    written: dict[str, Counter[str]] = {}
    for skill in (*accounts.skills_in_use(db), *jobs.skills_in_use(db)):
        counts[folded(skill)] += 1
        written.setdefault(folded(skill), Counter())[skill] += 1
    wanted = folded(typed.strip())
    if typed.strip() and not wanted:
        return []  # nothing of what was typed can be seen
    found = [each for each in counts if wanted in each and each != wanted]
    found.sort(key=lambda each: (not each.startswith(wanted), -counts[each], each))
    # As most people write it.
    return [written[each].most_common(1)[0][0] for each in found[:SUGGESTIONS_MAX]]


def _picture(db: Db, viewer: Viewer, data: bytes | None, now: datetime) -> ObjectId | None:
    return pictures.store_picture(db, viewer, data, "free", now).id if data is not None else None


def _find(pieces: list[Piece], piece_id: ObjectId) -> Piece:
    found = next((piece for piece in pieces if piece.id == piece_id), None)
    if found is None:
        raise NotFound("There is no such piece in your portfolio.", code="piece_not_found")
    return found


def _with(piece: Piece, values: dict[str, Any]) -> Piece:
    return msgspec.structs.replace(piece, **values)
