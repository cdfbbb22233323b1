"""Asking and answering on the page of a service, with JavaScript off and in place."""

from tests.conftest import shared
from tests.support.client import Client, Person
from tests.support.invariants import Db, check_services
from tests.support.market import ask_question, offer_service

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

ASK = "#question-form"


def answer_form(question_id: str) -> str:
    return f"form[action='/questions/{question_id}']"


def test_asking_and_answering(alice: Person, bob: Person, visitor: Client) -> None:
    service = offer_service(alice)
    path = f"/gigs/{service['id']}"
    assert "No questions yet." in bob.page(path).text
    asked = bob.page(path).submit(ASK, text="Which\npaper?")
    assert (asked.status, asked.path) == (200, f"{path}#questions")
    assert asked.texts(".question .words") == ["Which paper?"]
    assert asked.values(ASK)["text"] == ""
    assert not asked.all(".question textarea")
    (question,) = bob.get(f"/api/gigs/{service['id']}/questions").json()["questions"]

    answered = alice.page(path).submit(answer_form(question["id"]), answer="Cotton.")
    assert (answered.status, answered.path) == (200, f"{path}#questions")
    assert answered.texts(".reply .words") == ["Cotton."]
    assert not answered.all(ASK)
    assert answered.values(answer_form(question["id"]))["answer"] == "Cotton."
    better = answered.submit(answer_form(question["id"]), answer="Cotton, 300 g.")
    for reader in (better, bob.page(path), visitor.page(path)):
        assert reader.texts(".question > .words, .reply .words") == ["Which paper?", "Cotton, 300 g."]
        assert "Bob Bidder" in reader.text


def test_what_is_refused_stays_to_be_mended(alice: Person, bob: Person) -> None:
    service = offer_service(alice)
    path = f"/gigs/{service['id']}"
    for text in ("", "  ", "x" * 501):
        refused = bob.page(path).submit(ASK, text=text)
        assert (refused.status, refused.errors(ASK).keys()) == (400, {"text"})
        assert refused.values(ASK)["text"].strip() == text.strip()
        assert refused.link(service["title"]) == f"{path}-a-map-by-hand"
    asked = refused.submit(ASK, text="Which paper?")
    assert asked.path == f"{path}#questions"
    question, other = (
        asked.client.get(f"/api{path}/questions").json()["questions"][0],
        ask_question(bob, service),
    )
    form = answer_form(question["id"])
    wrong = alice.page(path).submit(form, answer="y" * 1001)
    assert (wrong.status, wrong.errors(form).keys()) == (400, {"answer"})
    assert wrong.values(form)["answer"] == "y" * 1001
    assert wrong.values(answer_form(other["id"]))["answer"] == ""
    assert wrong.submit(form, answer="Cotton.").status == 200


def test_in_place(alice: Person, bob: Person) -> None:
    service = offer_service(alice)
    path = f"/gigs/{service['id']}"
    asked = bob.fragment("POST", f"{path}/questions", at=path, text="Which paper?")
    assert asked.status == 200
    assert asked.one("#questions")
    assert asked.texts(".question .words") == ["Which paper?"]
    assert not asked.all("h1")
    refused = bob.fragment("POST", f"{path}/questions", at=path, text=" ")
    assert (refused.status, refused.errors(ASK).keys()) == (400, {"text"})
    (question,) = bob.get(f"/api{path}/questions").json()["questions"]
    other = ask_question(bob, service)
    # An answer brings its own question only: another may be half answered.
    answered = alice.fragment("POST", f"/questions/{question['id']}", at=path, answer="Cotton.")
    assert (answered.status, answered.texts(".reply .words")) == (200, ["Cotton."])
    wrong = alice.fragment("POST", f"/questions/{question['id']}", at=path, answer="y" * 1001)
    form = answer_form(question["id"])
    assert (wrong.status, wrong.values(form)["answer"], wrong.errors(form).keys()) == (
        400,
        "y" * 1001,
        {"answer"},
    )
    for own in (answered, wrong):
        assert not own.all(f"#question-{other['id']}")
        sent = own.one(form).attrs
        assert (sent["data-hx-target"], sent["data-draft"]) == (
            f"#question-{question['id']}",
            f"answer:{question['id']}",
        )
        assert "maxlength" not in own.one(f"{form} textarea").attrs  # refused, and nothing of it is cut


