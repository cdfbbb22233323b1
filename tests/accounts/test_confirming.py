"""An address is confirmed by a letter before its account acts and is written to (SECURITY 9b)."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from gigflow.settings.readers import SettingError
from gigflow.settings.settings import load_settings
from tests.accounts.steps import (
    NEW_PASSWORD,
    RESET,
    USED_UP,
    ask_email_change,
    ask_reset,
    audited,
    letters_are_done,
    token_of,
)
from tests.conftest import PASSWORD
from tests.support.client import Client, Json, Person
from tests.support.mailbox import Outbox
from tests.support.market import BID, JOB, SERVICE, code_of, offer_service, post_job
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.ticks import tick

JOINED = "Confirm your address"
REFUSED = (403, "email_not_confirmed")


@pytest.fixture(scope="module")
def asking(start_server: Callable[..., Server]) -> Server:
    """A server where addresses have to be confirmed."""
    return start_server(CONFIRM_EMAIL="on")


@pytest.fixture(scope="module")
def outbox(asking: Server) -> Outbox:
    return Outbox(asking.var_dir)


@pytest.fixture
def join(asking: Server) -> Callable[..., Person]:
    """Signs somebody up, who has not confirmed their address yet."""

    def joined(name: str = "Zoe", email: str = "") -> Person:
        return Person(asking.url, name, email or f"zoe-{secrets.token_hex(6)}@example.test", PASSWORD)

    return joined


@pytest.fixture
def zoe(join: Callable[..., Person]) -> Person:
    """She has joined a moment ago."""
    return join()


@pytest.fixture
def visitor(asking: Server) -> Client:
    return Client(asking.url)


@pytest.fixture(scope="module")
def alice(asking: Server, outbox: Outbox) -> Person:
    """She has confirmed her address."""
    alice = Person(asking.url, "Alice", f"alice-{secrets.token_hex(6)}@example.test", PASSWORD)
    confirm(alice, token_of(outbox.wait_for(alice.email, JOINED)))
    return alice


def confirm(client: Client, token: str) -> None:
    """Confirm an address, which works."""
    answer = client.post("/api/auth/confirm", {"token": token})
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def may_act(person: Client) -> bool:
    """Whether this account may take part in the market."""
    answer = person.post("/api/gigs", JOB)
    if answer.status_code == 201:
        return True
    assert (answer.status_code, code_of(answer)) == REFUSED
    return False


def acts(alice: Person) -> dict[str, tuple[str, Json]]:
    """What makes somebody take part: everything else begins with one of these."""
    gig, service = post_job(alice), offer_service(alice)
    return {
        "post a job": ("/api/gigs", JOB),
        "offer a service": ("/api/gigs", {**SERVICE, "kind": "service"}),
        "write a draft": ("/api/gigs", {**SERVICE, "kind": "service", "draft": True}),
        "bid": ("/api/bids", {**BID, "gigId": gig["id"]}),
        "buy": ("/api/payment/checkout", {"gigId": service["id"]}),
        "ask": (f"/api/gigs/{service['id']}/questions", {"text": "Which paper?"}),
    }


def test_an_unconfirmed_account_looks_round_and_does_not_act(
    zoe: Person, alice: Person, asking: Server
) -> None:
    before = {name: asking.db[name].count_documents({}) for name in ("gigs", "bids", "orders", "questions")}
    made = acts(alice)
    for act, (path, body) in made.items():
        answer = zoe.post(path, body)
        assert (answer.status_code, code_of(answer)) == REFUSED, act
        assert zoe.email in answer.json()["message"]
    after = {name: asking.db[name].count_documents({}) for name in before}
    assert after == {**before, "gigs": before["gigs"] + 2}  # Alice's own
    for path in ("/api/auth/me", "/api/gigs", "/api/gigs/mine", "/api/orders", "/api/notifications"):
        assert zoe.get(path).status_code == 200, path
    assert zoe.put("/api/users/profile", {"headline": "Maps"}).status_code == 200
    assert zoe.get("/api/auth/me").json()["emailConfirmed"] is False


def test_the_link_confirms_and_every_act_is_open(
    zoe: Person, alice: Person, outbox: Outbox, asking: Server
) -> None:
    """On every device at once."""
    phone = Client(zoe.url)
    assert phone.post("/api/auth/login", zoe.credentials).status_code == 200
    confirm(Client(zoe.url), token_of(outbox.wait_for(zoe.email, JOINED)))
    for act, (path, body) in acts(alice).items():
        assert phone.post(path, body).status_code == 201, act
    assert "emailConfirmed" not in zoe.get("/api/auth/me").json()
    assert phone.page("/").all("#unconfirmed") == []
    assert audited(asking.db, zoe, "email_confirmed") == 1


def test_following_the_link_confirms_nothing_until_the_button_is_pressed(
    zoe: Person, visitor: Client, outbox: Outbox
) -> None:
    """Mail programs follow links by themselves."""
    token = token_of(outbox.wait_for(zoe.email, JOINED))
    page = visitor.page(f"/confirm/{token}")
    assert zoe.email in page.text
    assert not may_act(zoe)
    done = page.submit("#confirm form")
    assert (done.status, done.path) == (200, "/login?notice=address_confirmed")
    assert visitor.get("/api/auth/me").status_code == 401  # a letter signs nobody in
    assert may_act(zoe)
    assert USED_UP in visitor.page(f"/confirm/{token}").text


def test_where_one_is_signed_in_the_button_leads_on(zoe: Person, outbox: Outbox) -> None:
    page = zoe.page(f"/confirm/{token_of(outbox.wait_for(zoe.email, JOINED))}").submit("#confirm form")
    assert page.path == "/settings/account?confirmed=1"
    assert "Your e-mail address is confirmed." in page.text
    assert page.all("#unconfirmed") == []


def test_the_link_works_once_also_at_once(zoe: Person, outbox: Outbox, asking: Server) -> None:
    token = token_of(outbox.wait_for(zoe.email, JOINED))
    clients = [Client(zoe.url) for _ in range(6)]
    answers = at_once(
        [lambda client=client: client.post("/api/auth/confirm", {"token": token}) for client in clients]
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 5
    assert {code_of(answer) for answer in answers if answer.status_code == 400} == {"invalid_token"}
    assert audited(asking.db, zoe, "email_confirmed") == 1


def test_the_letter_has_no_word_of_whoever_typed_the_address(
    join: Callable[..., Person], outbox: Outbox, asking: Server
) -> None:
    """It may be a stranger's. The same for a reset that is asked for, and for what happens to the account."""
    zoe = join("Win a prize at evil.example")
    outbox.wait_for(zoe.email, JOINED)
    assert zoe.post("/api/auth/forgot", {"email": zoe.email}).status_code == 202
    outbox.wait_for(zoe.email, RESET)
    changed = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert zoe.patch("/api/auth/password", changed).status_code == 200
    assert zoe.delete("/api/auth/account", {"password": NEW_PASSWORD}).status_code == 200
    letters_are_done(asking.db)
    assert [letter.subject for letter in outbox.of(zoe.email)] == [JOINED, RESET]
    for letter in outbox.of(zoe.email):
        assert b"evil.example" not in letter.source
        assert letter.text.startswith("Hello,\n")


