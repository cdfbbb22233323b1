"""Saved replies by the API and on pages: bounded, private, and gone with their person."""

from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join
from tests.support.client import Client, Json, Page, Person
from tests.support.market import code_of, hire, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import open_talk, say
from tests.support.waiting import wait_for

TIMES: Json = {"title": "Times", "text": "A logo takes a week.\nA set of icons takes two."}


def save(person: Client, /, **fields: Any) -> Json:
    """A new saved reply of this person."""
    answer = person.post("/api/chat/replies", {**TIMES, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def saved(person: Client) -> list[str]:
    """The titles of a person's saved replies."""
    answer = person.get("/api/chat/replies").json()
    assert answer["count"] == len(answer["replies"])
    assert answer["next"] is None
    return [each["title"] for each in answer["replies"]]


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    job = post_job(alice)
    place_bid(bob, job)
    return open_talk(bob, alice, gigId=job["id"])


def test_a_reply_is_saved_changed_and_deleted(alice: Person) -> None:
    reply = save(alice, owner="x", id="f" * 24)
    assert (reply["title"], reply["text"], reply["_id"]) == (TIMES["title"], TIMES["text"], reply["id"])
    save(alice, title="about me")
    assert saved(alice) == ["about me", "Times"]  # by their titles
    there = f"/api/chat/replies/{reply['id']}"
    assert alice.put(there, {"text": "Three days."}).json()["title"] == "Times"
    assert alice.get(there).json()["text"] == "Three days."
    assert alice.delete(there).json()["text"] == "Three days."
    assert saved(alice) == ["about me"]
    assert alice.delete(there).status_code == 404


def test_what_somebody_has_saved_is_nobody_elses(alice: Person, bob: Person, visitor: Client) -> None:
    reply = save(alice)
    there = f"/api/chat/replies/{reply['id']}"
    for answer in (bob.get(there), bob.put(there, {"title": "Mine"}), bob.delete(there)):
        assert answer.status_code == 404
        assert code_of(answer) == "reply_not_found"
    for path in (f"/messages/replies/{reply['id']}", f"/messages/replies/{reply['id']}/delete"):
        assert bob.get(path).status_code == 404
    assert saved(bob) == []
    assert visitor.get("/api/chat/replies").status_code == 401
    assert alice.get(there).json() == reply


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "\u200b"),
        ("title", "x" * 61),
        ("text", " \n"),
        ("text", "x" * 5001),
        ("text", {"$gt": ""}),
    ],
)
def test_a_refusal_names_its_field(alice: Person, field: str, value: object) -> None:
    answer = alice.post("/api/chat/replies", {**TIMES, field: value})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    save(alice, title="x" * 60, text="y" * 5000)


def test_twenty_at_once_leave_twenty(two_processes: Server, join: Join) -> None:
    """One is there already, so one of the twenty is refused, whichever process it came to."""
    alice = join("Alice Owner", at=two_processes)
    save(alice, title="First")
    windows = [alice.twin() for _ in range(20)]
    answers = at_once([lambda each=each: each.post("/api/chat/replies", TIMES) for each in windows])
    assert sorted(each.status_code for each in answers) == [201] * 19 + [409]
    assert {code_of(each) for each in answers if each.status_code == 409} == {"too_many_replies"}
    assert len(saved(alice)) == 20
    page = alice.page("/messages/replies/new").submit("#reply-form", **TIMES)
    assert page.status == 409
    assert "Delete one to save another" in page.text
    assert page.values("#reply-form")["title"] == TIMES["title"]
    assert not alice.page("/messages/replies").all("a[href='/messages/replies/new']")


