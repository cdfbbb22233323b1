"""What people call themselves and their jobs stays what it is in the headers of a letter, however it is spelt: no
header, no body, no other receiver. And a letter goes to the account's address or nowhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import DateHeader
from email.message import EmailMessage

import pytest
from bson import ObjectId

from gigflow.mails.models import Letter
from gigflow.mails.sender import Message, Misread, content_of
from tests.conftest import PASSWORD, Join
from tests.mails.steps import forgot, once
from tests.support.client import Json, Person
from tests.support.mailbox import Mailbox, Received
from tests.support.market import change_profile, hire, place_bid, post_job
from tests.support.server import Server
from tests.support.ticks import poke
from tests.support.waiting import wait_for

HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]
# RFC 2047: what a mail program would decode to line ends, and so to headers and a body of the attacker's.
ATTACKS = [
    "=?utf-8?q?=0D=0A=0D=0AYour_account_is_locked._http://evil.example/_=0D=0A?=",
    "=?utf-8?q?=0D=0AX-Evil:_1=0D=0A=0D=0APhish_body?= job",
    "=?utf-8?b?DQpYLUV2aWw6IDENCg0KUGhpc2ggYm9keQ==?=",
    "=?ascii?Q?=0D=0A?= =?ascii?Q?X-Evil:_1=0D=0A?= =?ascii?B?DQpQaGlzaA==?=",
    "Nina=?utf-8?q?=0D=0AX-Evil:_1?=Nina",
    "Zoë =?utf-8?q?=0D=0AX-Evil:_1?= =?utf-8*en?q?=0D=0A?=",
    "=?utf-8?q?mallory@evil.example=2C?=",
    "What does =? mean?= a=?b?=",
]
NAMES = [
    *ATTACKS,
    "mallory@evil.example, Nina",
    "Nina <mallory@evil.example>",
    'Nina" <mallory@evil.example>, "',
    "Team: mallory@evil.example; (Nina)",
    "Nina\\",
    "Dr. Nina  O'Neil!",
    "株式会社" * 20,
]
TITLES = [*ATTACKS, "Landing page, “now” & more: 5€", "long " * 24, "W" * 120, "ß" * 120]


@pytest.fixture(scope="module")
def nina(posting: Server) -> Person:
    """She is called what each test calls her."""
    return Person(posting.url, "Nina", "nina@example.test", PASSWORD)


@pytest.fixture(scope="module")
def alice(posting: Server) -> Person:
    """She hires Bob."""
    return Person(posting.url, "Alice Owner", "alice@example.test", PASSWORD)


@pytest.fixture(scope="module")
def bob(posting: Server) -> Person:
    """He is hired by Alice."""
    return Person(posting.url, "Bob Bidder", "bob@example.test", PASSWORD)


def assert_whole(letter: Received, name: str, *, news: bool = False) -> None:
    """It has what every letter has, in that order, and greets its reader by the name. Of news it says how to stop."""
    stop = ["List-Unsubscribe", "List-Unsubscribe-Post"] if news else []
    assert letter.message.keys() == [*HEADERS[:6], *stop, *HEADERS[6:]]
    assert isinstance(letter.message["Date"], DateHeader)
    (receiver,) = letter.message["To"].addresses
    # Python's parser keeps the white space between two encoded words of a name, which is none of it.
    assert "".join(receiver.display_name.split()) == "".join(name.split())
    assert [receiver.addr_spec] == letter.receivers
    assert " ".join(letter.text.split()).startswith(f"Hello {' '.join(name.split())},")
    assert b"\nX-Evil" not in letter.source
    assert max(map(len, letter.source.split(b"\r\n"))) <= 998  # RFC 5322, 2.1.1


def said_of(server: Server, mail: Json) -> list[str]:
    """What the log says of a letter."""
    return [line["message"] for line in server.log_lines() if line.get("mail") == str(mail["_id"])]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name(posting: Server, mailbox: Mailbox, nina: Person, name: str) -> None:
    change_profile(nina, name=name)
    once(posting, forgot(posting, nina.email), sent_at={"$ne": None})
    letter = mailbox.wait_for(nina.email)
    assert_whole(letter, name)
    assert letter.subject == "Choose a new password"


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_a_title(mailbox: Mailbox, alice: Person, bob: Person, title: str) -> None:
    before = len(mailbox.of(bob.email))
    hire(alice, place_bid(bob, post_job(alice, title=title)))
    letter = mailbox.wait_for(bob.email, count=before + 1)
    assert_whole(letter, "Bob Bidder", news=True)
    assert letter.subject == f"You have been hired for {title.strip()}!"


def test_a_name_in_a_subject_is_a_name(posting: Server, mailbox: Mailbox, join: Join) -> None:
    """Also beside another text of somebody else's."""
    alice, bob = join("Alice Owner", at=posting), join("Bob Bidder", at=posting)
    change_profile(bob, name=ATTACKS[1])
    place_bid(bob, post_job(alice, title=ATTACKS[2]))
    posting.db.notifications.update_many({}, {"$currentDate": {"mail_at": True}})
    poke(posting.db)
    letter = mailbox.wait_for(alice.email)
    assert_whole(letter, "Alice Owner", news=True)
    assert letter.subject == f"{ATTACKS[1]} has bid on “{ATTACKS[2]}”."