def test_nobody_is_written_to_at_an_address_that_is_not_confirmed(
    zoe: Person, outbox: Outbox, asking: Server
) -> None:
    """Whatever there is to tell: it is on the page."""
    told = {"fact": secrets.token_hex(8), "type": "order_cancelled", "url": "/", "message": "Evil words"}
    row = {**told, "user_id": ObjectId(zoe.id), "created_at": datetime.now(UTC), "mail_at": datetime.now(UTC)}
    asking.db.notifications.insert_one(row)
    tick(asking.db)
    tick(asking.db)
    letters_are_done(asking.db)
    assert [letter.subject for letter in outbox.of(zoe.email)] == [JOINED]
    assert zoe.get("/api/notifications").json()["unread"] == 1


def test_the_letter_is_sent_again_and_each_of_its_links_works(zoe: Person, outbox: Outbox) -> None:
    first = token_of(outbox.wait_for(zoe.email, JOINED))
    answer = zoe.post("/api/auth/confirm/send")
    assert (answer.status_code, answer.json()) == (202, {"success": True})
    assert token_of(outbox.wait_for(zoe.email, JOINED, count=2)) != first
    confirm(zoe, first)
    again = zoe.post("/api/auth/confirm/send")
    assert (again.status_code, code_of(again)) == (409, "already_confirmed")


