"""Accounts and what people tell of themselves. Next to it: `devices`, `credentials`, `admins`, `leaving`."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bson import ObjectId

from gigflow.accounts import guards, piecemeal, store
from gigflow.accounts import people as people_store
from gigflow.accounts.hooks import chosen_otherwise, stands_otherwise
from gigflow.accounts.models import Actor, Intent, Part, Person, Piece, Profile, User, Viewer
from gigflow.accounts.passwords import password_matches
from gigflow.core.addresses import normal_form
from gigflow.core.db import Db, Document, Tx
from gigflow.core.errors import Conflict, EmailNotConfirmed, Invalid, NotSignedIn
from gigflow.core.green import KeyedQueues
from gigflow.core.ids import new_id
from gigflow.mails import actions as mails
from gigflow.pictures import actions as pictures
from gigflow.record import actions as record

# What the devices of a user carry of them (models.Session).
_COPIED = ("name", "picture_id", "time_zone")
# What can be copied into thousands of rows, so that it is brought up to date in pieces.
_SPREAD = ("name", "availability")

# Acts of one person that write the same guard queue up here inside a process, in front of their transactions, which
# would otherwise conflict and be retried again and again. Only the time that they take depends on it.
_guard_queues: KeyedQueues[None] = KeyedQueues()
COUNTED = guards.COUNTED  # the guard of acts that are counted


class WrongPassword(NotSignedIn):
    """A sign-in that failed, at the account of `user_id` if there is one; the answer is the same either way."""

    code = "wrong_credentials"
    message = "Wrong e-mail address or password."

    def __init__(self, user_id: ObjectId | None) -> None:
        super().__init__()
        self.user_id = user_id


def register(
    db: Db,
    *,
    name: str,
    email: str,
    password_hash: str,
    intent: Intent | None,
    time_zone: str,
    unconfirmed: bool = False,
    waiting: Collection[str] = (),
    now: datetime,
) -> User:
    """Create an account. If it is `unconfirmed`, send it the letter that confirms its address (SECURITY 9b) and says
    what is `waiting` for that. Raises Conflict if the address is taken.
    """
    if store.get_user_by_email(db, email):  # also an older account, which may keep it in another form
        raise email_taken()
    normal, typed = store.kept_as(email)
    user = User(
        id=new_id(),
        email=normal,
        email_typed=typed,
        unconfirmed=unconfirmed,
        name=name,
        password_hash=password_hash,
        intent=intent,
        time_zone=time_zone,
        listed=intent == "freelancer",
        created_at=now,
    )

    def work(tx: Tx) -> None:
        if not store.insert_user(tx, user):
            raise email_taken()
        record.note(tx, "registered", now, by=user.id, user_id=user.id)
        if unconfirmed:
            ask_confirmation(tx, user, now, waiting)

    db.transact(work)
    return user


def ask_confirmation(db: Db, user: User, now: datetime, waiting: Collection[str] = ()) -> None:
    """Post the letter by which `user` confirms their address; it says what is `waiting` for that."""
    data = {"user_id": user.id, "email": user.email, "waiting": list(waiting)}
    mails.post(db, "confirm_address", key=f"confirm_address:{new_id()}", data=data, now=now)


def check_password(db: Db, email: str, password: str) -> User:
    """Return the user with this address and password. Raises WrongPassword; an unknown address gets the same answer,
    just as slowly.
    """
    user = store.get_user_by_email(db, email)
    if (
        not password_matches(password, user.password_hash if user else None)
        or user is None
        or user.disabled_at
    ):
        raise WrongPassword(user.id if user else None)
    return user


def check_own_password(db: Db, viewer: Viewer, password: str, field: str) -> User:
    """Return the viewer's own account if they know its password. Raises Invalid at `field`."""
    user = own_user(db, viewer)
    if not password_matches(password, user.password_hash):
        raise Invalid({field: ["This is not your password."]})
    return user


def get_user(db: Db, user_id: ObjectId) -> User | None:
    """Return the user with this id, or None."""
    return store.get_user(db, user_id)


def user_with_email(db: Db, email: str) -> User | None:
    """Return the user with this address, or None."""
    return store.get_user_by_email(db, email)


def own_user(db: Db, viewer: Viewer) -> User:
    """Return the viewer's own account. Raises NotSignedIn if it was deleted or shut since the request was let in."""
    user = store.get_user(db, viewer.user_id)
    if user is None or user.disabled_at:
        raise NotSignedIn
    return user


