"""Letters on their way: each is composed, made a message, and given to a mail server or written to a file.

Nothing here happens in a request. In a web process it runs in a green thread, in a command directly.
"""

import hashlib
import ipaddress
import logging
import os
import re
import smtplib
import ssl
import tempfile
from contextlib import suppress
from email.header import Header
from email.message import EmailMessage
from email.parser import HeaderParser
from email.policy import SMTP, default
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec
from flask import Flask

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.core.each import Away, Each
from gigflow.mails import actions
from gigflow.mails.models import Letter, Mail
from gigflow.web import signed_links
from gigflow.web.runtime import EXTENSION, Runtime

log = logging.getLogger(__name__)

_sending = Each("The sending of letter")
LETTERS_AT_ONCE = 20  # the next run goes on
SMTP_SECONDS = 20.0  # for each command to the mail server
SMTP_PORT, SUBMISSION_PORT, SMTPS_PORT = 25, 587, 465  # RFC 5321, 6409, 8314
SHUTTING_DOWN, NO_SUCH_ADDRESS_HERE = 421, 553  # RFC 5321; 553 is RFC 6531's answer to a foreign script
LINE_MAX = 998  # bytes: RFC 5322, 2.1.1; a longer line has to be sent in another encoding

# What would begin a new line of a header, or otherwise break a protocol.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# What means nothing but itself, wherever in a header it is.
_PLAIN = re.compile(r"[A-Za-z0-9'!-]+( [A-Za-z0-9'!-]+)*")
_MIME_HEADERS = ("Content-Type", "MIME-Version")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A letter as it travels: whom it is from, the lines above its body, and the body in text and HTML."""

    letter: Letter
    sender: str
    headers: dict[str, str]
    body: EmailMessage


class Misread(Exception):
    """A finished message would be read as something other than what was meant; says by which header."""


def send_due(app: Flask) -> int:
    """Send the letters that are due, the one that waits longest first; returns how many are on their way.

    A letter that fails is tried again later. If the mail server itself is away, the others are not tried: they stay
    due. Raises what pymongo raises if the database is away.
    """
    runtime: Runtime = app.extensions[EXTENSION]
    # The time is asked again for each letter, because the lease counts from it.
    return _sending.take(
        lambda: actions.claim(runtime.db, now()), lambda mail: _send_one(app, runtime, mail), LETTERS_AT_ONCE
    )


def _send_one(app: Flask, runtime: Runtime, mail: Mail) -> bool:
    """Send one letter; returns whether it is on its way. Raises Away if the mail server takes none."""
    try:
        message = _written(app, runtime, mail)
        if message is None:
            actions.note_dropped(runtime.db, mail, now())
            return False
        _hand_over(message, mail, runtime)
    except Misread as fault:
        actions.give_up(runtime.db, mail, now())
        fields = {**_fields(mail), "header": str(fault)}
        log.warning("a letter would be read as another", extra={"fields": fields})
        return False
    except (smtplib.SMTPException, OSError) as fault:
        if not _note_fault(runtime.db, mail, fault):
            raise Away from fault
        return False
    except Exception:
        # First the note, which raises if it was the database that failed: one warning then, and no trace.
        actions.note_failed(runtime.db, mail, now())
        log.exception("a letter could not be sent", extra={"fields": _fields(mail)})
        return False
    actions.note_sent(runtime.db, mail, now())
    return True


def _note_fault(db: Db, mail: Mail, fault: Exception) -> bool:
    """Put a letter off, or give it up if it was refused for good; returns whether the fault is this letter's alone."""
    code = _refusal(fault)
    if code is None:
        actions.note_failed(db, mail, now())
        log.warning("no letter can be sent: %s", fault, extra={"fields": _fields(mail)})
        return False
    if code >= 500:
        actions.give_up(db, mail, now())
    else:
        actions.note_failed(db, mail, now())
    # Without the server's words, which repeat the address.
    log.warning("a letter was refused", extra={"fields": {**_fields(mail), "code": code}})
    return True


def _refusal(fault: Exception) -> int | None:
    """Return the code by which a mail server refused this very letter, or None if it would take none at all."""
    code = None
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code = next(iter(fault.recipients.values()))[0]
    elif isinstance(fault, smtplib.SMTPDataError):
        code = fault.smtp_code
    return None if code == SHUTTING_DOWN else code


def _written(app: Flask, runtime: Runtime, mail: Mail) -> Message | None:
    """Return the message of a letter; None if nobody wants it any longer."""
    letter = actions.compose(runtime.db, mail, runtime.rules, now())
    if letter is None:
        return None
    name, sender = parseaddr(runtime.settings.mail_from)
    # The same for every attempt, so that a letter that arrives twice after all is recognised.
    digest = hashlib.sha256(mail.key.encode()).hexdigest()[:32]
    headers = {
        "From": f"{_words('From', name)} <{sender}>",
        "To": f"{_words('To', letter.name)} <{letter.to}>" if letter.name else letter.to,
        "Subject": _words("Subject", letter.subject),
        "Date": format_datetime(now()),
        "Message-ID": f"<{digest}@{sender.rpartition('@')[2]}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, please
    }
    # Links begin with the configured address, never with the Host of some request (SECURITY 7).
    base_url = runtime.settings.base_url
    words = {"letter": letter, "base_url": base_url}
    if letter.stop:
        who_and_what = [str(letter.stop.user_id), *letter.stop.events]
        token = signed_links.sign(runtime.settings.secret_key, signed_links.STOP_LETTERS, who_and_what)
        words["stop_url"] = f"{base_url}/unsubscribe/{token}"
        # RFC 8058: mail programs show a button that needs no page.
        headers["List-Unsubscribe"] = f"<{words['stop_url']}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text = app.jinja_env.get_template("mails/letter.txt").render(words)
    html = app.jinja_env.get_template("mails/letter.html").render(words)
    body = EmailMessage(policy=SMTP)
    body.set_content(text, cte=_encoding(text))
    body.add_alternative(html, subtype="html", cte=_encoding(html))
    return Message(letter=letter, sender=sender, headers=headers, body=body)


