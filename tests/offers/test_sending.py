"""Who may send an offer to whom, what it says, and how often."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from bson import ObjectId

from tests.conftest import Join
from tests.invitations.steps import listed
from tests.offers.steps import OFFER, answer_offer, offer, read, try_to_offer
from tests.support.client import Client, Person
from tests.support.invariants import Db
from tests.support.market import code_of, offer_service
from tests.support.races import at_once
from tests.support.talk import open_talk, say


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def fields_of(answer: object) -> list[str]:
    return sorted(answer.json()["error"]["fields"])  # type: ignore[attr-defined]


def test_an_offer_to_somebody_who_is_listed(alice: Person, bob: Person) -> None:
    sent = offer(alice, listed(bob), note="You came recommended.")
    assert (sent["status"], sent["side"], sent["from"]["id"], sent["to"]["id"]) == (
        "sent", "client", alice.id, bob.id,
    )  # fmt: skip
    assert "net" not in sent
    got = read(bob, sent)
    assert (got["side"], got["price"], got["fee"], got["net"], got["note"]) == (
        "freelancer", 400, 40, 360, "You came recommended.",
    )  # fmt: skip
    news = bob.get("/api/notifications").json()["notifications"]
    told = next(each for each in news if each["type"] == "offer_received")
    assert (told["url"], OFFER["title"] in told["message"]) == (f"/offers/{sent['id']}", False)


def test_who_is_not_listed_gets_offers_from_people_they_talk_with(alice: Person, bob: Person) -> None:
    assert (try_to_offer(alice, bob).status_code, code_of(try_to_offer(alice, bob))) == (403, "may_not_offer")
    talk = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    say(bob, talk, "Do you draw?")
    say(alice, talk, "I do.")
    assert try_to_offer(alice, bob).status_code == 201


def test_a_freelancer_offers_to_those_who_have_turned_to_them(alice: Person, bob: Person) -> None:
    refused = try_to_offer(bob, listed(alice), "freelancer")
    assert (refused.status_code, code_of(refused)) == (403, "may_not_offer")
    say(alice, open_talk(alice, listed(bob), gigId=offer_service(bob)["id"]), "Could you draw a map?")
    sent = offer(bob, alice, "freelancer")
    assert (sent["side"], sent["net"], read(alice, sent)["side"]) == ("freelancer", 360, "client")


@pytest.mark.parametrize(
    ("terms", "wrong"),
    [
        ({"title": ""}, ["title"]),
        ({"description": " "}, ["description"]),
        ({"price": 0}, ["price"]),
        ({"dueOn": day(9)}, ["dueOn"]),
        ({"deliveryDays": None, "dueOn": "2020-01-01"}, ["dueOn"]),
        ({"deliveryDays": None, "dueOn": "2030-02-31"}, ["dueOn"]),
        ({"expiresDays": 31}, ["expiresDays"]),
        ({"note": "x" * 2_001}, ["note"]),
        ({"side": "boss"}, ["side"]),
        ({"userId": "nobody"}, ["userId"]),
        ({"like": "order"}, ["like"]),
        ({"like": {"kind": "job", "id": "f" * 24}}, ["like"]),
        ({"fileIds": ["f" * 24]}, ["fileIds"]),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    alice: Person, bob: Person, terms: dict[str, object], wrong: list[str]
) -> None:
    answer = try_to_offer(alice, listed(bob), **terms)
    assert answer.status_code in (400, 409)
    assert fields_of(answer) == wrong


def test_nobody_offers_to_themselves_or_to_nobody(alice: Person) -> None:
    assert fields_of(try_to_offer(alice, alice)) == ["userId"]
    missing = alice.post("/api/offers", {**OFFER, "userId": "f" * 24, "side": "client"})
    assert (missing.status_code, code_of(missing)) == (404, "user_not_found")


def test_a_day_ends_where_the_client_is(alice: Person, bob: Person) -> None:
    """THIRD-DOOR 5: at 24:00 in the client's zone; the offer stands no longer."""
    alice.put("/api/users/profile", {"timeZone": "America/New_York"})
    sent = offer(alice, listed(bob), deliveryDays=None, dueOn=day(3), expiresDays=20)
    ends = datetime.fromisoformat(sent["expiresAt"])
    after = datetime.fromisoformat(f"{day(4)}T00:00:00+00:00")
    assert timedelta(hours=4) <= ends - after <= timedelta(hours=5)
    assert (sent["dueOn"], sent["deliveryDays"]) == (day(3), None)


def test_a_repeat_with_the_same_key_is_one_offer(alice: Person, bob: Person) -> None:
    listed(bob)
    answers = at_once([partial(try_to_offer, alice, bob, key="once")] * 4)
    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["id"] for each in answers}) == 1


