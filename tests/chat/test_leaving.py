"""What becomes of conversations when somebody leaves, or is shut out."""

from typing import Any

from bson import ObjectId

from tests.accounts.steps import leave
from tests.support.client import Person
from tests.support.market import hire, offer_service, place_bid, post_job
from tests.support.operator import disable
from tests.support.server import Server
from tests.support.talk import heard, open_talk, say, seen_in_inbox, texts
from tests.support.waiting import wait_for


def gone(person: Person) -> None:
    answer = leave(person, person.password)
    assert answer.status_code == 200, answer.text


def test_what_somebody_wrote_goes_with_them(alice: Person, bob: Person, db: Any) -> None:
    talk = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    sent = say(bob, talk, "My secret")
    bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "My other secret"})
    say(alice, talk, "I keep it")
    gone(bob)
    wait_for(lambda: seen_in_inbox(alice, talk)["left"], what="the end of the conversation")
    wait_for(
        lambda: db.conversations.find_one({"_id": ObjectId(talk), "swept": ObjectId(bob.id)}),
        what="the sweep",
    )
    assert [each[2] for each in texts(alice, talk)] == ["", "", "I keep it"]
    assert seen_in_inbox(alice, talk)["other"]["name"] == "Somebody who left"
    assert "secret" not in str(list(db.messages.find({"conversation_id": ObjectId(talk)})))
    refused = alice.post(f"/api/chat/{talk}", {"text": "Are you there?"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "person_left")


def test_the_words_of_an_order_stay(alice: Person, bob: Person, db: Any) -> None:
    job = post_job(alice)
    order = hire(alice, place_bid(bob, job)).json()["order"]["id"]
    talk = open_talk(bob, alice, gigId=job["id"])
    say(bob, talk, "The files are attached")
    assert alice.post(f"/api/orders/{order}/cancel", {"reason": "Changed plans"}).status_code == 200
    gone(bob)
    wait_for(
        lambda: db.conversations.find_one({"_id": ObjectId(talk), "swept": ObjectId(bob.id)}),
        what="the sweep",
    )
    assert texts(alice, talk) == [(1, "text", "The files are attached")]
    assert "Bob" not in str(db.messages.find_one({"conversation_id": ObjectId(talk)}))


def test_an_answer_that_was_lost_is_made_good_after_the_other_has_left(
    alice: Person, bob: Person, db: Any
) -> None:
    talk = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    sent = say(bob, talk, "Hello", clientId="a")
    gone(alice)
    wait_for(lambda: seen_in_inbox(bob, talk)["left"], what="the end of the conversation")
    again = bob.post(f"/api/chat/{talk}", {"text": "Hello", "clientId": "a"})
    assert (again.status_code, again.json().get("id")) == (200, sent["id"])


def test_nobody_opens_a_conversation_with_somebody_who_left(alice: Person, bob: Person) -> None:
    service = offer_service(alice)["id"]
    gone(alice)
    refused = bob.post("/api/chat/conversations", {"userId": alice.id, "gigId": service})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "person_left")


def test_what_is_sent_to_somebody_who_is_shut_out_waits_for_them(
    alice: Person, bob: Person, server: Server
) -> None:
    job = post_job(alice)
    place_bid(bob, job)
    talk = open_talk(bob, alice, gigId=job["id"])
    say(bob, talk, "Hello")
    disable(server, bob.email)
    say(alice, talk, "I wait for you")
    assert len(heard(alice, talk)) == 2
    assert bob.get(f"/api/chat/{talk}").status_code == 401
