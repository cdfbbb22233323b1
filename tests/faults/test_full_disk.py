"""Full disks: nothing ends for good, pages and the log say why, and it comes back by itself (SECURITY 27)."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import Join
from tests.files.delivering import MEGABYTE, deliver, noise, order_in_work
from tests.mails.steps import forgot, once
from tests.support.client import Client, Person
from tests.support.failing import failpoint
from tests.support.market import JOB, code_of, post_job
from tests.support.server import Server
from tests.support.waiting import wait_for

OUT_OF_DISK_SPACE = 14031


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes in memory."""
    folder.mkdir()
    size = f"size={megabytes}m"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small disk needs the right to mount: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Fill the disk of this folder but for some bytes, and return the file that does it."""
    file = folder / "ballast"
    block = bytes(MEGABYTE // 4)
    with file.open("ab", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(block[: max(1, min(len(block), _free(folder) - leave))])
            if _free(folder) <= leave:
                break
    return file


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def said(server: Server) -> str:
    """What the run itself has said."""
    return "\n".join(
        line for line in server.log_path.read_text().splitlines() if line.startswith("GigFlow: ")
    )


@pytest.mark.slow
def test_the_disk_of_the_database_is_full_and_has_room_again(mongo_uri: str, tmp_path: Path) -> None:
    """The database ends; the web process stays, says so in the site's style, and serves again by itself."""
    with small_disk(tmp_path / "disk", 400) as disk:
        server = Server(mongo_uri, tmp_path / "server", MONGO_URI="", VAR_DIR=str(disk / "var"))
        try:
            alice = Person(server.url, "Alice", "alice@example.test", "correct horse 7")
            gig = post_job(alice)
            (worker,) = server.worker_pids()
            ballast = fill(disk)

            def is_away() -> bool:
                alice.twin().post("/api/gigs", {**JOB, "description": "long " * 900})
                return "ended (exit code" in said(server)

            wait_for(is_away, what="the end of the database")
            assert f"the disk of '{disk / 'var' / 'mongo'}' is full" in said(server)
            visitor = Client(server.url)
            assert visitor.get("/healthz").status_code == 200
            assert visitor.get("/readyz").status_code == 503
            page = visitor.get("/jobs?q=not-asked-before")
            assert (page.status_code, "cannot reach its database" in page.text) == (503, True)
            answer = alice.twin().post("/api/gigs", JOB)
            assert (answer.status_code, code_of(answer)) == (503, "unavailable")
            assert server.process.poll() is None

            ballast.unlink()
            wait_for(lambda: visitor.get("/readyz").status_code == 200, what="the database again")
            assert server.worker_pids() == [worker]
            assert alice.get(f"/api/gigs/{gig['id']}").json()["title"] == gig["title"]
            assert post_job(alice)["title"] == JOB["title"]
            assert "serves again" in said(server)
            assert not server.errors()
        finally:
            server.stop()


def test_without_room_for_its_database_it_says_so_at_the_start(mongo_uri: str, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 40) as disk, pytest.raises(AssertionError) as ended:
        Server(mongo_uri, tmp_path / "server", MONGO_URI="", VAR_DIR=str(disk / "var"))
    assert f"the disk of '{disk / 'var' / 'mongo'}' is full" in str(ended.value)


def test_a_file_that_finds_no_room_is_tried_again_later(mongo_uri: str, tmp_path: Path, join: Join) -> None:
    """A long file waits on the disk of the temporary files until its request is read."""
    with small_disk(tmp_path / "disk", 4) as disk:
        server = Server(mongo_uri, tmp_path / "server", TMPDIR=str(disk))
        try:
            alice, bob = join("Alice Owner", server), join("Bob Bidder", server)
            order = order_in_work(alice, bob, server.db)
            ballast = fill(disk, leave=MEGABYTE)
            refused = deliver(bob, order, ("film.mp4", noise(2 * MEGABYTE)))
            assert (refused.status_code, code_of(refused)) == (503, "unavailable")
            assert refused.headers["Retry-After"] == "2"
            sent = {"csrf_token": bob.form_token(), "message": "Here."}
            files = [("files", ("film.mp4", noise(2 * MEGABYTE)))]
            answer = bob.post(f"/orders/{order}/deliver", data=sent, files=files)
            assert (answer.status_code, "has no room" in answer.text) == (503, True)
            ballast.unlink()
            assert deliver(bob, order, ("film.mp4", noise(2 * MEGABYTE))).status_code == 200
            assert {line["message"] for line in server.errors()} == {f"a disk is full: {disk}"}
        finally:
            server.stop()


def test_a_letter_that_finds_no_room_is_written_later(mongo_uri: str, tmp_path: Path, join: Join) -> None:
    """Without a mail server letters are files. One that cannot be written waits, and the log says why."""
    with small_disk(tmp_path / "disk", 4) as disk:
        server = Server(mongo_uri, tmp_path / "server", VAR_DIR=str(disk))
        try:
            alice = join("Alice Owner", server)
            ballast = fill(disk)
            mail_id = forgot(server, alice.email)
            once(server, mail_id, attempts=1, claimed_until=None)
            wait_for(lambda: "No space left" in server.log_path.read_text(), what="a line of the log")
            assert not list(disk.rglob("*.eml"))
            # What its templates compile to finds no room either.
            assert Client(server.url).get("/help").status_code == 200
            ballast.unlink()
            server.db.mails.update_one({"_id": mail_id}, {"$set": {"due_at": datetime.now(UTC)}})
            server.command("gigflow", "tick")
            (letter,) = disk.rglob("*.eml")
            assert alice.email in letter.read_text()
            assert not server.errors()
        finally:
            server.stop()


def test_a_database_whose_disk_is_full_is_away(mongo_uri: str, tmp_path: Path, join: Join) -> None:
    """One that is not ours may go on reading while it refuses to write: 503, and the log says why."""
    server = Server(mongo_uri, tmp_path / "server")
    try:
        alice = join("Alice Owner", server)
        with failpoint(server, "gigs", "insert", errorCode=OUT_OF_DISK_SPACE):
            answer = alice.post("/api/gigs", JOB)
        assert (answer.status_code, code_of(answer)) == (503, "unavailable")
        assert {line["message"] for line in server.errors()} == {"the disk of the database is full"}
        assert alice.post("/api/gigs", JOB).status_code == 201
    finally:
        server.stop()
