"""GigFlow as it is started and stopped by people: real processes, each on a folder and a port of its own."""

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
import requests
from pymongo import MongoClient

from gigflow.core.mongod import find_binary, start_mongod
from gigflow.schema import STEPS
from gigflow.settings.readers import SettingError
from gigflow.settings.settings import declared_settings, load_settings

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0
_numbers = itertools.count()
LONG_SECRETS = {name: name * 4 for name in ("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET")}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


class Run:
    """One `python wsgi.py`, its output and its address."""

    def __init__(self, var_dir: Path, environ: Mapping[str, str]) -> None:
        inherited = {name: text for name, text in os.environ.items() if name not in declared_settings()}
        self.output = var_dir.parent / f"output-{next(_numbers)}"
        self.url = ""
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "wsgi.py")],
                cwd=var_dir.parent,  # where no .env is
                env={**inherited, "PORT": "0", "VAR_DIR": str(var_dir), **environ},
                stdout=output,
                stderr=output,
            )

    def wait_until_ready(self) -> "Run":
        def address_shown() -> bool:
            assert self.process.poll() is None, self.output.read_text()
            found = re.search(r"^GigFlow is at (\S+) ", self.output.read_text(), re.MULTILINE)
            self.url = found[1] if found else ""
            return found is not None

        _wait_for(address_shown)
        return self

    def refusal(self) -> str:
        """What a run that may not start says."""
        self.process.wait(PATIENCE)
        output = self.output.read_text()
        assert self.process.returncode == 1, output
        assert output.startswith("GigFlow: "), output
        assert output.count("\n") == 1, output
        return output

    def children(self) -> dict[int, str]:
        """The processes that it started, by id, with their command lines."""
        return {pid: command for pid, parent, command in _processes() if parent == self.process.pid}

    def workers(self) -> set[int]:
        return {pid for pid, command in self.children().items() if "gigflow.server.worker" in command}

    def healthy(self) -> bool:
        with suppress(requests.ConnectionError):
            return requests.get(f"{self.url}/healthz", timeout=5).status_code == 200
        return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Starts runs on `tmp_path/var`, and ends what is left of them."""
    runs: list[Run] = []

    def starter(environ: Mapping[str, str] | None = None, var: str = "var") -> Run:
        runs.append(Run(tmp_path / var, environ or {}))
        return runs[-1]

    yield starter
    for run in runs:
        run.process.terminate()
        run.process.wait(PATIENCE)


def test_start_answer_refuse_a_second_run_and_stop(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start().wait_until_ready()
    assert run.healthy()
    started = run.children()
    assert sum("mongod" in command for command in started.values()) == 1
    assert len(run.workers()) == 1

    second = start().refusal()
    assert str(run.process.pid) in second
    assert run.url in second
    port = run.url.rpartition(":")[2]
    assert f"PORT {port} is taken" in start({"PORT": port}, var="other").refusal()
    assert f"PORT {port} is taken" in start({"PORT": port, "WEB_PROCESSES": "2"}, var="other").refusal()

    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(PATIENCE) == 0
    assert not started.keys() & {pid for pid, _, _ in _processes()}
    with socket.create_server(("127.0.0.1", int(port))):
        pass
    secrets = tmp_path / "var" / "secrets"
    assert secrets.stat().st_mode & 0o777 == 0o600


def test_kill_9_leaves_nothing_and_the_next_run_starts_at_once(
    start: Callable[..., Run], tmp_path: Path
) -> None:
    run = start().wait_until_ready()
    started = run.children()
    port = run.url.rpartition(":")[2]
    run.process.kill()
    run.process.wait(PATIENCE)

    assert start({"PORT": port}).wait_until_ready().healthy()
    _wait_for(lambda: not started.keys() & {pid for pid, _, _ in _processes()})


def test_what_died_is_started_again(start: Callable[..., Run]) -> None:
    run = start({"WEB_PROCESSES": "2"}).wait_until_ready()
    first = run.workers()
    os.kill(min(first), signal.SIGKILL)
    _wait_for(lambda: len(run.workers()) == 2 and run.workers() != first)

    mongod = next(pid for pid, command in run.children().items() if "mongod" in command)
    os.kill(mongod, signal.SIGKILL)
    _wait_for(lambda: any("mongod" in command and pid != mongod for pid, command in run.children().items()))
    _wait_for(lambda: requests.get(f"{run.url}/readyz", timeout=10).status_code == 200)


def test_hangup_replaces_the_web_processes_without_a_failed_request(start: Callable[..., Run]) -> None:
    """At 127.0.0.1 and at ::1: "localhost" is either."""
    run = start().wait_until_ready()
    addresses = (run.url, run.url.replace("127.0.0.1", "[::1]"))
    first = run.workers()
    run.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + PATIENCE

    def ask(address: str) -> list[int]:
        answers = []
        while (first & run.workers() or not run.workers()) and time.monotonic() < deadline:
            # A new connection each.
            answers += [requests.get(f"{address}/healthz", timeout=5).status_code for _ in range(5)]
            time.sleep(0.02)  # or the asking costs more than the start that it looks at
        return answers

    with ThreadPoolExecutor() as threads:
        answers = list(itertools.chain(*threads.map(ask, addresses * 2)))
    assert set(answers) == {200}
    assert len(run.workers()) == 1


def test_a_request_under_way_is_answered_before_the_end(start: Callable[..., Run]) -> None:
    run = start().wait_until_ready()
    with closing(_connect(run.url)) as idle, closing(_connect(run.url)) as busy:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in idle.recv(65536)
        head = b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        busy.sendall(head + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert b"100 Continue" in busy.recv(65536)  # the application reads the body now

        run.process.send_signal(signal.SIGTERM)
        assert idle.recv(65536) == b""  # an idle connection is closed: nobody accepts any more
        busy.sendall(b"{}")
        assert b"HTTP/1.1 400" in busy.recv(65536)
    assert run.process.wait(PATIENCE) == 0


def test_a_database_that_cannot_serve_is_named_without_its_password(
    start: Callable[..., Run], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
    away = start({"MONGO_URI": f"mongodb://ann:s3cret@127.0.0.1:{port}/?authSource=admin"})
    unreadable = start({"MONGO_URI": "mongodb://ann:s3c/ret@127.0.0.1/"}, var="var2")
    for refusal in (away.refusal(), unreadable.refusal()):
        assert "MONGO_URI" in refusal
        assert "s3c" not in refusal

    (tmp_path / "single").mkdir()
    single = subprocess.Popen(
        [find_binary(), "--dbpath", tmp_path / "single", "--port", str(port), "--nounixsocket"],
        stdout=subprocess.DEVNULL,
    )
    try:
        assert "no replica set" in start({"MONGO_URI": f"mongodb://127.0.0.1:{port}"}).refusal()
    finally:
        single.kill()
        single.wait()


def test_the_embedded_database_survives_kill_9_and_a_taken_port(tmp_path: Path) -> None:
    first = start_mongod(tmp_path / "ours")
    with MongoClient[dict[str, int]](first.uri) as client:
        client.shop.things.insert_one({"n": 1})
    first.kill()
    other = start_mongod(tmp_path / "other", first.port)
    second = start_mongod(tmp_path / "ours")
    try:
        assert second.port != first.port
        with MongoClient[dict[str, int]](second.uri) as client, client.start_session() as session:
            session.with_transaction(lambda tx: client.shop.things.insert_one({"n": 2}, session=tx))
            assert client.shop.things.count_documents({}) == 2
    finally:
        second.stop()
        other.stop()


def test_an_upgrade_of_the_embedded_database_needs_no_hand(start: Callable[..., Run], tmp_path: Path) -> None:
    """Nobody else uses it, so a start does what is still to be done with it."""
    first = start().wait_until_ready()
    first.process.terminate()
    first.process.wait(PATIENCE)
    mongod = start_mongod(tmp_path / "var" / "mongo")
    with MongoClient[dict[str, int]](mongod.uri) as client:
        client.gigflow.migrations.drop()  # as it was before there were steps
    mongod.stop()
    told = start().wait_until_ready().output.read_text()
    assert all(f"{step.name}: " in told for step in STEPS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "eighty"),
        ("PORT", "65536"),
        ("HOST", "not a host"),
        ("PUBLIC_URL", "gigs.example.org"),
        ("PUBLIC_URL", "https://gigs.example.org/app"),
        ("CLIENT_URL", "http://localhost:3000, ftp://x"),
        ("TRUSTED_PROXIES", "-1"),
        ("VAR_DIR", "/dev/null/var"),
        ("MONGO_URI", "localhost:27017"),
        ("MONGO_DB", "a.b"),
        ("WEB_PROCESSES", "0"),
        ("RATE_LIMITS", "some"),
        ("PASSWORD_POLICY", "harsh"),
        ("CURRENCY", "DOUBLOON"),
        ("SENTRY_DSN", "sentry"),
        ("LOG_LEVEL", "chatty"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_allowed(name: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=f"^{name} is .*: .+[.]$"):
        load_settings({"VAR_DIR": str(tmp_path), name: text})


def test_a_bad_setting_ends_the_start_with_one_sentence(start: Callable[..., Run]) -> None:
    assert "PORT is 'eighty'" in start({"PORT": "eighty"}).refusal()
    assert "SECRET_KEY is not set" in start({"PUBLIC_URL": "https://gigs.example.org"}, var="var2").refusal()


def test_https_needs_long_secrets(tmp_path: Path) -> None:
    https = {
        "VAR_DIR": str(tmp_path),
        "PUBLIC_URL": "https://gigs.example.org",
        "CONFIRM_EMAIL": "off",
        **LONG_SECRETS,
    }
    assert load_settings(https).https
    for name in LONG_SECRETS:
        with pytest.raises(SettingError, match=f"^{name} has 31 characters") as refusal:
            load_settings({**https, name: "short" * 6 + "!"})
        assert "shortshort" not in str(refusal.value)
    assert not (tmp_path / "secrets").exists()


def test_development_secrets_are_made_once_even_by_several_at_once(tmp_path: Path) -> None:
    environ = {"VAR_DIR": str(tmp_path)}
    made = []
    threads = [threading.Thread(target=lambda: made.append(load_settings(environ))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({settings.secret_key for settings in made}) == 1
    assert len({made[0].secret_key, made[0].jwt_access_secret, made[0].jwt_refresh_secret}) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["secrets"]
    assert load_settings({**environ, "SECRET_KEY": "my own"}).secret_key == "my own"


def test_the_environment_comes_before_the_settings_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("PORT=8000\nMONGO_DB=from_file\nCURRENCY=\nSECRET_KEY='pa$HOME'\n")
    settings = load_settings({"VAR_DIR": str(tmp_path), "PORT": "9000", "MONGO_DB": " "}, dotenv)
    assert (settings.port, settings.mongo_db, settings.currency) == (9000, "from_file", "USD")
    assert settings.secret_key == "pa$HOME"


def test_the_example_explains_every_setting_and_its_default() -> None:
    text = (ROOT / ".env.example").read_text()
    shown = re.findall(r"^# .+\n#([A-Z_]+)=(.*)$", text, re.MULTILINE)
    assert dict(shown) == {name: setting.default for name, setting in declared_settings().items()}


def _processes() -> list[tuple[int, int, str]]:
    """Every process: id, parent's id, command line. One that ended but is not yet waited for does not count."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, parent = folder.joinpath("stat").read_text().rpartition(")")[2].split()[:2]
            command = folder.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
            if state != "Z":
                found.append((int(folder.name), int(parent), command))
    return found


def _connect(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=PATIENCE)


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
