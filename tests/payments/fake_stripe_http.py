"""How the Stripe of the tests is spoken to: form-encoded requests, JSON answers, idempotency keys, and faults."""

import json
import re
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.support.client import Json

Do = Callable[..., Json]
VERSION = "2026-10-28.endive"
PATIENCE = 60.0  # seconds; how long an answer is held at most


class Refused(Exception):
    """Stripe will not do it."""

    def __init__(self, message: str, param: str = "", code: str = "", status: int = 400) -> None:
        self.status = status
        self.body = {"type": "invalid_request_error", "message": message, "param": param, "code": code}


class Asked(NamedTuple):
    """A request that arrived."""

    method: str
    path: str
    params: Json
    key: str | None
    connection: tuple[str, int]


class Answer(NamedTuple):
    """What is answered, to whoever asks the same again with the same key too."""

    status: int
    body: Json
    replayed: bool = False


class Fault:
    """What goes wrong with the next request to a path, once.

    before: the connection ends before anything is done. after: it is done, and the connection ends. hold: it is done,
    and the answer waits for `let_go`. A number: nothing is done, and this is the status of the answer.
    """

    def __init__(self, path: str, kind: Literal["before", "after", "hold"] | int) -> None:
        self.path, self.kind = path, kind
        self.reached = threading.Event()
        self._go = threading.Event()

    def wait(self) -> None:
        """Until the request is there."""
        assert self.reached.wait(PATIENCE), f"nobody asked for {self.path}"

    def let_go(self) -> None:
        """Send the answer that was held, to nobody if they are gone."""
        self._go.set()

    def hold(self) -> None:
        self._go.wait(PATIENCE)


class StripeServer:
    """Listens on a free port of loopback and answers by `routes`: method and path, where * is an id."""

    def __init__(self, secret_key: str, routes: dict[tuple[str, str], Do]) -> None:
        self.asked: list[Asked] = []
        self._routes = [
            (method, re.compile(path.replace("*", "([A-Za-z0-9_]+)")), do)
            for (method, path), do in routes.items()
        ]
        self._secret_key = secret_key
        self._keys: dict[str, tuple[Asked, Answer]] = {}
        self._faults: list[Fault] = []
        self._lock = threading.RLock()
        self._http = _Http(self)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def fault(self, path: str, kind: Literal["before", "after", "hold"] | int) -> Fault:
        """Let the next change at this path go wrong."""
        fault = Fault(path, kind)
        self._faults.append(fault)
        return fault

    def forget_keys(self) -> None:
        """A day has passed."""
        self._keys.clear()

    def take_fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if method == "POST" and fault.path == path:
                    self._faults.remove(fault)
                    return fault
        return None

    def fail(self, asked: Asked, status: int) -> Answer:
        """An error of Stripe's own. A 500 is what its key is answered from then on; who was turned away before
        anything began may come again.
        """
        self.asked.append(asked)
        answer = _error(status, "api_error", "An unknown error occurred.")
        if status == 500 and asked.key:
            self._keys[asked.key] = (asked, answer)
        return answer

    def answer(self, asked: Asked, headers: Message) -> Answer:
        """What Stripe answers, and does, unless it has done so before."""
        self.asked.append(asked)
        if headers.get("Authorization") != f"Bearer {self._secret_key}":
            return _error(401, "invalid_request_error", "Invalid API Key provided: sk_test_********")
        if headers.get("Stripe-Version") != VERSION:
            return _error(400, "invalid_request_error", "Which version do you mean?")
        if asked.method == "GET":
            return self._done(asked)
        if not asked.key:
            return _error(400, "invalid_request_error", "A change without a key.")
        with self._lock:
            if asked.key not in self._keys:
                answer = self._done(asked)
                self._keys[asked.key] = (asked, answer)
                return answer
        first, answer = self._keys[asked.key]
        if (first.path, first.params) != (asked.path, asked.params):
            return _error(400, "idempotency_error", "This key was used with other parameters.")
        return answer._replace(replayed=True)

    def _done(self, asked: Asked) -> Answer:
        for method, pattern, do in self._routes:
            found = pattern.fullmatch(asked.path.removeprefix("/v1/"))
            if found and method == asked.method:
                try:
                    # A copy: what is answered again later must not have changed meanwhile.
                    return Answer(200, json.loads(json.dumps(do(asked.params, *found.groups()))))
                except Refused as refused:
                    return Answer(refused.status, {"error": refused.body})
        return _error(404, "invalid_request_error", f"Unrecognized request URL: {asked.path}.")


def _error(status: int, kind: str, message: str) -> Answer:
    return Answer(status, {"error": {"type": kind, "message": message}})


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stripe: StripeServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stripe = stripe


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""

    def _handle(self, method: str) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        key = self.headers.get("Idempotency-Key")
        asked = Asked(method, url.path, decoded(url.query or body), key, self.client_address)
        fault = self.server.stripe.take_fault(method, url.path)
        if fault and fault.kind == "before":
            answer = None
        elif fault and isinstance(fault.kind, int):
            answer = self.server.stripe.fail(asked, fault.kind)
        else:
            answer = self.server.stripe.answer(asked, self.headers)
        if fault:
            fault.reached.set()
            if fault.kind == "hold":
                fault.hold()
        if answer is None or (fault and fault.kind == "after"):
            self.close_connection = True
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        body = json.dumps(answer.body).encode()
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", f"req_{len(self.server.stripe.asked)}")
            if answer.replayed:
                self.send_header("Idempotent-Replayed", "true")
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # who asked was killed meanwhile


def decoded(text: str) -> Json:
    """Stripe's way to write nested parameters in a form: `a[b][0][c]=d`."""
    tree: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        *parents, last = re.findall(r"[^\[\]]+", name)
        at = tree
        for parent in parents:
            at = at.setdefault(parent, {})
        at[last] = value
    return _with_lists(tree)


def _with_lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(name.isdigit() for name in tree):
        return [_with_lists(tree[name]) for name in sorted(tree, key=int)]
    return {name: _with_lists(value) for name, value in tree.items()}