def account_written(tx: Tx, user_id: ObjectId) -> User | None:
    """Return an open account, written in this transaction: so it comes before or after a change of it."""
    return store.update_user(tx, user_id, {})


def dismiss_steps(db: Db, viewer: Viewer, now: datetime) -> None:
    """Never show the viewer the first steps again."""
    db.transact(lambda tx: store.update_user(tx, viewer.user_id, {"steps_dismissed_at": now}))


def people(db: Db, ids: list[ObjectId]) -> dict[ObjectId, Person]:
    """Return what anybody may know of these users, by id."""
    return people_store.find_people(db, ids)


def note_answers_within(db: Db, user_id: ObjectId, seconds: int | None) -> None:
    """Note how soon somebody usually answers, for everybody to see; None if nobody can say."""
    people_store.set_answers_within(db, user_id, seconds)


def shown_people(db: Db, start: ObjectId, end: ObjectId | None) -> list[ObjectId]:
    """Return people whose pages say more than a name, from one id up to another."""
    return people_store.find_shown(db, start, end)


def person_after(db: Db, start: ObjectId, skip: int) -> ObjectId | None:
    """Return the id of the account that was made so many after this one, or None."""
    return people_store.find_person_after(db, start, skip)


def person_beside(field: str, name: str) -> Document:
    """Return the stage by which another feature's store reads a person together with its own row."""
    return people_store.person_beside(field, name)


def skills_in_use(db: Db) -> list[str]:
    """Return the skills of the newest people in the directory, with repetitions."""
    return people_store.find_skills(db)


def admins(db: Db) -> list[ObjectId]:
    """Return everybody who decides for this installation."""
    return store.find_admins(db)


def change_user(
    db: Db, viewer: Viewer, changes: dict[str, Any], now: datetime, *, version: int | None = None
) -> User:
    """Set fields of the viewer's own profile, and then what was copied of them elsewhere.

    `version` is the one that was edited; Conflict if another window has changed the profile since. Returns the user as
    it was before.
    """

    def work(tx: Tx) -> User:
        current = store.get_user(tx, viewer.user_id)
        if current is None or current.disabled_at:
            raise NotSignedIn
        if all(getattr(current, field) == value for field, value in changes.items()):
            return current
        is_profile = bool(changes.keys() & set(Profile.__struct_fields__))
        changed = {**changes, "version": current.version + is_profile}
        before = store.update_user(tx, viewer.user_id, changed, version=version)
        if before is None:
            raise Conflict(
                "Your profile has changed in another window since you opened it."
                " Save again to replace that with what you have here.",
                code="version_changed",
            )
        copied = {field: value for field, value in changes.items() if field in _COPIED}
        if copied:
            store.update_sessions(tx, viewer.user_id, copied)
        if any(changes.get(field, getattr(before, field)) != getattr(before, field) for field in _SPREAD):
            store.update_user(tx, viewer.user_id, {"copying_at": now})
        if "time_zone" in changes:
            for ask_again in chosen_otherwise:
                ask_again(tx, viewer.user_id, now)
        if is_profile:
            stands_otherwise(tx, viewer.user_id)
        return before

    before = db.transact(work)
    piecemeal.go_on(db, viewer.user_id, "copying_at", now, piecemeal.PIECES_AT_ONCE)
    return before


@contextmanager
def turn_of(viewer: Viewer, *, counted: bool = False) -> Iterator[int]:
    """Wait inside this process for one of the viewer's guards, and return its number; `counted` acts share one."""
    number = guards.COUNTED if counted else guards.next_guard()
    with _guard_queues.turn((viewer.user_id, number)):
        yield number


def act(tx: Tx, viewer: Viewer, guard: int | None = None) -> Actor:
    """Take part in the market, in the transaction of what the viewer does there: it comes before or after a change of
    their name or the end of their account, never at the same time. Returns who they are at this moment. Raises
    NotSignedIn, and EmailNotConfirmed until they have shown that they read their address (SECURITY 9b).

    Acts with the same `guard` come one after another; others may run at the same time.
    """
    enough = guards.are_enough(tx)
    if enough and not viewer.unconfirmed:
        number = guards.next_guard() if guard is None else guard
        if actor := guards.touch(tx, viewer.user_id, viewer.name, number):
            return actor
    user = store.update_user(tx, viewer.user_id, {})
    if user is None:
        raise NotSignedIn
    if user.unconfirmed:
        raise EmailNotConfirmed(user.to_confirm)
    if enough:
        store.give_guards(tx, [user.id])
    return Actor(id=user.id, name=user.name, availability=user.availability)


