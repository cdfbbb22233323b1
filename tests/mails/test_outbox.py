"""Letters where no mail server is named: files to open on a laptop. And what any letter says and leaves behind."""

import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from bson import ObjectId

from gigflow.core.db import Db
from gigflow.mails import actions as mails
from tests.conftest import Join
from tests.support.client import Client, Json, Person
from tests.support.mailbox import Outbox, Received
from tests.support.server import Server
from tests.support.ticks import post_letter
from tests.support.waiting import wait_for

PUBLIC_URL = "http://gigs.example.org"
RESET = "Choose a new password"


@pytest.fixture(scope="module")
def laptop(start_server: Callable[..., Server]) -> Server:
    return start_server(PUBLIC_URL=PUBLIC_URL, LOG_LEVEL="INFO")


@pytest.fixture(scope="module")
def outbox(laptop: Server) -> Outbox:
    return Outbox(laptop.var_dir)


@pytest.fixture
def nina(laptop: Server, join: Join) -> Person:
    return join("Nina", at=laptop)


def ask_for_letter(at: Server, email: str, **headers: str) -> None:
    assert Client(at.url).post("/api/auth/forgot", {"email": email}, headers=headers).status_code == 202


def written(at: Server, outbox: Outbox, person: Person, name: str) -> Received:
    """A letter to somebody who is called so in the database, whatever a form would have said."""
    at.db.users.update_one({"email": person.email}, {"$set": {"name": name}})
    ask_for_letter(at, person.email)
    return outbox.wait_for(person.email)


def test_pages_say_the_public_address_as_letters_do(laptop: Server) -> None:
    """Whatever Host was asked (decision 47; without a public address: found/test_being_found.py)."""
    page = Client(laptop.url).page("/jobs", headers={"Host": "evil.test"})
    assert page.one("link[rel=canonical]").attrs["href"] == f"{PUBLIC_URL}/jobs"


def test_a_letter_is_a_file_that_only_we_can_read(laptop: Server, outbox: Outbox, nina: Person) -> None:
    """It may hold a key to an account; the log says where it is and nothing of what it says."""
    ask_for_letter(laptop, nina.email)
    token = outbox.wait_for(nina.email, RESET).links[0].rpartition("/")[2]
    mail = wait_for(lambda: laptop.db.mails.find_one({"sent_at": {"$ne": None}}, sort=[("_id", -1)]))

    (path,) = outbox.folder.glob(f"*-{mail['_id']}.eml")
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{24}\.eml", path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(outbox.folder.stat().st_mode) == 0o700
    lines = wait_for(lambda: [line for line in laptop.log_lines() if line.get("path") == str(path)])
    assert lines[0]["message"] == f"letter written to {path}"
    log = laptop.log_path.read_text()
    assert token not in log
    assert nina.email not in log


