"""What a process did not hear of while its change stream was away, it asks for (SECURITY 2, 9c)."""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from bson import ObjectId

from gigflow.core.changes import INSERT, Changes
from gigflow.core.db import Db, Declared
from tests.conftest import Connect, Join
from tests.support.client import Client
from tests.support.failing import failpoint
from tests.support.server import Server
from tests.support.waiting import wait_for

LOST_ITS_PLACE = 286  # ChangeStreamHistoryLost


def test_after_a_gap_the_sockets_of_devices_that_ended_are_cut(
    start_server: Callable[..., Server], join: Join, connect: Connect
) -> None:
    """Decision 27. Who is still signed in stays, knows their own rights, and is told what they missed."""
    server = start_server()
    bob, carol, root = (join(name, at=server) for name in ("Bob", "Carol", "Root"))
    elsewhere = Client(server.url)
    assert elsewhere.post("/api/auth/login", carol.credentials).status_code == 200
    ended, renewed, staying, other = connect(bob), connect(carol), connect(root), connect(elsewhere)
    now = datetime.now(UTC)
    with failpoint(server, "$cmd.aggregate", "aggregate", "getMore", errorCode=LOST_ITS_PLACE) as happened:
        wait_for(lambda: "lost its place" in server.log_path.read_text())
        happened()
        server.db.sessions.update_many({"user_id": ObjectId(bob.id)}, {"$set": {"revoked_at": now}})
        carols = list(server.db.sessions.find({"user_id": ObjectId(carol.id)}).sort("created_at", 1))
        server.db.sessions.update_one({"_id": carols[0]["_id"]}, {"$set": {"key": "another"}})
        assert all(socket.connected for socket in (ended, renewed))
    wait_for(lambda: not ended.connected and not renewed.connected, what="the end of both")
    assert [len(socket.of("signed_out")) for socket in (ended, renewed)] == [1, 0]
    for socket in (staying, other):
        socket.wait("unread", count=2)
        assert socket.connected
    elsewhere.close()


def test_a_stream_that_opens_late_is_a_gap(mongo_uri: str) -> None:
    """Sockets may have opened before it, so what was written until then counts as missed."""
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    changes, told = Changes(db), threading.Event()
    changes.watch(Declared("things"), INSERT, lambda change: None)
    changes.on_gap(told.set)
    opened = threading.Event()
    threading.Thread(target=changes.follow, args=(opened,), daemon=True).start()
    assert opened.wait(10)
    assert not told.is_set()
    changes.note_gap()
    assert told.wait(10)
