"""Files that are sent before what they will belong to: `POST /api/files` (SECURITY 8, 12, 16, 20)."""

import hashlib
from collections.abc import Callable

import pytest
import requests
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db as OpenDb
from gigflow.core.db import Tx
from gigflow.files import actions
from gigflow.files.actions import sweep
from gigflow.files.models import ADOPTION_LIFETIME, Subject
from tests.conftest import Join, shared
from tests.files.delivering import FULL, MEGABYTE, delivered, held, noise, order_in_work, statuses
from tests.support.client import Client, Json, Person
from tests.support.images import picture
from tests.support.invariants import Db
from tests.support.market import code_of
from tests.support.races import at_once
from tests.support.server import Server

alice = shared("Alice Owner")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)

PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
HEADERS = {"Content-Type": "multipart/form-data; boundary=x"}


def send(
    person: Client, data: bytes = b"hello", name: str = "a.txt", part: str = "file"
) -> requests.Response:
    """Try to send a file as a program does."""
    return person.post("/api/files", files=[(part, (name, data))])


def sent(person: Client, data: bytes = b"hello", name: str = "a.txt") -> Json:
    """What is known of a file that was taken."""
    answer = send(person, data, name)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def test_a_file_is_taken_and_is_its_senders(
    bob: Person, charlie: Person, root: Person, visitor: Client
) -> None:
    """SECURITY 16: until it belongs to something, only who sent it can have it, or know of it."""
    data = noise(700_000)
    file = sent(bob, data, "../plan of Prague.PDF")
    assert file == file | {
        "_id": file["id"],
        "name": "plan of Prague.PDF",
        "size": len(data),
        "type": "application/pdf",
        "sha256": hashlib.sha256(data).hexdigest(),
        "url": f"/api/files/{file['id']}",
        "preview": None,
    }
    assert bob.get(file["url"]).content == data
    for stranger in (charlie, root):
        assert code_of(stranger.get(file["url"])) == "file_not_found"
    assert visitor.get(file["url"]).status_code == 401
    assert send(visitor).status_code == 401


def test_a_picture_has_a_preview_for_its_sender(bob: Person, charlie: Person) -> None:
    """Asked each time, also where the preview is kept already."""
    file = sent(bob, picture(40, 20), "map.png")
    assert file["type"] == "image/png"
    assert file["preview"] == f"/api/files/{file['id']}/preview"
    for _ in range(2):
        shown = bob.get(file["preview"])
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/webp")
        assert shown.headers["Cache-Control"] == "no-store"
        assert charlie.get(file["preview"]).status_code == 404
    broken = sent(bob, b"no picture", "map.png")
    assert broken["preview"] is None


def test_what_is_refused_says_so_at_its_field(bob: Person, db: Db) -> None:
    nothing = "Send one file, as the part “file”."
    two = bob.post("/api/files", files=[("file", ("a", b"a")), ("file", ("b", b"b"))])
    refused = {
        "film.mov: at most 25 MB.": send(bob, bytes(FULL + 1), "film.mov"),
        "b.txt: this file is empty.": send(bob, b"", "b.txt"),
        "Send one file at a time.": two,
    }
    for message, answer in refused.items():
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
        assert answer.json()["error"]["fields"] == {"file": [message]}
    for answer in (
        send(bob, part="files"),
        bob.post("/api/files", data={"file": "a"}, files=[("other", ("", b""))]),
        bob.post("/api/files", files=[("file", ("", b""))]),
        bob.post("/api/files"),
    ):
        assert answer.json()["error"]["fields"] == {"file": [nothing]}
    assert held(db, bob.id) == (0, 0, 0)


def test_what_is_no_file_is_refused_by_its_type_or_size(bob: Person, db: Db) -> None:
    """SECURITY 12: before anything of it is kept."""
    assert (
        statuses(
            (
                bob.post("/api/files", {"file": "a"}),
                bob.post("/api/files", data=b"a", headers={"Content-Type": "text/plain"}),
                bob.post("/api/files", data=b"a", headers={"Content-Type": "application/octet-stream"}),
            )
        )
        == [415] * 3
    )
    announced = requests.Request("POST", f"{bob.url}/api/files", headers=HEADERS, data=PART)
    large = bob.session.prepare_request(announced)
    large.headers["Content-Length"] = str(2 * FULL)
    assert bob.session.send(large, timeout=60).status_code == 413

    def endless() -> object:
        yield PART
        for _ in range(30):
            yield bytes(MEGABYTE)

    answer = bob.post("/api/files", data=endless(), headers=HEADERS)
    assert (answer.status_code, code_of(answer)) == (413, "too_large")
    assert bob.post("/api/files", data=PART, headers=HEADERS).status_code == 400
    assert held(db, bob.id) == (0, 0, 0)


def test_the_largest_is_taken(bob: Person) -> None:
    data = noise(FULL)
    assert bob.get(sent(bob, data, "film.mov")["url"]).content == data


