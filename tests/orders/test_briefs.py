"""The brief: what a service asks of those who buy it, and what they answer until they pay."""

from typing import Any

import pytest
import requests
from bson import ObjectId

from tests.files.test_files_of_jobs import fetched, ids_of, upload
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import code_of, hire, offer_service, place_bid, post_job
from tests.support.money import pay
from tests.support.races import at_once
from tests.support.server import Server

WORDS = {"text": "Which colours do you like?", "required": True}
CHOICE = {"text": "Which size?", "kind": "choice", "choices": ["A4", "A3"]}
FILE = {"text": "Your logo, please.", "kind": "file"}
ASKED = [WORDS, CHOICE, FILE]


def service_that_asks(owner: Person, *questions: Json) -> Json:
    """A live service with these questions, or with one of each kind."""
    return offer_service(owner, questions=list(questions or ASKED))


def checkout(client: Person, service: Json, **more: Any) -> requests.Response:
    """Try to buy a service."""
    return client.post("/api/payment/checkout", {"gigId": service["id"], **more})


def bought(client: Person, service: Json, **more: Any) -> Json:
    """The order of a service that was bought with this brief, as its page has it."""
    answer = checkout(client, service, **more)
    assert answer.status_code == 201, answer.text
    found: Json = client.get(f"/api/orders/{answer.json()['order']['id']}").json()
    return found


def answers_to(service: Json, *texts: str | None) -> list[Json]:
    """Answers to the questions of a service in words, in their order."""
    pairs = zip(service["questions"], texts, strict=False)
    return [{"questionId": asked["id"], "text": text} for asked, text in pairs if text is not None]


def brief_of(order: Json) -> list[tuple[str, str]]:
    """The questions and answers of an order's brief."""
    return [(each["question"], each["answer"]) for each in order["terms"]["brief"]["answers"]]


def put_brief(person: Person, order: Json, **brief: Any) -> requests.Response:
    return person.put(f"/api/orders/{order['id']}/brief", brief)


def fields_of(answer: requests.Response) -> Json:
    assert answer.status_code == 400, answer.text
    found: Json = answer.json()["error"]["fields"]
    return found


# ---- questions


def test_a_service_has_questions_that_everybody_reads(alice: Person, visitor: Client) -> None:
    service = service_that_asks(alice)
    shown = visitor.get(f"/api/gigs/{service['id']}").json()["questions"]
    assert shown == service["questions"]
    assert [(each["text"], each["kind"], each["choices"], each["required"]) for each in shown] == [
        ("Which colours do you like?", "text", [], True),
        ("Which size?", "choice", ["A4", "A3"], False),
        ("Your logo, please.", "file", [], False),
    ]
    assert "Which colours do you like?" in visitor.page(f"/gigs/{service['id']}").text


def test_a_question_keeps_its_id_while_it_changes(alice: Person) -> None:
    """A service may be put back as it was read; other questions are other terms."""
    service = service_that_asks(alice)
    again = alice.put(f"/api/gigs/{service['id']}", service).json()
    assert again["questions"] == service["questions"]
    asked = [{**service["questions"][0], "text": "Which colour?"}, {"text": "When?"}]
    changed = alice.patch(f"/api/gigs/{service['id']}", {"questions": asked}).json()
    assert [each["text"] for each in changed["questions"]] == ["Which colour?", "When?"]
    assert changed["questions"][0]["id"] == service["questions"][0]["id"]
    assert alice.patch(f"/api/gigs/{service['id']}", {"questions": []}).json()["questions"] == []


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ("Which?", "This must be a list of at most 8 questions."),
        ([WORDS] * 9, "This must be a list of at most 8 questions."),
        (["Which?"], "Each question must be an object with a text."),
        ([WORDS, {"text": 5}], "Question 2: its text must be a text."),
        ([{**CHOICE, "choices": ["A4", 3]}], "Question 1: its choices must be a list of texts."),
        ([{**WORDS, "required": "yes"}], "Question 1: its required must be true or false."),
        ([{"kind": "text"}], "Question 1: Write the question."),
        ([WORDS, {"text": "\u200b"}], "Question 2: Write the question."),
        ([{"text": "x" * 301}], "Question 1: At most 300 characters."),
        ([{"text": "a\x00"}], "A question contains characters that are not text."),
        ([{**WORDS, "kind": "date"}], "Question 1: Its kind is one of text, choice, file."),
        ([{**CHOICE, "choices": ["A4"]}], "Question 1: Give at least two answers to choose from."),
        ([{**CHOICE, "choices": list("abcdefghi")}], "Question 1: At most 8 answers to choose from."),
        ([{**CHOICE, "choices": ["a", "a"]}], "Question 1: An answer stands there twice."),
        ([{**CHOICE, "choices": ["a", "x" * 101]}], "Question 1: Each answer has 1 to 100 characters."),
        ([{**WORDS, "id": "a/b"}], "Question 1: An id has at most 24 letters and digits."),
    ],
)
def test_what_is_wrong_with_a_question_is_said(alice: Person, questions: Any, said: str) -> None:
    body = {"kind": "service", "title": "Map", "description": "By hand.", "price": 5}
    fields = fields_of(alice.post("/api/gigs", {**body, "questions": questions}))
    assert fields.keys() == {"questions"}
    assert fields["questions"][0].startswith(said)


