"""Users and their devices in the database."""

from collections.abc import Iterable
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from gigflow.accounts.models import REFRESH_GRACE, Person, Session, User
from gigflow.core.db import Db, Declared, from_document, object_schema, to_document

USERS = Declared(
    "users",
    (IndexModel([("email", ASCENDING)], name="email", unique=True),),
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
AUDIT = Declared("audit", (IndexModel([("user_id", ASCENDING), ("_id", ASCENDING)], name="user"),))
COLLECTIONS = (USERS, SESSIONS, AUDIT)


def insert_user(db: Db, user: User) -> bool:
    """Store a new user; False where the address is taken."""
    try:
        db[USERS].insert_one(to_document(user))
    except DuplicateKeyError:
        return False
    return True


def get_user_by_email(db: Db, email: str) -> User | None:
    """The user with this (lower-cased) address, or None."""
    found = db[USERS].find_one({"email": email})
    return from_document(found, User) if found else None


def get_user(db: Db, user_id: ObjectId) -> User | None:
    """The user with this id, or None."""
    found = db[USERS].find_one({"_id": user_id})
    return from_document(found, User) if found else None


def find_people(db: Db, ids: Iterable[ObjectId]) -> dict[ObjectId, Person]:
    """What anybody may know of these users, by id."""
    rows = db[USERS].find({"_id": {"$in": list(set(ids))}}, {"name": 1, "rating": 1})
    return {row["_id"]: from_document(row, Person) for row in rows}


def set_admin(db: Db, email: str) -> bool:
    """Make the user with this address an admin, on every device at once; False where nobody has it."""
    user = db[USERS].find_one_and_update({"email": email}, {"$set": {"is_admin": True}}, {"_id": 1})
    if user:
        db[SESSIONS].update_many({"user_id": user["_id"]}, {"$set": {"is_admin": True}})
    return user is not None


def insert_session(db: Db, session: Session) -> None:
    """Store a device that has just signed in."""
    db[SESSIONS].insert_one(to_document(session))


def get_live_session(db: Db, session_id: ObjectId) -> Session | None:
    """The device with this id unless it was ended, or None."""
    found = db[SESSIONS].find_one({"_id": session_id, "revoked_at": None})
    return from_document(found, Session) if found else None


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


def revoke_session(db: Db, session_id: ObjectId, now: datetime) -> bool:
    """End one device; False where it was ended before."""
    result = db[SESSIONS].update_one({"_id": session_id, "revoked_at": None}, {"$set": {"revoked_at": now}})
    return result.modified_count == 1


def insert_audit(db: Db, event: str, user_id: ObjectId | None, now: datetime, **data: object) -> None:
    """Append one line to the record of who did what; it is never changed."""
    db[AUDIT].insert_one({"event": event, "user_id": user_id, "at": now, "data": data})