def test_a_file_that_nothing_adopts_goes_after_an_hour(server: Server, bob: Person, db: Db) -> None:
    file = sent(bob)
    assert held(db, bob.id) == (1, 1, 1)
    inside = OpenDb(server.mongo_uri, server.mongo_db)
    sweep(inside, now() + ADOPTION_LIFETIME)
    inside.client.close()
    assert held(db, bob.id) == (0, 0, 0)
    assert bob.get(file["url"]).status_code == 404


def test_a_repeat_is_another_file(bob: Person, db: Db) -> None:
    """docs/api.md: sending it again is harmless, since nobody adopts the first."""
    key = {"Idempotency-Key": "the same"}
    first, second = (
        bob.post("/api/files", files=[("file", ("a.txt", b"a"))], headers=key).json()["id"] for _ in range(2)
    )
    assert first != second
    assert held(db, bob.id) == (2, 2, 2)


def test_a_preview_that_is_kept_goes_with_its_file(
    server: Server, alice: Person, bob: Person, db: Db
) -> None:
    """SECURITY 20: what was let go is shown to nobody who may no longer have it, however often it was shown before."""
    order = order_in_work(alice, bob, db)
    file = delivered(bob, order, ("map.png", picture(40, 20)))[0]
    assert statuses(each.get(file["preview"]) for each in (alice, bob)) == [200, 200]
    inside = OpenDb(server.mongo_uri, server.mongo_db)

    def release(tx: Tx) -> None:
        actions.release(tx, [ObjectId(file["id"])], Subject("order", ObjectId(order)), now())

    inside.transact(release)
    assert alice.get(file["preview"]).status_code == 404
    sweep(inside, now())
    inside.client.close()
    assert statuses(each.get(file["preview"]) for each in (alice, bob)) == [404, 404]


@pytest.fixture(scope="module")
def narrow(start_server: Callable[..., Server]) -> Server:
    """Two processes, where few files may wait."""
    return start_server(RATE_LIMITS="on", WEB_PROCESSES="2", LIMIT_WAITING_FILES="3")


@pytest.fixture(scope="module")
def limited(start_server: Callable[..., Server]) -> Server:
    """Where few files may be sent in an hour."""
    return start_server(RATE_LIMITS="on", LIMIT_FILES="4/hour", LIMIT_FIRST_FILES="2/hour")


def test_so_many_files_wait_at_a_time(narrow: Server, join: Join) -> None:
    """docs/decisions/0028: exact, in any number of processes; nobody else is held up by it."""
    nina, other = join("Nina", at=narrow), join("Other", at=narrow)
    tabs = [nina, *(nina.twin() for _ in range(7))]
    answers = at_once([lambda tab=tab: send(tab) for tab in tabs])
    assert sorted(statuses(answers)) == [201] * 3 + [409] * 5
    refused = send(nina, bytes(FULL))
    assert (refused.status_code, code_of(refused)) == (409, "too_many_files")
    assert held(narrow.db, nina.id) == (3, 3, 3)
    assert send(other).status_code == 201
    narrow.db.files.update_one({"owner_id": ObjectId(nina.id)}, {"$set": {"drop_at": None}})
    assert send(nina).status_code == 201


def test_who_has_had_an_order_sends_more(limited: Server, join: Join) -> None:
    """SECURITY 8: others are as many as may be strangers' files; the forms' files have a rule of their own."""
    alice, bob, charlie = (join(name, at=limited) for name in ("Alice", "Bob", "Charlie"))
    order = order_in_work(alice, bob, limited.db)
    for person in (alice, bob):
        assert statuses(send(person) for _ in range(5)) == [201] * 4 + [429]
    assert statuses((send(charlie), send(charlie, b""), send(charlie))) == [201, 400, 429]
    assert int(send(charlie).headers["Retry-After"]) > 0
    assert len(delivered(bob, order, ("a.txt", b"a"))) == 1


def test_an_order_that_nobody_paid_does_not_count(limited: Server, join: Join) -> None:
    """Anybody can place one."""
    alice, bob = join("Alice", at=limited), join("Bob", at=limited)
    order = order_in_work(alice, bob, limited.db)
    unpaid = {"status": "pending_payment", "paid_at": None}
    limited.db.orders.update_one({"_id": ObjectId(order)}, {"$set": unpaid})
    assert statuses(send(bob) for _ in range(3)) == [201, 201, 429]


def test_who_has_not_confirmed_an_address_sends_nothing(server: Server, join: Join, db: Db) -> None:
    """SECURITY 9b."""
    nina = join("Nina")
    db.users.update_one({"_id": ObjectId(nina.id)}, {"$set": {"unconfirmed": True}})
    db.sessions.update_many({"user_id": ObjectId(nina.id)}, {"$set": {"unconfirmed": nina.email}})
    refused = send(nina)
    assert (refused.status_code, code_of(refused)) == (403, "email_not_confirmed")
    assert held(db, nina.id) == (0, 0, 0)
