"""Files over HTTP: how they come with a delivery, what is refused, and what is left of that (SECURITY 12, 16, 20)."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
import requests
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db as OpenDb
from gigflow.files.actions import sweep
from gigflow.files.models import ADOPTION_LIFETIME
from tests.conftest import Join, shared
from tests.files.delivering import (
    FULL,
    MEGABYTE,
    Sent,
    deliver,
    delivered,
    held,
    noise,
    order_in_work,
    statuses,
)
from tests.support.client import Client, Person
from tests.support.invariants import Db
from tests.support.market import code_of
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BOUNDARY = "multipart/form-data; boundary=x"


def test_a_delivery_brings_its_files_to_the_other_side(alice: Person, bob: Person, db: Db) -> None:
    order = order_in_work(alice, bob, db)
    texts = {
        "plan.pdf": noise(700_000),
        "notes.txt": b"Two languages.",
        "empty page.html": b"<script>alert(1)",
    }
    files = delivered(bob, order, *texts.items())
    assert [each["name"] for each in files] == list(texts)
    assert [each["size"] for each in files] == [len(data) for data in texts.values()]
    seen = alice.get(f"/api/orders/{order}").json()["deliveries"]
    assert [each["files"] for each in seen] == [files]
    for each, data in zip(files, texts.values(), strict=True):
        assert alice.get(each["url"]).content == data
    assert db.files.count_documents({"subject.id": ObjectId(order), "drop_at": None}) == 3


def test_a_delivery_needs_no_file(alice: Person, bob: Person, db: Db) -> None:
    """As JSON or as multipart; whatever JSON says of files, it brings none."""
    for send in (
        lambda order: bob.post(
            f"/api/orders/{order}/deliver", {"message": "It is online.", "files": ["a", 5]}
        ),
        lambda order: deliver(bob, order),
    ):
        answer = send(order_in_work(alice, bob, db))
        assert answer.status_code == 200, answer.text
        assert answer.json()["deliveries"][0]["files"] == []
    assert held(db, bob.id) == (0, 0, 0)


def test_whose_files_they_are(
    alice: Person, bob: Person, charlie: Person, root: Person, visitor: Client, db: Db
) -> None:
    """SECURITY 16: both sides and admins have them; others cannot tell them from nothing, nor can a part be had."""
    url = delivered(bob, order_in_work(alice, bob, db), ("a.txt", b"secret"))[0]["url"]
    assert statuses(each.get(url) for each in (alice, bob, root)) == [200] * 3
    for headers in ({}, {"Range": "bytes=0-1"}, {"Range": "bytes=99-"}):
        stranger = charlie.get(url, headers=headers)
        nothing = charlie.get(f"/api/files/{ObjectId()}", headers=headers)
        assert statuses((stranger, nothing)) == [404, 404]
        assert code_of(stranger) == code_of(nothing) == "file_not_found"
        assert visitor.get(url, headers=headers).status_code == 401
    program = Client(alice.url)
    assert program.get(url, headers=alice.bearer()).content == b"secret"


def test_who_is_signed_out_has_no_further_part(join: Join, bob: Person, db: Db) -> None:
    """SECURITY 20: asked each time, also while a download goes on."""
    alice = join("Alice Owner")
    url = delivered(bob, order_in_work(alice, bob, db), ("a.bin", noise(1000)))[0]["url"]
    thief = alice.twin()
    assert thief.get(url, headers={"Range": "bytes=0-99"}).status_code == 206
    assert alice.post("/api/auth/logout").status_code == 200
    assert thief.get(url, headers={"Range": "bytes=100-"}).status_code == 401


def test_the_largest_files_are_taken(alice: Person, bob: Person, db: Db) -> None:
    data = noise(FULL)
    files = delivered(bob, order_in_work(alice, bob, db), *[(f"{number}.bin", data) for number in range(5)])
    assert [each["size"] for each in files] == [FULL] * 5
    assert alice.get(files[4]["url"]).content == data


def test_what_is_refused_says_so_at_its_field(alice: Person, bob: Person, db: Db) -> None:
    order = order_in_work(alice, bob, db)
    refused: dict[str, list[Sent]] = {
        "film.mov: at most 25 MB.": [("film.mov", bytes(FULL + 1))],
        "b.txt: this file is empty.": [("a.txt", b"a"), ("b.txt", b"")],
        "At most 5 files.": [(f"{number}.txt", b"a") for number in range(6)],
    }
    for message, files in refused.items():
        answer = deliver(bob, order, *files)
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
        assert answer.json()["error"]["fields"] == {"files": [message]}
        assert db.deliveries.count_documents({"order_id": ObjectId(order)}) == 0
        let_go(db, bob)
    assert deliver(bob, order, message="").json()["error"]["fields"] == {
        "message": ["Describe what you deliver."]
    }


def test_files_as_large_as_five_are_taken_there_only(alice: Person, bob: Person, db: Db) -> None:
    """SECURITY 12: and only as multipart; JSON stays as short as everywhere."""
    order = order_in_work(alice, bob, db)
    path = f"/api/orders/{order}/deliver"

    def endless() -> object:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        for _ in range(130):
            yield bytes(MEGABYTE)

    answer = bob.post(path, data=endless(), headers={"Content-Type": BOUNDARY})
    assert (answer.status_code, code_of(answer)) == (413, "too_large")
    assert bob.post(path, {"message": "x" * 300_000}).status_code == 413
    assert bob.post(path, data=b"a", headers={"Content-Type": "text/plain"}).status_code == 415
    many = [("files", (f"{number}", b"a")) for number in range(60)]
    assert bob.post(path, data={"message": "Here."}, files=many).status_code == 413
    picture = bob.put("/api/users/profile/picture", files={"picture": ("a.png", bytes(17 * MEGABYTE))})
    assert picture.status_code == 413
    assert held(db, bob.id) == (0, 0, 0)


def test_a_delivery_that_may_not_be_is_refused_before_its_files_are_stored(
    alice: Person, bob: Person, charlie: Person, visitor: Client, db: Db
) -> None:
    order = order_in_work(alice, bob, db)
    file = ("a.bin", noise(3 * MEGABYTE))
    assert statuses(deliver(each, order, file) for each in (visitor, charlie, alice)) == [401, 404, 403]
    delivered(bob, order, ("a.txt", b"a"))
    again = deliver(bob, order, file)
    assert (again.status_code, code_of(again)) == (409, "order_state")
    assert held(db, bob.id) == (1, 1, 1)
    assert held(db, alice.id) == held(db, charlie.id) == (0, 0, 0)


def test_of_two_deliveries_at_once_the_other_ones_files_go(alice: Person, bob: Person, db: Db) -> None:
    """Both are stored before either is delivered: whoever loses leaves nothing that anybody could fetch."""
    order = order_in_work(alice, bob, db)
    tab = bob.twin()
    answers: list[requests.Response] = []
    threads = [
        threading.Thread(
            target=lambda each=each: answers.append(deliver(each, order, ("a.bin", noise(2 * MEGABYTE))))
        )
        for each in (bob, tab)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses(answers)) == [200, 409]
    assert db.files.count_documents({"subject.id": ObjectId(order)}) == 1
    let_go(db, bob)
    tab.close()


@pytest.fixture(scope="module")
def limited(start_server: Callable[..., Server]) -> Server:
    """A server of its own, to be killed, that takes few deliveries."""
    return start_server(whole=True, RATE_LIMITS="on", LIMIT_UPLOADS="2/hour")


def test_the_web_process_dies_between_bytes_and_delivery(limited: Server, join: Join) -> None:
    """kill -9: no delivery, and nothing of its files for long; sent again, it is taken."""
    alice, bob = join("Alice", at=limited), join("Bob", at=limited)
    order = order_in_work(alice, bob, limited.db)
    files = [("first.bin", noise(MEGABYTE)), *((f"{number}.bin", noise(FULL)) for number in range(2))]

    def attempt() -> None:
        with suppress(requests.ConnectionError):
            deliver(bob.twin(), order, *files)

    thread = threading.Thread(target=attempt)
    thread.start()
    wait_for(lambda: limited.db.files.count_documents({"size": MEGABYTE}))
    limited.kill_worker()
    thread.join()
    assert limited.db.files.count_documents({"subject": None}) >= 1
    wait_for(lambda: is_ready(limited))
    assert alice.get(f"/api/orders/{order}").json()["status"] == "in_progress"
    limited.db.files.update_many({"drop_at": {"$ne": None}}, {"$set": {"drop_at": LONG_AGO}})
    assert limited.command("gigflow", "tick").returncode == 0
    assert held(limited.db, bob.id) == (0, 0, 0)
    assert len(delivered(bob, order, *files)) == 3


def test_twenty_deliveries_an_hour(limited: Server, join: Join) -> None:
    """SECURITY 8: uploads are limited, words are not."""
    alice, bob = join("Alice", at=limited), join("Bob", at=limited)
    orders = [order_in_work(alice, bob, limited.db) for _ in range(3)]
    answers = [deliver(bob, order, ("a.txt", b"a"), ("b.txt", b"b")) for order in orders]
    assert statuses(answers) == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert held(limited.db, bob.id) == (4, 4, 4)
    assert deliver(bob, orders[2]).status_code == 200


def test_files_of_somebody_who_left_stay_with_the_other_side(
    server: Server, alice: Person, bob: Person, db: Db
) -> None:
    """What was handed in and paid for belongs to the order."""
    order = order_in_work(alice, bob, db)
    url = delivered(bob, order, ("plan.pdf", b"plan"))[0]["url"]
    db.orders.update_one({"_id": ObjectId(order)}, {"$set": {"status": "completed", "live": False}})
    left = bob.delete("/api/auth/account", {"password": bob.password})
    assert left.status_code == 200, left.text
    inside = OpenDb(server.mongo_uri, server.mongo_db)
    sweep(inside, now() + 2 * ADOPTION_LIFETIME)  # what a tick clears up then
    inside.client.close()
    assert alice.get(url).content == b"plan"
    assert bob.get(url).status_code == 401


def let_go(db: Db, person: Person) -> None:
    """Nothing is kept of this person's files but what belongs to a delivery: the rest has its date."""
    kept = {each for row in db.deliveries.find() for each in row["file_ids"]}
    for row in db.files.find({"owner_id": ObjectId(person.id)}):
        assert (row["drop_at"] is None) == (row["_id"] in kept)


def is_ready(server: Server) -> bool:
    with suppress(requests.ConnectionError):
        return Client(server.url).get("/readyz").status_code == 200
    return False
