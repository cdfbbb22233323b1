"""Choosing a new password by a letter (SECURITY 7)."""

import hashlib
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from bson import ObjectId

from tests.accounts.conftest import OpenDevice
from tests.accounts.steps import (
    NEW_PASSWORD,
    PASSWORD_CHANGED,
    RESET,
    USED_UP,
    Db,
    ask_email_change,
    ask_reset,
    audited,
    everything_in,
    is_out,
    letters_are_done,
    live_devices,
    path_of,
    signs_in,
    token_of,
)
from tests.conftest import Connect, Join
from tests.support.client import Client, Json, Person
from tests.support.mailbox import Outbox
from tests.support.market import code_of
from tests.support.operator import disable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for


def reset(client: Client, token: object, password: object = NEW_PASSWORD) -> requests.Response:
    """Try to choose this password by this token."""
    return client.post("/api/auth/reset", {"token": token, "password": password})


def assert_used_up(answer: requests.Response) -> None:
    assert (answer.status_code, code_of(answer)) == (400, "invalid_token")
    assert answer.json()["error"]["fields"].keys() == {"token"}


def shown(answer: requests.Response) -> tuple[int, object, set[str]]:
    """What can be told from an answer: its status, its body and its headers."""
    return answer.status_code, answer.json(), set(answer.headers)


def test_from_the_question_to_a_new_password_by_the_pages(
    alice: Person, visitor: Client, outbox: Outbox
) -> None:
    """Without JavaScript."""
    login = visitor.page("/login")
    asked = visitor.page(login.link("Forgot your password?")).submit("#forgot form", email=alice.email)
    assert (asked.status, f"If there is an account for {alice.email}" in asked.text) == (200, True)

    link = path_of(outbox.wait_for(alice.email, RESET))
    done = visitor.page(link).submit("#reset form", password=NEW_PASSWORD)
    assert (done.status, done.path) == (200, "/login?notice=reset")
    assert "Your password is changed and all devices are signed out." in done.text
    home = done.submit("#login-form", email=alice.email, password=NEW_PASSWORD)
    assert (home.status, home.path) == (200, "/")
    assert visitor.get("/api/auth/me").json()["id"] == alice.id
    assert not signs_in(alice.url, alice.email, alice.password)


def test_from_the_question_to_a_new_password_by_the_api(
    alice: Person, visitor: Client, outbox: Outbox, db: Db
) -> None:
    asked = visitor.post("/api/auth/forgot", {"email": f" {alice.email.upper()} "})
    assert (asked.status_code, asked.json()) == (202, {"success": True})
    done = reset(visitor, token_of(outbox.wait_for(alice.email, RESET)))
    assert (done.status_code, done.json()) == (200, {"success": True})
    assert visitor.get("/api/auth/me").status_code == 401  # the new password has to be used
    assert signs_in(alice.url, alice.email, NEW_PASSWORD)
    assert not signs_in(alice.url, alice.email, alice.password)
    assert audited(db, alice, "password_reset") == 1
    assert "/forgot" in path_of(outbox.wait_for(alice.email, PASSWORD_CHANGED))


def test_a_link_works_once(alice: Person, visitor: Client, outbox: Outbox) -> None:
    """SECURITY 7: single use, on the page and in the API."""
    token = ask_reset(alice.url, alice.email, outbox)
    page = visitor.page(f"/reset/{token}")
    assert reset(visitor, token).status_code == 200
    assert_used_up(reset(visitor, token, "a third one 9"))
    assert USED_UP in visitor.page(f"/reset/{token}").text
    late = page.submit("#reset form", password="a third one 9")
    assert late.status == 400
    assert USED_UP in late.text
    assert signs_in(alice.url, alice.email, NEW_PASSWORD)


def test_a_link_used_many_times_at_once_works_once(
    alice: Person, visitor: Client, outbox: Outbox, db: Db
) -> None:
    """SECURITY 7: single use, also between two windows."""
    token = ask_reset(alice.url, alice.email, outbox)
    passwords = [f"battery number {number}" for number in range(6)]
    tabs = [visitor.twin() for _ in passwords]
    answers = at_once(
        [
            lambda tab=tab, password=password: reset(tab, token, password)
            for tab, password in zip(tabs, passwords, strict=True)
        ]
    )
    assert sorted(answer.status_code for answer in answers)[:2] in ([200, 400], [200, 409])
    won = [password for password, answer in zip(passwords, answers, strict=True) if answer.status_code == 200]
    assert [password for password in passwords if signs_in(alice.url, alice.email, password)] == won
    assert audited(db, alice, "password_reset") == 1


