"""Letters on their way through a real mail server, and what happens where that refuses, hangs up or waits."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from bson import ObjectId

from tests.conftest import Join
from tests.mails.steps import forgot, once
from tests.support.client import Client, Json, Person
from tests.support.mailbox import HANG_UP, Mailbox
from tests.support.market import change_profile
from tests.support.server import Server
from tests.support.ticks import poke, tick
from tests.support.waiting import wait_for

Start = Callable[..., Server]

SENDER = '"GigFlow, Ltd" <hello@example.org>'


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


def test_a_letter_that_is_turned_away_is_tried_again(posting: Server, mailbox: Mailbox, join: Join) -> None:
    nina = join("Nina", at=posting)
    mailbox.to_receiver.append("451 4.7.1 come back later")
    mail_id = forgot(posting, nina.email)
    first = tried(posting, mail_id)
    assert timedelta(seconds=30) < first["due_at"] - datetime.now(UTC) <= timedelta(minutes=1)
    tick(posting.db)
    assert mailbox.attempts.count(nina.email) == 1

    let_time_pass(posting, mail_id)
    tick(posting.db)
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
    tick(posting.db)
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
    poke(posting.db)
    mail = tried(posting, mail_id, attempts=2)
    assert timedelta(minutes=4) < mail["due_at"] - datetime.now(UTC) <= timedelta(minutes=5)

    posting.db.mails.update_one({"_id": mail_id}, {"$set": {"attempts": 10}})
    let_time_pass(posting, mail_id)
    poke(posting.db)
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
    tick(posting.db)
    once(posting, mail_id, attempts=1)  # as long as the lease lasts

    let_time_pass(posting, mail_id, "claimed_until")
    tick(posting.db)
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
    tick(posting.db)
    mailbox.wait_for(nina.email, count=2)
    first, second = mailbox.of(nina.email)
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.links[0] != second.links[0]


class Guarded(NamedTuple):
    """A GigFlow, and the mail server that lets it in by the password of its settings."""

    server: Server
    mailbox: Mailbox
    login: tuple[str, str]


@pytest.fixture(scope="module")
def guarded(start_server: Start, certificate: ssl.SSLContext) -> Iterator[Guarded]:
    """Two processes whose password has what has to be escaped in an address. The mail server offers STARTTLS."""
    login = ("gig flow", "p@ss/w:rd %")
    with Mailbox(login=login, starttls=certificate) as mailbox:
        url = f"smtp://gig%20flow:p%40ss%2Fw%3Ard%20%25@127.0.0.1:{mailbox.port}"
        yield Guarded(
            start_server(whole=True, SMTP_URL=url, WEB_PROCESSES="2", MAIL_FROM=SENDER), mailbox, login
        )


def command_tick(server: Server) -> str:
    """What an operator does by hand."""
    ticked = server.command("gigflow", "tick")
    assert ticked.returncode == 0, ticked.stderr
    return ticked.stdout.strip()


def test_two_processes_send_each_letter_once(guarded: Guarded, join: Join) -> None:
    """By STARTTLS, since it is offered."""
    server, mailbox, _ = guarded
    people = [join(f"Person{number}", at=server) for number in range(8)]
    ids = [forgot(server, person.email) for person in people]
    for person in people:
        letter = mailbox.wait_for(person.email, "Choose a new password")
        assert letter.links[0] in letter.text
        assert letter.message["From"] == SENDER
    for mail_id in ids:
        once(server, mail_id, sent_at={"$ne": None})
    assert command_tick(server) == "0 letters sent."
    emails = sorted(person.email for person in people)
    assert sorted(each for each in mailbox.attempts if each in emails) == emails
    assert all(session.authenticated and session.ssl is not None for session in mailbox.sessions)
    assert not server.errors()


def test_a_wrong_password_of_ours_delays_letters(guarded: Guarded, join: Join) -> None:
    """It is the operator's to mend and no letter's fault, so nothing is given up; the log never holds it."""
    server, mailbox, login = guarded
    nina = join("Nina", at=server)
    mailbox.login = (login[0], "another")
    mail_id = forgot(server, nina.email)
    tried(server, mail_id)
    wait_for(lambda: said_of(server, mail_id))  # after it was put off
    mailbox.login = login
    assert "no letter can be sent" in said_of(server, mail_id)[0]
    assert not any(word in server.log_path.read_text() for word in (login[1], "p%40ss"))
    assert nina.email not in mailbox.attempts


def test_tls_from_the_start_and_a_mail_server_that_goes_away(
    start_server: Start, join: Join, certificate: ssl.SSLContext
) -> None:
    """That costs one letter a try: the others are not even tried, so that they are not late when it is back."""
    with Mailbox(login=("gigflow", "right"), tls=certificate) as mailbox:
        server = start_server(SMTP_URL=f"smtps://gigflow:right@127.0.0.1:{mailbox.port}")
        nina = join("Nina", at=server)
        once(server, forgot(server, nina.email), sent_at={"$ne": None})
        (session,) = mailbox.sessions
        assert session.authenticated

    waiting = {"kind": "password_reset", "data": {"email": nina.email}, "attempts": 0}
    times = {"due_at": datetime.now(UTC), "created_at": datetime.now(UTC)}
    server.db.mails.insert_many([{"key": str(number), **waiting, **times} for number in range(20)])
    assert command_tick(server) == "0 letters sent."
    assert server.db.mails.count_documents({"attempts": 0}) >= 10
    assert Client(server.url).get("/readyz").status_code == 200
    assert not server.errors()


def test_no_password_goes_to_who_cannot_be_trusted(
    start_server: Start, join: Join, certificate: ssl.SSLContext
) -> None:
    """On another machine: never unencrypted, and never to a certificate that nobody signed.

    127.1 leads to this machine, but is not seen to do so; it stands for another. Only the system's resolver knows it.
    """
    with Mailbox(login=("gigflow", "right"), starttls=certificate) as mailbox:
        url = f"smtp://gigflow:right@127.1:{mailbox.port}"
        server = start_server(whole=True, SMTP_URL=url, EVENTLET_NO_GREENDNS="yes")
        nina = join("Nina", at=server)
        for without, why in (("STARTTLS", "STARTTLS extension not supported"), ("", "VERIFY_FAILED")):
            mailbox.without = {without}
            mail_id = forgot(server, nina.email)
            (line,) = wait_for(lambda mail_id=mail_id: said_of(server, mail_id))
            assert why in line, line
            assert (mailbox.logins, mailbox.attempts) == ([], [])


def said_of(server: Server, mail_id: ObjectId) -> list[str]:
    """What the log says of a letter."""
    return [line["message"] for line in server.log_lines() if line.get("mail") == str(mail_id)]


@pytest.fixture
def offer_all(mailbox: Mailbox) -> Iterator[None]:
    """After the test the mail server offers again what it can do."""
    yield
    mailbox.without = set()


@pytest.mark.usefixtures("offer_all")
def test_a_server_of_seven_bits_gets_no_more(posting: Server, mailbox: Mailbox, join: Join) -> None:
    """RFC 6152."""
    mailbox.without = {"8BITMIME", "SMTPUTF8"}
    nina = join("Nina", at=posting)
    change_profile(nina, name="Zoë 株式会社")
    forgot(posting, nina.email)
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


@pytest.mark.usefixtures("offer_all")
def test_an_address_in_another_script_where_nobody_reads_it(
    posting: Server, mailbox: Mailbox, join: Join
) -> None:
    """The letter is given up: it never will be read there."""
    mailbox.without = {"SMTPUTF8"}
    email = in_another_script(posting, join("Nina", at=posting))
    once(posting, forgot(posting, email), given_up_at={"$ne": None})
    assert email not in mailbox.attempts


def in_another_script(server: Server, person: Person) -> str:
    """Give somebody such an address."""
    email = f"zoë-{person.id}@例え.example.test"
    server.db.users.update_one({"email": person.email}, {"$set": {"email": email}})
    return email
