"""Users, their devices and the rights that were mailed to them, in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, get_args

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from gigflow.accounts import guards
from gigflow.accounts.indexes import OF_USERS
from gigflow.accounts.models import (
    LEFT_NAME,
    REFRESH_GRACE,
    Mark,
    Part,
    RefreshIds,
    Session,
    Token,
    TokenPurpose,
    User,
)
from gigflow.core.addresses import as_typed, forms_of, normal_form
from gigflow.core.db import Db, Declared, Tx, from_document, object_schema, passed, to_document, to_stored
from gigflow.core.ids import new_id

USERS = Declared(
    "users",
    OF_USERS,
    object_schema(
        {
            "email": "string",
            "name": "string",
            "password_hash": "string",
            "is_admin": "bool",
            "created_at": "date",
        }
    ),
)
SESSIONS = Declared(
    "sessions",
    (
        IndexModel([("user_id", ASCENDING)], name="user"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ),
    object_schema(
        {
            "user_id": "objectId",
            "refresh": "object",
            "expires_at": "date",
            "created_at": "date",
            "user_agent": "string",
        }
    ),
)
TOKENS = Declared(
    "tokens",
    (
        IndexModel([("user_id", ASCENDING)], name="user"),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ),
    object_schema(
        {"user_id": "objectId", "purpose": {"enum": list(get_args(TokenPurpose))}, "expires_at": "date"}
    ),
)
COLLECTIONS = (USERS, SESSIONS, TOKENS, *guards.COLLECTIONS)

LISTED_MAX = 100  # devices


def kept_as(email: str) -> tuple[str, str]:
    """Return `email` and `email_typed` of a user with this address."""
    typed, normal = as_typed(email), normal_form(email)
    return normal, "" if typed == normal else typed


def insert_user(tx: Tx, user: User) -> bool:
    """Store a new user; False if the address is taken (the transaction is then over)."""
    try:
        tx[USERS].insert_one(to_document(user))
    except DuplicateKeyError:
        return False
    return True


def find_admins(db: Db) -> list[ObjectId]:
    """Return the ids of the admins whose accounts are open."""
    query = {"is_admin": True, "disabled_at": None}
    return [row["_id"] for row in db[USERS].find(query, {"_id": 1})]


def get_user_by_email(db: Db, email: str) -> User | None:
    """Return the user with this address, in whatever form it was typed, or None."""
    forms = forms_of(email)
    rows = {row["email"]: row for row in db[USERS].find({"email": {"$in": forms}})}
    found = next((rows[form] for form in forms if form in rows), None)
    return from_document(found, User) if found else None


def get_user(db: Db, user_id: ObjectId) -> User | None:
    """Return the user with this id, or None."""
    found = db[USERS].find_one({"_id": user_id})
    return from_document(found, User) if found else None


def update_user(
    tx: Tx,
    user_id: ObjectId,
    changes: dict[str, Any],
    *,
    password_hash: str | None = None,
    version: int | None = None,
) -> User | None:
    """Set fields of a user who may use the account, and return it as it was; None if they may not.

    With `password_hash`, only as long as that is the one: of two changes that the same password allowed, or a sign-in
    and a change, the second one sees the first. With `version`, only as long as the profile is of that version.
    """
    condition: dict[str, Any] = {"_id": user_id, "disabled_at": None}
    if password_hash is not None:
        condition["password_hash"] = password_hash
    if version is not None:
        # Accounts older than versions are of the first one.
        condition["version"] = {"$in": [1, None]} if version == 1 else version
    # A write that changes nothing conflicts with nothing: two sign-ins of one millisecond write the same.
    found = tx[USERS].find_one_and_update(condition, {"$set": {**to_stored(changes), "last_act": new_id()}})
    if found and (carried := {field: changes[field] for field in guards.CARRIED if field in changes}):
        guards.write_all(tx, user_id, carried)
    return from_document(found, User) if found else None


def count_review(tx: Tx, user_id: ObjectId, part: Part, stars: int) -> None:
    """Count one more review of what a user did in one role."""
    counted = {f"rating.{part}.count": 1, f"rating.{part}.sum": stars}
    tx[USERS].update_one({"_id": user_id}, {"$inc": counted})


def come_back(tx: Tx, user_id: ObjectId, now: datetime) -> bool:
    """Make somebody available again whose day has come, and let copies of that follow; returns False if it has not."""
    due = {"_id": user_id, "disabled_at": None, "availability_until": passed(now)}
    back = {"availability": "available", "availability_until": None}
    if (
        not tx[USERS]
        .update_one(due, {"$set": {**back, "copying_at": now}, "$inc": {"version": 1}})
        .matched_count
    ):
        return False
    guards.write_all(tx, user_id, {"availability": "available"})
    return True


def replace_user(tx: Tx, user: User, *, password_hash: str) -> bool:
    """Replace the account that is in use with that password by `user`; returns False if there is none."""
    condition = {"_id": user.id, "disabled_at": None, "password_hash": password_hash}
    guards.write_all(tx, user.id, {"is_open": False, "name": LEFT_NAME})
    return tx[USERS].replace_one(condition, to_document(user)).matched_count == 1


def set_email(tx: Tx, user_id: ObjectId, email: str) -> bool:
    """Give a user a confirmed address; False if somebody else has it (the transaction is then over)."""
    normal, typed = kept_as(email)
    changed = {"email": normal, "email_typed": typed, "email_change": None}
    try:
        tx[USERS].update_one({"_id": user_id}, {"$set": changed})
    except DuplicateKeyError:
        return False
    return True


def set_confirmed(tx: Tx, user_id: ObjectId) -> None:
    """Note that somebody reads the address of this user, on every device at once."""
    tx[USERS].update_one({"_id": user_id}, {"$set": {"unconfirmed": False}})
    update_sessions(tx, user_id, {"unconfirmed": ""})
    delete_tokens(tx, user_id, "confirm")


def find_unconfirmed(db: Db, limit: int) -> list[ObjectId]:
    """Return accounts whose address nobody has confirmed."""
    rows = db[USERS].find({"unconfirmed": True}, {"_id": 1}, hint="unconfirmed").limit(limit)
    return [row["_id"] for row in rows]


def shut(tx: Tx, user_id: ObjectId, now: datetime, act: ObjectId) -> bool:
    """Shut an open account, whose things are then ended in pieces; returns False if it is shut."""
    changes = {"disabled_at": now, "leaving_at": now, "shut_by_act": act}
    result = tx[USERS].update_one({"_id": user_id, "disabled_at": None}, {"$set": changes})
    guards.write_all(tx, user_id, {"is_open": False})
    return result.modified_count == 1


def open_again(tx: Tx, user_id: ObjectId, now: datetime) -> bool:
    """Open a shut account again: ending it stops, and others are told in pieces. Returns False if it is open or was
    deleted.
    """
    shut_one = {"_id": user_id, "disabled_at": {"$ne": None}, "deleted_at": None}
    changes = {"disabled_at": None, "leaving_at": None, "shut_by_act": None, "copying_at": now}
    guards.write_all(tx, user_id, {"is_open": True})
    return tx[USERS].update_one(shut_one, {"$set": changes}).modified_count == 1


def engage(tx: Tx, ids: Collection[ObjectId]) -> set[ObjectId]:
    """Write into these accounts, in the order of their ids and at once, that their people take part in something;
    returns those that are shut.
    """
    here = {"_id": {"$in": list(ids)}, "disabled_at": None}
    found = tx[USERS].update_many(here, {"$set": {"last_act": new_id()}}).matched_count
    if found == len(set(ids)):
        return set()
    return set(ids) - {row["_id"] for row in tx[USERS].find(here, {"_id": 1})}


def give_guards(tx: Tx, ids: Collection[ObjectId]) -> None:
    """Give guards to these accounts, which are open and which this transaction has written."""
    guards.give(tx, tx[USERS].find({"_id": {"$in": list(ids)}}, {"name": 1, "availability": 1}))


def find_shut(db: Db, ids: Collection[ObjectId]) -> set[ObjectId]:
    """Return those of these accounts that are shut."""
    rows = db[USERS].find({"_id": {"$in": list(ids)}, "disabled_at": {"$ne": None}}, {"_id": 1})
    return {row["_id"] for row in rows}


def touch_marked(tx: Tx, user_id: ObjectId, mark: Mark, until: datetime) -> User | None:
    """Return a marked account, written so that it is the turn of one of its pieces; None if the mark is gone."""
    found = tx[USERS].find_one_and_update(
        {"_id": user_id, mark: {"$type": "date"}},
        {"$set": {"pieces_until": until, "piece": new_id()}},
    )
    return from_document(found, User) if found else None


def clear_mark(db: Db, user_id: ObjectId, mark: Mark, since: datetime) -> None:
    """Take a mark away once everything is done, unless the account has been marked again since."""
    db[USERS].update_one({"_id": user_id, mark: since}, {"$set": {mark: None, "pieces_until": None}})


def put_off(db: Db, user_id: ObjectId, mark: Mark, until: datetime) -> None:
    """Let ticks leave a marked account alone until then: something of it has failed."""
    db[USERS].update_one({"_id": user_id, mark: {"$type": "date"}}, {"$set": {"pieces_until": until}})


def find_marked(db: Db, now: datetime, limit: int) -> list[tuple[ObjectId, Mark]]:
    """Return marked accounts that nobody is working on, those that wait longest first."""
    found: list[tuple[ObjectId, Mark]] = []
    for mark in get_args(Mark):
        query = {mark: passed(now), "pieces_until": {"$not": {"$gt": now}}}
        rows = db[USERS].find(query, {"_id": 1}).sort(mark, ASCENDING).limit(limit)
        found += [(row["_id"], mark) for row in rows]
    return found


def set_admin(tx: Tx, user_id: ObjectId, is_admin: bool) -> bool:
    """Give a user the right to decide, or take it away; returns False if that is so already."""
    condition = {"_id": user_id, "is_admin": not is_admin}
    return tx[USERS].update_one(condition, {"$set": {"is_admin": is_admin}}).matched_count == 1


def touch_admin(tx: Tx, user_id: ObjectId) -> bool:
    """Write into an admin's account that they act; returns False if they are no admin, or are shut out."""
    condition = {"_id": user_id, "is_admin": True, "disabled_at": None}
    changes = {"$set": {"last_act": new_id()}}
    return tx[USERS].update_one(condition, changes).matched_count == 1