# ---- buying


def test_a_purchase_has_its_brief(alice: Person, bob: Person, charlie: Person) -> None:
    """Both sides read it, with its files; nobody else does."""
    service, logo, more = service_that_asks(bob), upload(alice, "logo.svg"), upload(alice)
    answers = [*answers_to(service, "Blue"), {"questionId": service["questions"][1]["id"], "choice": "A3"}]
    answers.append({"questionId": service["questions"][2]["id"], "fileId": logo["id"]})
    order = bought(alice, service, brief="A map of Prague.", answers=answers, fileIds=ids_of(more))
    brief = order["terms"]["brief"]
    assert brief["text"] == "A map of Prague."
    assert [(each["question"], each["kind"], each["answer"]) for each in brief["answers"]] == [
        ("Which colours do you like?", "text", "Blue"),
        ("Which size?", "choice", "A3"),
        ("Your logo, please.", "file", ""),
    ]
    assert brief["answers"][2]["file"] == logo
    assert brief["files"] == [logo, more]
    assert order["terms"]["questions"] == service["questions"]
    assert fetched(logo, alice, bob, charlie) == [200, 200, 404]
    for side in (alice, bob):
        assert {"A map of Prague.", "Blue", "A3"} <= set(
            side.page(f"/orders/{order['id']}").texts("#order .prose, #order dd")
        )
    assert "terms" in alice.get("/api/orders").json()["orders"][0]
    assert "brief" not in alice.get("/api/orders").json()["orders"][0]["terms"]


def test_a_service_that_asks_nothing_is_bought_as_before(alice: Person, bob: Person) -> None:
    order = bought(alice, offer_service(bob))
    assert order["terms"]["brief"] == {"text": "", "answers": [], "files": []}
    optional = bought(alice, service_that_asks(bob, CHOICE, FILE))
    assert brief_of(optional) == []


def test_a_required_question_wants_an_answer(alice: Person, bob: Person) -> None:
    required = [{**each, "required": True} for each in ASKED]
    service = service_that_asks(bob, *required)
    first, second, third = (each["id"] for each in service["questions"])
    assert fields_of(checkout(alice, service)) == {
        f"answers.{first}": ["Answer this question."],
        f"answers.{second}": ["Choose an answer."],
        f"answers.{third}": ["Add a file."],
    }
    blank = answers_to(service, "\u200b", "A5", "a file")
    assert fields_of(checkout(alice, service, answers=blank)) == {
        f"answers.{first}": ["Answer this question."],
        f"answers.{second}": ["Choose one of the answers that are there."],
        f"answers.{third}": ["Add a file."],
    }
    assert alice.get("/api/orders").json()["orders"] == []


def test_an_answer_to_something_else_is_left_out(alice: Person, bob: Person) -> None:
    """Unless the program says that it knows the terms: then it is mistaken."""
    service = service_that_asks(bob, CHOICE)
    other = [{"questionId": "another", "text": "Yes"}, *answers_to(service, "A4")]
    said = fields_of(checkout(alice, service, answers=other, version=service["version"]))
    assert said == {"answers.another": ["This service does not ask this."]}
    assert brief_of(bought(alice, service, answers=other)) == [("Which size?", "A4")]