def test_the_pages_save_change_and_delete(alice: Person) -> None:
    page = alice.page(alice.page("/messages").link("Saved replies"))
    assert "No saved replies yet" in page.text
    form = alice.page(page.link("Save your first reply"))
    refused = form.submit("#reply-form", title="Times", text="")
    assert (refused.status, refused.errors("#reply-form").keys()) == (400, {"text"})
    listed = refused.submit("#reply-form", **TIMES)
    assert listed.texts("main li h2") == ["Times"]
    changed = alice.page(listed.link("Edit Times")).submit("#reply-form", title="How long")
    assert changed.texts("main li h2") == ["How long"]
    asked = alice.page(changed.link("Delete How long"))
    assert "How long" in asked.one("#ask").to_text()
    assert "No saved replies yet" in asked.submit("#ask form").text


def chosen(person: Person, page: Page, title: str) -> Page:
    """The page that choosing a saved reply leads to, without a script."""
    choosing = person.page(page.link("Saved replies"))
    (link,) = [each for each in choosing.all("a[data-reply]") if title in each.to_text()]
    return person.page(link.attrs["href"] or "")


def test_a_chosen_reply_fills_the_field(alice: Person, bob: Person, talk: str) -> None:
    for title in ("Times", "Other"):
        save(bob, title=title, text=f"{title}\n\n**soon**")
    page = chosen(bob, bob.page(f"/messages/{talk}?after=0"), "Other")
    page = chosen(bob, page, "Times")  # instead of the other
    assert page.path == f"/messages/{talk}?after=0&reply={page.path.rpartition('reply=')[2]}"
    assert page.values("#composer")["text"] == "Times\n\n**soon**"
    assert "autofocus" in page.one("#message-text").attrs
    page.submit("#composer")
    assert alice.page(f"/messages/{talk}").texts(".said .rich") == ["Times soon"]
    assert bob.page(f"/messages/{talk}").values("#composer")["text"] == ""


def test_it_fills_the_field_of_an_order_and_of_a_first_message(alice: Person, bob: Person) -> None:
    save(alice)
    order = hire(alice, place_bid(bob, post_job(alice))).json()["order"]["id"]
    for there in (f"/orders/{order}", f"/messages/new?to={bob.id}"):
        page = chosen(alice, alice.page(there), "Times")
        assert page.values("#composer")["text"] == TIMES["text"], there


@pytest.mark.parametrize("asked", ["", "x", "f" * 24, "{strangers}"])
def test_what_is_not_there_fills_nothing(alice: Person, bob: Person, talk: str, asked: str) -> None:
    named = asked.format(strangers=save(alice)["id"])
    page = bob.page(f"/messages/{talk}?reply={named}")
    assert (page.status, page.values("#composer")["text"]) == (200, "")


def test_the_way_back_stays_on_this_site(alice: Person) -> None:
    save(alice)
    page = alice.page("/messages/replies/choose?next=https://evil.example/")
    assert not [link for link in page.all("main a") if "evil" in (link.attrs["href"] or "")]


def test_a_saved_reply_is_no_markup(alice: Person, bob: Person, talk: str) -> None:
    save(bob, title="<b>Bold</b>", text="<script>alert(1)</script>")
    for page in (bob.page("/messages/replies"), bob.page("/messages/replies/choose?next=/messages")):
        assert not page.all("main b, main script")
        assert "<b>Bold</b>" in page.text


def test_saved_replies_go_with_their_person(server: Server, join: Join) -> None:
    alice = join("Alice Leaving")
    save(alice)
    assert alice.delete("/api/auth/account", {"password": alice.password}).status_code == 200
    mine = {"user_id": ObjectId(alice.id)}
    wait_for(lambda: not server.db.saved_replies.count_documents(mine), what="the saved replies to go")


def test_a_reply_deleted_meanwhile_says_so(alice: Person, bob: Person, talk: str) -> None:
    reply = save(bob)
    form = bob.page(f"/messages/replies/{reply['id']}")
    assert bob.delete(f"/api/chat/replies/{reply['id']}").status_code == 200
    assert form.submit("#reply-form", title="Too late").status == 404
    say(bob, talk, "Still here")
