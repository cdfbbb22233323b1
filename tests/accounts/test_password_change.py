"""Choosing another password in the settings (SECURITY 2)."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from bson import ObjectId

from gigflow.accounts import store
from gigflow.accounts.models import User
from gigflow.core.db import Tx
from tests.accounts.conftest import OpenDevice
from tests.accounts.steps import (
    EMAIL_CHANGED,
    NEW_PASSWORD,
    PASSWORD_CHANGED,
    USED_UP,
    Db,
    ask_email_change,
    ask_reset,
    audited,
    device_id,
    is_out,
    live_devices,
    path_of,
    signs_in,
)
from tests.conftest import Connect
from tests.support.client import Client, Person
from tests.support.mailbox import Outbox
from tests.support.market import code_of
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for


def change(client: Client, current: object, new: object = NEW_PASSWORD, **more: object) -> requests.Response:
    """Try to choose another password."""
    return client.patch("/api/auth/password", {"currentPassword": current, "newPassword": new, **more})


def test_another_password_from_now_on(alice: Person, db: Db) -> None:
    answer = change(alice, alice.password)
    assert answer.status_code == 200
    assert answer.json() == {"token": alice.cookie("token")}
    assert alice.get("/api/auth/me").json()["id"] == alice.id
    assert signs_in(alice.url, alice.email, NEW_PASSWORD)
    assert not signs_in(alice.url, alice.email, alice.password)
    assert audited(db, alice, "password_changed") == 1


def test_who_is_not_signed_in_changes_nothing(alice: Person, visitor: Client) -> None:
    assert change(visitor, alice.password).status_code == 401
    assert visitor.page("/settings/password").one("h1").to_text() == "Sign in"
    assert signs_in(alice.url, alice.email, alice.password)


def test_the_current_password_is_asked(alice: Person, bob: Person, open_device: OpenDevice, db: Db) -> None:
    """A stolen device is not enough to take an account over; and nothing happens to the others."""
    phone = open_device(alice)
    for wrong in ("wrong password", alice.password.upper(), f"{alice.password} ", "", None):
        answer = change(alice, wrong)
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
        assert answer.json()["error"]["fields"].keys() == {"currentPassword"}
    assert change(bob, alice.password + "x").status_code == 400
    assert signs_in(alice.url, alice.email, alice.password)
    assert (is_out(alice), is_out(phone)) == (False, False)
    assert audited(db, alice, "password_changed") == 0


@pytest.mark.parametrize("new", ["", "12345", "x" * 129, None, 123456, {"$gt": ""}])
def test_a_weak_password_is_refused_at_its_field(new: Any, alice: Person) -> None:
    """SECURITY 6."""
    answer = change(alice, alice.password, new)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert answer.json()["error"]["fields"].keys() == {"newPassword"}
    assert signs_in(alice.url, alice.email, alice.password)


def test_copied_cookies_are_dead_at_once(alice: Person, bob: Person, open_device: OpenDevice, db: Db) -> None:
    """SECURITY 2: of this device and of all others; this one goes on with its new cookies, and so do strangers."""
    phone = open_device(alice)
    thief_of_phone, thief = phone.twin(), alice.twin()
    assert not is_out(thief)  # its refresh token was presented: the one before it is good, too
    alice.get("/api/auth/me")
    assert change(alice, alice.password).status_code == 200
    assert is_out(thief)
    assert is_out(thief_of_phone)
    assert is_out(phone)
    assert not is_out(alice)
    assert not is_out(bob)
    assert live_devices(db, alice) == {device_id(alice)}


def test_an_old_refresh_token_ends_nothing(alice: Person, db: Db) -> None:
    """SECURITY 4: it was made worthless on purpose, so presenting it is no reuse, or a thief could sign her out."""
    thief = alice.twin()
    thief.forget_cookie("token")
    assert change(alice, alice.password).status_code == 200
    for _ in range(3):
        assert thief.get("/api/auth/me").status_code == 401
        assert thief.post("/api/auth/refresh").status_code == 401
    assert alice.post("/api/auth/refresh").status_code == 200
    assert not is_out(alice)
    assert audited(db, alice, "refresh_reused") == 0


def test_the_new_tokens_are_those_of_a_device_like_any_other(alice: Person, db: Db) -> None:
    """SECURITY 4: they rotate, and reuse of one that was replaced twice ends the device."""
    assert change(alice, alice.password).status_code == 200
    thief = alice.twin()
    thief.forget_cookie("token")
    for _ in range(3):
        assert alice.post("/api/auth/refresh").status_code == 200
    assert thief.post("/api/auth/refresh").status_code == 401
    assert is_out(alice)
    assert audited(db, alice, "refresh_reused") == 1


def test_other_devices_may_be_kept(alice: Person, open_device: OpenDevice) -> None:
    """But not the copies of this device's cookies."""
    phone, thief = open_device(alice), alice.twin()
    assert change(alice, alice.password, keepOtherDevices=True).status_code == 200
    assert not is_out(phone)
    assert not is_out(alice)
    assert is_out(thief)