def test_every_page_says_so_and_sends_it_again(zoe: Person, outbox: Outbox) -> None:
    """With and without JavaScript."""
    for path in ("/", "/jobs", "/settings/profile", "/nowhere"):
        assert zoe.email in zoe.page(path).one("#unconfirmed").to_text()
    page = zoe.page("/jobs").submit("#send-confirmation")
    assert page.path == "/settings/account?sent=1"
    assert "We sent the link again" in page.text
    outbox.wait_for(zoe.email, JOINED, count=2)
    part = zoe.fragment("POST", "/settings/account/email/send")
    assert "We sent the link again" in part.one("#unconfirmed").to_text()
    outbox.wait_for(zoe.email, JOINED, count=3)


def test_a_page_keeps_what_was_typed_and_offers_to_send_it_again(
    zoe: Person, alice: Person, outbox: Outbox
) -> None:
    gig, service = post_job(alice), offer_service(alice)
    forms: dict[str, tuple[str, dict[str, str]]] = {
        "/gigs/new": ("#gig-form", {"title": "A map", "description": "By hand.", "budget": "50"}),
        f"/gigs/{gig['id']}": ("#bid-form", {"message": "I draw maps.", "price": "45"}),
    }
    for path, (form, typed) in forms.items():
        page = zoe.page(path).submit(form, **typed)
        assert page.status == 403, path
        assert {name: page.values(form)[name] for name in typed} == typed
        assert "Confirm your e-mail address first" in page.one(f"{form} [role=alert]").to_text()
        assert page.one(f"{form} button[form=send-confirmation]").to_text() == "Send it again"
        confirm_form = page.one("#send-confirmation")
        assert confirm_form.attrs["action"] == "/settings/account/email/send"
    bought = zoe.page(f"/gigs/{service['id']}/buy").submit("#ask form")
    assert (bought.status, "Confirm your e-mail address first" in bought.text) == (403, True)


def test_a_misspelt_address_locks_nobody_out(
    zoe: Person, visitor: Client, outbox: Outbox, asking: Server
) -> None:
    """The new one is confirmed by its letter, and nothing more is written to the old one, which is a stranger's."""
    wanted = f"right-{secrets.token_hex(6)}@example.test"
    first = token_of(outbox.wait_for(zoe.email, JOINED))
    token = ask_email_change(zoe, PASSWORD, wanted, outbox)
    assert wanted in zoe.page("/").one("#unconfirmed").to_text()
    before = len(outbox.of(wanted))
    assert zoe.post("/api/auth/confirm/send").status_code == 202
    outbox.wait_for(wanted, count=before + 1)
    confirm(visitor, token)
    assert may_act(zoe)
    assert zoe.get("/api/auth/me").json()["email"] == wanted
    letters_are_done(asking.db)
    assert len(outbox.of(zoe.email)) == 1
    gone = visitor.post("/api/auth/confirm", {"token": first})
    assert (gone.status_code, code_of(gone)) == (400, "invalid_token")


def test_a_change_that_was_taken_back_leaves_the_first_address_to_confirm(
    zoe: Person, outbox: Outbox
) -> None:
    wanted = f"right-{secrets.token_hex(6)}@example.test"
    ask_email_change(zoe, PASSWORD, wanted, outbox)
    assert zoe.page("/settings/account").submit("#email-form form").status == 200
    assert zoe.email in zoe.page("/").one("#unconfirmed").to_text()
    confirm(zoe, token_of(outbox.wait_for(zoe.email, JOINED)))
    assert may_act(zoe)


def test_a_reset_confirms_too(zoe: Person, outbox: Outbox) -> None:
    token = ask_reset(zoe.url, zoe.email, outbox)
    answer = zoe.post("/api/auth/reset", {"token": token, "password": NEW_PASSWORD})
    assert answer.status_code == 200
    assert zoe.post("/api/auth/login", {"email": zoe.email, "password": NEW_PASSWORD}).status_code == 200
    assert may_act(zoe)
    assert zoe.page("/").all("#unconfirmed") == []


