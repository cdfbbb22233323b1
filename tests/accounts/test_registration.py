"""Signing up (docs/api.md, Signing in)."""

import secrets
from typing import Any

import pytest
from pymongo.database import Database

from tests.conftest import PASSWORD, Join
from tests.support.client import Client, Person
from tests.support.market import JOB, code_of, hire, place_bid, post_job
from tests.support.races import at_once

Db = Database[dict[str, Any]]


def new_account(**fields: object) -> dict[str, object]:
    email = f"new-{secrets.token_hex(6)}@example.test"
    return {"name": "Nina New", "email": email, "password": PASSWORD, **fields}


def test_a_new_account_is_signed_in_at_once(visitor: Client) -> None:
    wanted = new_account(intent="client")
    answer = visitor.post("/api/auth/register", wanted)
    assert answer.status_code == 201
    account = answer.json()
    assert account.keys() == {"id", "_id", "name", "email", "intent", "isAdmin", "createdAt"}
    assert account["id"] == account["_id"]
    assert (account["name"], account["email"], account["intent"]) == ("Nina New", wanted["email"], "client")
    assert account["isAdmin"] is False
    assert visitor.get("/api/auth/me").json() == account


def test_an_address_is_kept_in_lower_case_and_belongs_to_one_account(visitor: Client) -> None:
    wanted = new_account(email=f"Mixed.{secrets.token_hex(4)}@Example.Test")
    assert visitor.post("/api/auth/register", wanted).json()["email"] == str(wanted["email"]).lower()
    for email in (wanted["email"], str(wanted["email"]).upper()):
        again = visitor.post("/api/auth/register", {**wanted, "email": email})
        assert (again.status_code, code_of(again)) == (409, "email_taken")


def test_the_page_leads_to_the_account_that_is_there(visitor: Client, alice: Person) -> None:
    page = visitor.page("/register?next=/gigs/new")
    again = page.submit(
        "#register-form", name="Alice", email=alice.email, password="long enough", intent="client"
    )
    assert again.status == 409
    assert "There is already an account with this e-mail address." in again.text
    assert again.one("#register-form a.button[href^='/login']").attrs["href"] == "/login?next=/gigs/new"
    assert again.link("Choose a new password") == "/forgot"


def test_one_address_signed_up_by_many_at_once_is_one_account(visitor: Client, db: Db) -> None:
    wanted = new_account()
    twins = [visitor.twin() for _ in range(8)]
    answers = at_once([lambda twin=twin: twin.post("/api/auth/register", wanted) for twin in twins])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert db.users.count_documents({"email": wanted["email"]}) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", "   "),
        ("name", "\u200b\u2060"),  # nothing that can be seen
        ("name", "x" * 81),
        ("name", 5),
        ("name", ["Nina"]),
        ("email", None),
        ("email", "nina"),
        ("email", "nina@localhost"),
        ("email", "ni na@example.test"),
        ("email", "nina@example.test\n"),
        ("email", "@example.test"),
        ("email", f"{'n' * 250}@example.test"),
        ("email", {"$gt": ""}),
        ("password", None),
        ("password", ""),
        ("password", "12345"),
        ("password", "x" * 129),
        ("password", 123456),
        ("password", {"$ne": None}),
        ("password", "nul\0inside"),
        ("intent", "boss"),
        ("intent", True),
    ],
)
def test_a_wrong_field_is_named(visitor: Client, field: str, value: object) -> None:
    answer = visitor.post("/api/auth/register", new_account(**{field: value}))
    if field == "email" and isinstance(value, str) and value.endswith("\n"):
        assert answer.status_code == 201  # white space around an address is no part of it
        return
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert answer.json()["error"]["fields"].keys() == {field}
    assert visitor.get("/api/auth/me").status_code == 401


@pytest.mark.parametrize("field", ["name", "email", "password"])
def test_a_field_left_out_is_named(visitor: Client, field: str) -> None:
    wanted = new_account()
    del wanted[field]
    answer = visitor.post("/api/auth/register", wanted)
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"].keys() == {field}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "李"),
        ("name", "x" * 80),
        ("name", "O’Neil <b>& Söhne</b>"),
        ("email", "ni+na.o'neil@mail.test"),
        ("email", "nina-1@example.com"),
        ("password", "123456"),
        ("password", "x" * 128),
        ("password", " spaces count "),
        ("intent", None),
        ("intent", "freelancer"),
    ],
)
def test_what_is_good_enough(visitor: Client, field: str, value: object) -> None:
    wanted = new_account(**{field: value})
    answer = visitor.post("/api/auth/register", wanted)
    assert answer.status_code == 201, answer.text
    if field != "password":
        assert answer.json()[field] == value
    signed_in = visitor.post("/api/auth/login", {name: wanted[name] for name in ("email", "password")})
    assert signed_in.status_code == 200


