"""The sandbox's checkout page, without JavaScript and without an account, and its twin for programs."""

import pytest

from gigflow.core.db import Db as OpenDb
from gigflow.sandbox.gateway import SandboxGateway
from gigflow.sandbox.models import CARDS, NAME_MAX, Card
from tests.sandbox.conftest import SECRET, new_payment
from tests.sandbox.steps import NUMBERS, TYPED, opened, pay
from tests.support.client import Client, Person
from tests.support.invariants import Db
from tests.support.market import code_of
from tests.support.races import at_once
from tests.support.server import Server

FORM = "#card-form"


def at(gateway: SandboxGateway, server: Server, **payment: object) -> str:
    """The path of a new checkout, from which one comes back to this server."""
    session = opened(gateway, new_payment(**payment), server.url)  # type: ignore[arg-type]
    return session.url.removeprefix(server.url)


def test_the_page_says_what_is_paid(gateway: SandboxGateway, server: Server, visitor: Client) -> None:
    page = visitor.page(at(gateway, server, title="Maps <b>& more</b> & قلم"))
    assert page.status == 200
    assert page.texts("h1") == ["Pay $120"]
    for shown in ("Maps <b>& more</b> & قلم", "no real money", *(card.spaced for card in CARDS.values())):
        assert shown in page.text
    assert page.all("script, style") == []
    assert page.response.headers["Cache-Control"] == "no-store"


def test_paying_leads_back(gateway: SandboxGateway, server: Server, visitor: Client, db: Db) -> None:
    path = at(gateway, server)
    page = visitor.page(path)
    answer = visitor.post(path, data={**TYPED, "csrf_token": page.values(FORM)["csrf_token"]})
    stored = db.sandbox_sessions.find_one({"_id": path.rpartition("/")[2]})
    assert stored is not None
    assert stored["status"] == "paid"
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{stored['return_url']}?paid=1")
    assert stored["return_url"] == f"{server.url}/categories"


def test_leaving_pays_nothing(gateway: SandboxGateway, server: Server, visitor: Client) -> None:
    payment = new_payment()
    page = visitor.page(opened(gateway, payment, server.url).url.removeprefix(server.url))
    assert page.link("Leave without paying") == f"{server.url}{payment.path}?paid=0"
    assert gateway.look(payment) is None


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.behaviour)
def test_a_test_card_fills_the_form_in(
    gateway: SandboxGateway, server: Server, visitor: Client, card: Card
) -> None:
    page = visitor.page(at(gateway, server))
    filled = visitor.page(page.link(card.spaced))
    typed = filled.values(FORM)
    assert typed["card_number"] == card.spaced
    assert all(typed.values())
    sent = filled.submit(FORM)
    assert sent.status == (400 if card.behaviour == "decline" else 200)
    assert sent.path.endswith("?paid=1") == (card.behaviour != "decline")


def test_nothing_but_the_test_cards_fills_the_form_in(
    gateway: SandboxGateway, server: Server, visitor: Client
) -> None:
    page = visitor.page(at(gateway, server) + "?card=5555555555554444")
    assert not page.values(FORM)["card_number"]


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("card_number", "", "Enter the number"),
        ("card_number", "4242 4242 4242 4241", "This is not a card number"),
        ("card_number", "4242", "This is not a card number"),
        ("card_number", "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", "This is not a card number"),
        ("card_number", "4" * 5_000, "This is not a card number"),
        ("card_number", "4000 0000 0000 0002", "The card was declined"),
        ("card_number", "5555 5555 5555 4444", "This is not a test card"),
        ("expiry", "", "Enter the month"),
        ("expiry", "13 / 34", "Write it like"),
        ("expiry", "soon", "Write it like"),
        ("expiry", "10 / 26", "has expired"),
        ("cvc", "", "Enter the security code"),
        ("cvc", "12", "3 digits"),
        ("cvc", "12a", "3 digits"),
        ("name", "\u200b", "Enter the name"),
        ("name", "n" * (NAME_MAX + 1), "At most"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    gateway: SandboxGateway, server: Server, visitor: Client, field: str, typed: str, message: str
) -> None:
    """Nothing typed is lost but the security code, and what was refused can be corrected."""
    page = visitor.page(at(gateway, server)).submit(FORM, **{**TYPED, field: typed})
    assert page.status == 400
    assert list(page.errors(FORM)) == [field]
    assert message in page.errors(FORM)[field]
    values = page.values(FORM)
    assert values["cvc"] == ""
    kept = {name: text for name, text in {**TYPED, field: typed}.items() if name not in ("cvc", field)}
    assert {name: values[name] for name in kept} == kept
    assert page.submit(FORM, **TYPED).path.endswith("?paid=1")


@pytest.mark.parametrize("expiry", ["12/34", "1234", "12-2034", "12 / 34", "1 / 35"])
def test_people_write_dates_as_they_like(
    gateway: SandboxGateway, server: Server, visitor: Client, expiry: str
) -> None:
    page = visitor.page(at(gateway, server))
    sent = page.submit(FORM, **{**TYPED, "expiry": expiry, "card_number": "4242-4242-4242-4242"})
    assert sent.path.endswith("?paid=1")