@contextmanager
def stored_as(server: Server, person: Person, email: str) -> Iterator[None]:
    """Somebody has another address for a while."""
    one = {"_id": ObjectId(person.id)}
    server.db.users.update_one(one, {"$set": {"email": email}})
    yield
    server.db.users.update_one(one, {"$set": {"email": person.email}})


@pytest.mark.parametrize(
    "address",
    [
        "{}@b.org,c.example.org",
        "{}@b.org>,d.example",
        "{}@b.org;c.d",
        '{}@b.org"c.d',
        "{}@b:c.example",
        "{}@(c).example.org",
        "=?utf-8?q?{}?=@x.example.org",
        "=?utf-8?q?{}=40c.example=2c?= a@x.example.org",
    ],
)
def test_a_letter_goes_to_the_address_of_the_account_or_nowhere(
    posting: Server, mailbox: Mailbox, nina: Person, address: str
) -> None:
    """Such an address cannot be signed up with any more, but may be stored; what it means, programs disagree on."""
    email = address.format(nina.id)
    sessions = len(mailbox.sessions)
    with stored_as(posting, nina, email):
        mail = once(posting, forgot(posting, email), given_up_at={"$ne": None})
    assert (mail["attempts"], mail["data"]) == (1, {})
    assert not [each for each in mailbox.attempts if nina.id in each]
    assert len(mailbox.sessions) == sessions
    wait_for(
        lambda: said_of(posting, mail) == ["a letter was given up", "a letter would be read as another"],
        what="both in the log",
    )
    assert nina.id not in posting.log_path.read_text()


@pytest.mark.parametrize(
    ("header", "text", "why"),
    [
        ("Subject", "Hello\r\nX-Evil: 1", "X-Evil"),
        ("Subject", "Hello\r\n\r\nPhish", "Subject"),
        ("Subject", "=?utf-8?q?Bye?=", "Subject"),
        ("To", "Nina <nina@example.test>\r\nTo: m@evil.example", "To, To"),
        ("To", "Nina <nina@example.test>, m@evil.example", "To"),
        ("To", "Nina <m@evil.example>", "To"),
        ("To", "Mallory <nina@example.test>", "To"),
        ("To", "<", "To"),
    ],
)
def test_a_message_that_would_be_read_as_another_is_never_finished(header: str, text: str, why: str) -> None:
    """The second lock, which holds whatever the first lets through."""
    letter = Letter(to="nina@example.test", name="Nina", subject="Hello", paragraphs=[])
    right = {"To": "Nina <nina@example.test>", "Subject": "Hello"}
    body = EmailMessage()
    body.set_content("Hello Nina,", cte="8bit")
    body.add_alternative("<p>Hello Nina,", subtype="html", cte="8bit")

    def finished(headers: dict[str, str]) -> bytes:
        return content_of(Message(letter=letter, sender="a@example.test", headers=headers, body=body))

    assert finished(right).startswith(b"To: Nina <nina@example.test>\r\nSubject: Hello\r\n")
    with pytest.raises(Misread, match=why):
        finished({**right, header: text})
