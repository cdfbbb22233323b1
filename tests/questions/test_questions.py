"""Questions about services through the API: asking, answering, who is told (docs/domain.md, invariants 10 and 11)."""

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Connect, Join, shared
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db, check_services
from tests.support.market import ask_question, code_of, news_of, offer_service, put_into
from tests.support.operator import disable
from tests.support.races import at_once
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")

FIELDS = {"id", "_id", "gigId", "askerId", "text", "answer", "createdAt", "answeredAt"}


def answer_to(owner: Client, question: Json, text: str = "Cotton.") -> Any:
    return owner.put(f"/api/questions/{question['id']}", {"answer": text})


def questions_of(client: Client, service: Json) -> Json:
    answer = client.get(f"/api/gigs/{service['id']}/questions")
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def test_asking(alice: Person, bob: Person, visitor: Client, connect: Connect, db: Db) -> None:
    service = offer_service(alice, title="A map")
    socket = connect(alice)
    answer = bob.post(
        f"/api/gigs/{service['id']}/questions", {"text": "Which\npaper?", "answer": "x", "id": "0"}
    )
    question = answer.json()
    assert (answer.status_code, question.keys()) == (201, FIELDS)
    assert (question["gigId"], question["askerId"]) == (service["id"], bob.id)
    assert (question["text"], question["answer"], question["answeredAt"]) == ("Which\npaper?", "", None)
    assert question["id"] == question["_id"] != "0"
    assert questions_of(visitor, service) == {"questions": [question], "next": None, "count": 1}
    told = socket.wait("notification", lambda news: news["gigId"] == service["id"])
    assert (told[0]["message"], told[0]["url"]) == (
        "Bob Bidder asks about “A map”.",
        f"/gigs/{service['id']}#questions",
    )
    assert news_of(alice, service) == [("question_asked", "Bob Bidder asks about “A map”.")]
    check_services(db, service["id"])


def test_a_question_can_be_put_back_as_it_was_read(alice: Person, bob: Person) -> None:
    """docs/api.md: what was read can be put back; the question's own words are not its answer."""
    service = offer_service(alice)
    answer_to(alice, ask_question(bob, service, "Which paper?"))
    (read,) = questions_of(alice, service)["questions"]
    back = alice.put(f"/api/questions/{read['id']}", {**read, "answer": "Cotton, 300 g."})
    assert (back.status_code, back.json()["text"]) == (200, "Which paper?")
    assert back.json()["answer"] == "Cotton, 300 g."


def test_answering(alice: Person, bob: Person, charlie: Person, visitor: Client, db: Db) -> None:
    """Who asked is told of the first answer; a better one replaces it quietly."""
    service = offer_service(alice, title="A map")
    question = ask_question(bob, service)
    first = answer_to(alice, question)
    assert first.status_code == 200
    assert (first.json()["answer"], first.json()["text"]) == ("Cotton.", "Which paper?")
    assert first.json()["answeredAt"].endswith("Z")
    sentence = "Alice Owner answered your question about “A map”."
    assert news_of(bob, service) == [("question_answered", sentence)]
    assert answer_to(alice, question, "Cotton, 300 g.").json()["answer"] == "Cotton, 300 g."
    assert questions_of(visitor, service)["questions"][0]["answer"] == "Cotton, 300 g."
    assert news_of(bob, service) == [("question_answered", sentence)]
    assert news_of(charlie, service) == []
    check_services(db, service["id"])


def test_the_newest_first(alice: Person, bob: Person, charlie: Person, visitor: Client, db: Db) -> None:
    service, other = offer_service(alice), offer_service(alice)
    asked = [ask_question(who, service, f"{n}?")["id"] for n, who in enumerate((bob, charlie, bob, bob))]
    ask_question(bob, other)
    listed = questions_of(visitor, service)
    assert [each["id"] for each in listed["questions"]] == list(reversed(asked))
    assert listed["count"] == 4
    check_services(db, service["id"], other["id"])


