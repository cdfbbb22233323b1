"""Messages under kill -9, of web processes and of the primary: whoever sends again until there is an answer has each of
them once, in a line of numbers without a gap. (The database's own errors: test_failpoints.py.)
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import requests
from bson import ObjectId

from gigflow.core.mongod import Mongod
from gigflow.proof.audit import audit
from gigflow.server.supervisor import QUICK_SECONDS
from tests.conftest import Connect, Join
from tests.support.client import Person
from tests.support.failing import failpoint
from tests.support.market import place_bid, post_job
from tests.support.server import Server
from tests.support.talk import heard, open_talk, say
from tests.support.waiting import wait_for

KILLS = 20
MOST = 2_000  # messages of one device, however long the processes take to come back
LOST_ITS_PLACE = 286  # ChangeStreamHistoryLost


class Device:
    """A device that sends message after message, each again under its name until it is answered; now and then it reads
    what came.
    """

    def __init__(self, person: Person, name: str, talk: str, until: threading.Event) -> None:
        self.name, self.sent = name, 0
        self.person_id = person.id
        self._client, self._talk, self._until = person.twin(), talk, until
        self.wrong: list[str] = []
        self.thread = threading.Thread(target=self._send_all)

    def _send_all(self) -> None:
        while not self._until.is_set() and self.sent < MOST and not self.wrong:
            seq = self._send({"text": f"{self.name} {self.sent}", "clientId": f"{self.name}:{self.sent}"})
            self.sent += 1
            if self.sent % 3 == 0:
                with suppress(requests.ConnectionError):
                    self._client.post(f"/api/chat/{self._talk}/read", {"seq": seq})

    def _send(self, body: dict[str, str]) -> int:
        while True:
            with suppress(requests.ConnectionError):
                answer = self._client.post(f"/api/chat/{self._talk}", body)
                if answer.status_code in (200, 201):
                    return int(answer.json()["seq"])
                if answer.status_code != 503:
                    self.wrong.append(answer.text)
                    return 0


def meet(join: Join, server: Server) -> tuple[Person, Person, str]:
    """Alice and Bob, and what they talk about."""
    alice, bob = (join(name, at=server) for name in ("Alice", "Bob"))
    job = post_job(alice)
    place_bid(bob, job)
    return alice, bob, open_talk(bob, alice, gigId=job["id"])


def begin(alice: Person, bob: Person, talk: str, until: threading.Event) -> list[Device]:
    """Two devices of each of the two, which send from now on."""
    devices = [
        Device(person, f"{name}{number}", talk, until)
        for person, name in ((alice, "alice"), (bob, "bob"))
        for number in range(2)
    ]
    for device in devices:
        device.thread.start()
    return devices


def count(devices: list[Device]) -> int:
    return sum(device.sent for device in devices)


def has_sent(devices: list[Device], least: int) -> bool:
    return count(devices) >= least


def age_of_oldest(server: Server) -> float:
    """How many seconds the web process runs that `kill_worker` kills; 0 if there is none."""
    for pid in server.worker_pids()[:1]:
        with suppress(FileNotFoundError, ProcessLookupError):
            started = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
            now = float(Path("/proc/uptime").read_text().split()[0])
            return now - started / os.sysconf("SC_CLK_TCK")
    return 0.0


def check(server: Server, talk: str, devices: list[Device]) -> None:
    """Each message is there once, and what `flask gigflow audit` proves holds: no gap, and counts equal a recount."""
    assert [device.wrong for device in devices] == [[]] * len(devices)
    stored = list(server.db.messages.find({"conversation_id": ObjectId(talk)}).sort("seq", 1))
    assert [row["seq"] for row in stored] == list(range(1, len(stored) + 1))
    named = sorted((str(row["sender_id"]), row["client_id"]) for row in stored)
    assert named == sorted(
        (device.person_id, f"{device.name}:{number}") for device in devices for number in range(device.sent)
    )
    assert [(words, problems) for words, problems in audit(server.house) if problems] == []


@pytest.mark.slow
@pytest.mark.timeout(600)  # on a machine that does other things too
def test_web_processes_die_while_messages_are_sent(start_server: Callable[..., Server], join: Join) -> None:
    server = start_server(whole=True, WEB_PROCESSES="2")
    alice, bob, talk = meet(join, server)
    until = threading.Event()
    devices = begin(alice, bob, talk, until)
    try:
        for _ in range(KILLS):
            least = count(devices) + 4
            wait_for(partial(has_sent, devices, least), timeout=60, what="a message after the last one died")
            # The supervisor gives up if all of them end right after their start.
            wait_for(lambda: age_of_oldest(server) > QUICK_SECONDS, timeout=60, what="a process at work")
            server.kill_worker()
    finally:
        until.set()
        for device in devices:
            device.thread.join()
    check(server, talk, devices)


@pytest.mark.slow
def test_the_primary_dies_while_messages_are_sent(three: tuple[Server, list[Mongod]], join: Join) -> None:
    server, nodes = three
    alice, bob, talk = meet(join, server)
    until = threading.Event()
    devices = begin(alice, bob, talk, until)
    try:
        wait_for(lambda: count(devices) >= 8, what="the first messages")
        port = (server.client.primary or ("", 0))[1]
        next(node for node in nodes if node.port == port).kill()
        before = count(devices)
        wait_for(lambda: count(devices) >= before + 20, timeout=60, what="messages after the election")
    finally:
        until.set()
        for device in devices:
            device.thread.join()
    check(server, talk, devices)


def test_after_a_gap_screens_are_told_to_look(
    start_server: Callable[..., Server], join: Join, connect: Connect
) -> None:
    """What was sent while a process was told of nothing rings afterwards, and a page that asks for what came after its
    last number has all of it.
    """
    server = start_server()
    alice, bob, talk = meet(join, server)
    say(bob, talk, "Before")
    screens = [connect(alice), connect(bob)]
    with failpoint(server, "$cmd.aggregate", "aggregate", "getMore", errorCode=LOST_ITS_PLACE) as happened:
        wait_for(lambda: "lost its place" in server.log_path.read_text(), what="the gap")
        happened()
        sent = say(bob, talk, "Meanwhile")
        bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "In the meantime"})
        say(alice, talk, "I am here")
    for screen, unread in zip(screens, (1, 1), strict=True):
        assert screen.wait("sync", count=2)[-1] == {"unread": unread}
    assert [(each["seq"], each["text"]) for each in heard(alice, talk, after=1)] == [
        (2, "In the meantime"),
        (3, "In the meantime"),
        (4, "I am here"),
    ]