def insert_session(tx: Tx, session: Session) -> None:
    """Store a device that has just signed in."""
    tx[SESSIONS].insert_one(to_document(session))


def find_live_sessions(db: Db, user_id: ObjectId) -> list[Session]:
    """Return a user's devices that were not ended, the last seen first: up to `LISTED_MAX`, which is more than there
    may be.
    """
    live = {"user_id": user_id, "revoked_at": None}
    rows = db[SESSIONS].find(live).sort("last_seen_at", DESCENDING).limit(LISTED_MAX)
    return [from_document(row, Session) for row in rows]


def update_sessions(tx: Tx, user_id: ObjectId, changes: dict[str, Any]) -> None:
    """Change what all devices of a user carry of them."""
    tx[SESSIONS].update_many({"user_id": user_id}, {"$set": changes})


def renew_session(tx: Tx, session_id: ObjectId, key: str, refresh: RefreshIds) -> Session | None:
    """Make every token that this live device was given before worthless; returns None if it was ended."""
    found = tx[SESSIONS].find_one_and_update(
        {"_id": session_id, "revoked_at": None},
        {"$set": {"key": key, "refresh": to_stored(refresh)}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Session) if found else None


def get_live_session(db: Db, session_id: ObjectId) -> Session | None:
    """Return the device with this id unless it was ended, or None."""
    found = db[SESSIONS].find_one({"_id": session_id, "revoked_at": None})
    return from_document(found, Session) if found else None


def find_live_of(db: Db, session_ids: list[ObjectId]) -> list[Session]:
    """Return those of these devices that were not ended."""
    rows = db[SESSIONS].find({"_id": {"$in": session_ids}, "revoked_at": None})
    return [from_document(row, Session) for row in rows]


def rotate_refresh(
    db: Db, session_id: ObjectId, presented: str, successor: str, *, now: datetime, expires_at: datetime
) -> Session | None:
    """Replace the refresh id that a live device presents by `successor`, if it is the current one.

    One conditional update, so of any number of requests with the same token exactly one rotates. The id that was
    replaced before this one starts its last `REFRESH_GRACE` now, because its successor has been presented.
    """
    found = db[SESSIONS].find_one_and_update(
        {"_id": session_id, "revoked_at": None, "refresh.current": presented},
        [
            {
                "$set": {
                    "refresh": {
                        "current": {"$literal": successor},
                        "previous": "$refresh.current",
                        "retired": "$refresh.previous",
                        "retired_until": {"$literal": now + REFRESH_GRACE},
                    },
                    "last_seen_at": now,
                    "expires_at": expires_at,
                }
            }
        ],
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Session) if found else None


def revoke_session(db: Db, user_id: ObjectId, session_id: ObjectId, now: datetime) -> bool:
    """End one device of a user; returns False if they have no such live one."""
    result = db[SESSIONS].update_one(
        {"_id": session_id, "user_id": user_id, "revoked_at": None}, {"$set": {"revoked_at": now}}
    )
    return result.modified_count == 1


def revoke_sessions(db: Db, user_id: ObjectId, now: datetime, *, besides: ObjectId | None = None) -> int:
    """End all devices of a user, `besides` one; returns how many were ended."""
    condition: dict[str, Any] = {"user_id": user_id, "revoked_at": None}
    if besides:
        condition["_id"] = {"$ne": besides}
    return db[SESSIONS].update_many(condition, {"$set": {"revoked_at": now}}).modified_count


def revoke_oldest(tx: Tx, user_id: ObjectId, besides: ObjectId, keep: int, now: datetime) -> int:
    """End the devices of a user but one and the `keep` others that were seen last; returns how many were ended."""
    others = {"user_id": user_id, "revoked_at": None, "_id": {"$ne": besides}}
    rows = tx[SESSIONS].find(others, {"_id": 1}).sort("last_seen_at", DESCENDING).skip(keep)
    ids = [row["_id"] for row in rows]
    if not ids:
        return 0
    ending = {"_id": {"$in": ids}, "revoked_at": None}
    return tx[SESSIONS].update_many(ending, {"$set": {"revoked_at": now}}).modified_count


def delete_sessions(tx: Tx, user_id: ObjectId) -> None:
    """Forget the devices of a user altogether."""
    tx[SESSIONS].delete_many({"user_id": user_id})


def insert_token(db: Db, token: Token) -> None:
    """Store a right that is on its way by mail."""
    db[TOKENS].insert_one(to_document(token))


def get_token(db: Db, digest: str, purpose: TokenPurpose, now: datetime) -> Token | None:
    """Return the right with this digest while it is good for this purpose, or None."""
    found = db[TOKENS].find_one({"_id": digest, "purpose": purpose, "expires_at": {"$gt": now}})
    return from_document(found, Token) if found else None


def take_token(tx: Tx, digest: str) -> bool:
    """Use a right up; returns False if it was used before. Of any number at once exactly one gets it."""
    return tx[TOKENS].delete_one({"_id": digest}).deleted_count == 1


def delete_tokens(tx: Tx, user_id: ObjectId, purpose: TokenPurpose | None = None) -> None:
    """Make the rights that were mailed to a user worthless: every one, or (with `purpose`) those for one thing."""
    condition: dict[str, Any] = {"user_id": user_id}
    if purpose:
        condition["purpose"] = purpose
    tx[TOKENS].delete_many(condition)
