"""A web process whose supervisor was killed."""

import os
import socket
import subprocess
import sys

from gigflow.settings.settings import load_settings
from tests.support.server import Server


def test_a_web_process_whose_supervisor_is_gone_ends(server: Server) -> None:
    """Nobody reads that it is ready: it neither serves on nor tries to say so for ever, with a whole core."""
    settings = load_settings(server.environ).to_json()
    ready, told = os.pipe()
    os.close(ready)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = subprocess.run(
            [sys.executable, "-m", "gigflow.server.worker", str(listener.fileno()), str(told)],
            input=settings,
            env=server.environ,
            pass_fds=(listener.fileno(), told),
            timeout=60,
            check=False,
        )
    os.close(told)
    assert ended.returncode == 0