@pytest.mark.parametrize("keep", ["yes", 1, [True]])
def test_keeping_them_is_said_by_true(keep: object, alice: Person) -> None:
    answer = change(alice, alice.password, keepOtherDevices=keep)
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"].keys() == {"keepOtherDevices"}


def test_open_sockets_are_cut_and_only_ended_devices_are_told_so(
    alice: Person, bob: Person, open_device: OpenDevice, connect: Connect
) -> None:
    """SECURITY 2: this device's pages come back with the new cookies; a thief's copy does not."""
    phone, thief = open_device(alice), alice.twin()
    own, stolen, ended, strangers = connect(alice), connect(thief), connect(phone), connect(bob)
    assert change(alice, alice.password).status_code == 200
    for socket in (own, stolen, ended):
        wait_for(lambda socket=socket: not socket.connected)
    assert (own.of("signed_out"), stolen.of("signed_out")) == ([], [])
    assert ended.of("signed_out") == [{}]
    assert strangers.connected

    assert connect(alice).of("unread")
    again = connect(thief)
    again.wait("signed_out")
    assert again.of("unread") == []


def test_a_letter_tells_of_it(alice: Person, outbox: Outbox) -> None:
    """Whoever did not change it can act: its link leads to a reset, which signs every device out."""
    assert change(alice, alice.password).status_code == 200
    letter = outbox.wait_for(alice.email, PASSWORD_CHANGED)
    assert path_of(letter) == "/forgot"
    assert NEW_PASSWORD not in letter.text
    assert alice.password not in letter.text


def test_a_change_ends_what_was_begun_before(alice: Person, visitor: Client, outbox: Outbox) -> None:
    """A reset that is on its way, and a change of the address."""
    reset = ask_reset(alice.url, alice.email, outbox)
    wanted = f"new-{alice.email}"
    confirm = ask_email_change(alice, alice.password, wanted, outbox)
    assert change(alice, alice.password).status_code == 200
    for path in (f"/reset/{reset}", f"/confirm/{confirm}"):
        assert USED_UP in visitor.page(path).text
    assert visitor.post("/api/auth/reset", {"token": reset, "password": "third one 9"}).status_code == 400
    form = {"csrf_token": visitor.form_token()}
    assert visitor.post(f"/confirm/{confirm}", data=form).status_code == 400
    assert "A letter is at" not in alice.page("/settings/account").text
    assert alice.get("/api/auth/me").json()["email"] == alice.email
    assert outbox.of(alice.email, EMAIL_CHANGED) == []


def test_an_ended_device_changes_nothing(alice: Person, open_device: OpenDevice) -> None:
    phone = open_device(alice)
    alice.delete("/api/auth/sessions")
    assert change(phone, alice.password).status_code == 401
    assert signs_in(alice.url, alice.email, alice.password)