def test_an_answer_of_another_kind_is_not_lost(alice: Person, bob: Person) -> None:
    """Words where a file is asked for, and a file where words are, are refused at their question."""
    service, file = service_that_asks(bob, {"text": "Anything else?"}, FILE), upload(alice)
    first, second = (each["id"] for each in service["questions"])
    answers = [{"questionId": first, "fileId": file["id"]}, {"questionId": second, "text": "By mail"}]
    assert fields_of(checkout(alice, service, answers=answers)) == {
        f"answers.{first}": ["This question asks for words, not for a file."],
        f"answers.{second}": ["This question asks for a file, not for words."],
    }


def test_questions_that_changed_meanwhile_are_other_terms(alice: Person, bob: Person) -> None:
    service = service_that_asks(bob, WORDS)
    bob.patch(f"/api/gigs/{service['id']}", {"questions": [CHOICE]})
    answer = checkout(alice, service, answers=answers_to(service, "Blue"), version=service["version"])
    assert (answer.status_code, code_of(answer)) == (409, "terms_changed")
    (first,) = service["questions"]
    said = "This is no longer asked, or asked in another way."
    assert answer.json()["error"]["fields"] == {f"answers.{first['id']}": [said]}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("Blue", {"answers": "This must be a list of at most 24 answers."}),
        ([{"questionId": "a"}] * 25, {"answers": "This must be a list of at most 24 answers."}),
        (["Blue"], {"answers[0]": "This must be an object with a questionId."}),
        ([{"questionId": "a"}, {}], {"answers[1].questionId": "Name the question by its id."}),
        ([{"questionId": 5}], {"answers[0].questionId": "Name the question by its id."}),
        ([{"questionId": "a", "text": 5}], {"answers.a": "An answer in words must be a text."}),
        ([{"questionId": "a b", "text": 5}], {"answers[0]": "An answer in words must be a text."}),
        (
            [{"questionId": "a", "text": "\0"}],
            {"answers.a": "An answer contains characters that are not text."},
        ),
        ([{"questionId": "a", "fileId": "b"}], {"answers.a": "A fileId has 24 hexadecimal digits."}),
        ([{"questionId": "a", "file": "b"}], {"answers.a": "A file must be an object with its id."}),
        (
            [{"questionId": "a", "text": "Red", "choice": "Blue"}],
            {"answers.a": "Two different answers to this question were sent. Send one."},
        ),
        ([{"questionId": "a"}] * 2, {"answers.a": "Two answers to this question were sent. Send one."}),
    ],
)
def test_answers_that_cannot_be_read_are_refused_at_their_place(
    alice: Person, bob: Person, answers: Any, said: Json
) -> None:
    fields = fields_of(checkout(alice, service_that_asks(bob), answers=answers))
    assert fields == {place: [problem] for place, problem in said.items()}


def test_texts_and_files_of_a_brief_are_bounded(alice: Person, bob: Person) -> None:
    service = service_that_asks(bob, WORDS, FILE)
    first, second = (each["id"] for each in service["questions"])
    long = checkout(alice, service, brief="x" * 2_001)
    assert fields_of(long).keys() == {"brief"}
    words = checkout(alice, service, answers=answers_to(service, "x" * 2_001))
    assert fields_of(words) == {f"answers.{first}": ["At most 2,000 characters."]}
    files = [upload(alice) for _ in range(6)]
    answers = [*answers_to(service, "Blue"), {"questionId": second, "fileId": files[5]["id"]}]
    many = checkout(alice, service, answers=answers, fileIds=ids_of(*files[:5]))
    assert fields_of(many) == {"fileIds": ["At most 5 files, those of the answers among them."]}


def test_a_brief_takes_only_files_that_wait(alice: Person, bob: Person) -> None:
    service, his = service_that_asks(bob, FILE), upload(bob)
    answers = [{"questionId": service["questions"][0]["id"], "fileId": his["id"]}]
    for given in ({"answers": answers}, {"fileIds": ids_of(his)}):
        refused = checkout(alice, service, **given)
        assert code_of(refused) == "file_gone"
        said = "A file is no longer there. Please send it again."
        assert refused.json()["error"]["fields"] == {"fileIds": [said]}
    assert alice.get("/api/orders").json()["orders"] == []


# ---- until it is paid


