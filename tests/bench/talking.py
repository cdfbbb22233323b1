"""Conversations: what a message costs, many at once, and how soon it is on the other screen."""

import selectors
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import msgspec
from bson import ObjectId
from websocket import WebSocket, WebSocketException, create_connection

from gigflow.accounts.models import User, Viewer
from gigflow.accounts.store import SESSIONS
from gigflow.chat import actions as chat
from gigflow.chat import opening
from gigflow.chat.actions import Message
from gigflow.chat.models import About
from gigflow.chat.store import ENTRIES
from gigflow.core.clock import now
from gigflow.core.db import Db
from tests.bench import load, market, reference
from tests.bench.acting import Act, Asked, RoundTrips, measure_act
from tests.bench.load import HOST, Load
from tests.bench.servers import GigFlow
from tests.bench.table import Table

ROUNDS = 5
AT_ONCE = 100
SOCKETS = 1_000
READERS = 6  # of them are screens of the one who is written to
PEOPLE = 20  # whose sockets they are
SEND_RATIO = 0.6
SOCKET_KILOBYTES = 100
MESSAGES = 300
PATIENCE_SECONDS = 20.0
TEXT = "How about Monday? I could begin with a sketch, if that suits you."


class Screens:
    """Many open pages: a thread answers their pings, and notes when each message arrived at which of them."""

    def __init__(self, port: int, cookies: list[str]) -> None:
        # Of each screen, when a message came, by its number.
        self.arrived: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        self.open: set[int] = set()
        self._news, self._ends = threading.Condition(), False
        self._selector = selectors.DefaultSelector()
        self._sockets: list[WebSocket] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()  # before the last one stands, the first is asked whether it is still there
        for number, cookie in enumerate(cookies):
            self._sockets.append(_connected(port, cookie))
            self.open.add(number)
            self._selector.register(self._sockets[-1].fileno(), selectors.EVENT_READ, number)

    def wait_for(self, seq: int, screens: set[int]) -> list[float]:
        """Wait until a message is on those of these screens that are open, and return when it came to each."""
        with self._news:
            if not self._news.wait_for(lambda: self._is_on(seq, screens), PATIENCE_SECONDS):
                raise RuntimeError(f"message {seq} did not arrive")
            return [self.arrived[each][seq][0] for each in screens & self.open]

    def close(self) -> None:
        self._ends = True
        self._thread.join(PATIENCE_SECONDS)
        for socket in self._sockets:
            socket.shutdown()
        self._selector.close()

    def _is_on(self, seq: int, screens: set[int]) -> bool:
        return all(self.arrived[each][seq] for each in screens & self.open)

    def _listen(self) -> None:
        while not self._ends:
            for key, _ in self._selector.select(0.2):
                frame = _frame_of(self._sockets[key.data])
                moment = time.perf_counter()
                with self._news:
                    self._note(key, frame, moment)
                    self._news.notify_all()

    def _note(self, key: selectors.SelectorKey, frame: str, moment: float) -> None:
        if not frame:
            self._selector.unregister(key.fileobj)
            self.open.discard(key.data)
        elif frame.startswith('42["message"'):
            _, body = msgspec.json.decode(frame[2:])
            self.arrived[key.data][body["message"]["seq"]].append(moment)


def measure_messages(table: Table, db: Db, folder: Path) -> None:
    """One message after another, a hundred at once from two processes, and the way to the other screen."""
    people: list[User] = []
    for processes, measure in ((1, _measure_send), (2, _measure_crowd), (3, _measure_screens)):
        app = GigFlow(
            folder / f"of{processes}", mongo_uri=db.uri, database=db.database.name, processes=processes
        )
        try:
            people = people or market.add_people(db, PEOPLE)
            signed_in = load.run(app.port, map(market.login, people), 1, keep=True).only(200)
            measure(table, app, db, people, dict(map(market.identity, signed_in.answers)))
        finally:
            app.stop()


def _measure_send(table: Table, app: GigFlow, db: Db, people: list[User], cookies: dict[str, str]) -> None:
    """A message beside the same round trips in a bare loop."""
    one, other = people[:2]
    talk_id, bare_id = (_talk(db, one, other) for _ in range(2))

    def ask() -> Asked:
        return "POST", f"/api/chat/{talk_id}", {"text": TEXT, "clientId": str(ObjectId())}

    def bare() -> Callable[[], None]:
        return lambda: reference.send(db, other, bare_id, TEXT, now())

    act = Act("POST /api/chat/{id}", 201, cookies[str(other.id)], ask, bare, least=SEND_RATIO)
    measure_act(table, app, act)
    table.at_most(f"{act.name}, round trips", RoundTrips(db, app.var).of(act), 5)