def test_two_people_have_three_open_offers_at_most(alice: Person, bob: Person) -> None:
    sent = [offer(alice, listed(bob)) for _ in range(3)]
    full = try_to_offer(alice, bob)
    assert (full.status_code, code_of(full)) == (409, "offers_open")
    assert [each["id"] for each in full.json()["error"]["links"]] == [each["id"] for each in reversed(sent)]
    page = alice.page(f"/offers/new?to={bob.id}").submit(
        "#offer-form", title="A map", description="In ink.", price="400"
    )
    in_the_way = [each.attrs["href"] for each in page.all("#offer-form .alert a")]
    assert (page.status, in_the_way) == (409, [f"/offers/{each['id']}" for each in reversed(sent)])
    assert page.values("#offer-form")["title"] == "A map"
    assert answer_offer(alice, sent[0], "withdraw").status_code == 200
    assert try_to_offer(alice, bob).status_code in (201, 429)


def test_a_stranger_sees_no_offer(alice: Person, bob: Person, charlie: Person, visitor: Client) -> None:
    sent = offer(alice, listed(bob))
    for path in (f"/api/offers/{sent['id']}", f"/offers/{sent['id']}"):
        assert charlie.get(path).status_code == 404
    for act in ("accept", "decline", "withdraw", "counter"):
        assert answer_offer(charlie, sent, act).status_code == 404
        assert answer_offer(visitor, sent, act).status_code == 401
    assert code_of(answer_offer(alice, sent, "accept")) == "not_receiver"
    assert code_of(answer_offer(bob, sent, "withdraw")) == "not_sender"


def test_to_somebody_who_has_blocked_the_sender_it_looks_as_to_anybody(alice: Person, bob: Person) -> None:
    """THIRD-DOOR 5, Blocked: 201, sent, and nobody is told."""
    talk = open_talk(alice, listed(bob), gigId=offer_service(bob)["id"])
    say(alice, talk, "Hello")
    assert bob.post(f"/api/users/{alice.id}/block").status_code == 200
    sent = offer(alice, bob)
    assert sent["status"] == "sent"
    assert bob.get(f"/api/offers/{sent['id']}").status_code == 404
    assert bob.get("/api/offers").json()["offers"] == []
    assert sent["id"] not in bob.get("/api/notifications").text


def test_blocking_withdraws_ones_own_offers_and_hides_the_others(alice: Person, bob: Person) -> None:
    talk = open_talk(alice, listed(bob), gigId=offer_service(bob)["id"])
    say(alice, talk, "Hello")
    mine, theirs = offer(bob, alice, "freelancer"), offer(alice, bob)
    assert bob.post(f"/api/users/{alice.id}/block").status_code == 200
    assert read(bob, mine)["status"] == "withdrawn"
    assert bob.get(f"/api/offers/{theirs['id']}").status_code == 404
    assert read(alice, theirs)["status"] == "sent"


def test_a_key_is_of_one_offer(alice: Person, bob: Person, charlie: Person) -> None:
    """A program that takes one key for two things must not think that both were sent."""
    sent = try_to_offer(alice, listed(bob), key="once").json()
    back = answer_offer(bob, sent, "counter", key="twice", price=450).json()
    other = offer(alice, bob)
    assert answer_offer(bob, sent, "counter", key="twice", price=450).json()["id"] == back["id"]
    for refused in (
        try_to_offer(alice, listed(charlie), key="once"),
        answer_offer(alice, back, "counter", key="once", price=430),
        answer_offer(bob, other, "counter", key="twice", price=450),
    ):
        assert (refused.status_code, code_of(refused)) == (409, "key_used")


def test_who_has_not_confirmed_an_address_agrees_on_nothing(join: Join, alice: Person, db: Db) -> None:
    """SECURITY 9b: they may decline and withdraw."""
    nina = listed(join("Nina"))
    sent, mine = offer(alice, nina), answer_offer(nina, offer(alice, nina), "counter", price=450).json()
    db.users.update_one({"_id": ObjectId(nina.id)}, {"$set": {"unconfirmed": True}})
    db.sessions.update_many({"user_id": ObjectId(nina.id)}, {"$set": {"unconfirmed": nina.email}})
    tries = [answer_offer(nina, sent, act) for act in ("accept", "counter")]
    tries.append(try_to_offer(nina, listed(alice)))
    assert {(each.status_code, code_of(each)) for each in tries} == {(403, "email_not_confirmed")}
    assert answer_offer(nina, sent, "decline").status_code == 200
    assert answer_offer(nina, mine, "withdraw").status_code == 200


def test_a_form_that_was_sent_sends_no_other_terms_unasked(alice: Person, bob: Person) -> None:
    """After a step back: what was typed is neither lost nor taken for what was sent before."""
    form = alice.page(f"/offers/new?to={listed(bob).id}")
    typed = {"title": "A map", "description": "In ink.", "price": "400"}
    first, repeat = (form.submit("#offer-form", **typed).response.url for _ in range(2))
    assert first == repeat
    asked = form.submit("#offer-form", **typed | {"price": "500"})
    assert (asked.status, asked.values("#offer-form")["price"]) == (409, "500")
    assert asked.submit("#offer-form").response.url != first
    assert [each["price"] for each in alice.get("/api/offers?box=sent").json()["offers"]] == [500, 400]