@pytest.mark.parametrize(
    "email",
    [
        # Where programs disagree whose address that is.
        "nina@b.org,c.example.org",
        "nina@b.org>,d.example",
        "nina@b.org;c.d",
        'nina@b.org"c.d',
        "nina@b:c.example",
        "nina@(c).example.org",
        "(nina)mallory@b.org",
        '"nina mallory"@b.org',
        "<nina@b.org>",
        "nina@b.org@c.org",
        "nina@[127.0.0.1]",
        "nina@127.0.0.1",
        "=?utf-8?q?nina?=@x.example.org",
        # What cannot be seen, or is written in another way as well.
        "\u200enina@b.org",
        "ni\u00adna@b.org",
        "ni\u200dna@b.org",
        "nina@b\u00ad.org",
        "nina@b\ufe0f.org",
        "ni\x07na@b.org",
        "ｎina@b.org",
        "nina@ｂ.org",
        "nin\u0061\u0301@b.org",
        # Words and names that are none.
        ".nina@b.org",
        "nina.@b.org",
        "ni..na@b.org",
        "nina@-b.example",
        "nina@b-.example",
        "nina@b_c.example",
        "nina@b..example",
        "nina@b.example.",
        "nina@b。example",
        # Longer than mail (RFC 5321) or the DNS (RFC 1035) carries.
        "n" * 65 + "@b.org",
        "é" * 33 + "@b.org",
        "nina@" + "b" * 64 + ".org",
        "nina@" + "例" * 60 + ".org",
        "nina@" + "日本語例えテスト株式会社東京都." * 7 + "org",
    ],
)
def test_an_address_that_not_everybody_reads_alike_is_refused(visitor: Client, email: str) -> None:
    """Or letters would go to another address than the account's."""
    answer = visitor.post("/api/auth/register", new_account(email=email))
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert answer.json()["error"]["fields"] == {
        "email": ["Enter an e-mail address, such as maya@example.org."]
    }


@pytest.mark.parametrize(
    "email",
    [
        "nina-3-{}@example.test",
        "nina+{}@c.org",
        "o'neil_{}.x@mail.invalid",
        "{}@4.b.example",
        "n" * 52 + "{}@" + "b" * 63 + ".org",
        "zoë-{}@例え.example.test",
        "нина-{}@пример.рф",
        "डाटामेल{}@डाटामेल.भारत",
        "{}@xn--r8jz45g.example",
    ],
)
def test_an_address_of_any_script_and_domain_is_good_enough(visitor: Client, email: str) -> None:
    """docs/api.md, Tolerant to programs: those of test domains, too."""
    wanted = new_account(email=email.format(secrets.token_hex(6)))
    answer = visitor.post("/api/auth/register", wanted)
    assert (answer.status_code, answer.json().get("email")) == (201, wanted["email"])
    signed_in = visitor.post("/api/auth/login", {name: wanted[name] for name in ("email", "password")})
    assert signed_in.status_code == 200


def test_nobody_signs_up_as_more_than_they_are(visitor: Client, db: Db) -> None:
    """SECURITY 17: fields of the server's never bind."""
    wanted = new_account(
        isAdmin=True,
        is_admin=True,
        id="0" * 24,
        _id="0" * 24,
        passwordHash="x",
        disabledAt=None,
        createdAt="1999",
    )
    account = visitor.post("/api/auth/register", wanted).json()
    assert account["isAdmin"] is False
    assert account["id"] != "0" * 24
    stored = db.users.find_one({"email": wanted["email"]})
    assert stored is not None
    assert stored["is_admin"] is False
    assert stored["password_hash"].startswith("$argon2id$")
    assert stored["created_at"].year > 2000


def test_signing_up_by_the_form(visitor: Client) -> None:
    page = visitor.page("/register?next=/hiring")
    typed = {"name": "", "email": "not-an-address", "password": "12345", "intent": "client"}
    refused = page.submit("#register-form", **typed)
    assert refused.status == 400
    assert refused.errors("#register-form").keys() == {"name", "email", "password"}
    kept = refused.values("#register-form")
    assert (kept["email"], kept["intent"], kept["password"]) == ("not-an-address", "client", "")

    email = str(new_account()["email"])
    weak = refused.submit("#register-form", name="Nina", email=email, password="12345")
    assert weak.status == 400
    assert weak.errors("#register-form").keys() == {"password"}
    done = weak.submit("#register-form", password=PASSWORD)
    assert (done.status, done.path) == (200, "/hiring")