def test_a_link_runs_out(alice: Person, visitor: Client, outbox: Outbox, db: Db) -> None:
    """SECURITY 7: after 30 minutes at most, whether or not the row is still there."""
    before = datetime.now(UTC)
    token = ask_reset(alice.url, alice.email, outbox)
    row = db.tokens.find_one({"user_id": ObjectId(alice.id)})
    assert row is not None
    assert timedelta(0) < row["expires_at"] - before <= timedelta(minutes=30, seconds=20)
    assert row["expires_at"] <= datetime.now(UTC) + timedelta(minutes=30)

    ended = datetime.now(UTC) - timedelta(milliseconds=1)
    db.tokens.update_one({"_id": row["_id"]}, {"$set": {"expires_at": ended}}, upsert=True)
    assert USED_UP in visitor.page(f"/reset/{token}").text
    assert_used_up(reset(visitor, token))
    assert not is_out(alice)
    assert db.tokens.index_information()["expiry"]["expireAfterSeconds"] == 0


def test_a_token_is_kept_hashed_and_nowhere_else(
    alice: Person, visitor: Client, server: Server, outbox: Outbox, db: Db
) -> None:
    """SECURITY 7: 128 bits or more; neither the database, nor its outbox, nor the log shows it, used or not."""
    token = ask_reset(alice.url, alice.email, outbox)
    other = ask_reset(alice.url, alice.email, outbox)
    assert token != other
    assert len(token) * 6 >= 128  # each character of base64 is six bits
    digests = {hashlib.sha256(each.encode()).hexdigest() for each in (token, other)}
    assert {row["_id"] for row in db.tokens.find({"user_id": ObjectId(alice.id)})} == digests

    letters_are_done(db)
    assert db.mails.count_documents({"kind": "password_reset", "data": {"$ne": {}}}) == 0
    visitor.page(f"/reset/{token}")
    assert reset(visitor, token).status_code == 200
    stored, log = everything_in(db), server.log_path.read_text()
    for each in (token, other):
        assert each not in stored
        assert each not in log


def test_each_of_several_letters_works_until_one_was_used(
    alice: Person, visitor: Client, outbox: Outbox
) -> None:
    """Letters overtake each other, so the last one asked for need not be the one that is followed."""
    first, second, third = (ask_reset(alice.url, alice.email, outbox) for _ in range(3))
    for token in (first, second, third):
        assert visitor.page(f"/reset/{token}").all("#reset form")
    assert reset(visitor, second).status_code == 200
    for token in (first, second, third):
        assert_used_up(reset(visitor, token, "a third one 9"))


def test_a_reset_signs_every_device_out(
    alice: Person,
    bob: Person,
    visitor: Client,
    outbox: Outbox,
    open_device: OpenDevice,
    connect: Connect,
    db: Db,
) -> None:
    """SECURITY 2 and 7: access and refresh tokens and open sockets, at once; nobody else's."""
    phone = open_device(alice)
    open_pages = [connect(alice), connect(phone)]
    strangers = connect(bob)
    assert reset(visitor, ask_reset(alice.url, alice.email, outbox)).status_code == 200
    assert is_out(alice)
    assert is_out(phone)
    for socket in open_pages:
        wait_for(lambda socket=socket: not socket.connected)
        assert socket.of("signed_out") == [{}]
    assert live_devices(db, alice) == set()
    assert not is_out(bob)
    assert strangers.connected
    assert strangers.of("signed_out") == []


def test_the_browser_that_resets_is_signed_out_with_the_others(alice: Person, outbox: Outbox) -> None:
    link = f"/reset/{ask_reset(alice.url, alice.email, outbox)}"
    done = alice.page(link).submit("#reset form", password=NEW_PASSWORD)
    assert done.path == "/login?notice=reset"
    assert (alice.cookie("token"), alice.cookie("refresh_token")) == (None, None)


def test_a_reset_ends_what_the_old_password_began(alice: Person, visitor: Client, outbox: Outbox) -> None:
    """Whoever knew the old password may have asked for another address: that link is dead, too."""
    wanted = f"new-{alice.email}"
    confirm = ask_email_change(alice, alice.password, wanted, outbox)
    assert reset(visitor, ask_reset(alice.url, alice.email, outbox)).status_code == 200
    page = visitor.page(f"/confirm/{confirm}")
    assert USED_UP in page.text
    form = {"csrf_token": visitor.form_token()}
    assert visitor.post(f"/confirm/{confirm}", data=form).status_code == 400
    assert not signs_in(alice.url, wanted, NEW_PASSWORD)
    assert signs_in(alice.url, alice.email, NEW_PASSWORD)