def test_accounts_of_before_count_as_confirmed(zoe: Person, asking: Server) -> None:
    """They have no such field, neither they nor their devices."""
    asking.db.users.update_one({"_id": ObjectId(zoe.id)}, {"$unset": {"unconfirmed": ""}})
    asking.db.sessions.update_many({"user_id": ObjectId(zoe.id)}, {"$unset": {"unconfirmed": ""}})
    assert may_act(zoe)
    assert zoe.page("/").all("#unconfirmed") == []


@pytest.mark.parametrize(
    "token",
    ["", "nonsense", "0" * 32, {"$gt": ""}, 5, None, "💥", "a" * 5000],
    ids=lambda value: str(value)[:12],
)
def test_a_token_that_nobody_was_sent_confirms_nothing(zoe: Person, token: Any) -> None:
    answer = zoe.post("/api/auth/confirm", {"token": token})
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"].keys() == {"token"}
    assert not may_act(zoe)


def test_a_link_for_one_thing_is_good_for_no_other(zoe: Person, visitor: Client, outbox: Outbox) -> None:
    token = token_of(outbox.wait_for(zoe.email, JOINED))
    reset = visitor.post("/api/auth/reset", {"token": token, "password": NEW_PASSWORD})
    assert code_of(reset) == "invalid_token"
    other = visitor.post("/api/auth/confirm", {"token": ask_reset(zoe.url, zoe.email, outbox)})
    assert code_of(other) == "invalid_token"
    assert not may_act(zoe)


def test_the_link_runs_out(zoe: Person, outbox: Outbox, asking: Server) -> None:
    token = token_of(outbox.wait_for(zoe.email, JOINED))
    asking.db.tokens.update_many({"user_id": ObjectId(zoe.id)}, {"$set": {"expires_at": datetime.now(UTC)}})
    assert code_of(zoe.post("/api/auth/confirm", {"token": token})) == "invalid_token"


def test_without_a_mail_server_an_account_acts_at_once(start_server: Callable[..., Server]) -> None:
    """As on a laptop without settings: a program registers and posts."""
    laptop = start_server(CONFIRM_EMAIL="auto")
    zoe = Person(laptop.url, "Zoe", "zoe@example.test", PASSWORD)
    assert may_act(zoe)
    assert laptop.db.mails.count_documents({}) == 0


@pytest.mark.parametrize(
    ("settings", "asks"),
    [
        ({}, False),
        ({"PUBLIC_URL": "http://gigs.example.org"}, False),
        ({"SMTP_URL": "smtp://mail.example.org"}, True),
        ({"SMTP_URL": "smtp://mail.example.org", "CONFIRM_EMAIL": "off"}, False),
        ({"CONFIRM_EMAIL": "on"}, True),
        ({"PUBLIC_URL": "https://gigs.example.org", "SMTP_URL": "smtp://mail.example.org"}, True),
        ({"PUBLIC_URL": "https://gigs.example.org", "CONFIRM_EMAIL": "off"}, False),
    ],
)
def test_when_addresses_are_confirmed(settings: dict[str, str], asks: bool, tmp_path: Any) -> None:
    keys = dict.fromkeys(("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET"), "s" * 32)
    assert load_settings({"VAR_DIR": str(tmp_path), **keys, **settings}).confirms_addresses is asks


@pytest.mark.parametrize("choice", ["auto", "on"])
def test_https_without_a_mail_server_does_not_start(choice: str, tmp_path: Any) -> None:
    """Or nobody who joined there could ever act."""
    keys = dict.fromkeys(("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET"), "s" * 32)
    given = {
        "VAR_DIR": str(tmp_path),
        "PUBLIC_URL": "https://gigs.example.org",
        "CONFIRM_EMAIL": choice,
        **keys,
    }
    with pytest.raises(SettingError, match=r"^SMTP_URL is not set: .*[^.]\.$"):
        load_settings(given)


def test_a_start_without_confirmation_lets_those_act_who_waited(
    start_server: Callable[..., Server], asking: Server, zoe: Person
) -> None:
    """An operator whose letters do not arrive can switch it off, also for those who have joined before."""

    assert code_of(zoe.post("/api/gigs", JOB)) == "email_not_confirmed"
    start_server(asking.mongo_db, whole=True, CONFIRM_EMAIL="off")
    assert zoe.post("/api/gigs", JOB).status_code == 201
    assert "emailConfirmed" not in zoe.get("/api/auth/me").json()
