"""GigFlow as it runs in production: `python wsgi.py` in a process of its own."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from subprocess import Popen
from typing import Any

import msgspec
from pymongo import MongoClient
from pymongo.database import Database

from gigflow.accounts.admins import make_admin, revoke_admin
from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.features import wire
from gigflow.schema import prepare
from gigflow.server.preflight import listen
from gigflow.settings.installation import bind_money
from gigflow.settings.settings import declared_settings, load_settings
from gigflow.web.templating import COMPILED
from tests.support.client import Person
from tests.support.databases import give_back, learn_shape, take_spare
from tests.support.door import Door
from tests.support.incubator import Forked, Incubator
from tests.support.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
ACCESS_SECRET = "access-secret-of-the-tests-0123456789"
REFRESH_SECRET = "refresh-secret-of-the-tests-0123456789"
FORM_SECRET = "form-secret-of-the-tests-0123456789-01"
DEFAULTS = {
    "PORT": "0",
    "RATE_LIMITS": "off",
    "LOG_LEVEL": "WARNING",
    # A letter per account would be read before each test could begin; tests about confirming switch it on.
    "CONFIRM_EMAIL": "off",
    # Else each answer has the headers for a front end on the laptop; a test of requests has that default.
    "CLIENT_URL": "off",
    # Most tests compare whole answers; tests/strangers has the additions for clients of other back ends.
    "API_ANSWERS": "lean",
    "SECRET_KEY": FORM_SECRET,
    "JWT_ACCESS_SECRET": ACCESS_SECRET,
    "JWT_REFRESH_SECRET": REFRESH_SECRET,
}
STOP_SECONDS = 30.0

wire()  # tests call actions in their own process, too


class Server:
    """A running GigFlow with a database of its own, unless `mongo_db` names another server's.

    With an `incubator` its web processes are forked there (support/incubator.py), and its database may be one that
    another server has left (support/databases.py). Without one it is `python wsgi.py`, or another program.
    """

    def __init__(
        self,
        mongo_uri: str,
        folder: Path,
        mongo_db: str = "",
        incubator: Incubator | None = None,
        program: Path = ROOT / "wsgi.py",
        **settings: str,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._incubator = incubator
        self.mongo_uri = mongo_uri
        self._lends = incubator is not None and not mongo_db
        spare = take_spare(mongo_uri) if self._lends else None
        self.mongo_db = mongo_db or spare or f"test_{secrets.token_hex(6)}"
        self.log_path = folder / "server.log"
        self._folder, self._program = folder, program
        self.var_dir = folder / "var"
        if incubator:
            _share_compiled(self.var_dir)
        # A run behind a public address tells that one and not its port, so the port is chosen here.
        self._settings = {"PORT": str(free_port()), **settings} if "PUBLIC_URL" in settings else settings
        self._output = folder / "server.out"
        self._processes: list[Popen[bytes] | Forked] = []
        self.url = self._fork(incubator) if incubator else self._start()
        self.client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri, tz_aware=True)
        self.db: Database[dict[str, Any]] = self.client[self.mongo_db]

    @property
    def process(self) -> Popen[bytes] | Forked:
        """The supervisor, or the first web process if there is none."""
        return self._processes[0]

    def _start(self) -> str:
        """Start the whole, and return its address."""
        with self._output.open("w") as output, self.log_path.open("w") as log:
            supervisor = Popen(
                [sys.executable, str(self._program)],
                cwd=self._folder,  # where no .env is
                env=self.environ,
                stdout=output,
                stderr=log,
            )
        self._processes = [supervisor]
        return str(wait_for(self._address, what="the start of GigFlow"))

    def _fork(self, incubator: Incubator) -> str:
        """Do what the supervisor does before it starts web processes, and have those forked."""
        settings = load_settings(self.environ)
        listeners = listen(settings, 0)
        settings = msgspec.structs.replace(settings, port=listeners[0][0].getsockname()[1])
        db = Db(settings.mongo_uri, settings.mongo_db)
        prepare(db)
        if self._lends:
            learn_shape(db)
        bind_money(db, settings)
        db.client.close()
        with self.log_path.open("w") as log:
            for listener, *others in listeners:
                self._processes.append(
                    incubator.fork(settings.to_json(), self._folder, log.fileno(), listener)
                )
                for each in (listener, *others):
                    each.close()
        if "PUBLIC_URL" in self._settings:
            return f"http://127.0.0.1:{settings.port}"
        return settings.base_url

    @property
    def environ(self) -> dict[str, str]:
        """The environment of this server and of commands about it; none of the settings of who runs the tests.

        Each may keep the code that it compiled, which is a third of what its start costs.
        """
        others = {*declared_settings(), "PYTHONDONTWRITEBYTECODE"}
        inherited = {name: text for name, text in os.environ.items() if name not in others}
        given = {"MONGO_URI": self.mongo_uri, "MONGO_DB": self.mongo_db, "VAR_DIR": str(self.var_dir)}
        return {**inherited, **DEFAULTS, **given, "PYTHONPATH": str(ROOT), **self._settings}

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def _address(self) -> str:
        assert self.process.poll() is None, self.log_path.read_text()
        found = re.search(r"^GigFlow is at (\S+) ", self._output.read_text(), re.MULTILINE)
        if found and "PUBLIC_URL" in self._settings:
            return f"http://127.0.0.1:{self._settings['PORT']}"
        return found[1] if found else ""

    @property
    def output(self) -> str:
        """What the whole has told the person who started it."""
        return self._output.read_text()

    def command(self, *words: str, whole: bool = False) -> subprocess.CompletedProcess[str]:
        """Run `flask …` for this installation; the `whole` of it in an interpreter of its own."""
        # The sandbox of a command tells its events where this listens, and no longer at a port to be chosen.
        environ = {**self.environ, "PORT": str(self.port)}
        if self._incubator and not whole:
            return self._incubator.run(words, environ, self._folder)
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), *words],
            cwd=self._folder,
            env=environ,
            capture_output=True,
            text=True,
        )

    def person(self, name: str, email: str, password: str) -> Person:
        """Somebody with an account here, signed in: over HTTP only where limits count them, where they are to confirm
        their address, or where cookies are of another address than this.
        """
        counted = self._settings.get("RATE_LIMITS", "off") != "off" or "PUBLIC_URL" in self._settings
        if counted or self._settings.get("CONFIRM_EMAIL") == "on":
            return Person(self.url, name, email, password)
        return Person(self.url, name, email, password, self._door.let_in(name, email, password))

    @cached_property
    def _door(self) -> Door:
        return Door(self.house, load_settings(self.environ))

    @cached_property
    def house(self) -> Db:
        """The database as the house's own actions take it."""
        return Db(self.mongo_uri, self.mongo_db)

    def make_admin(self, email: str) -> None:
        """Do what the command does, which would cost a second (accounts/test_admin.py has it)."""
        assert make_admin(self.house, email, now())

    def revoke_admin(self, email: str) -> None:
        """Take the right away again."""
        assert revoke_admin(self.house, email, now())

    def routes(self) -> set[tuple[str, str]]:
        """Every method and rule of the application; asked of a process of its own, since importing it here would
        bring eventlet into pytest.
        """
        listed = self.command("routes")
        assert listed.returncode == 0, listed.stderr
        rows = [line.rsplit(maxsplit=1) for line in listed.stdout.splitlines()[2:]]
        return {
            (method, rule)
            for start, rule in rows
            for method in re.split(r"[,\s]+", start.split(maxsplit=1)[1])
            if method not in ("HEAD", "OPTIONS")
        }

    def worker_pids(self) -> list[int]:
        """The web processes at the moment."""
        if not isinstance(self.process, Popen):
            return [process.pid for process in self._processes if process.poll() is None]
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        found = []
        for child in children:
            with suppress(FileNotFoundError, ProcessLookupError):
                if b"gigflow.server.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
        return found

    def kill_worker(self) -> None:
        """End one web process as a power cut would (kill -9); the supervisor starts another."""
        assert isinstance(self.process, Popen), "only the whole has a supervisor"
        os.kill(self.worker_pids()[0], signal.SIGKILL)

    def log_lines(self) -> list[dict[str, Any]]:
        """The log so far, which must be JSON line by line but for what the supervisor says to people."""
        lines = self.log_path.read_text().splitlines()
        return [msgspec.json.decode(line) for line in lines if not line.startswith("GigFlow: ")]

    def errors(self) -> list[dict[str, Any]]:
        """What the log calls an error."""
        return [line for line in self.log_lines() if line["level"] in ("ERROR", "CRITICAL")]

    def stop(self) -> None:
        """End it cleanly; its data goes with the database of the run, or makes room for the next server's."""
        try:
            all_ran = all(process.poll() is None for process in self._processes)
            for process in self._processes:
                process.terminate()
            for process in self._processes:
                process.wait(STOP_SECONDS)
            if self._lends and all_ran:
                give_back(self.house)
        finally:
            for process in self._processes:
                process.kill()
            self.client.close()
            if "house" in self.__dict__:
                self.house.client.close()


def _share_compiled(var_dir: Path) -> None:
    """Have a server find what templates compile to, as it would at its second start."""
    shared = ROOT / ".pytest_cache" / COMPILED
    for folder in (shared, var_dir):
        folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        (var_dir / COMPILED).symlink_to(shared)


def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
