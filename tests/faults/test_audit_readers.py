"""An audit, one of whose processes is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.server import ROOT, Server
from tests.support.waiting import wait_for


def _reader_of(pid: int) -> int | None:
    """A process that reads for the audit with this id, once there is one."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    return None


def test_an_audit_ends_if_one_of_its_processes_is_killed(server: Server, tmp_path: Path) -> None:
    """It says so and proves nothing, where it would wait for ever for an answer."""
    audit = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "gigflow", "audit"],
        cwd=tmp_path,
        env=server.environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.kill(wait_for(lambda: _reader_of(audit.pid), what="a process that reads"), signal.SIGKILL)
    _, said = audit.communicate(timeout=60)
    assert (audit.returncode, "A process that reads was killed" in said) == (2, True), said