def all_pages(client: Client, service: Json, limit: int) -> list[str]:
    """Every question, page by page."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        path = f"/api/gigs/{service['id']}/questions"
        page = client.get(path, params={"limit": limit, "cursor": cursor}).json()
        assert len(page["questions"]) <= limit
        found += [each["id"] for each in page["questions"]]
        cursor = page["next"]
    return found


def test_pages_of_questions(alice: Person, bob: Person, visitor: Client, db: Db) -> None:
    """Newest first; to the owner those first that wait for an answer."""
    service = offer_service(alice)
    asked = [ask_question(bob, service, f"{number}?") for number in range(23)]
    answered = asked[::3]
    for question in answered:
        assert answer_to(alice, question).status_code == 200
    newest = [each["id"] for each in reversed(asked)]
    done = {each["id"] for each in answered}
    waiting = [each for each in newest if each not in done]
    for limit in (1, 7, 8, 15, 100):
        assert all_pages(visitor, service, limit) == all_pages(bob, service, limit) == newest
        assert all_pages(alice, service, limit) == [*waiting, *(each for each in newest if each in done)]
    first = questions_of(visitor, service)
    assert (len(first["questions"]), first["count"]) == (20, 23)
    path = f"/api/gigs/{service['id']}/questions"
    for name, wrong in (
        ("limit", "0"),
        ("limit", "101"),
        ("cursor", "x"),
        ("cursor", f"open_1.0_{'f' * 24}"),
    ):
        refused = visitor.get(path, params={name: wrong})
        assert (refused.status_code, refused.json()["error"]["fields"].keys()) == (400, {name})
    refused = alice.get(path, params={"cursor": "f" * 24})
    assert (refused.status_code, refused.json()["error"]["fields"].keys()) == (400, {"cursor"})
    check_services(db, service["id"])


def test_who_may_take_a_question_away(
    alice: Person, bob: Person, charlie: Person, root: Person, visitor: Client
) -> None:
    """Who asked until it is answered; the owner of the service and admins always."""
    service = offer_service(alice)
    ways = {"bob": bob, "alice": alice, "root": root}
    for name, person in ways.items():
        question = ask_question(bob, service)
        path = f"/api/questions/{question['id']}"
        assert visitor.delete(path).status_code == 401
        assert charlie.delete(path).status_code == 403
        if name != "bob":
            assert answer_to(alice, question).status_code == 200
            refused = bob.delete(path)
            assert (refused.status_code, code_of(refused)) == (409, "question_answered")
        removed = person.delete(path)
        assert (removed.status_code, removed.json()["id"]) == (200, question["id"])
        assert questions_of(visitor, service) == {"questions": [], "next": None, "count": 0}
        again = person.delete(path)
        assert (again.status_code, code_of(again)) == (404, "question_not_found")
    assert alice.delete("/api/questions/nonsense").status_code == 404


def test_what_is_answered_is_not_taken_back(alice: Person, bob: Person) -> None:
    """An answer beside a removal: one of them comes first, and the other hears of it."""
    for _ in range(4):
        service = offer_service(alice)
        question = ask_question(bob, service)
        answered, removed = at_once(
            [
                lambda it=question: answer_to(alice.twin(), it),
                lambda it=question: bob.twin().delete(f"/api/questions/{it['id']}"),
            ]
        )
        assert (answered.status_code, removed.status_code) in {(200, 409), (404, 200)}


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", None, 5, True, ["x"], {"$gt": ""}, "x" * 501])
def test_what_is_no_question(text: object, alice: Person, bob: Person) -> None:
    service = offer_service(alice)
    answer = bob.post(f"/api/gigs/{service['id']}/questions", {"text": text})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"text"})
    assert questions_of(bob, service)["questions"] == []
    assert news_of(alice, service) == []


@pytest.mark.parametrize("text", ["", " ", "\u200b", None, 5, ["x"], {"$gt": ""}, "x" * 1001])
def test_what_is_no_answer(text: Any, alice: Person, bob: Person) -> None:
    service = offer_service(alice)
    question = ask_question(bob, service)
    answer = answer_to(alice, question, text)
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"answer"})
    assert questions_of(bob, service)["questions"] == [question]


def test_the_longest(alice: Person, bob: Person) -> None:
    question = ask_question(bob, offer_service(alice), "x" * 500)
    assert answer_to(alice, question, "y" * 1000).status_code == 200


def test_who_may_ask(alice: Person, visitor: Client) -> None:
    service = offer_service(alice)
    path = f"/api/gigs/{service['id']}/questions"
    assert visitor.post(path, {"text": "?"}).status_code == 401
    own = alice.post(path, {"text": "?"})
    assert (own.status_code, code_of(own)) == (403, "own_gig")
    assert questions_of(alice, service)["questions"] == []


@pytest.mark.parametrize("state", ["draft", "pending", "rejected", "paused", "archived"])
def test_only_what_is_live_is_asked_about(state: str, alice: Person, bob: Person, db: Db) -> None:
    """What was asked before stays to be read and answered by who sees the service."""
    service = offer_service(alice)
    question = ask_question(bob, service)
    put_into(db, service, state)
    answer = bob.post(f"/api/gigs/{service['id']}/questions", {"text": "?"})
    assert answer.status_code == (409 if state == "paused" else 404)
    assert bob.get(f"/api/gigs/{service['id']}/questions").status_code == (200 if state == "paused" else 404)
    assert alice.post(f"/api/gigs/{service['id']}/questions", {"text": "?"}).status_code == 403
    answered = answer_to(alice, question)
    if state == "archived":
        assert (answered.status_code, code_of(answered)) == (409, "service_state")
    else:
        assert answered.status_code == 200
    assert [each["id"] for each in questions_of(alice, service)["questions"]] == [question["id"]]


def test_who_may_answer(alice: Person, bob: Person, charlie: Person, visitor: Client, db: Db) -> None:
    service = offer_service(alice)
    question = ask_question(bob, service)
    assert answer_to(visitor, question).status_code == 401
    for person in (bob, charlie):
        answer = answer_to(person, question)
        assert (answer.status_code, code_of(answer)) == (403, "not_owner")
    put_into(db, service, "draft")
    for person in (bob, charlie):
        assert answer_to(person, question).status_code == 404
    assert answer_to(alice, {"id": "f" * 24}).status_code == 404
    assert answer_to(alice, {"id": "nonsense"}).status_code == 404
    assert questions_of(alice, service)["questions"] == [question]


def test_many_answers_at_once_tell_once(alice: Person, bob: Person, db: Db) -> None:
    """Invariant 11: each of them is saved, one of them is news."""
    for _ in range(4):
        service = offer_service(alice)
        question = ask_question(bob, service)
        tabs = [alice.twin() for _ in range(6)]
        answers = at_once([lambda tab=tab, it=question: answer_to(tab, it) for tab in tabs])
        assert [answer.status_code for answer in answers] == [200] * 6
        check_services(db, service["id"])


def test_who_leaves_takes_their_questions_along(alice: Person, join: Join, visitor: Client, db: Db) -> None:
    service = offer_service(alice)
    nina, other = join("Nina"), join("Other")
    answer_to(alice, ask_question(nina, service, "Mine?"))
    kept = ask_question(other, service, "Theirs?")
    assert nina.delete("/api/auth/account", {"password": nina.password}).status_code == 200
    assert questions_of(visitor, service)["questions"] == [kept]
    assert "Mine?" not in visitor.page(f"/gigs/{service['id']}").text
    assert db.questions.count_documents({"asker_id": ObjectId(nina.id)}) == 0


def test_who_is_shut_out_has_asked(alice: Person, join: Join, server: Server, visitor: Client) -> None:
    """It may be a mistake, so it stays."""
    nina = join("Nina")
    question = ask_question(nina, offer_service(alice))
    disable(server, nina.email)
    page = visitor.page(f"/gigs/{question['gigId']}")
    assert question["text"] in page.text
    assert not page.all(f"#questions a[href='/u/{nina.id}']")


def test_no_addresses_in_what_others_read(alice: Person, bob: Person, visitor: Client) -> None:
    """SECURITY 18."""
    service = offer_service(alice)
    answer_to(alice, ask_question(bob, service))
    for answer in (
        visitor.get(f"/api/gigs/{service['id']}/questions"),
        visitor.get(f"/gigs/{service['id']}"),
        visitor.get(f"/api/gigs/{service['id']}"),
    ):
        assert "example.test" not in answer.text


@pytest.fixture(scope="module")
def strict(start_server: Callable[..., Server]) -> Server:
    return start_server(RATE_LIMITS="strict")


def test_thirty_an_hour(strict: Server, join: Join) -> None:
    """SECURITY 8: by the API and by the page together; what is refused for its text is not counted."""
    owner, asker, other = (join(name, at=strict) for name in ("Owner", "Asker", "Other"))
    service = offer_service(owner)
    path = f"/gigs/{service['id']}/questions"
    token = asker.form_token()
    ways = [
        lambda: asker.post(f"/api{path}", {"text": "?"}),
        lambda: asker.post(path, data={"text": "?", "csrf_token": token}),
    ]
    for number in range(30):
        assert ways[number % 2]().status_code in (201, 303), number
        assert asker.post(f"/api{path}", {"text": ""}).status_code == 400
    for way in ways:
        refused = way()
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 3000
    assert ask_question(other, service)
    assert questions_of(asker, service)["count"] == 31
