"""What an unexpected error tells those who mend it (SECURITY 28), where a Sentry DSN is set."""

import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.conftest import PASSWORD, Join
from tests.support.client import Client
from tests.support.mailbox import Outbox
from tests.support.server import Server
from tests.support.waiting import wait_for


@pytest.fixture
def reports() -> Iterator[tuple[str, list[str]]]:
    """Where errors are reported to: the DSN, and what came there."""
    came: list[str] = []

    class Sentry(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            came.append((gzip.decompress(body) if packed else body).decode())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Sentry) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://key@127.0.0.1:{listening.server_port}/1", came
        listening.shutdown()
        thread.join()


def test_a_report_holds_no_token_and_no_password(
    start_server: Callable[..., Server], join: Join, reports: tuple[str, list[str]]
) -> None:
    """Neither in the address, nor in what was logged before, nor in the trace; local variables are left out."""
    dsn, came = reports
    server = start_server(SENTRY_DSN=dsn, LOG_LEVEL="INFO")
    nina = join("Nina", at=server)
    program = Client(server.url)
    program.post("/api/auth/forgot", {"email": nina.email})
    link = Outbox(server.var_dir).wait_for(nina.email).links[0]
    path, token = link.removeprefix(server.url), link.rpartition("/")[2]
    assert program.get(path).status_code == 200
    # A document that no release ever wrote makes every look at it an unexpected error.
    server.db.command("collMod", "users", validationLevel="off")
    server.db.users.update_one({"email": nina.email}, {"$set": {"name": 5}})

    assert program.get(path).status_code == 500
    assert program.post("/api/auth/login", {"email": nina.email, "password": PASSWORD}).status_code == 500
    wait_for(lambda: sum("unexpected error" in report for report in came) >= 2, what="two reports")
    reported = "\n".join(came)
    assert "/reset/<token>" in reported
    assert token not in reported
    assert PASSWORD not in reported
    assert token not in server.log_path.read_text()
