"""What is shown of people next to what they did, read from their accounts."""

from collections.abc import Iterable
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING

from gigflow.accounts.models import Person
from gigflow.accounts.store import USERS
from gigflow.core.db import Db, Document, from_document, passed

SITEMAP_MOST = 50_000  # addresses that one file of a sitemap may have
SUGGESTING_MAX = 3_000  # people whose skills are looked at for suggestions
SUGGESTING_MILLISECONDS = 500
_OF_PERSON = dict.fromkeys(
    ("name", "rating", "answers_within", "picture_id", "availability_until", "disabled_at", "created_at"), 1
)

# Who is in the directory; others are in no sitemap either (docs/domain.md, The directory).
_SHOWN: Document = {"for_hire": True}


def find_people(db: Db, ids: Iterable[ObjectId]) -> dict[ObjectId, Person]:
    """Return what anybody may know of these users, by id."""
    rows = db[USERS].find({"_id": {"$in": list(set(ids))}}, _OF_PERSON)
    return {row["_id"]: from_document(row, Person) for row in rows}


def find_returning(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return people whose day has come on which they are available again."""
    query = {"availability_until": passed(now), "disabled_at": None}
    rows = db[USERS].find(query, {"_id": 1}, hint="availability_until").limit(limit)
    return [row["_id"] for row in rows]


def find_shown(db: Db, start: ObjectId, end: ObjectId | None) -> list[ObjectId]:
    """Return people who tell something of themselves, from one id up to another, in the order of their ids."""
    between = {"$gte": start} | ({"$lt": end} if end else {})
    rows = db[USERS].find({"_id": between, **_SHOWN}, {"_id": 1}).sort("_id", ASCENDING).limit(SITEMAP_MOST)
    return [row["_id"] for row in rows]


def find_person_after(db: Db, start: ObjectId, skip: int) -> ObjectId | None:
    """Return the id of the account that was made so many after this one, by the index alone."""
    rows = db[USERS].find({"_id": {"$gte": start}}, {"_id": 1}).sort("_id", ASCENDING).skip(skip).limit(1)
    return next((row["_id"] for row in rows), None)


def has_people(db: Db) -> bool:
    """Return whether anybody has an account here."""
    return db[USERS].find_one({}, {"_id": 1}) is not None


def person_beside(field: str, name: str) -> Document:
    """Return the stage of an aggregation that adds the person whose id is in `field` to each row: a list of one, as
    `name`. It saves a round trip.
    """
    found = {"localField": field, "foreignField": "_id", "pipeline": [{"$project": _OF_PERSON}]}
    return {"$lookup": {"from": USERS.name, **found, "as": name}}


def set_answers_within(db: Db, user_id: ObjectId, seconds: int | None) -> None:
    """Note how soon somebody usually answers; None if nobody can say. A shut account stays as it is."""
    others = {"_id": user_id, "disabled_at": None, "answers_within": {"$ne": seconds}}
    db[USERS].update_one(others, {"$set": {"answers_within": seconds}})


def find_skills(db: Db) -> list[str]:
    """Return the skills of the newest people in the directory, with repetitions: of others nothing is suggested."""
    rows = (
        db[USERS]
        .find({"for_hire": True}, {"skills": 1}, hint="hire_newest", max_time_ms=SUGGESTING_MILLISECONDS)
        .sort("_id", DESCENDING)
        .limit(SUGGESTING_MAX)
    )
    return [skill for row in rows for skill in row["skills"]]