def test_who_comes_back_to_a_purchase_finds_the_brief(alice: Person, bob: Person) -> None:
    service = service_that_asks(bob)
    order = bought(alice, service, brief="A map.", answers=answers_to(service, "Blue"))
    again = bought(alice, service)
    assert (again["id"], again["terms"]["brief"]) == (order["id"], order["terms"]["brief"])
    assert "You said what you need, with 1 answer. " in alice.page(f"/checkout/{order['id']}").text
    page = alice.page(f"/gigs/{service['id']}/buy")
    assert "You have ordered this already" in page.text
    assert page.link("the order") == f"/orders/{order['id']}"
    assert page.one('[name="brief"]').to_text().strip() == "A map."
    assert page.one(f'[name="answer-{service["questions"][0]["id"]}"]').to_text().strip() == "Blue"


def test_a_repeated_purchase_changes_the_brief(alice: Person, bob: Person, db: Db) -> None:
    service, old, new = service_that_asks(bob), upload(alice), upload(alice)
    order = bought(alice, service, answers=answers_to(service, "Blue"), fileIds=ids_of(old))
    again = bought(alice, service, answers=answers_to(service, "Red"), fileIds=ids_of(new))
    assert again["id"] == order["id"]
    assert brief_of(again) == [("Which colours do you like?", "Red")]
    assert again["terms"]["brief"]["files"] == [new]
    assert fetched(old, bob) == [404]
    assert fetched(new, bob) == [200]


def test_a_purchase_that_is_repeated_with_its_files_leads_to_its_order(alice: Person, bob: Person) -> None:
    service, file = service_that_asks(bob, CHOICE), upload(alice)
    order = bought(alice, service, brief="A map.", fileIds=ids_of(file))
    again = bought(alice, service, brief="A larger map.", fileIds=ids_of(file))
    assert (again["id"], again["terms"]["brief"]["files"]) == (order["id"], [file])


def test_a_client_changes_the_brief_until_they_pay(server: Server, alice: Person, bob: Person) -> None:
    service, file = service_that_asks(bob), upload(alice)
    order = bought(alice, service, answers=answers_to(service, "Blue"))
    kept = put_brief(alice, order, brief="More.", answers=answers_to(service, "Red"), fileIds=ids_of(file))
    assert kept.status_code == 200, kept.text
    assert brief_of(kept.json()) == [("Which colours do you like?", "Red")]
    same = put_brief(alice, order, brief="More.", answers=answers_to(service, "Red"), fileIds=ids_of(file))
    assert same.json()["version"] == kept.json()["version"]
    assert code_of(put_brief(bob, order, brief="Mine.")) == "not_your_side"
    pay(server, alice, order)
    late = put_brief(alice, order, answers=answers_to(service, "Green"))
    assert (late.status_code, code_of(late)) == (409, "brief_agreed")
    assert brief_of(alice.get(f"/api/orders/{order['id']}").json())[0][1] == "Red"


def test_questions_of_an_order_stay_as_they_were(alice: Person, bob: Person) -> None:
    service = service_that_asks(bob, WORDS)
    order = bought(alice, service, answers=answers_to(service, "Blue"))
    bob.patch(f"/api/gigs/{service['id']}", {"questions": [{**CHOICE, "required": True}]})
    changed = put_brief(alice, order, answers=answers_to(service, "Red")).json()
    assert brief_of(changed) == [("Which colours do you like?", "Red")]


def test_a_job_has_no_brief(alice: Person, bob: Person) -> None:
    order = hire(alice, place_bid(bob, post_job(alice))).json()["order"]
    refused = put_brief(alice, order, brief="More.")
    assert (refused.status_code, code_of(refused)) == (409, "no_brief")


def test_two_briefs_at_once_are_one_of_the_two(alice: Person, bob: Person, db: Db) -> None:
    """And the files of the other go; what was agreed is still what its digest says."""
    service = service_that_asks(bob, WORDS)
    order = bought(alice, service, answers=answers_to(service, "Blue"))
    files = [upload(alice) for _ in range(4)]
    twins = [alice.twin() for _ in files]

    def change(number: int) -> int:
        body = {"answers": answers_to(service, str(number)), "fileIds": ids_of(files[number])}
        return twins[number].put(f"/api/orders/{order['id']}/brief", body).status_code

    assert at_once([lambda n=n: change(n) for n in range(4)]) == [200] * 4
    brief = alice.get(f"/api/orders/{order['id']}").json()["terms"]["brief"]
    number = int(brief["answers"][0]["answer"])
    assert ids_of(*brief["files"]) == ids_of(files[number])
    kept = db.files.count_documents({"subject.id": ObjectId(order["id"]), "drop_at": None})
    assert kept == 1
