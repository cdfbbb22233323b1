"""Letters as their readers have them: taken by a real mail server, or found as files where there is none."""

import asyncio
import email
import ssl
from email.message import EmailMessage
from email.parser import HeaderParser
from email.policy import default
from functools import cache
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from justhtml import JustHTML

from tests.support.waiting import wait_for

HANG_UP = "hang up"


class Received:
    """A letter that came."""

    def __init__(self, source: bytes, receivers: list[str]) -> None:
        self.source = source
        self.receivers = receivers
        message = email.message_from_bytes(source, policy=default)
        assert isinstance(message, EmailMessage)
        self.message: EmailMessage = message

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def links(self) -> list[str]:
        """Where its HTML leads, each address once, in the order of the letter."""
        found = JustHTML(self.html, sanitize=False).query("a[href]")
        return list(dict.fromkeys(element.attrs["href"] or "" for element in found))

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None, f"no {kind} in {self.subject!r}"
        return str(part.get_content()).replace("\r\n", "\n")


class Letters:
    """What can be waited for, wherever the letters are."""

    def received(self) -> list[Received]:
        raise NotImplementedError

    def of(self, to: str, subject: str = "") -> list[Received]:
        """The letters to this address whose subject has these words, the oldest first."""
        return [each for each in self.received() if to in each.receivers and subject in each.subject]

    def wait_for(self, to: str, subject: str = "", count: int = 1) -> Received:
        """The newest letter to this address whose subject has these words, once `count` of them came."""

        def newest() -> Received | None:
            found = self.of(to, subject)
            return found[-1] if len(found) >= count else None

        found = wait_for(newest, what=f"a letter {subject!r} to {to}")
        assert found is not None
        return found


class Outbox(Letters):
    """The files that a server without SMTP_URL writes into its folder."""

    def __init__(self, var_dir: Path) -> None:
        self.folder = var_dir / "outbox"

    def received(self) -> list[Received]:
        return [_read(path) for path in sorted(self.folder.glob("*.eml"))]


@cache
def _read(path: Path) -> Received:
    """The letter in a file, which never changes once it is there under its name."""
    found = Received(path.read_bytes(), [])
    # Read as text, since an address that is not ASCII stands there in UTF-8 (RFC 6531).
    head = HeaderParser(policy=default).parsestr(found.source.decode())
    found.receivers = [address.addr_spec for address in head["To"].addresses]
    return found


class Mailbox(Letters):
    """A mail server on a port of its own.

    What stands in `to_receiver` and `to_letter` it answers first, one after another, to RCPT and to DATA: "451 …" and
    "550 …" refuse, `HANG_UP` ends the connection, and a number is how many seconds the sender has to wait.
    What it can do it does not offer where it stands in `without`, such as STARTTLS; `login` is who may send letters.
    """

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.to_receiver: list[str] = []
        self.to_letter: list[str | float] = []
        self.without: set[str] = set()
        self.login = login
        self.attempts: list[str] = []  # the receivers of letters, whether these were taken or not
        self.logins: list[str] = []  # who gave a password, right or wrong
        self.sessions: list[Session] = []  # how the letters that were taken came
        self._received: list[Received] = []
        options: dict[str, Any] = {"enable_SMTPUTF8": True, "tls_context": starttls, "ssl_context": tls}
        if login:
            options |= {"authenticator": self._check, "auth_require_tls": False}
        self._controller = _Controller(self, hostname="127.0.0.1", port=0, **options)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def url(self) -> str:
        """What SMTP_URL has to be."""
        return f"smtp://127.0.0.1:{self.port}"

    def received(self) -> list[Received]:
        return list(self._received)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd calls it by the name of the command
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [each for each in answers if each[4:] not in self.without]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        self.attempts.append(address)
        if self.to_receiver:
            return self.to_receiver.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.to_letter.pop(0) if self.to_letter else "250 OK"
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = "250 OK"
        if answer == HANG_UP:
            server.transport.abort()
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self._received.append(Received(envelope.content, envelope.rcpt_tos))
            self.sessions.append(session)
        return answer

    def _check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        self.logins.append(given[0])
        return AuthResult(success=given == self.login, handled=False)


class _Controller(Controller):
    """Finds out which port the system chose, before it is tried for the first time, and ends with no connection open.

    aiosmtpd leaves those that stand when it stops to the collector, which complains in whatever test it comes by.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connections: list[asyncio.Transport] = []

    def factory(self) -> SMTP:
        return _Smtp(self.handler, self._connections, **self.SMTP_kwargs)

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result()
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        self.loop.remove_reader(self.server.sockets[0].fileno())  # nobody else is let in
        for _ in range(3):
            await asyncio.sleep(0)  # who was let in a moment ago has a connection by then
        for connection in self._connections:
            connection.abort()
        await asyncio.sleep(0)  # in which they are closed

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class _Smtp(SMTP):
    """The server's side of a connection, which it adds to `connections` (once more when that turns to TLS)."""

    def __init__(self, handler: Mailbox, connections: list[asyncio.Transport], **options: Any) -> None:
        super().__init__(handler, **options)
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._connections.append(transport)
        super().connection_made(transport)
