"""How files come to an order and back."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import requests
from bson import ObjectId

from tests.support.client import Client, Json
from tests.support.invariants import Db
from tests.support.market import hire, place_bid, post_job

Sent = tuple[str, bytes]
MEGABYTE = 1_000_000
FULL = 25 * MEGABYTE


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes in which every place can be told from every other."""
    return random.Random(seed).randbytes(size)


def order_in_work(client: Client, freelancer: Client, db: Db) -> str:
    """The id of an order that the freelancer may deliver, as if it had been paid just now."""
    hired = hire(client, place_bid(freelancer, post_job(client)))
    assert hired.status_code == 200, hired.text
    order_id: str = hired.json()["order"]["id"]
    put_into_work(db, order_id)
    return order_id


def put_into_work(db: Db, order_id: str) -> None:
    """Make it as if the order had been paid just now."""
    moment = datetime.now(UTC)
    paid = {"status": "in_progress", "paid_at": moment, "due_at": moment + timedelta(days=7)}
    assert db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": paid}).modified_count == 1


def deliver(freelancer: Client, order_id: str, *files: Sent, message: str = "Here.") -> requests.Response:
    """Try to deliver as a program does."""
    parts = [("files", (name, data)) for name, data in files] or [("files", ("", b""))]
    return freelancer.post(f"/api/orders/{order_id}/deliver", data={"message": message}, files=parts)


def delivered(freelancer: Client, order_id: str, *files: Sent) -> list[Json]:
    """What is known of the files of a delivery that was taken."""
    answer = deliver(freelancer, order_id, *files)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["deliveries"][-1]["files"]
    return found


def held(db: Db, person_id: str) -> tuple[int, int, int]:
    """How many files of a person there are: rows, whole files, and those of which some bytes are there."""
    ids = [row["_id"] for row in db.files.find({"owner_id": ObjectId(person_id)})]
    whole = db["file_files.files"].count_documents({"_id": {"$in": ids}})
    return len(ids), whole, len(db["file_files.chunks"].distinct("files_id", {"files_id": {"$in": ids}}))


def statuses(answers: Iterable[requests.Response]) -> list[int]:
    """The status of each."""
    return [answer.status_code for answer in answers]