def test_a_double_click_pays_once(gateway: SandboxGateway, server: Server, visitor: Client, db: Db) -> None:
    path = at(gateway, server)
    data = {**TYPED, "csrf_token": visitor.page(path).values(FORM)["csrf_token"]}
    tabs = [visitor.twin() for _ in range(4)]
    answers = at_once([lambda tab=tab: tab.post(path, data=data) for tab in tabs])  # type: ignore[misc]
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    assert db.sandbox_charges.count_documents({"session_id": path.rpartition("/")[2]}) == 1


def test_what_is_paid_or_over_says_so(
    gateway: SandboxGateway, server: Server, visitor: Client, db: Db
) -> None:
    for behaviour, heading in (("success", "This is paid"), ("", "This checkout is over")):
        payment = new_payment()
        session = opened(gateway, payment, server.url)
        path = session.url.removeprefix(server.url)
        form = visitor.page(path)
        if behaviour:
            pay(visitor, session, behaviour)
        else:
            gateway.end_session(session.id, f"end:{payment.id}")
        page = visitor.page(path)
        assert (page.status, page.texts("h2")) == (200, [heading])
        assert page.all("form") == []
        assert page.link("Back to GigFlow") == server.url + payment.path
        sent = form.submit(FORM, **TYPED)
        assert (sent.status, sent.texts("h2")) == (409, [heading])
        assert "Nothing was charged" in sent.text
        assert db.sandbox_charges.count_documents({"session_id": session.id}) == bool(behaviour)


def test_the_page_knows_when_time_is_up(
    gateway: SandboxGateway, server: Server, visitor: Client, db: Db
) -> None:
    """Also where no tick has ended it yet."""
    session = opened(gateway, new_payment(), server.url)
    stored = db.sandbox_sessions.find_one({"_id": session.id})
    assert stored is not None
    changes = {"$set": {"expires_at": stored["created_at"], "status": "open"}}
    form = visitor.page(session.url.removeprefix(server.url))
    db.sandbox_sessions.update_one({"_id": session.id}, changes)
    assert form.submit(FORM, **TYPED).texts("h2") == ["This checkout is over"]
    assert db.sandbox_charges.count_documents({"session_id": session.id}) == 0


def test_whoever_has_the_link_may_pay(gateway: SandboxGateway, server: Server, charlie: Person) -> None:
    assert charlie.page(at(gateway, server)).submit(FORM, **TYPED).path.endswith("?paid=1")


def test_another_sites_form_is_refused(gateway: SandboxGateway, server: Server, visitor: Client) -> None:
    path = at(gateway, server)
    token = visitor.page(path).values(FORM)["csrf_token"]
    foreign = visitor.post(
        path, data={**TYPED, "csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    without = visitor.post(path, data=TYPED)
    assert without.status_code == 400
    assert visitor.page(path).texts("h2")[0] == "Pay by card"


def test_a_program_pays_without_a_browser(gateway: SandboxGateway, server: Server, visitor: Client) -> None:
    path = f"/api/sandbox/checkout/{opened(gateway, new_payment(), server.url).id}"
    for number, message in (
        (4242, "This must be a text."),
        ("", "Enter the number of the card."),
        ("1234", "This is not a card number. Check its digits."),
        (NUMBERS["decline"], "The card was declined. Nothing was charged; try another one."),
        ("5555 5555 5555 4444", "This is not a test card. Choose one of those on this page."),
    ):
        answer = visitor.post(path, {"cardNumber": number})
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
        assert answer.json()["error"]["fields"] == {"cardNumber": [message]}
    answer = visitor.post(path, {"cardNumber": "4242 4242 4242 4242", "cvc": "123"})
    assert (answer.status_code, answer.json()["status"]) == (200, "paid")
    again = visitor.post(path, {"cardNumber": "4242424242424242"})
    assert (again.status_code, code_of(again)) == (409, "checkout_paid")


@pytest.mark.parametrize("nothing", ["ss_nothing", "%00", "f" * 24, "a" * 500, "💥", "%ff"])
def test_a_checkout_that_nobody_opened_is_not_there(visitor: Client, nothing: str) -> None:
    assert visitor.get(f"/sandbox/checkout/{nothing}").status_code == 404
    assert (
        visitor.post(f"/api/sandbox/checkout/{nothing}", {"cardNumber": "4242424242424242"}).status_code
        == 404
    )
    sent = {**TYPED, "csrf_token": visitor.form_token()}
    assert visitor.post(f"/sandbox/checkout/{nothing}", data=sent).status_code == 404


def test_it_is_there_only_where_it_takes_the_money(payments_off: Server) -> None:
    inside = OpenDb(payments_off.mongo_uri, payments_off.mongo_db)
    session = opened(SandboxGateway(SECRET, inside), new_payment(), payments_off.url)
    inside.client.close()
    client = Client(payments_off.url)
    path = f"/sandbox/checkout/{session.id}"
    assert client.get(path).status_code == 404
    assert client.post(path, data={**TYPED, "csrf_token": client.form_token()}).status_code == 404
    assert client.post(f"/api{path}", {"cardNumber": NUMBERS["success"]}).status_code == 404
    client.close()