def _measure_crowd(table: Table, app: GigFlow, db: Db, people: list[User], cookies: dict[str, str]) -> None:
    """Everybody's messages at once into one conversation: each waits for the commit of the one before."""
    one, other = people[:2]
    ratios = []
    for _ in range(ROUNDS):
        talk_id, bare_id = (_talk(db, one, other) for _ in range(2))
        crowd = [
            load.request("POST", f"/api/chat/{talk_id}", {"text": TEXT}, cookie=cookies[str(each.id)])
            for _ in range(AT_ONCE // 2)
            for each in (one, other)
        ]
        start = time.perf_counter()
        for _ in range(AT_ONCE):
            reference.send(db, other, bare_id, TEXT, now())
        alone = time.perf_counter() - start
        ratios.append(load.run(app.port, iter(crowd), AT_ONCE, keep=True).only(201).seconds / alone)
        numbers = [row["seq"] for row in db[ENTRIES].find({"conversation_id": talk_id}).sort("seq", 1)]
        if numbers != list(range(1, AT_ONCE + 1)):
            raise RuntimeError(f"these messages have the numbers {numbers}")
    name = f"{AT_ONCE} messages at once in one conversation, 2 processes, times {AT_ONCE} bare ones"
    table.at_most(name, statistics.median(ratios), 1.5, "x", f"(worst: {max(ratios):.2f})")


def _measure_screens(table: Table, app: GigFlow, db: Db, people: list[User], cookies: dict[str, str]) -> None:
    """From the commit to the screens of the other, beside a thousand; meanwhile a device is signed out, and a process
    dies.
    """
    reader, sender, leaver, *others = people
    owners = [reader] * READERS + [leaver] + [others[n % len(others)] for n in range(SOCKETS - READERS - 1)]
    before, took, mine = app.memory(), Load(), set(range(READERS))
    screens = Screens(app.port, [cookies[str(each.id)] for each in owners])
    try:
        each = (app.memory() - before) / SOCKETS * 1000
        table.at_most(f"memory of a socket, {SOCKETS:,} of them", each, SOCKET_KILOBYTES, " KB")
        talk_id, viewer, at_start = _talk(db, reader, sender), market.viewer_of(sender), set(screens.open)
        for number in range(MESSAGES):
            if number == MESSAGES // 3:
                db[SESSIONS].update_many({"user_id": leaver.id}, {"$set": {"revoked_at": now()}})
            if number == 2 * MESSAGES // 3:
                app.kill_one()
            took.latencies += _seconds_to(screens, db, viewer, talk_id, mine)
        lost = at_start - screens.open
        if READERS not in lost or len(lost) < 2:
            raise RuntimeError("the device was not cut off, or no process died")
        doubled = sum(len(times) > 1 for each in mine for times in screens.arrived[each].values())
    finally:
        screens.close()
    name = f"commit to the other's screens, 3 processes, {SOCKETS:,} sockets"
    table.note(f"{name}, p50", f"{took.percentile(50):.1f} ms")
    table.at_most(f"{name}, p99", took.percentile(99), 15, " ms", "(one device revoked, one process killed)")
    table.at_most("  messages that came twice to a screen", doubled, 0)


def _seconds_to(screens: Screens, db: Db, viewer: Viewer, talk_id: ObjectId, mine: set[int]) -> list[float]:
    """Send a message, and return after how many seconds it was on each screen of the other that stayed open."""
    message = Message(text=TEXT, file_ids=(), client_id=str(ObjectId()), is_named=True)
    conversation = chat.conversation_for(db, viewer, talk_id)
    entry = chat.send(db, viewer, conversation, message, now()).entry
    committed = time.perf_counter()
    return [max(0.0, moment - committed) for moment in screens.wait_for(entry.seq, mine)]


def _talk(db: Db, one: User, other: User) -> ObjectId:
    """What two people talk about, a new job of the second, as if they shared a bid on it (an admin is no stranger)."""
    viewer = msgspec.structs.replace(market.viewer_of(one), is_admin=True)
    (job,) = market.add_jobs(db, other, 1)
    about = About("gig", job.id)
    return opening.open_conversation(db, viewer, other.id, about, now()).conversation.id


def _connected(port: int, cookie: str) -> WebSocket:
    socket = create_connection(f"ws://{HOST}:{port}/socket.io/?EIO=4&transport=websocket", cookie=cookie)
    socket.recv()  # Engine.IO's greeting
    socket.send("40")
    socket.recv()  # Socket.IO's
    return socket


def _frame_of(socket: WebSocket) -> str:
    """What a page has received, with its answer to a ping sent; nothing once it is cut off."""
    try:
        frame = str(socket.recv())
        if frame == "2":
            socket.send("3")
    except (WebSocketException, OSError):
        return ""
    return frame
