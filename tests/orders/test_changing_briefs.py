"""Changing a brief until it is paid: nothing that was typed is lost, whatever happened elsewhere."""

import secrets

from gigflow.proof.audit import READINGS, audit
from tests.files.test_files_of_jobs import ids_of, upload
from tests.orders.test_briefs import answers_to, bought, put_brief, service_that_asks
from tests.support.client import Json, Person
from tests.support.money import pay
from tests.support.server import Server

TIMELINES = "9. Timelines go forward, and begin and end with their order"
KEPT_FILES = "9. A file is kept by what has it, and by nothing else"


def problems_with(server: Server, *ids: str) -> list[str]:
    """What the audit says of these orders and files."""
    asked = [each for each in READINGS if {TIMELINES, KEPT_FILES} & set(each.words)]
    return [
        said for _, found in audit(server.house, asked) for said in found if any(one in said for one in ids)
    ]


def unpaid_order(client: Person, freelancer: Person) -> Json:
    """An order of a service that asks for words, a choice and a file; the words are answered."""
    service = service_that_asks(freelancer)
    return bought(client, service, brief="A map.", answers=answers_to(service, "Blue"))


def test_a_change_of_the_brief_is_no_step_of_the_order(server: Server, alice: Person, bob: Person) -> None:
    order, file = unpaid_order(alice, bob), upload(alice)
    changed = put_brief(
        alice, order, brief="More.", answers=answers_to(order["terms"], "Red"), fileIds=ids_of(file)
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["updatedAt"] == order["updatedAt"]
    assert problems_with(server, order["id"], file["id"]) == []


# ---- paid or over in another window


def test_what_was_typed_survives_a_payment_elsewhere(server: Server, alice: Person, bob: Person) -> None:
    """It stands there to be copied, and can be sent as a message."""
    order, word = unpaid_order(alice, bob), secrets.token_hex(4)
    page = alice.page(f"/orders/{order['id']}/brief")
    pay(server, alice, order)
    first = order["terms"]["questions"][0]
    late = page.submit(
        "#ask form", brief=word, attach=[("a.txt", b"A")], **{f"answer-{first['id']}": "Green"}
    )
    assert late.status == 409
    assert "You paid on" in late.text
    assert "Attach your files to a message" in late.text
    typed = f"{word}\n\n{first['text']}\nGreen"
    assert late.one('[name="text"]').to_text().strip() == typed
    sent = late.submit("#ask form")
    assert sent.status == 200
    assert word in bob.page(f"/orders/{order['id']}").text


def test_the_form_of_an_agreed_brief_leads_to_its_order(server: Server, alice: Person, bob: Person) -> None:
    paid, over = unpaid_order(alice, bob), unpaid_order(alice, bob)
    pay(server, alice, paid)
    assert alice.post(f"/api/orders/{over['id']}/cancel", {"reason": "No."}).status_code == 200
    for order, why in ((paid, "You paid on"), (over, "This order ended before it was paid")):
        page = alice.page(f"/orders/{order['id']}/brief")
        assert (page.status, page.path.partition("#")[0]) == (200, f"/orders/{order['id']}")
        assert why in page.one('[aria-labelledby="brief"]').to_text()
        assert why in alice.fragment("GET", f"/orders/{order['id']}/brief").text