@pytest.mark.parametrize("intent", ["client", "freelancer", None])
def test_a_newcomer_lands_on_their_first_steps(visitor: Client, intent: str | None) -> None:
    typed = {"name": "Nina", "email": str(new_account()["email"]), "password": PASSWORD}
    if intent:
        typed["intent"] = intent
    page = visitor.page("/register").submit("#register-form", **typed)
    assert (page.path, "Your first steps" in page.text) == ("/", True)


def test_a_taken_address_is_said_above_the_form(visitor: Client, join: Join) -> None:
    nina: Person = join("Nina")
    page = visitor.page("/register")
    refused = page.submit("#register-form", name="Nina", email=nina.email, password=PASSWORD)
    assert refused.status == 409
    assert "already an account" in refused.text


def test_who_is_signed_in_is_not_asked_to_sign_up(alice: Person) -> None:
    for path in ("/register", "/login"):
        assert alice.get(path).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Europe/Prague", "Europe/Prague"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
        ("", ""),
        ("Mars/Olympus_Mons", ""),
        ("europe/prague", ""),
        ("../../etc/passwd", ""),
        ("<b>bold</b>", ""),
        ("x" * 5_000, ""),
    ],
)
def test_the_browser_says_its_time_zone(visitor: Client, said: str, kept: str) -> None:
    """A field that nobody sees must not keep anybody out: one that does not exist is as good as none."""
    page = visitor.page("/register")
    assert page.one("#register-form input[name=time_zone]").attrs["type"] == "hidden"
    typed = {"name": "Nina", "email": str(new_account()["email"]), "password": PASSWORD}
    assert page.submit("#register-form", time_zone=said, **typed).status == 200
    assert visitor.get("/api/users/profile").json()["timeZone"] == kept


def test_a_refused_form_keeps_the_time_zone(visitor: Client) -> None:
    refused = visitor.page("/register").submit("#register-form", time_zone="Europe/Prague", name="Nina")
    assert (refused.status, refused.values("#register-form")["time_zone"]) == (400, "Europe/Prague")


def test_a_program_may_keep_its_token_itself(visitor: Client) -> None:
    """Below /api/users the answers carry it, at sign-up and at sign-in, beside the cookies."""
    wanted = new_account(intent="freelancer")
    answer = visitor.post("/api/users/register", wanted)
    assert answer.status_code == 201
    account = answer.json()
    assert account.pop("token") == visitor.cookie("token")
    assert account == visitor.get("/api/auth/me").json()

    program = visitor.twin()
    program.session.cookies.clear()
    answer = program.post("/api/users/login", {name: wanted[name] for name in ("email", "password")})
    assert answer.status_code == 200
    body = answer.json()
    token = body.pop("token")
    assert body == account
    assert token == program.cookie("token") != visitor.cookie("token")
    program.session.cookies.clear()
    bearer = {"Authorization": f"Bearer {token}"}
    assert program.get("/api/users/profile", headers=bearer).json()["email"] == wanted["email"]
    assert program.post("/api/gigs", JOB, headers=bearer).status_code == 201
    assert program.get("/api/users/profile").status_code == 401


@pytest.mark.parametrize("path", ["/api/auth/register", "/api/users/register"])
def test_both_doors_refuse_alike(path: str, visitor: Client, join: Join) -> None:
    nina = join("Nina")
    taken = visitor.post(path, new_account(email=nina.email))
    assert (taken.status_code, code_of(taken)) == (409, "email_taken")
    wrong = visitor.post(path, new_account(email="nina", password="12345"))
    assert (wrong.status_code, wrong.json()["error"]["fields"].keys()) == (400, {"email", "password"})
    assert "token" not in taken.json().keys() | wrong.json().keys()


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/users/login"])
def test_both_doors_let_nobody_else_in(path: str, visitor: Client, join: Join) -> None:
    nina = join("Nina")
    refused = visitor.post(path, {**nina.credentials, "password": "wrong"})
    assert (refused.status_code, code_of(refused)) == (401, "wrong_credentials")
    assert "token" not in refused.json()
    assert visitor.cookie("token") is None


def test_what_brings_a_person_here_is_no_permission(visitor: Client) -> None:
    """docs/domain.md, Words: whoever came as a client may bid, and whoever came as a freelancer may hire."""
    client, freelancer = visitor.twin(), visitor.twin()
    assert client.post("/api/auth/register", new_account(intent="client")).status_code == 201
    assert freelancer.post("/api/auth/register", new_account(intent="freelancer")).status_code == 201
    bid = place_bid(client, post_job(freelancer))
    assert hire(freelancer, bid).status_code == 200
    for person in (client, freelancer):
        assert {person.page(path).status for path in ("/hiring", "/freelancing", "/gigs/new")} == {200}
