"""The brief on pages, without JavaScript: questions of a service, and what is typed when it is bought."""

import secrets

import pytest

from tests.orders.test_briefs import CHOICE, FILE, WORDS, brief_of, service_that_asks
from tests.support.client import Client, Json, Person


def test_a_service_is_offered_with_questions(alice: Person) -> None:
    """A row more, a row less, and nothing that was typed is lost."""
    page = alice.page("/gigs/new?kind=service")
    page = page.submit("#service-form", title="A map", at='[name="more"]')
    assert page.values("#service-form")["title"] == "A map"
    row = {"questions-0-text": "Which size?", "questions-0-kind": "choice", "questions-0-choices": "A4\nA3"}
    page = page.submit("#service-form", at='[name="more"]', **row)
    page = page.submit("#service-form", at='[name="more"]', **{"questions-1-text": "Why?"})
    page = page.submit("#service-form", at='[name="remove"][value="1"]')
    assert [name for name in page.values("#service-form") if name.endswith("-text")] == ["questions-0-text"]
    refused = page.submit("#service-form", description="", price="5")
    assert refused.values("#service-form")["questions-0-choices"].strip() == "A4\nA3"
    saved = refused.submit("#service-form", description="By hand.")
    assert "Which size?" in saved.text
    (service,) = alice.get("/api/gigs/mine").json()["gigs"]
    assert [each["choices"] for each in service["questions"]] == [["A4", "A3"]]


def test_what_is_wrong_with_a_row_is_said_there(alice: Person) -> None:
    page = alice.page("/gigs/new?kind=service").submit("#service-form", at='[name="more"]')
    row = {"questions-0-text": "Which size?", "questions-0-kind": "choice", "questions-0-choices": "A4"}
    refused = page.submit("#service-form", title="Map", description="By hand.", price="5", **row)
    assert refused.status == 400
    assert refused.errors("#service-form") == {
        "questions-0-text": "Give at least two answers to choose from."
    }


def test_it_is_bought_on_its_page_with_a_file(alice: Person, bob: Person) -> None:
    service = service_that_asks(bob)
    first, second, third = (each["id"] for each in service["questions"])
    page = alice.page(f"/gigs/{service['id']}/buy")
    refused = page.submit("#ask form", brief="A map.", attach=[("a.txt", b"A")], **{f"answer-{second}": "A3"})
    assert refused.errors("#ask form") == {f"answer-{first}": "Answer this question."}
    assert "a.txt" in refused.text
    paying = refused.submit("#ask form", **{f"answer-{first}": "Blue"})
    assert paying.path.startswith("/checkout/")
    order = alice.get("/api/orders").json()["orders"][0]
    order = alice.get(f"/api/orders/{order['id']}").json()
    assert brief_of(order) == [("Which colours do you like?", "Blue"), ("Which size?", "A3")]
    edit = alice.page(f"/orders/{order['id']}/brief")
    logo = {f"answer-{third}-file": ("logo.svg", b"<svg>")}
    edit.submit("#ask form", upload=logo, **{f"answer-{second}": "A4"})
    order = alice.get(f"/api/orders/{order['id']}").json()
    assert [each["name"] for each in order["terms"]["brief"]["files"]] == ["logo.svg", "a.txt"]
    assert brief_of(order)[1:] == [("Which size?", "A4"), ("Your logo, please.", "")]


def test_what_was_typed_stands_beside_new_questions(alice: Person, bob: Person) -> None:
    service = service_that_asks(bob, WORDS)
    page = alice.page(f"/gigs/{service['id']}/buy")
    word = secrets.token_hex(4)
    bob.patch(f"/api/gigs/{service['id']}", {"questions": [{**CHOICE, "required": True}]})
    refused = page.submit("#ask form", brief="A map.", **{f"answer-{service['questions'][0]['id']}": word})
    assert refused.status == 409
    assert word in refused.text
    assert refused.values("#ask form")["brief"].strip() == "A map."
    (asked,) = bob.get(f"/api/gigs/{service['id']}").json()["questions"]
    assert refused.submit("#ask form", **{f"answer-{asked['id']}": "A4"}).path.startswith("/checkout/")


@pytest.mark.parametrize(
    ("before", "after", "typed"),
    [
        (WORDS, {**CHOICE, "required": True}, "Blue or so"),
        ({**CHOICE, "required": True}, {**CHOICE, "choices": ["A1", "A2"], "required": True}, "A3"),
        (WORDS, {**FILE, "required": True}, "Blue or so"),
    ],
)
def test_what_was_typed_stands_beside_a_question_that_is_asked_otherwise(
    alice: Person, bob: Person, before: Json, after: Json, typed: str
) -> None:
    """Its id is the same, and what was typed is no answer to it any more."""
    service = service_that_asks(bob, before)
    asked = service["questions"][0]["id"]
    page = alice.page(f"/gigs/{service['id']}/buy")
    bob.patch(f"/api/gigs/{service['id']}", {"questions": [{**after, "id": asked}]})
    refused = page.submit("#ask form", **{f"answer-{asked}": typed})
    assert refused.status == 409
    assert typed in refused.texts(".alert .words")


def test_a_file_stays_if_its_question_asks_for_words_now(alice: Person, bob: Person) -> None:
    service = service_that_asks(bob, FILE)
    asked = service["questions"][0]["id"]
    page = alice.page(f"/gigs/{service['id']}/buy")
    bob.patch(f"/api/gigs/{service['id']}", {"questions": [{**WORDS, "id": asked}]})
    refused = page.submit("#ask form", upload={f"answer-{asked}-file": ("logo.svg", b"<svg>")})
    assert "Your file stands below" in refused.text
    assert refused.submit("#ask form", **{f"answer-{asked}": "Blue"}).path.startswith("/checkout/")
    order = alice.get(f"/api/orders/{alice.get('/api/orders').json()['orders'][0]['id']}").json()
    assert [each["name"] for each in order["terms"]["brief"]["files"]] == ["logo.svg"]


def test_a_visitor_is_asked_once_they_have_joined(visitor: Client, bob: Person) -> None:
    service = service_that_asks(bob)
    page = visitor.page(f"/gigs/{service['id']}/buy")
    assert page.all('[name^="answer-"]') == []
    assert "say what you need" in page.text