def test_a_link_opens_only_what_it_is_for(alice: Person, visitor: Client, outbox: Outbox, db: Db) -> None:
    wanted = f"new-{alice.email}"
    confirm = ask_email_change(alice, alice.password, wanted, outbox)
    token = ask_reset(alice.url, alice.email, outbox)
    assert_used_up(reset(visitor, confirm))
    form = {"csrf_token": visitor.form_token()}
    assert visitor.post(f"/confirm/{token}", data=form).status_code == 400
    for path in (f"/reset/{confirm}", f"/confirm/{token}"):
        assert USED_UP in visitor.page(path).text
    # Not even where both name the same address, which no letter does.
    db.tokens.update_many({"user_id": ObjectId(alice.id)}, {"$set": {"email": alice.email}})
    assert_used_up(reset(visitor, confirm))
    assert alice.get("/api/auth/me").json()["email"] == alice.email
    assert reset(visitor, token).status_code == 200  # neither was used up by being tried at the wrong door


@pytest.fixture(scope="module")
def public(start_server: Callable[..., Server]) -> Server:
    """Behind a proxy, and with the rules for passwords that hold in public."""
    return start_server(PUBLIC_URL="http://gigs.example.org", TRUSTED_PROXIES="1", PASSWORD_POLICY="strict")


def test_the_link_leads_to_the_public_address(public: Server, join: Join) -> None:
    """SECURITY 7: never where the Host, or what a proxy passes on of it, says (without one: mails/test_outbox.py)."""
    nina = join("Nina", at=public)
    lies = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"}
    lies |= {"Forwarded": "host=evil.test", "X-Forwarded-Prefix": "/evil.test"}
    program = Client(public.url)
    assert program.post("/api/auth/forgot", {"email": nina.email}, headers=lies).status_code == 202
    letter = Outbox(public.var_dir).wait_for(nina.email, RESET)
    assert letter.links[0].startswith("http://gigs.example.org/reset/")
    assert b"evil.test" not in letter.source


def test_without_a_public_address_the_link_leads_here(alice: Person, visitor: Client, outbox: Outbox) -> None:
    """SECURITY 7: where PUBLIC_URL is unset, the configured host and port, and still never the Host."""
    lies = {"Host": "evil.test", "X-Forwarded-Host": "evil.test"}
    assert visitor.post("/api/auth/forgot", {"email": alice.email}, headers=lies).status_code == 202
    letter = outbox.wait_for(alice.email, RESET)
    assert letter.links[0].startswith(f"{alice.url}/reset/")
    assert b"evil.test" not in letter.source


def test_an_unknown_address_is_answered_alike(alice: Person, visitor: Client, outbox: Outbox, db: Db) -> None:
    """SECURITY 7: in body, status and headers, in the API and on the page."""
    unknown = f"nobody-{alice.email}"
    answers, rows = [], []
    for email in (alice.email, unknown):
        before = db.mails.count_documents({"kind": "password_reset"})
        answers.append(visitor.post("/api/auth/forgot", {"email": email}))
        rows.append(db.mails.count_documents({"kind": "password_reset"}) - before)
    assert shown(answers[0]) == shown(answers[1])
    assert rows == [1, 1]  # the same is done for both, so it takes the same time
    pages = [visitor.page("/forgot").submit("#forgot form", email=email) for email in (alice.email, unknown)]
    texts = [page.text.replace(unknown, "*").replace(alice.email, "*") for page in pages]
    assert texts[0] == texts[1]
    assert pages[0].status == pages[1].status == 200
    outbox.wait_for(alice.email, RESET, count=2)
    letters_are_done(db)
    assert outbox.of(unknown) == []


def test_an_unknown_address_is_answered_as_fast(alice: Person, visitor: Client, db: Db) -> None:
    """SECURITY 7: what differs, the writing of a letter, happens after the answer."""

    def seconds(email: str) -> float:
        letters_are_done(db)  # or the letter of the question before would be measured
        start = time.perf_counter()
        visitor.post("/api/auth/forgot", {"email": email})
        return time.perf_counter() - start

    def ratio() -> float:
        pairs = [(seconds(alice.email), seconds(f"nobody-{alice.email}")) for _ in range(9)]
        known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
        return max(known / unknown, unknown / known)

    seconds(alice.email)
    # What the machine does besides may spoil one round; a true difference spoils each.
    assert any(ratio() < 1.6 for _ in range(3))


