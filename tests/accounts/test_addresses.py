"""One address is one account, however its domain is spelt; and it is sent and kept as it was typed."""

import secrets
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.accounts.steps import ask_email_change, ask_reset, signs_in
from tests.conftest import PASSWORD
from tests.support.client import Client, Person
from tests.support.mailbox import Outbox
from tests.support.market import code_of
from tests.support.races import at_once

Db = Database[dict[str, Any]]

# Each is one domain in its own script and in ASCII (IDNA 2008).
SPELLINGS = [("bücher", "xn--bcher-kva"), ("straße", "xn--strae-oqa"), ("例え", "xn--r8jz45g")]


def spelt(*labels: str) -> tuple[str, ...]:
    """A new address at each of these domains."""
    name = f"zoe-{secrets.token_hex(5)}"
    return tuple(f"{name}@{label}.example" for label in labels)


def joined(server_url: str, email: str) -> Person:
    """Somebody who signed up with this address."""
    return Person(server_url, "Zoe", email, PASSWORD)


@pytest.mark.parametrize("labels", [*SPELLINGS, *(pair[::-1] for pair in SPELLINGS)])
def test_both_spellings_of_a_domain_are_one_account(visitor: Client, labels: tuple[str, str]) -> None:
    typed, other = spelt(*labels)
    zoe = joined(visitor.url, typed)
    assert zoe.get("/api/auth/me").json()["email"] == typed
    for email in (typed, other, typed.replace("zoe", "ZOE")):
        assert signs_in(visitor.url, email, PASSWORD)
        again = visitor.post("/api/auth/register", {"name": "Z", "email": email, "password": PASSWORD})
        assert (again.status_code, code_of(again)) == (409, "email_taken")


def test_domains_that_only_look_alike_are_two_accounts(visitor: Client) -> None:
    """Older rules made one of these two."""
    sharp, double = spelt("straße", "strasse")
    joined(visitor.url, sharp)
    assert not signs_in(visitor.url, double, PASSWORD)
    joined(visitor.url, double)


def test_both_spellings_at_once_are_one_account(visitor: Client) -> None:
    wanted = [
        {"name": "Z", "email": email, "password": PASSWORD} for email in spelt("bücher", "xn--bcher-kva")
    ]
    twins = [(visitor.twin(), body) for body in wanted * 3]
    answers = at_once(
        [lambda twin=twin, body=body: twin.post("/api/auth/register", body) for twin, body in twins]
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


@pytest.mark.parametrize("labels", [("bücher", "xn--bcher-kva"), ("xn--bcher-kva", "bücher")])
def test_letters_go_to_the_address_as_it_was_typed(
    visitor: Client, outbox: Outbox, labels: tuple[str, str]
) -> None:
    """However it is spelt by whoever asks for one."""
    typed, other = spelt(*labels)
    joined(visitor.url, typed)
    assert visitor.post("/api/auth/forgot", {"email": other}).status_code == 202
    assert outbox.wait_for(typed).receivers == [typed]


def test_an_account_of_before_keeps_its_address(visitor: Client, db: Db) -> None:
    """Whichever spelling it was kept in, either opens it, and nobody else gets it."""
    for kept, other in (spelt("bücher", "xn--bcher-kva"), spelt("xn--bcher-kva", "bücher")):
        keep_as(db, joined(visitor.url, f"a{kept}"), kept)
        assert signs_in(visitor.url, kept, PASSWORD)
        assert signs_in(visitor.url, other, PASSWORD)
        again = visitor.post("/api/auth/register", {"name": "Z", "email": other, "password": PASSWORD})
        assert code_of(again) == "email_taken"


def test_two_accounts_of_before_with_one_address_both_stay(visitor: Client, db: Db, outbox: Outbox) -> None:
    """Each by the spelling that it was made with: signing in, and a letter to choose a new password."""
    own, ascii_ = spelt("bücher", "xn--bcher-kva")
    for kept, password in ((own, "first secret 1"), (ascii_, "second secret 2")):
        (joined_with,) = spelt("then")
        keep_as(db, Person(visitor.url, "Zoe", joined_with, password), kept)
    assert signs_in(visitor.url, own, "first secret 1")
    assert signs_in(visitor.url, ascii_, "second secret 2")
    assert not signs_in(visitor.url, ascii_, "first secret 1")
    token = ask_reset(visitor.url, ascii_, outbox)
    assert visitor.post("/api/auth/reset", {"token": token, "password": "third secret 3"}).status_code == 200
    assert signs_in(visitor.url, ascii_, "third secret 3")
    assert signs_in(visitor.url, own, "first secret 1")


def test_a_new_address_is_one_in_either_spelling(visitor: Client, outbox: Outbox) -> None:
    typed, other = spelt("xn--bcher-kva", "bücher")
    zoe = joined(visitor.url, f"a{typed}")
    token = ask_email_change(zoe, PASSWORD, typed, outbox)
    assert visitor.post(f"/confirm/{token}", data={"csrf_token": visitor.form_token()}).status_code == 303
    assert signs_in(visitor.url, other, PASSWORD)
    assert zoe.get("/api/auth/me").json()["email"] == typed
    same = zoe.patch("/api/auth/email", {"email": other, "password": PASSWORD})
    assert same.json()["error"]["fields"] == {"email": ["This is already your address."]}


@pytest.mark.parametrize(
    ("signed_in", "path"),
    [(False, "/register"), (False, "/login"), (False, "/forgot"), (True, "/settings/account")],
)
def test_browsers_send_an_address_as_it_was_typed(
    visitor: Client, alice: Person, signed_in: bool, path: str
) -> None:
    """They rewrite what is typed into a field of type=email: x@straße.example became another domain's address."""
    page = (alice if signed_in else visitor).page(path)
    field = page.one("input[name=email]").attrs
    assert (field["type"], field["inputmode"]) == ("text", "email")
    assert field["autocomplete"] in ("email", "username")
    assert page.all("input[type=email]") == []


def keep_as(db: Db, person: Person, email: str) -> None:
    """An account as older versions kept it: its address in lower case, and nothing else."""
    kept = {"$set": {"email": email}, "$unset": {"email_typed": ""}}
    assert db.users.update_one({"_id": ObjectId(person.id)}, kept).matched_count == 1