def test_what_has_changed_meanwhile(alice: Person, bob: Person) -> None:
    """The page said that one may ask; then it was paused."""
    service = offer_service(alice)
    page = bob.page(f"/gigs/{service['id']}")
    alice.post(f"/api/gigs/{service['id']}/pause")
    late = page.submit(ASK, text="Which paper?")
    assert late.status == 409
    assert "This service is not available at the moment." in late.text
    assert not bob.page(f"/gigs/{service['id']}").all(ASK)


def test_who_may_not(alice: Person, bob: Person, charlie: Person) -> None:
    service = offer_service(alice)
    question = ask_question(bob, service)
    for person in (bob, charlie):
        data = {"csrf_token": person.form_token(), "answer": "x"}
        assert person.post(f"/questions/{question['id']}", data=data).status_code == 403
    data = {"csrf_token": alice.form_token(), "text": "x"}
    assert alice.post(f"/gigs/{service['id']}/questions", data=data).status_code == 403
    assert alice.post(f"/questions/{'f' * 24}", data=data).status_code == 404
    assert alice.page(f"/gigs/{service['id']}").texts(".reply") == []


def test_what_was_typed_is_shown_as_text(alice: Person, bob: Person, visitor: Client) -> None:
    nasty = "<script>alert(1)</script> {{ 7*7 }} **x** [a](javascript:x)"
    service = offer_service(alice)
    question = ask_question(bob, service, nasty)
    alice.put(f"/api/questions/{question['id']}", {"answer": nasty})
    assert visitor.page(f"/gigs/{service['id']}").texts(".question > .words, .reply .words") == [nasty] * 2


def test_the_news_leads_to_the_question(alice: Person, bob: Person, db: Db) -> None:
    service = offer_service(alice, title="Globe")
    question = ask_question(bob, service)
    news = alice.page("/notifications")
    assert "Bob Bidder asks about “Globe”." in news.text
    told = alice.get("/api/notifications").json()["notifications"][0]
    there = alice.page(told["url"])
    assert there.one(f"#question-{question['id']}")
    assert there.one("#questions")
    check_services(db, service["id"])


def test_more_questions(alice: Person, bob: Person, visitor: Client) -> None:
    """Twenty on the page of the service, the others behind a link; the owner has first what waits for an answer."""
    service = offer_service(alice)
    path = f"/gigs/{service['id']}"
    asked = [ask_question(bob, service, f"Number {number}?") for number in range(23)]
    alice.put(f"/api/questions/{asked[-1]['id']}", {"answer": "Yes."})
    texts = [each["text"] for each in reversed(asked)]
    for reader, wanted in ((visitor, texts), (alice, [*texts[1:], texts[0]])):
        first = reader.page(path)
        assert first.texts(".question > .words") == wanted[:20]
        more = reader.page(first.link("More questions"))
        assert more.texts(".question > .words") == wanted[20:]
        assert more.link(service["title"]) == f"{path}-a-map-by-hand"
        assert "More questions" not in more.text
    # A link of the owner's is of another order: the others are led back to the beginning.
    shared_link = alice.page(path).link("More questions")
    for reader, link in ((visitor, shared_link), (bob, shared_link), (alice, f"{path}/questions?cursor=x")):
        lost = reader.page(link)
        assert (lost.status, "This page of results no longer exists" in lost.text) == (400, True)
        first = reader.page(lost.link("Go to the first page"))
        assert len(first.texts(".question > .words")) == 20
    # What is refused there stays there.
    form = f"form[action^='/questions/{asked[0]['id']}?']"
    wrong = more.submit(form, answer="y" * 1001)
    assert (wrong.status, wrong.values(form)["answer"]) == (400, "y" * 1001)


def test_taking_a_question_away(alice: Person, bob: Person, charlie: Person) -> None:
    service = offer_service(alice)
    path = f"/gigs/{service['id']}"
    mine, other, third = (ask_question(bob, service, text) for text in ("Mine?", "Other?", "Third?"))
    form = "form[action='/questions/{}/remove']"
    assert not charlie.page(path).all("form[action$='/remove']")
    assert len(alice.page(path).all("form[action$='/remove']")) == 3
    gone = bob.page(path).submit(form.format(mine["id"]))
    assert (gone.path, gone.texts(".question > .words")) == (f"{path}#questions", ["Third?", "Other?"])
    alice.put(f"/api/questions/{other['id']}", {"answer": "Yes."})
    assert len(bob.page(path).all("form[action$='/remove']")) == 1
    in_place = alice.fragment("POST", f"/questions/{other['id']}/remove", at=path)
    assert (in_place.status, in_place.texts(".question > .words")) == (200, ["Third?"])
    token = {"csrf_token": charlie.form_token()}
    assert charlie.post(f"/questions/{third['id']}/remove", data=token).status_code == 403
