"""The database away: what still answers, what says so, and how it comes back (SECURITY 27)."""

from pathlib import Path

import pytest

from gigflow.core.mongod import start_mongod
from tests.support.client import Client, Person
from tests.support.market import JOB, hire, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import wait_for


@pytest.mark.slow
def test_the_database_goes_and_comes_back(tmp_path: Path) -> None:
    """SECURITY 27: /healthz 200, /readyz 503, pages say so in the site's style, nothing fails open, no restart."""
    node = start_mongod(tmp_path / "mongo")
    server = Server(node.uri, tmp_path / "server")
    alice = Person(server.url, "Alice", "alice@example.test", "correct horse 7")
    bob = Person(server.url, "Bob", "bob@example.test", "correct horse 7")
    visitor = Client(server.url)
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    socket = Socket(bob)
    try:
        assert visitor.get("/readyz").status_code == 200
        node.kill()
        assert visitor.get("/healthz").json() == {"status": "ok"}
        assert visitor.get("/readyz").status_code == 503
        # At once, because each waits five seconds for a primary before it gives up.
        *answers, fragment = at_once(
            [
                lambda: visitor.twin().get("/api/gigs?search=not-asked-before"),
                lambda: alice.twin().get("/api/auth/me"),
                lambda: alice.twin().post("/api/gigs", JOB),
                lambda: hire(alice.twin(), bid),
                lambda: visitor.twin().post("/api/auth/login", alice.credentials),
                lambda: visitor.twin().get("/jobs?q=not-asked-before"),
                lambda: alice.twin().get("/hiring"),
                lambda: alice.twin().get("/login"),
                lambda: alice.twin().fragment("GET", "/notifications").response,
            ]
        )
        for answer in answers[:5]:
            assert answer.status_code == 503, answer.request.url
            assert answer.json()["error"]["code"] == "unavailable"
        for answer in (*answers[5:], fragment):
            assert answer.status_code == 503, answer.request.url
            assert "cannot reach its database" in answer.text
        assert {answer.headers["Retry-After"] for answer in answers} == {"2"}
        assert visitor.get("/static/any/css/base.css").status_code == 200

        node = start_mongod(tmp_path / "mongo", node.port)
        wait_for(lambda: visitor.get("/readyz").status_code == 200)
        assert alice.get("/api/auth/me").json()["id"] == alice.id
        assert hire(alice, bid).status_code == 200
        assert visitor.page("/jobs").status == 200
        socket.wait("hired")  # it stayed open all the while
        assert not server.errors()
    finally:
        socket.close()
        server.stop()
        node.kill()