def engage(tx: Tx, *user_ids: ObjectId, guard: int | None = None) -> set[ObjectId]:
    """Let these people take part in something that another person or time does with them: like `act`, and after the
    guard of what is done, so that it comes before or after the end of any of their accounts. Returns those who are shut
    out or have left; if the act is between two people, there must be none.
    """
    enough = guards.are_enough(tx)
    if enough and guards.touch_each(tx, user_ids, guards.next_guard() if guard is None else guard):
        return set()
    gone = store.engage(tx, user_ids)
    if enough and not gone:
        store.give_guards(tx, user_ids)
    return gone


def take_part(tx: Tx, viewer: Viewer) -> None:
    """Let the viewer end or say something of their own, which is also open to people who have not confirmed their
    address. Raises NotSignedIn if they are shut out.
    """
    if engage(tx, viewer.user_id):
        raise NotSignedIn


def engage_both(tx: Tx, viewer_id: ObjectId, other_id: ObjectId, guard: int | None = None) -> None:
    """Let the viewer agree on something with another person. Raises NotSignedIn if the viewer is shut out, Conflict if
    the other is.
    """
    gone = engage(tx, viewer_id, other_id, guard=guard)
    if viewer_id in gone:
        raise NotSignedIn
    if gone:
        raise shut_out()


def shut_out() -> Conflict:
    """Return the refusal if a person who is needed is shut out or has left."""
    return Conflict("The other person's account is closed.", code="person_shut_out")


def shut_among(db: Db, ids: Collection[ObjectId]) -> set[ObjectId]:
    """Return those of these people who are shut out or have left."""
    return store.find_shut(db, ids) if ids else set()


def count_review(tx: Tx, user_id: ObjectId, part: Part, stars: int) -> None:
    """Let a review of somebody count, in the transaction that reveals it, even if they have left since."""
    store.count_review(tx, user_id, part, stars)
    if part == "freelancer":
        stands_otherwise(tx, user_id)


def set_picture(db: Db, viewer: Viewer, picture_id: ObjectId | None, now: datetime) -> None:
    """Show another picture of the viewer, or (None) none; the same transaction releases the one before."""

    def work(tx: Tx) -> None:
        before = store.update_user(tx, viewer.user_id, {"picture_id": picture_id})
        if before is None:
            raise NotSignedIn
        store.update_sessions(tx, viewer.user_id, {"picture_id": picture_id})
        _exchange(tx, [before.picture_id], [picture_id], now)

    db.transact(work)


def change_portfolio(
    db: Db, viewer: Viewer, change: Callable[[list[Piece]], list[Piece]], now: datetime
) -> list[Piece]:
    """Replace the viewer's portfolio by what `change` makes of it; its pictures are adopted and released with it.

    `change` may run again, on a newer portfolio, if another device of theirs changes it at the same moment.
    """

    def work(tx: Tx) -> list[Piece]:
        # Written before it is read, so that two changes come one after the other.
        before = store.update_user(tx, viewer.user_id, {"portfolio_at": now})
        if before is None:
            raise NotSignedIn
        after = change(before.portfolio)
        store.update_user(tx, viewer.user_id, {"portfolio": after})
        _exchange(
            tx,
            [piece.picture_id for piece in before.portfolio],
            [piece.picture_id for piece in after],
            now,
        )
        return after

    return db.transact(work)


def normal_email(email: str) -> str:
    """Return the form in which an address is stored."""
    return normal_form(email)


def email_taken() -> Conflict:
    """Return the refusal of an address that somebody already has."""
    return Conflict("There is already an account with this e-mail address.", code="email_taken")


def _exchange(tx: Tx, before: list[ObjectId | None], after: list[ObjectId | None], now: datetime) -> None:
    """Adopt the pictures that are new in `after`, and release those that only `before` has."""
    for picture_id in after:
        if picture_id and picture_id not in before:
            pictures.adopt(tx, picture_id, now)
    pictures.release(tx, [each for each in before if each and each not in after], now)