def _words(header: str, text: str) -> str:
    """Return text that people chose, as words of a header, on as many lines as they take. Anything that is not plain is
    encoded, so that no part of it is taken for an address, the end of the header, or something encoded (RFC 2047).
    """
    line = _one_line(text)
    charset = "us-ascii" if _PLAIN.fullmatch(line) else "utf-8"
    return Header(line, charset, header_name=header).encode(linesep="\r\n")


def _one_line(text: str) -> str:
    """Return text that cannot end a header's line."""
    return _CONTROLS.sub(" ", text).strip()


def _encoding(text: str) -> str:
    """8bit keeps links readable in the source of a letter."""
    longest = max(len(line.encode()) for line in text.split("\n"))
    return "8bit" if longest <= LINE_MAX else "quoted-printable"


def content_of(message: Message, *, eight_bits: bool = True) -> bytes:
    """Return the bytes of a message. Raises Misread."""
    # An address that is not ASCII stands here in UTF-8 (RFC 6531).
    head = "".join(f"{name}: {value}\r\n" for name, value in message.headers.items())
    policy = SMTP.clone(cte_type="8bit" if eight_bits else "7bit")
    content = head.encode() + message.body.as_bytes(policy=policy)
    _check(content, message)
    return content


def _check(content: bytes, message: Message) -> None:
    """Read the headers again, as a mail program does: the second lock, should the first fail one day. It must find
    those that were written and no others, and what was meant. Raises Misread.
    """
    letter = message.letter
    try:
        read = HeaderParser(policy=default).parsestr(content.decode())
        (receiver,) = read["To"].addresses
        name, address = receiver.display_name, receiver.addr_spec
    except Exception as fault:  # the parser has many, for what is no address
        raise Misread("To") from fault
    if sorted(read.keys()) != sorted([*message.headers, *_MIME_HEADERS]):
        raise Misread(", ".join(read.keys()))
    # It leaves white space between two encoded words of a name, which is no part of it.
    if address != letter.to or "".join(name.split()) != "".join(_one_line(letter.name).split()):
        raise Misread("To")
    if read["Subject"] != _one_line(letter.subject):
        raise Misread("Subject")


def _hand_over(message: Message, mail: Mail, runtime: Runtime) -> None:
    """Give a message to the mail server, or write it to a file. Raises Misread, SMTPException or OSError."""
    if runtime.settings.smtp_url:
        _send(message, urlsplit(runtime.settings.smtp_url))
    else:
        path = runtime.settings.var_dir / "outbox" / f"{mail.created_at:%Y%m%dT%H%M%SZ}-{mail.id}.eml"
        _write(path, content_of(message))
        log.info("letter written to %s", path, extra={"fields": {**_fields(mail), "path": str(path)}})


def _write(path: Path, content: bytes) -> None:
    """Write a whole file of mode 600: what it holds may be a key to somebody's account."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it with mode 600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(draft, path)
    except OSError:
        os.unlink(draft)
        raise


def _send(message: Message, server: SplitResult) -> None:
    receiver = message.letter.to
    smtp = _open(server)
    try:
        _sign_in(smtp, server)
        smtp.ehlo_or_helo_if_needed()
        if not receiver.isascii() and not smtp.has_extn("smtputf8"):
            raise smtplib.SMTPRecipientsRefused({receiver: (NO_SUCH_ADDRESS_HERE, b"")})
        eight_bits = smtp.has_extn("8bitmime")
        options = ["BODY=8BITMIME"] if eight_bits else []
        options += [] if receiver.isascii() else ["SMTPUTF8"]
        smtp.sendmail(message.sender, [receiver], content_of(message, eight_bits=eight_bits), options)
    finally:
        with suppress(smtplib.SMTPException, OSError):  # it was taken or not: a bad farewell changes nothing
            smtp.quit()


def _open(server: SplitResult) -> smtplib.SMTP:
    host = server.hostname or ""
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, server.port or SMTPS_PORT, timeout=SMTP_SECONDS, context=_tls(host))
    usual = SUBMISSION_PORT if server.username else SMTP_PORT
    return smtplib.SMTP(host, server.port or usual, timeout=SMTP_SECONDS)


def _sign_in(smtp: smtplib.SMTP, server: SplitResult) -> None:
    """Encrypt the connection if that is offered, and always before a password leaves this machine."""
    host = server.hostname or ""
    smtp.ehlo_or_helo_if_needed()
    demanded = bool(server.username) and not _is_loopback(host)
    if server.scheme == "smtp" and (demanded or smtp.has_extn("starttls")):
        smtp.starttls(context=_tls(host))  # raises if it is not offered
    if server.username and server.password:
        smtp.login(unquote(server.username), unquote(server.password))


def _tls(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if _is_loopback(host):
        # A mail server on this machine offers a certificate that nobody signed, and there is nobody in between.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fields(mail: Mail) -> dict[str, object]:
    """Return what the log says of a letter: never whom it is for."""
    return {"mail": str(mail.id), "kind": mail.kind, "attempt": mail.attempts}
