"""What tests of accounts do again and again: letters are asked for and followed, ways in are tried."""

from typing import Any
from urllib.parse import urlsplit

import requests
from bson import ObjectId
from pymongo.database import Database

from tests.support.client import Client, Json, Person
from tests.support.mailbox import Letters, Received
from tests.support.tokens import claims_of
from tests.support.waiting import wait_for

RESET = "Choose a new password"
CONFIRM = "Confirm your new address"
PASSWORD_CHANGED = "Your password was changed"
EMAIL_CHANGED = "Your e-mail address was changed"
DELETED = "Your account is deleted"

NEW_PASSWORD = "another battery 8"
USED_UP = "This link has expired"
LEFT = "Somebody who left"

Db = Database[dict[str, Any]]


def path_of(letter: Received) -> str:
    """Where the button of a letter leads, on whatever host."""
    return urlsplit(letter.links[0]).path


def token_of(letter: Received) -> str:
    """What the link of a letter opens the door with."""
    return path_of(letter).rpartition("/")[2]


def ask_reset(url: str, email: str, letters: Letters) -> str:
    """Have a letter sent to this address, and return its token."""
    before = len(letters.of(email, RESET))
    visitor = Client(url)
    assert visitor.post("/api/auth/forgot", {"email": email}).status_code == 202
    visitor.close()
    return token_of(letters.wait_for(email, RESET, count=before + 1))


def ask_email_change(person: Client, password: str, email: str, letters: Letters) -> str:
    """Have a letter sent that confirms this new address, and return its token."""
    before = len(letters.of(email, CONFIRM))
    answer = person.patch("/api/auth/email", {"email": email, "password": password})
    assert answer.status_code == 202, answer.text
    return token_of(letters.wait_for(email, CONFIRM, count=before + 1))


def signs_in(url: str, email: str, password: str) -> bool:
    """Whether this address and password open an account."""
    visitor = Client(url)
    answer = visitor.post("/api/auth/login", {"email": email, "password": password})
    visitor.close()
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


def is_out(client: Client) -> bool:
    """Whether nothing that this cookie jar holds opens anything: its access token, its refresh token, or that access
    token as a program sends it.
    """
    tries = [client.get("/api/auth/me")]
    if client.cookie("token"):
        tries.append(
            client.get("/api/auth/me", headers={"Authorization": f"Bearer {client.cookie('token')}"})
        )
    only_refresh = client.twin()
    only_refresh.forget_cookie("token")
    tries += [only_refresh.get("/api/auth/me"), only_refresh.post("/api/auth/refresh")]
    only_refresh.close()
    statuses = {answer.status_code for answer in tries}
    assert statuses in ({200}, {401}), statuses
    return statuses == {401}


def leave(person: Client, password: object) -> requests.Response:
    """Try to delete the account."""
    return person.delete("/api/auth/account", {"password": password})


def left(person: Person) -> None:
    """Delete the account, which works."""
    answer = leave(person, person.password)
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def device_id(client: Client) -> str:
    """The device that these cookies are of."""
    return str(claims_of(client.cookie("token"))["device"])


def live_devices(db: Db, person: Person) -> set[str]:
    """The devices of a person that were not ended, by the database."""
    rows = db.sessions.find({"user_id": ObjectId(person.id), "revoked_at": None})
    return {str(row["_id"]) for row in rows}


def status_of(db: Db, bid: Json) -> str:
    found = db.bids.find_one({"_id": ObjectId(bid["id"])})
    assert found is not None
    return str(found["status"])


def audited(db: Db, person: Person, event: str) -> int:
    """How often this was noted of a person."""
    return db.audit.count_documents({"user_id": ObjectId(person.id), "event": event})


def letters_are_done(db: Db) -> None:
    """Wait until no letter waits to be written or sent."""
    wait_for(lambda: db.mails.count_documents({"due_at": {"$exists": True}}) == 0, what="an empty outbox")


def everything_in(db: Db) -> str:
    """Every document of every collection, as the database keeps it: one text to search for texts."""
    names = db.list_collection_names()
    return b"".join(batch for name in names for batch in db[name].find_raw_batches()).decode(errors="replace")