def test_links_begin_with_the_public_address(laptop: Server, outbox: Outbox, nina: Person) -> None:
    """SECURITY 7: in the text and in the HTML, and never with the Host of whoever asked."""
    lies = {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil.test"}
    ask_for_letter(laptop, nina.email, Host="evil.test", Forwarded="host=evil.test", **lies)
    letter = outbox.wait_for(nina.email, RESET)
    link = letter.links[0]
    assert re.fullmatch(PUBLIC_URL + r"/reset/[A-Za-z0-9_-]{22,}", link)
    assert link in letter.text
    assert link.encode() in letter.source  # and a person who opens the file can copy it
    assert {each.removeprefix(PUBLIC_URL)[:1] for each in letter.links} == {"/"}
    assert b"evil.test" not in letter.source


def test_the_log_shows_no_token(laptop: Server, outbox: Outbox, nina: Person) -> None:
    """SECURITY 28: whatever is asked of the link, and however it is misspelt."""
    ask_for_letter(laptop, nina.email)
    path = outbox.wait_for(nina.email, RESET).links[0].removeprefix(PUBLIC_URL)
    token = path.rpartition("/")[2]
    program = Client(laptop.url)
    for each in (path, f"{path}/", f"{path}?then=x", f"/confirm/{token}", f"/confirm/{token}/more"):
        program.get(each)
        program.request("DELETE", each)
    wait_for(lambda: "DELETE /confirm/" in laptop.log_path.read_text())
    log = laptop.log_path.read_text()
    assert token not in log
    assert {"GET /reset/<token>", "GET /confirm/<token>", "DELETE /reset/<token>"} <= {
        line["message"] for line in laptop.log_lines()
    }


def test_a_letter_is_text_and_html_in_the_look_of_the_site(
    laptop: Server, outbox: Outbox, nina: Person
) -> None:
    """docs/ui.md; and without anything that a mail program would have to fetch, so that nobody is told who reads it."""
    ask_for_letter(laptop, nina.email)
    letter = outbox.wait_for(nina.email, RESET)
    sender = "GigFlow <no-reply@gigs.example.org>"  # the host of the public address
    assert (letter.message["From"], letter.receivers) == (sender, [nina.email])
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert letter.message["Date"].datetime.tzinfo is not None
    assert [part.get_content_type() for part in letter.message.iter_parts()] == ["text/plain", "text/html"]
    assert letter.text.startswith("Hello Nina,\n")
    assert "Hello Nina," in letter.html
    assert "@media (prefers-color-scheme: dark)" in letter.html
    assert 'gig<i style="' in letter.html
    assert not re.search(r"<(img|link|script|table|iframe)|url\(|@import|oklch|light-dark\(", letter.html)


@pytest.mark.parametrize(
    "name", ["Zoë 株式会社 Ångström", "نیک‌نام", 'Nina, "the <b>"', "Nina " * 15 + "N" * 60]
)
def test_any_name_arrives_as_it_is(laptop: Server, outbox: Outbox, nina: Person, name: str) -> None:
    letter = written(laptop, outbox, nina, name)
    (receiver,) = letter.message["To"].addresses
    assert receiver.display_name == name.strip()
    assert receiver.addr_spec == nina.email
    assert " ".join(letter.text.split()).startswith(f"Hello {name.strip()},")
    assert "<b>" not in letter.html
    assert max(len(line) for line in letter.source.split(b"\r\n")) <= 998


def test_a_name_cannot_add_a_header(laptop: Server, outbox: Outbox, nina: Person) -> None:
    letter = written(
        laptop, outbox, nina, "Nina\r\nBcc: mallory@example.test\n\n<p>Hello\u2028X: y\x85Z: z\x00"
    )
    assert letter.message["Bcc"] is None
    assert letter.message["X"] is None
    assert letter.receivers == [nina.email]


def test_who_has_no_account_gets_no_letter(laptop: Server, outbox: Outbox) -> None:
    """SECURITY 7: the answer is the same, and nothing of the address stays."""
    email = "nobody-at-all@example.test"
    ask_for_letter(laptop, email)
    mail = wait_for(lambda: laptop.db.mails.find_one({"dropped": True}, sort=[("_id", -1)]))
    assert (mail["data"], mail["sent_at"], "due_at" in mail) == ({}, None, False)
    assert outbox.of(email) == []


def test_what_is_over_leaves_no_data_and_is_forgotten(laptop: Server, outbox: Outbox, nina: Person) -> None:
    ask_for_letter(laptop, nina.email)
    outbox.wait_for(nina.email)
    mail: Json = wait_for(lambda: laptop.db.mails.find_one({"sent_at": {"$ne": None}}, sort=[("_id", -1)]))
    assert (mail["data"], mail["attempts"], mail["claimed_until"]) == ({}, 1, None)
    assert (mail["expires_at"] - mail["sent_at"]).days == 30
    assert laptop.db.mails.index_information()["expiry"]["expireAfterSeconds"] == 0


def test_a_fact_is_written_of_once(laptop: Server) -> None:
    """However often it is posted, also in transactions, which a duplicate would end."""
    db = Db(laptop.mongo_uri, laptop.mongo_db)
    once = {"key": "the same fact", "data": {"email": "nobody@example.test"}, "now": datetime.now(UTC)}
    try:
        mails.post(db, "password_reset", **once)
        mails.post(db, "password_reset", **once)
        for _ in range(2):
            db.transact(lambda tx: mails.post(tx, "password_reset", **once))
    finally:
        db.client.close()
    assert laptop.db.mails.count_documents({"key": "the same fact"}) == 1


def test_more_letters_than_are_written_at_once(laptop: Server, nina: Person) -> None:
    """The next run goes on with them, and does not wait for its usual time."""
    mine = [post_letter(laptop.db, "password_reset", {"email": nina.email})["_id"] for _ in range(45)]
    sent = {"_id": {"$in": mine}, "sent_at": {"$ne": None}}
    wait_for(lambda: laptop.db.mails.count_documents(sent) == len(mine), timeout=10)


def test_a_folder_that_cannot_be_written_delays_letters(laptop: Server, outbox: Outbox, nina: Person) -> None:
    """The letter waits until the operator has seen the warning and mended it."""
    ask_for_letter(laptop, nina.email)
    outbox.wait_for(nina.email)
    aside = outbox.folder.rename(outbox.folder.with_name("aside"))
    outbox.folder.write_text("a file in the way")
    ask_for_letter(laptop, nina.email)
    try:
        line = wait_for(
            lambda: [line for line in laptop.log_lines() if "no letter can be sent" in line["message"]]
        )
    finally:
        outbox.folder.unlink()
        aside.rename(outbox.folder)
    # Due in the past, and by a process of its own: the server's own tick may be as quick.
    laptop.db.mails.update_one({"_id": ObjectId(line[0]["mail"])}, {"$set": {"due_at": datetime.now(UTC)}})
    ticked = laptop.command("gigflow", "tick")
    assert ticked.returncode == 0, ticked.stderr
    assert ticked.stdout in ("1 letter sent.\n", "0 letters sent.\n")
    assert outbox.wait_for(nina.email, RESET, count=2)
    assert laptop.command("gigflow", "tick").stdout == "0 letters sent.\n"
