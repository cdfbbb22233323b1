"""Letters on their way through a real mail server, and what happens where that refuses, hangs up or waits."""

import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from bson import ObjectId

from tests.conftest import Join
from tests.mails.steps import forgot, once
from tests.support.client import Client, Json, Person
from tests.support.mailbox import HANG_UP, Mailbox
from tests.support.market import change_profile
from tests.support.server import Server
from tests.support.waiting import wait_for

Start = Callable[..., Server]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """What a mail server on the same machine has: a certificate that nobody signed."""
    folder: Path = tmp_path_factory.mktemp("certificate")
    made = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    kind = ["-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=mail.test"]
    subprocess.run(["openssl", "req", "-x509", *kind, *made], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def tried(server: Server, mail_id: ObjectId, attempts: int = 1) -> Json:
    """A letter that was tried so often in vain, once it waits for its next turn."""
    return once(server, mail_id, attempts=attempts, claimed_until=None, due_at={"$ne": None})


def let_time_pass(server: Server, mail_id: ObjectId, field: str = "due_at") -> None:
    """A letter that waits until some time may go on now."""
    server.db.mails.update_one({"_id": mail_id}, {"$set": {field: datetime.now(UTC)}})


def tick(server: Server) -> str:
    ticked = server.command("gigflow", "tick")
    assert ticked.returncode == 0, ticked.stderr
    return ticked.stdout.strip()


def test_two_processes_send_each_letter_once(start_server: Start, join: Join) -> None:
    with Mailbox() as mailbox:
        sender = '"GigFlow, Ltd" <hello@example.org>'
        server = start_server(SMTP_URL=mailbox.url, WEB_PROCESSES="2", MAIL_FROM=sender)
        people = [join(f"Person{number}", at=server) for number in range(8)]
        for person in people:
            forgot(server, person.email)
        for person in people:
            letter = mailbox.wait_for(person.email, "Choose a new password")
            assert letter.links[0] in letter.text
            assert letter.message["From"] == sender
        wait_for(lambda: server.db.mails.count_documents({"sent_at": {"$ne": None}}) == len(people))
        assert tick(server) == "0 letters sent."
        assert sorted(mailbox.attempts) == sorted(person.email for person in people)
        assert not server.errors()


def test_a_letter_that_is_turned_away_is_tried_again(posting: Server, mailbox: Mailbox, join: Join) -> None:
    nina = join("Nina", at=posting)
    mailbox.to_receiver.append("451 4.7.1 come back later")
    mail_id = forgot(posting, nina.email)
    first = tried(posting, mail_id)
    assert timedelta(seconds=30) < first["due_at"] - datetime.now(UTC) <= timedelta(minutes=1)
    assert tick(posting) == "0 letters sent."

    let_time_pass(posting, mail_id)
    tick(posting)  # or the running process, whichever is first
    letter = mailbox.wait_for(nina.email)
    once(posting, mail_id, attempts=2, sent_at={"$ne": None})
    assert mailbox.attempts.count(nina.email) == 2
    # The token of the attempt in vain was stored nowhere, so this is another one, and it is good.
    assert Client(posting.url).get(urlsplit(letter.links[0]).path).status_code == 200
    assert nina.email not in posting.log_path.read_text()


@pytest.mark.parametrize("where", ["to_receiver", "to_letter"])
def test_a_letter_that_is_refused_for_good_is_given_up(
    posting: Server, mailbox: Mailbox, join: Join, where: str
) -> None:
    """At once; the log says so without the address, which the mail server repeats."""
    nina = join("Nina", at=posting)
    getattr(mailbox, where).append(f"550 5.1.1 <{nina.email}> unknown")
    mail_id = forgot(posting, nina.email)
    mail = once(posting, mail_id, given_up_at={"$ne": None})
    assert ("due_at" in mail, mail["data"], mail["attempts"]) == (False, {}, 1)
    assert tick(posting) == "0 letters sent."
    assert mailbox.attempts.count(nina.email) == 1
    (error,) = [line for line in posting.errors() if line["mail"] == str(mail_id)]
    assert error["message"] == "a letter was given up"
    assert nina.email not in posting.log_path.read_text()

    forgot(posting, nina.email)  # what comes later is not concerned
    mailbox.wait_for(nina.email)


def test_a_server_that_hangs_up_is_tried_again_for_two_days(
    posting: Server, mailbox: Mailbox, join: Join
) -> None:
    """And a letter that was tried often enough is given up."""
    nina = join("Nina", at=posting)
    mailbox.to_letter += [HANG_UP] * 3
    mail_id = forgot(posting, nina.email)
    tried(posting, mail_id)
    let_time_pass(posting, mail_id)
    tick(posting)
    mail = tried(posting, mail_id, attempts=2)
    assert timedelta(minutes=4) < mail["due_at"] - datetime.now(UTC) <= timedelta(minutes=5)

    posting.db.mails.update_one({"_id": mail_id}, {"$set": {"attempts": 10}})
    let_time_pass(posting, mail_id)
    tick(posting)
    once(posting, mail_id, attempts=11, given_up_at={"$ne": None})
    assert mailbox.of(nina.email) == []


def test_a_process_that_died_while_sending_lets_another_send(
    posting: Server, mailbox: Mailbox, join: Join
) -> None:
    nina = join("Nina", at=posting)
    mailbox.to_letter.append(60.0)
    mail_id = forgot(posting, nina.email)
    wait_for(lambda: nina.email in mailbox.attempts and not mailbox.to_letter, what="the letter on its way")
    claimed = once(posting, mail_id, attempts=1)
    assert timedelta(minutes=1) < claimed["claimed_until"] - datetime.now(UTC) <= timedelta(minutes=2)
    posting.kill_worker()
    assert tick(posting) == "0 letters sent."  # as long as the lease lasts

    let_time_pass(posting, mail_id, "claimed_until")
    tick(posting)
    mailbox.wait_for(nina.email)
    once(posting, mail_id, attempts=2, sent_at={"$ne": None})
    assert len(mailbox.of(nina.email)) == 1


def test_every_attempt_has_the_same_message_id(posting: Server, mailbox: Mailbox, join: Join) -> None:
    """So that a letter which arrives twice after all, because the answer to it was lost, is recognised."""
    nina = join("Nina", at=posting)
    mail_id = forgot(posting, nina.email)
    once(posting, mail_id, sent_at={"$ne": None})
    # As if the process had died between sending and noting it.
    unnoted = {"due_at": datetime.now(UTC), "sent_at": None, "data": {"email": nina.email}}
    posting.db.mails.update_one({"_id": mail_id}, {"$set": unnoted})
    tick(posting)
    mailbox.wait_for(nina.email, count=2)
    first, second = mailbox.of(nina.email)
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.links[0] != second.links[0]


def test_a_mail_server_that_is_away_costs_one_letter_a_try(start_server: Start, join: Join) -> None:
    """The others are not even tried, so that they are not late when it is back."""
    with Mailbox() as gone:
        server = start_server(SMTP_URL=gone.url)
    nina = join("Nina", at=server)
    waiting = {"kind": "password_reset", "data": {"email": nina.email}, "attempts": 0}
    times = {"due_at": datetime.now(UTC), "created_at": datetime.now(UTC)}
    server.db.mails.insert_many([{"key": str(number), **waiting, **times} for number in range(20)])
    assert tick(server) == "0 letters sent."
    assert server.db.mails.count_documents({"attempts": 0}) >= 10
    assert Client(server.url).get("/readyz").status_code == 200
    assert not server.errors()


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_letters_travel_encrypted(
    start_server: Start, join: Join, certificate: ssl.SSLContext, how: str
) -> None:
    """STARTTLS wherever it is offered; with smtps:// from the start. The password may hold any character."""
    options: dict[str, Any] = {how: certificate}
    with Mailbox(login=("gig flow", "p@ss/w:rd %"), **options) as mailbox:
        scheme = "smtps" if how == "tls" else "smtp"
        server = start_server(
            SMTP_URL=f"{scheme}://gig%20flow:p%40ss%2Fw%3Ard%20%25@127.0.0.1:{mailbox.port}"
        )
        nina = join("Nina", at=server)
        forgot(server, nina.email)
        mailbox.wait_for(nina.email)
        (session,) = mailbox.sessions
        assert session.authenticated
        assert how == "tls" or session.ssl is not None
        assert not server.errors()


@pytest.mark.parametrize(
    ("offered", "why"), [(False, "STARTTLS extension not supported"), (True, "VERIFY_FAILED")]
)
def test_no_password_goes_to_who_cannot_be_trusted(
    start_server: Start, join: Join, certificate: ssl.SSLContext, offered: bool, why: str
) -> None:
    """On another machine: never unencrypted, and never to a certificate that nobody signed.

    127.1 leads to this machine, but is not seen to do so; it stands for another.
    """
    with Mailbox(login=("gigflow", "right"), starttls=certificate if offered else None) as mailbox:
        server = start_server(SMTP_URL=f"smtp://gigflow:right@127.1:{mailbox.port}")
        mail_id = forgot(server, join("Nina", at=server).email)

        def refused_by_command() -> bool:
            let_time_pass(server, mail_id)
            return why in server.command("gigflow", "tick").stderr

        wait_for(refused_by_command)  # the running process, whose resolver does not know 127.1, may be first
        assert (mailbox.logins, mailbox.attempts) == ([], [])


def test_a_wrong_password_of_ours_delays_letters(start_server: Start, join: Join) -> None:
    """It is the operator's to mend and no letter's fault, so nothing is given up; the log never holds it."""
    with Mailbox(login=("gigflow", "right")) as mailbox:
        server = start_server(SMTP_URL=f"smtp://gigflow:wr0ng-p4ss@127.0.0.1:{mailbox.port}")
        tried(server, forgot(server, join("Nina", at=server).email))
        wait_for(lambda: "no letter can be sent" in server.log_path.read_text())  # after it was put off
        assert "wr0ng-p4ss" not in server.log_path.read_text()
        assert mailbox.attempts == []


class OldMailbox(Mailbox):
    """A mail server that takes no more than seven bits a letter."""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd calls it by the name of the command
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [each for each in answers if each not in ("250-8BITMIME", "250-SMTPUTF8")]


def test_a_server_of_seven_bits_gets_no_more(start_server: Start, join: Join) -> None:
    """RFC 6152."""
    with OldMailbox() as mailbox:
        server = start_server(SMTP_URL=mailbox.url, MAIL_FROM="no-reply@example.org")
        nina = join("Nina", at=server)
        change_profile(nina, name="Zoë 株式会社")
        forgot(server, nina.email)
        letter = mailbox.wait_for(nina.email)
        assert letter.source.isascii()
        assert letter.text.startswith("Hello Zoë 株式会社,\n")
        assert letter.message["To"].addresses[0].display_name == "Zoë 株式会社"
        assert letter.message["From"].addresses[0].addr_spec == "no-reply@example.org"


def test_an_address_in_another_script(posting: Server, mailbox: Mailbox, join: Join) -> None:
    """RFC 6531, where the mail server knows it."""
    email = in_another_script(posting, join("Nina", at=posting))
    forgot(posting, email)
    assert f"To: Nina <{email}>\r\n".encode() in mailbox.wait_for(email).source


def test_an_address_in_another_script_where_nobody_reads_it(start_server: Start, join: Join) -> None:
    """The letter is given up: it never will be read there."""
    with Mailbox(utf8=False) as mailbox:
        server = start_server(SMTP_URL=mailbox.url)
        mail_id = forgot(server, in_another_script(server, join("Nina", at=server)))
        once(server, mail_id, given_up_at={"$ne": None})
        assert mailbox.attempts == []


def in_another_script(server: Server, person: Person) -> str:
    """Give somebody such an address."""
    email = f"zoë-{person.id}@例え.example.test"
    server.db.users.update_one({"email": person.email}, {"$set": {"email": email}})
    return email
