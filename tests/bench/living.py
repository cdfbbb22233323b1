"""The rest of a web process's life: news on its sockets, round trips of a page, its start and its memory."""

import threading
import time
from pathlib import Path

import msgspec
from websocket import WebSocketConnectionClosedException, create_connection

from gigflow.accounts.models import User
from gigflow.bids.actions import Seen, hire_freelancer
from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.core.money import Currency
from gigflow.core.rules import Rules
from gigflow.schema import COLLECTIONS
from tests.bench import load, market
from tests.bench.load import HOST, Load
from tests.bench.servers import GigFlow
from tests.bench.table import Table

NOTICES = 200
PATIENCE_SECONDS = 10.0
RULES = Rules(currency=Currency("USD"), fee_basis_points=1_000)
# Pages for signed-in people and the collection of their own query.
PAGES = {"/jobs": "gigs", "/hiring": "gigs", "/freelancing": "bids"}


class Screen:
    """A signed-in browser's socket, which notes when the news of each hire arrived."""

    def __init__(self, port: int, cookie: str) -> None:
        self._arrived: dict[str, float] = {}
        self._news = threading.Condition()
        url = f"ws://{HOST}:{port}/socket.io/?EIO=4&transport=websocket"
        self._socket = create_connection(url, cookie=cookie)
        self._socket.recv()  # Engine.IO's greeting
        self._socket.send("40")
        self._socket.recv()  # Socket.IO's
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def wait_for(self, bid_id: str) -> float:
        """When the news of this bid's hire arrived, in seconds of `perf_counter`."""
        with self._news:
            if not self._news.wait_for(lambda: bid_id in self._arrived, PATIENCE_SECONDS):
                raise RuntimeError("the news of a hire did not arrive")
            return self._arrived[bid_id]

    def close(self) -> None:
        self._socket.send("1")  # Engine.IO: the server closes
        self._thread.join(PATIENCE_SECONDS)
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                frame = str(self._socket.recv())
            except WebSocketConnectionClosedException:
                return
            moment = time.perf_counter()
            if frame == "2":
                self._socket.send("3")
            elif frame.startswith('42["hired"'):
                _, body = msgspec.json.decode(frame[2:])
                with self._news:
                    self._arrived[body["bidId"]] = moment
                    self._news.notify_all()
            elif not frame:
                return


def measure_notices(
    table: Table, app: GigFlow, db: Db, owner: User, bidders: list[User], cookies: dict[str, str]
) -> None:
    """The hired person's notice on a socket: after the commit (made by another process) and after the click."""
    circle = bidders[: market.BIDS_PER_JOB]
    screen = Screen(app.port, cookies[str(circle[0].id)])
    from_commit, from_click = Load(), Load()
    for number, decision in enumerate(market.add_decisions(db, owner, circle, NOTICES)):
        bid_id = decision.bid_ids[-number % len(circle)]  # the bid of the one at the screen
        if number % 2:
            click = load.request("PATCH", f"/api/bids/{bid_id}/hire", {}, cookie=cookies[str(owner.id)])
            start = time.perf_counter()
            load.run(app.port, iter([click]), 1).only(200)
            from_click.latencies.append(screen.wait_for(str(bid_id)) - start)
        else:
            hire_freelancer(
                db, market.viewer_of(owner), bid_id, seen=Seen(), key=None, rules=RULES, now=now()
            )
            start = time.perf_counter()
            from_commit.latencies.append(max(0.0, screen.wait_for(str(bid_id)) - start))
    screen.close()
    table.note("commit acknowledged to the other person's socket", from_commit.felt)
    table.note("click on hire to the other person's socket", from_click.felt)


def measure_round_trips(table: Table, app: GigFlow, db: Db, cookie: str) -> None:
    """The statements that a signed-in person's page sends before its own query, by the database's profiler."""
    ours = {declared.name for declared in COLLECTIONS}
    for path, own in PAGES.items():
        load.run(app.port, iter([load.request("GET", path, cookie=cookie)]), 1).only(200)
        db.database.command("profile", 2)
        load.run(app.port, iter([load.request("GET", path, cookie=cookie)]), 1).only(200)
        db.database.command("profile", 0)
        profiled = [row["ns"].partition(".")[2] for row in db.database["system.profile"].find()]
        db.database.drop_collection("system.profile")
        collections = [name for name in profiled if name in ours]
        before = collections.index(own)
        table.at_most(
            f"round trips of {path} before its own", before, 2, "", f"(in all: {', '.join(collections)})"
        )


def measure_start(table: Table, folder: Path) -> None:
    """From nothing to the first answer that needed the database, with an empty folder."""
    app = GigFlow(folder)
    try:
        load.run(app.port, load.once("/api/gigs"), 1).only(200)
        table.at_most("start to first answer, empty folder", time.perf_counter() - app.started_at, 3, " s")
    finally:
        app.stop()
