"""Letters on their way: each is put into words, made a message, and given to a mail server or written to a file.

Nothing here happens in a request. In a web process it runs in a green thread, in a command plainly.
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
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from flask import Flask

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.mails import actions
from gigflow.mails.models import Mail
from gigflow.web.runtime import EXTENSION, Runtime

log = logging.getLogger(__name__)

SMTP_SECONDS = 20.0  # for each word with the mail server
SMTP_PORT, SUBMISSION_PORT, SMTPS_PORT = 25, 587, 465  # RFC 5321, 6409, 8314
SHUTTING_DOWN, NO_SUCH_ADDRESS_HERE = 421, 553  # RFC 5321; 553 is RFC 6531's answer to a foreign script
LINE_MAX = 998  # bytes: RFC 5322, 2.1.1; a longer line has to be sent in another encoding

# What would begin a new line of a header, or break a protocol otherwise.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def send_due(app: Flask) -> int:
    """Send every letter that is due, the one that waits longest first; returns how many are on their way.

    A letter that fails is tried again later. Where the mail server itself is away the others are spared: they stay
    due. Raises what pymongo raises where the database is away.
    """
    runtime: Runtime = app.extensions[EXTENSION]
    sent = 0
    # The time is asked anew for each letter, because the lease counts from it.
    while mail := actions.claim(runtime.db, now()):
        try:
            message = _written(app, runtime, mail)
            if message is None:
                actions.note_dropped(runtime.db, mail, now())
                continue
            _hand_over(message, mail, runtime)
        except (smtplib.SMTPException, OSError) as fault:
            if not _note_fault(runtime.db, mail, fault):
                break
            continue
        except Exception:
            # First the note, which raises where it was the database that failed: one warning then, and no trace.
            actions.note_failed(runtime.db, mail, now())
            log.exception("a letter could not be sent", extra={"fields": _fields(mail)})
            continue
        actions.note_sent(runtime.db, mail, now())
        sent += 1
    return sent


def _note_fault(db: Db, mail: Mail, fault: Exception) -> bool:
    """Put a letter off, or give it up where it was refused for good; whether the fault is this letter's alone."""
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
    """The code by which a mail server refused this very letter, or None where it would take none at all."""
    code = None
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code = next(iter(fault.recipients.values()))[0]
    elif isinstance(fault, smtplib.SMTPDataError):
        code = fault.smtp_code
    return None if code == SHUTTING_DOWN else code


def _written(app: Flask, runtime: Runtime, mail: Mail) -> EmailMessage | None:
    """The message of a letter; None where nobody wants it any more."""
    letter = actions.compose(runtime.db, mail, now())
    if letter is None:
        return None
    sender, address = parseaddr(runtime.settings.mail_from)
    # Addresses that are not ASCII need headers in UTF-8 (RFC 6531).
    message = EmailMessage(policy=SMTP if letter.to.isascii() else SMTPUTF8)
    message["From"] = _address(sender, address)
    message["To"] = _address(letter.name, letter.to)
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = now()
    # The same for every attempt, so that one that arrives twice after all is recognised.
    digest = hashlib.sha256(mail.key.encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@{message['From'].addresses[0].domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    # Links begin with the configured address, never with the Host of some request (SECURITY 7).
    words = {"letter": letter, "base_url": runtime.settings.base_url}
    text = app.jinja_env.get_template("mails/letter.txt").render(words)
    html = app.jinja_env.get_template("mails/letter.html").render(words)
    message.set_content(text, cte=_encoding(text))
    message.add_alternative(html, subtype="html", cte=_encoding(html))
    return message


def _address(name: str, address: str) -> Address:
    local_part, _, domain = _one_line(address).rpartition("@")
    return Address(_one_line(name), local_part, domain)


def _one_line(text: str) -> str:
    """Text that cannot end a header's line."""
    return _CONTROLS.sub(" ", text).strip()


def _encoding(text: str) -> str:
    """8bit keeps links readable in the source of a letter."""
    longest = max(len(line.encode()) for line in text.split("\n"))
    return "8bit" if longest <= LINE_MAX else "quoted-printable"


def _hand_over(message: EmailMessage, mail: Mail, runtime: Runtime) -> None:
    """Give a message to the mail server, or write it to a file. Raises SMTPException or OSError."""
    if runtime.settings.smtp_url:
        _send(message, urlsplit(runtime.settings.smtp_url))
    else:
        path = runtime.settings.var_dir / "outbox" / f"{mail.created_at:%Y%m%dT%H%M%SZ}-{mail.id}.eml"
        _write(path, message.as_bytes())
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


def _send(message: EmailMessage, server: SplitResult) -> None:
    sender, receiver = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    smtp = _open(server)
    try:
        _sign_in(smtp, server)
        smtp.ehlo_or_helo_if_needed()
        if not receiver.isascii() and not smtp.has_extn("smtputf8"):
            raise smtplib.SMTPRecipientsRefused({receiver: (NO_SUCH_ADDRESS_HERE, b"")})
        options = []
        if not smtp.has_extn("8bitmime"):
            message.policy = message.policy.clone(cte_type="7bit")
        elif receiver.isascii():  # otherwise smtplib says so itself
            options = ["BODY=8BITMIME"]
        smtp.send_message(message, sender, [receiver], mail_options=options)
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
    """Encrypt the connection where that is offered, and always before a password leaves this machine."""
    host = server.hostname or ""
    smtp.ehlo_or_helo_if_needed()
    demanded = bool(server.username) and not _is_loopback(host)
    if server.scheme == "smtp" and (demanded or smtp.has_extn("starttls")):
        smtp.starttls(context=_tls(host))  # raises where it is not offered
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
    """What the log says of a letter: never whom it is for."""
    return {"mail": str(mail.id), "kind": mail.kind, "attempt": mail.attempts}