def test_two_changes_at_once_are_one(alice: Person, db: Db) -> None:
    """The other is refused: the password that it was allowed by is not the password any more."""
    passwords = [f"battery number {number}" for number in range(5)]
    tabs = [alice.twin() for _ in passwords]
    answers = at_once(
        [
            lambda tab=tab, password=password: change(tab, alice.password, password)
            for tab, password in zip(tabs, passwords, strict=True)
        ]
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200
    # Too late, with the wrong password, or from a copy that the first change has ended.
    assert set(statuses[1:]) <= {409, 400, 401}
    won = [password for password, answer in zip(passwords, answers, strict=True) if answer.status_code == 200]
    assert [password for password in passwords if signs_in(alice.url, alice.email, password)] == won
    assert audited(db, alice, "password_changed") == 1


def test_a_sign_in_by_the_old_password_beside_a_change_leaves_no_device(
    alice: Person, visitor: Client, db: Db
) -> None:
    """SECURITY 2: whichever comes first, nobody stays signed in by the old password."""
    old = alice.password
    for number in range(4):
        new = f"battery {number}"
        tabs = [visitor.twin() for _ in range(6)]
        credentials = {"email": alice.email, "password": old}
        answers = at_once(
            [
                lambda old=old, new=new: change(alice, old, new),
                *[lambda tab=tab, sent=credentials: tab.post("/api/auth/login", sent) for tab in tabs],
            ]
        )
        assert answers[0].status_code == 200
        assert {answer.status_code for answer in answers[1:]} <= {200, 401}
        assert live_devices(db, alice) == {device_id(alice)}
        assert all(is_out(tab) for tab in tabs)
        old = new


def test_a_sign_in_of_the_very_moment_of_another_meets_a_change_as_well(
    alice: Person, server: Server
) -> None:
    """A write that changes nothing conflicts with nothing: its time is that of the sign-in before."""
    user = store.get_user(server.house, ObjectId(alice.id))
    assert user is not None
    same = {"signed_in_at": server.db.users.find_one({"_id": user.id})["signed_in_at"]}
    answers: list[requests.Response] = []

    def sign_in_meanwhile(tx: Tx) -> User | None:
        store.get_user(tx, user.id)  # the transaction sees the account of this moment
        if not answers:
            answers.append(change(alice, alice.password))
        return store.update_user(tx, user.id, same, password_hash=user.password_hash)

    assert server.house.transact(sign_in_meanwhile) is None
    assert answers[0].status_code == 200


def test_by_the_form(alice: Person, open_device: OpenDevice) -> None:
    """Without JavaScript."""
    phone = open_device(alice)
    page = alice.page("/settings/password")
    typed = {"current_password": "wrong password", "new_password": NEW_PASSWORD}
    wrong = page.submit("#password-form", **typed)
    assert (wrong.status, wrong.errors("#password-form").keys()) == (400, {"current_password"})
    assert set(wrong.values("#password-form").values()) & {*typed.values(), alice.password} == set()
    weak = wrong.submit("#password-form", current_password=alice.password, new_password="12345")
    assert (weak.status, weak.errors("#password-form").keys()) == (400, {"new_password"})
    done = weak.submit("#password-form", current_password=alice.password, new_password=NEW_PASSWORD)
    assert (done.status, done.path) == (200, "/settings/password?saved=1")
    assert "Your password is changed." in done.text
    assert is_out(phone)
    assert signs_in(alice.url, alice.email, NEW_PASSWORD)


def test_the_box_of_the_form_keeps_the_others(alice: Person, open_device: OpenDevice) -> None:
    phone = open_device(alice)
    page = alice.page("/settings/password")
    typed = {"current_password": alice.password, "new_password": NEW_PASSWORD, "keep_other_devices": "y"}
    assert page.submit("#password-form", **typed).status == 200
    assert not is_out(phone)


def test_a_page_gets_a_whole_new_page(alice: Person) -> None:
    """So that its socket comes back with the new tokens."""
    typed = {"current_password": alice.password, "new_password": NEW_PASSWORD}
    answer = alice.fragment("POST", "/settings/password", at="/settings/password", **typed).response
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/settings/password?saved=1")
    assert not is_out(alice)


def test_a_disabled_account_changes_nothing(alice: Person, db: Db) -> None:
    """Not even where its device was forgotten to be ended."""
    db.users.update_one({"_id": ObjectId(alice.id)}, {"$set": {"disabled_at": datetime.now(UTC)}})
    assert change(alice, alice.password).status_code in (401, 409)
    db.users.update_one({"_id": ObjectId(alice.id)}, {"$set": {"disabled_at": None}})
    assert signs_in(alice.url, alice.email, alice.password)
