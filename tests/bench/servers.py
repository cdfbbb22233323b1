"""The processes under measurement: GigFlow as people start it, and the bare application beside it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from gigflow.settings.settings import declared_settings

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class GigFlow:
    """One `python wsgi.py` with a folder of its own; without `mongo_uri` it runs its own database."""

    def __init__(
        self, folder: Path, *, mongo_uri: str = "", database: str = "gigflow", processes: int = 1
    ) -> None:
        folder.mkdir()
        self.started_at = time.perf_counter()
        self.var = folder / "var"
        self._output = folder / "output"
        settings = {"VAR_DIR": "var", "PORT": "0", "RATE_LIMITS": "off", "LOG_LEVEL": "ERROR"}
        settings["WEB_PROCESSES"] = str(processes)
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "wsgi.py")],
                cwd=folder,  # where no .env is
                env={**_environment(), **settings, "MONGO_URI": mongo_uri, "MONGO_DB": database},
                stdout=output,
                stderr=output,
            )
        self.port = self._wait_for_address()

    def web_process_memory(self) -> float:
        """Resident memory of the web process in MB, as /proc has it."""
        return _memory_of(self._web_process())

    def memory(self) -> float:
        """The same of all web processes."""
        return sum(map(_memory_of, self._web_processes()))

    def kill_one(self) -> None:
        """End a web process as a power cut would."""
        os.kill(int(self._web_process()), signal.SIGKILL)

    def web_process_cpu(self) -> float:
        """Seconds of CPU that the web process has used."""
        fields = Path(f"/proc/{self._web_process()}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _web_process(self) -> str:
        for pid in self._web_processes():
            return pid
        raise RuntimeError("there is no web process")

    def _web_processes(self) -> list[str]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [
            pid for pid in children if b"gigflow.server.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(STOP_SECONDS)

    def _wait_for_address(self) -> int:
        while time.perf_counter() - self.started_at < START_SECONDS:
            found = re.search(r"^GigFlow is at \S+:(\d+) ", self._output.read_text(), re.MULTILINE)
            if found:
                return int(found[1])
            if self.process.poll() is not None:
                break
            time.sleep(0.005)
        self.process.kill()
        raise RuntimeError(f"GigFlow did not start: {self._output.read_text()}")


class Reference:
    """The bare application over one database."""

    def __init__(self, mongo_uri: str, database: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.bare_server", mongo_uri, database],
            cwd=ROOT,
            env=_environment(),
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(STOP_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()


def _memory_of(pid: str) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def _environment() -> dict[str, str]:
    """The environment without settings of GigFlow that somebody may have exported."""
    return {name: text for name, text in os.environ.items() if name not in declared_settings()}
