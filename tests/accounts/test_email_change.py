"""Another address for the account: used once its owner has confirmed it from there."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from bson import ObjectId

from tests.accounts.steps import (
    CONFIRM,
    EMAIL_CHANGED,
    USED_UP,
    Db,
    ask_email_change,
    ask_reset,
    audited,
    everything_in,
    letters_are_done,
    path_of,
    signs_in,
    token_of,
)
from tests.conftest import PASSWORD, Join
from tests.support.client import Client, Person
from tests.support.mailbox import Outbox
from tests.support.market import code_of, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server


@pytest.fixture
def wanted(alice: Person) -> str:
    """The address that she wants from now on."""
    return f"new-{alice.email}"


def ask(client: Client, email: object, password: object) -> requests.Response:
    """Ask for a letter to this address."""
    return client.patch("/api/auth/email", {"email": email, "password": password})


def confirm(client: Client, token: str) -> requests.Response:
    """Press the button of the page that the letter leads to."""
    return client.post(f"/confirm/{token}", data={"csrf_token": client.form_token()})


def email_of(person: Person) -> str:
    return str(person.get("/api/auth/me").json()["email"])


def test_from_the_wish_to_the_new_address_by_the_pages(alice: Person, wanted: str, outbox: Outbox) -> None:
    """Without JavaScript."""
    page = alice.page("/settings/account")
    asked = page.submit("#email-form form", email=wanted, password=alice.password)
    assert (asked.status, asked.path) == (200, "/settings/account")
    assert f"A link is on its way to {wanted}" in asked.text
    assert f"You sign in with {alice.email}" in asked.text

    link = path_of(outbox.wait_for(wanted, CONFIRM))
    done = alice.page(link).submit("#confirm form")
    assert (done.status, done.path) == (200, "/settings/account?saved=1")
    assert f"You sign in with {wanted}" in done.text
    assert "A link is on its way to" not in done.text
    assert email_of(alice) == wanted


def test_the_new_address_signs_in_and_the_old_one_does_not(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox, db: Db
) -> None:
    """Followed where nobody is signed in: the letter may be read on another device."""
    token = ask_email_change(alice, alice.password, wanted, outbox)
    assert not signs_in(alice.url, wanted, alice.password)
    answer = confirm(visitor, token)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?notice=confirmed")
    assert visitor.get("/api/auth/me").status_code == 401  # a letter signs nobody in
    assert signs_in(alice.url, wanted, alice.password)
    assert not signs_in(alice.url, alice.email, alice.password)
    assert email_of(alice) == wanted
    assert audited(db, alice, "email_changed") == 1


def test_the_letter_goes_to_the_new_address_only_and_the_old_one_is_told_afterwards(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox, db: Db
) -> None:
    token = ask_email_change(alice, alice.password, wanted, outbox)
    letters_are_done(db)
    assert outbox.of(alice.email) == []
    assert confirm(visitor, token).status_code == 303
    told = outbox.wait_for(alice.email, EMAIL_CHANGED)
    assert wanted not in told.text  # it is not this reader's business any more
    # A reset would go to the new address, so what the old one is told must not be to ask for one.
    assert "Contact the operators of this site at once" in " ".join(told.text.split())
    assert "/forgot" not in told.text
    assert outbox.of(wanted, EMAIL_CHANGED) == []


def test_following_the_link_changes_nothing_until_the_button_is_pressed(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox
) -> None:
    """SECURITY 12: mail programs follow links by themselves."""
    token = ask_email_change(alice, alice.password, wanted, outbox)
    for client in (visitor, alice, visitor):
        assert wanted in client.page(f"/confirm/{token}").one("#confirm form button").to_text()
    assert email_of(alice) == alice.email
    assert confirm(visitor, token).status_code == 303


def test_the_link_works_once(alice: Person, visitor: Client, wanted: str, outbox: Outbox) -> None:
    token = ask_email_change(alice, alice.password, wanted, outbox)
    assert confirm(visitor, token).status_code == 303
    assert confirm(visitor, token).status_code == 400
    assert USED_UP in visitor.page(f"/confirm/{token}").text
    # Not even to come back to it after the next change.
    again = ask_email_change(alice, alice.password, alice.email, outbox)
    assert confirm(visitor, again).status_code == 303
    assert confirm(visitor, token).status_code == 400
    assert email_of(alice) == alice.email


def test_the_link_used_many_times_at_once_works_once(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox, db: Db
) -> None:
    token = ask_email_change(alice, alice.password, wanted, outbox)
    visitor.form_token()
    tabs = [visitor.twin() for _ in range(6)]
    form = {"csrf_token": visitor.form_token()}
    answers = at_once([lambda tab=tab: tab.post(f"/confirm/{token}", data=form) for tab in tabs])
    assert sorted(answer.status_code for answer in answers) == [303, 400, 400, 400, 400, 400]
    assert audited(db, alice, "email_changed") == 1
    outbox.wait_for(alice.email, EMAIL_CHANGED)
    letters_are_done(db)
    assert len(outbox.of(alice.email, EMAIL_CHANGED)) == 1


def test_the_link_runs_out(alice: Person, visitor: Client, wanted: str, outbox: Outbox, db: Db) -> None:
    token = ask_email_change(alice, alice.password, wanted, outbox)
    row = db.tokens.find_one({"user_id": ObjectId(alice.id)})
    assert row is not None
    assert row["_id"] == hashlib.sha256(token.encode()).hexdigest()
    assert token not in everything_in(db)
    left = row["expires_at"] - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    ended = datetime.now(UTC) - timedelta(milliseconds=1)
    db.tokens.update_one({"_id": row["_id"]}, {"$set": {"expires_at": ended}})
    assert USED_UP in visitor.page(f"/confirm/{token}").text
    assert confirm(visitor, token).status_code == 400
    assert email_of(alice) == alice.email


def test_the_password_is_asked(alice: Person, wanted: str, outbox: Outbox, db: Db) -> None:
    """A stolen device is not enough to take an account over."""
    for wrong in ("wrong password", "", None, {"$gt": ""}):
        answer = ask(alice, wanted, wrong)
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
        assert answer.json()["error"]["fields"].keys() == {"password"}
    page = alice.page("/settings/account").submit("#email-form form", email=wanted, password="wrong")
    assert (page.status, page.errors("#email-form form").keys()) == (400, {"password"})
    assert page.values("#email-form form")["email"] == wanted
    letters_are_done(db)
    assert outbox.of(wanted) == []


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "nina",
        "ni na@example.test",
        "nina@b.org,c.example.org",
        "=?utf-8?q?nina?=@x.example.org",
        f"{'n' * 250}@example.test",
        5,
        {"$gt": ""},
    ],
)
def test_a_wrong_address_is_refused_at_its_field(email: Any, alice: Person) -> None:
    answer = ask(alice, email, alice.password)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert answer.json()["error"]["fields"].keys() == {"email"}


def test_the_own_address_is_no_change(alice: Person) -> None:
    """In whatever case."""
    for email in (alice.email, f" {alice.email.upper()} "):
        answer = ask(alice, email, alice.password)
        assert answer.json()["error"]["fields"] == {"email": ["This is already your address."]}


def test_case_and_spaces_are_no_part_of_an_address(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox
) -> None:
    assert ask(alice, f"  {wanted.upper()} ", alice.password).status_code == 202
    assert confirm(visitor, token_of(outbox.wait_for(wanted, CONFIRM))).status_code == 303
    assert email_of(alice) == wanted
    assert signs_in(alice.url, wanted.title(), alice.password)


def test_an_address_that_somebody_has_is_refused_at_once(alice: Person, bob: Person, db: Db) -> None:
    for email in (bob.email, bob.email.upper()):
        answer = ask(alice, email, alice.password)
        assert (answer.status_code, code_of(answer)) == (409, "email_taken")
    page = alice.page("/settings/account").submit(
        "#email-form form", email=bob.email, password=alice.password
    )
    assert (page.status, "already an account" in page.text) == (409, True)
    assert db.tokens.count_documents({"user_id": ObjectId(alice.id)}) == 0


def test_an_address_that_somebody_took_meanwhile_is_refused(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox
) -> None:
    """And neither account is the worse for it; once it is free again the link works."""
    token = ask_email_change(alice, alice.password, wanted, outbox)
    account = {"name": "Quick Nina", "email": wanted, "password": PASSWORD}
    assert visitor.post("/api/auth/register", account).status_code == 201
    page = alice.page(f"/confirm/{token}").submit("#confirm form")
    assert page.status == 409
    assert "already an account" in page.text
    assert email_of(alice) == alice.email
    assert visitor.get("/api/auth/me").json()["email"] == wanted
    assert outbox.of(alice.email, EMAIL_CHANGED) == []


def test_two_who_want_one_address_at_once(
    alice: Person, bob: Person, wanted: str, outbox: Outbox, db: Db
) -> None:
    """Whoever confirms first has it."""
    people = (alice, bob)
    tokens = [ask_email_change(person, person.password, wanted, outbox) for person in people]
    forms = [{"csrf_token": person.form_token()} for person in people]
    answers = at_once(
        [
            lambda person=person, token=token, form=form: person.post(f"/confirm/{token}", data=form)
            for person, token, form in zip(people, tokens, forms, strict=True)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert sorted(map(email_of, people)).count(wanted) == 1
    assert db.users.count_documents({"email": wanted}) == 1


def test_a_change_that_was_taken_back_is_none(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox
) -> None:
    token = ask_email_change(alice, alice.password, wanted, outbox)
    page = alice.page("/settings/account")
    back = page.submit("#email-form form")  # Keep the old one
    assert (back.status, back.path) == (200, "/settings/account")
    assert "A link is on its way to" not in back.text
    assert USED_UP in visitor.page(f"/confirm/{token}").text
    assert confirm(visitor, token).status_code == 400
    assert email_of(alice) == alice.email
    # There is nothing to take back any more, which is as good.
    form = {"csrf_token": alice.form_token()}
    assert alice.post("/settings/account/email/cancel", data=form).status_code == 303


def test_asking_again_makes_the_first_link_worthless(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox
) -> None:
    first = ask_email_change(alice, alice.password, wanted, outbox)
    second = ask_email_change(alice, alice.password, f"newer-{alice.email}", outbox)
    assert USED_UP in visitor.page(f"/confirm/{first}").text
    assert confirm(visitor, first).status_code == 400
    assert confirm(visitor, second).status_code == 303
    assert email_of(alice) == f"newer-{alice.email}"


def test_a_letter_that_is_not_wanted_any_more_is_not_sent(
    alice: Person, wanted: str, server: Server, outbox: Outbox, db: Db
) -> None:
    """It waits for a mail server, and she has asked for another address meanwhile."""
    row = {"key": f"stale:{alice.id}", "kind": "email_change", "attempts": 0, "claimed_until": None}
    data = {"user_id": ObjectId(alice.id), "email": wanted}
    now = datetime.now(UTC)
    db.mails.insert_one({**row, "data": data, "due_at": now, "created_at": now})
    letters_are_done(db)
    assert outbox.of(wanted) == []
    gone = db.mails.find_one({"key": row["key"]})
    assert gone is not None
    assert (gone["dropped"], gone["data"]) == (True, {})


def test_a_reset_that_was_sent_to_the_old_address_is_dead_after_the_change(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox
) -> None:
    """Else whoever reads the old letters would still have the key to the account."""
    reset = ask_reset(alice.url, alice.email, outbox)
    assert confirm(visitor, ask_email_change(alice, alice.password, wanted, outbox)).status_code == 303
    assert USED_UP in visitor.page(f"/reset/{reset}").text
    answer = visitor.post("/api/auth/reset", {"token": reset, "password": "another battery 8"})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_token")
    assert signs_in(alice.url, wanted, alice.password)
    # And no letter of the kind goes there any more.
    before = len(outbox.of(alice.email, "Choose a new password"))
    visitor.post("/api/auth/forgot", {"email": alice.email})
    token = ask_reset(alice.url, wanted, outbox)
    assert len(outbox.of(alice.email, "Choose a new password")) == before
    assert visitor.page(f"/reset/{token}").all("#reset form")


def test_a_reset_stays_dead_when_the_old_address_is_taken_up_again(
    alice: Person, visitor: Client, wanted: str, outbox: Outbox
) -> None:
    reset = ask_reset(alice.url, alice.email, outbox)
    for email in (wanted, alice.email):
        assert confirm(visitor, ask_email_change(alice, alice.password, email, outbox)).status_code == 303
    answer = visitor.post("/api/auth/reset", {"token": reset, "password": "another battery 8"})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_token")


def test_the_old_address_is_free_again(alice: Person, visitor: Client, wanted: str, outbox: Outbox) -> None:
    assert confirm(visitor, ask_email_change(alice, alice.password, wanted, outbox)).status_code == 303
    account = {"name": "Next Alice", "email": alice.email, "password": PASSWORD}
    assert visitor.post("/api/auth/register", account).status_code == 201
    assert email_of(alice) == wanted


def test_a_stranger_sees_nothing_of_it_and_takes_nothing_back(
    alice: Person, charlie: Person, root: Person, visitor: Client, wanted: str, outbox: Outbox
) -> None:
    """SECURITY 18: the old and the new address are nobody else's business, not even an admin's here."""
    token = ask_email_change(alice, alice.password, wanted, outbox)
    gig = post_job(alice)
    place_bid(alice, post_job(charlie))
    for client in (charlie, root, visitor):
        for path in (
            f"/api/users/{alice.id}",
            f"/u/{alice.id}",
            f"/api/gigs/{gig['id']}",
            f"/gigs/{gig['id']}",
            "/api/gigs",
            "/settings/account",
            f"/api/bids/{gig['id']}",
        ):
            text = client.get(path).text
            assert alice.email not in text, path
    for client in (charlie, root):
        client.post("/settings/account/email/cancel", data={"csrf_token": client.form_token()})
    sent_away = visitor.post("/settings/account/email/cancel", data={"csrf_token": visitor.form_token()})
    assert sent_away.headers["Location"].startswith("/login")
    assert ask(visitor, wanted, alice.password).status_code == 401
    assert f"A link is on its way to {wanted}" in alice.page("/settings/account").text
    assert confirm(alice, token).status_code == 303


def test_who_reads_a_bid_learns_no_address(alice: Person, bob: Person) -> None:
    """SECURITY 18."""
    gig = post_job(alice)
    place_bid(bob, gig)
    for client, path in (
        (alice, f"/api/bids/{gig['id']}"),
        (alice, f"/gigs/{gig['id']}"),
        (alice, "/api/notifications"),
        (bob, "/api/bids/mine"),
        (bob, f"/gigs/{gig['id']}"),
    ):
        other = bob if client is alice else alice
        text = client.get(path).text
        assert other.email not in text, path
        assert "password" not in text.lower().replace("/settings/password", ""), path


def test_devices_stay_signed_in(
    alice: Person, join: Join, visitor: Client, wanted: str, outbox: Outbox
) -> None:
    """The address is a name, not a key: who knew the password knows it still."""
    assert confirm(visitor, ask_email_change(alice, alice.password, wanted, outbox)).status_code == 303
    assert alice.post("/api/auth/refresh").status_code == 200