def test_a_disabled_account_gets_no_letter_and_its_links_are_dead(
    alice: Person, visitor: Client, server: Server, outbox: Outbox, db: Db
) -> None:
    token = ask_reset(alice.url, alice.email, outbox)
    disable(server, alice.email)
    assert USED_UP in visitor.page(f"/reset/{token}").text
    assert_used_up(reset(visitor, token))
    answer = visitor.post("/api/auth/forgot", {"email": alice.email})
    assert (answer.status_code, answer.json()) == (202, {"success": True})
    letters_are_done(db)
    assert len(outbox.of(alice.email, RESET)) == 1
    # Even one that was on its way past the operator's command.
    later = datetime.now(UTC) + timedelta(minutes=30)
    digest = hashlib.sha256(token.encode()).hexdigest()
    row = {"user_id": ObjectId(alice.id), "purpose": "reset", "email": alice.email, "expires_at": later}
    db.tokens.insert_one({"_id": digest, **row})
    assert_used_up(reset(visitor, token))


def test_a_weak_password_is_refused_at_its_field(alice: Person, visitor: Client, outbox: Outbox) -> None:
    """And the link is still good."""
    token = ask_reset(alice.url, alice.email, outbox)
    for password in ("", "12345", "x" * 129, None, 123456, {"$gt": ""}):
        refused = reset(visitor, token, password)
        assert (refused.status_code, code_of(refused)) == (400, "invalid_fields"), password
        assert refused.json()["error"]["fields"].keys() == {"password"}, password
    assert not is_out(alice)
    assert reset(visitor, token).status_code == 200


def test_a_weak_password_is_refused_at_its_field_of_the_page(
    alice: Person, visitor: Client, outbox: Outbox
) -> None:
    page = visitor.page(f"/reset/{ask_reset(alice.url, alice.email, outbox)}")
    weak = page.submit("#reset form", password="12345")
    assert (weak.status, weak.errors("#reset form")) == (400, {"password": "At least 6 characters."})
    assert weak.submit("#reset form", password=NEW_PASSWORD).path == "/login?notice=reset"


def test_the_rules_for_passwords_hold_here_too(public: Server, join: Join) -> None:
    """SECURITY 6: as at sign-up, the own name and address included."""
    nina = join("Quentin Zacharias", at=public)
    visitor = Client(public.url)
    token = ask_reset(nina.url, nina.email, Outbox(public.var_dir))
    for password in ("1234567", "password", "quentin zacharias", nina.email, nina.email.partition("@")[0]):
        answer = reset(visitor, token, password)
        assert answer.json()["error"]["fields"].keys() == {"password"}, password
    assert reset(visitor, token).status_code == 200


@pytest.mark.parametrize("token", ["nonsense", "a" * 5000, "💥", "../reset", " "])
def test_a_token_that_is_none_is_refused(token: str, visitor: Client) -> None:
    answer = reset(visitor, token)
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"].keys() == {"token"}


@pytest.mark.parametrize("token", [None, "", 5, ["x"], {"$gt": ""}, True])
def test_a_token_is_a_text(token: Any, visitor: Client) -> None:
    """SECURITY 17: an operator of the database is nothing at all."""
    answer = reset(visitor, token)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert answer.json()["error"]["fields"].keys() == {"token"}


@pytest.mark.parametrize("email", [None, "", 5, {"$gt": ""}, "x" * 255])
def test_an_address_is_a_text(email: Any, visitor: Client) -> None:
    answer = visitor.post("/api/auth/forgot", {"email": email})
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"].keys() == {"email"}


def test_looking_at_a_link_changes_nothing(alice: Person, visitor: Client, outbox: Outbox) -> None:
    """SECURITY 12: mail programs follow links by themselves."""
    token = ask_reset(alice.url, alice.email, outbox)
    for _ in range(3):
        assert visitor.page(f"/reset/{token}").all("#reset form")
    assert not is_out(alice)
    assert reset(visitor, token).status_code == 200


def test_a_sign_in_by_the_old_password_beside_a_reset_leaves_no_device(
    alice: Person, visitor: Client, outbox: Outbox, db: Db
) -> None:
    """SECURITY 2: whichever comes first, nobody stays signed in by the old password."""
    for number in range(2):
        token = ask_reset(alice.url, alice.email, outbox)
        old: Json = (
            alice.credentials if number == 0 else {**alice.credentials, "password": f"battery {number - 1}"}
        )
        tabs = [visitor.twin() for _ in range(6)]
        answers = at_once(
            [
                lambda token=token, number=number: reset(visitor, token, f"battery {number}"),
                *[lambda tab=tab, old=old: tab.post("/api/auth/login", old) for tab in tabs],
            ]
        )
        assert answers[0].status_code == 200
        assert {answer.status_code for answer in answers[1:]} <= {200, 401}
        assert live_devices(db, alice) == set()
        assert all(is_out(tab) for tab in tabs)
