"""Changing a brief until it is paid: nothing that was typed is lost, whatever happened elsewhere."""

import secrets
from typing import Any

import pytest

from gigflow.proof.audit import READINGS, audit
from tests.files.test_files_of_forms import ticks
from tests.files.test_files_of_jobs import ids_of, upload
from tests.orders.test_briefs import CHOICE, answers_to, bought, fields_of, put_brief, service_that_asks
from tests.support.client import Json, Person
from tests.support.market import code_of, hire, place_bid, post_job
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


def whole_brief(client: Person, order: Json) -> Json:
    """The brief of an order: its text, the answers, and how many files."""
    brief = client.get(f"/api/orders/{order['id']}").json()["terms"]["brief"]
    answers = [each["answer"] for each in brief["answers"]]
    return {"text": brief["text"], "answers": answers, "files": len(brief["files"])}


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


@pytest.mark.parametrize("way", ["the brief", "its order", "its service"])
def test_what_is_left_out_stays_and_the_rest_is_replaced(way: str, alice: Person, bob: Person) -> None:
    """Each field by itself, also with nothing in it; what is required stays required."""
    service, file = service_that_asks(bob), upload(alice)
    order = bought(alice, service, brief="A map.", answers=answers_to(service, "Blue"), fileIds=ids_of(file))

    def change(**given: Any) -> Json:
        if way == "the brief":
            answer = put_brief(alice, order, **given)
        else:
            named = {"orderId": order["id"]} if way == "its order" else {"gigId": service["id"]}
            answer = alice.post("/api/payment/checkout", {**named, **given})
        if answer.status_code == 400:
            found: Json = answer.json()["error"]["fields"]
            return found
        assert answer.status_code in (200, 201), answer.text
        return whole_brief(alice, order)

    blue = {"text": "A map.", "answers": ["Blue"], "files": 1}
    assert change() == blue
    assert change(brief="A plan.") == blue | {"text": "A plan."}
    assert change(answers=answers_to(service, "Red")) == {"text": "A plan.", "answers": ["Red"], "files": 1}
    assert change(brief="") == {"text": "", "answers": ["Red"], "files": 1}
    assert change(fileIds=[]) == {"text": "", "answers": ["Red"], "files": 0}
    assert change(answers=[]) == {f"answers.{service['questions'][0]['id']}": ["Answer this question."]}
    assert change(brief=None, answers=None, fileIds=None) == {"text": "", "answers": ["Red"], "files": 0}


def test_an_order_of_a_job_is_paid_without_a_brief(alice: Person, bob: Person) -> None:
    order = hire(alice, place_bid(bob, post_job(alice))).json()["order"]
    refused = alice.post("/api/payment/checkout", {"orderId": order["id"], "brief": "More."})
    assert (refused.status_code, code_of(refused)) == (409, "no_brief")
    assert alice.post("/api/payment/checkout", {"orderId": order["id"]}).status_code == 201


def test_a_brief_is_sent_back_as_it_was_read(alice: Person, bob: Person) -> None:
    """Unchanged it changes nothing; what is changed in it is understood by the same names."""
    service, logo, plan = service_that_asks(bob), upload(alice), upload(alice)
    third = {"questionId": service["questions"][2]["id"], "fileId": logo["id"]}
    answers = [*answers_to(service, "Blue", "A3"), third]
    order = bought(alice, service, brief="A map.", answers=answers, fileIds=ids_of(plan))
    read = order["terms"]["brief"]
    same = put_brief(alice, order, **read, version=order["version"])
    assert (same.status_code, same.json()["version"]) == (200, order["version"])
    read["text"], read["answers"][0]["answer"], read["files"] = "A plan.", "Red", []
    changed = put_brief(alice, order, **read).json()["terms"]["brief"]
    assert changed == {**read, "files": [logo]}
    crossed = put_brief(alice, order, text="One.", brief="Two.", files=[plan], fileIds=[])
    assert fields_of(crossed) == {
        "text": ["This is another text than brief. Send one of the two."],
        "files": ["These are other files than fileIds. Send one of the two."],
    }


# ---- in another window


def test_a_program_that_names_its_version_overwrites_nothing(alice: Person, bob: Person) -> None:
    order = unpaid_order(alice, bob)
    assert put_brief(alice, order, brief="First.", version=order["version"]).status_code == 200
    for second in (
        put_brief(alice, order, brief="Second.", version=order["version"]),
        alice.post(
            "/api/payment/checkout",
            {"orderId": order["id"], "brief": "Second.", "version": order["version"]},
        ),
    ):
        assert (second.status_code, code_of(second)) == (409, "version_changed")
    assert whole_brief(alice, order)["text"] == "First."


@pytest.mark.parametrize("where", ["the order", "the service"])
def test_two_windows_do_not_overwrite_each_other_unseen(where: str, alice: Person, bob: Person) -> None:
    """What was typed stands beside what is stored; sent again, it knowingly replaces that."""
    order, word = unpaid_order(alice, bob), secrets.token_hex(4)
    path = f"/orders/{order['id']}/brief" if where == "the order" else f"/gigs/{order['gigId']}/buy"
    page = alice.page(path)
    alice.page(path).submit("#ask form", brief="By the other.", attach=[("other.txt", b"B")])
    refused = page.submit("#ask form", brief=word, attach=[("mine.txt", b"A")])
    assert refused.status == 409
    assert "in another window" in refused.text
    assert "By the other." in refused.texts(".alert .prose")
    drafts = {each.one("#ask form").attrs["data-draft"] for each in (page, refused)}
    assert len(drafts) == 2  # so that a browser restores no draft into what was saved since
    assert ticks(refused) == {"mine.txt": True, "other.txt": False}
    assert refused.values("#ask form")["brief"].strip() == word
    assert whole_brief(alice, order)["text"] == "By the other."
    assert refused.submit("#ask form").status == 200
    assert whole_brief(alice, order) == {"text": word, "answers": ["Blue"], "files": 1}


def test_a_page_from_before_the_purchase_overwrites_no_brief(alice: Person, bob: Person) -> None:
    """The same sent twice is one purchase; other words are asked about."""
    service, word = service_that_asks(bob, CHOICE), secrets.token_hex(4)
    page = alice.page(f"/gigs/{service['id']}/buy")
    for _ in range(2):
        assert page.submit("#ask form", brief="A map.").path.startswith("/checkout/")
    refused = page.submit("#ask form", brief=word)
    assert refused.status == 409
    assert "A map." in refused.texts(".alert .prose")
    assert refused.submit("#ask form").path.startswith("/checkout/")


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
