"""Limits where their counters in the database cannot be reached: each process counts by itself (SECURITY 8)."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.conftest import Join
from tests.support.client import Client
from tests.support.failing import failpoint
from tests.support.server import Server

NOT_WRITABLE_PRIMARY = 10107


def counters_away(server: Server) -> AbstractContextManager[object]:
    """Whatever is counted in the database of this server fails."""
    commands = ("findAndModify", "find", "aggregate", "delete", "update")
    return failpoint(server, "limit_counters", *commands, errorCode=NOT_WRITABLE_PRIMARY)


def test_guesses_are_counted_all_the_same(start_server: Callable[..., Server], join: Join) -> None:
    """SECURITY 8 and 27: nothing fails open, and nobody is kept out who knows the password."""
    server = start_server(RATE_LIMITS="strict")
    nina, guesser = join("Nina", at=server), Client(server.url)
    guess = {**nina.credentials, "password": "wrong"}
    with counters_away(server):
        statuses = [guesser.post("/api/auth/login", guess).status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]
        refused = guesser.post("/api/auth/login", nina.credentials)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 61
        assert nina.post("/api/auth/login", nina.credentials).status_code == 200
        for _ in range(3):
            assert guesser.post("/api/auth/forgot", {"email": nina.email}).status_code == 202
        assert guesser.post("/api/auth/forgot", {"email": nina.email}).status_code == 429
    assert server.db.limit_counters.count_documents({"_id": {"$regex": "login_account"}}) == 0
    assert guesser.post("/api/auth/login", nina.credentials).status_code == 200  # they are back
