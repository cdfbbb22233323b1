"""Admins offer a request to freelancers, send it back, and withdraw offers."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from tests.accounts.steps import left
from tests.chat.test_blocking import block
from tests.conftest import Join
from tests.files.test_files_of_jobs import fetched, ids_of, upload
from tests.offers.steps import answer_offer, read
from tests.requests.steps import (
    REQUEST,
    accept,
    ask_for,
    assign,
    day,
    do,
    news_of,
    reject,
    seen,
    try_to_assign,
    types_of,
)
from tests.support.client import Json, Person
from tests.support.invariants import Db
from tests.support.market import code_of
from tests.support.money import pay
from tests.support.server import Server
from tests.support.ticks import do_house


def test_those_who_are_asked_get_an_offer(alice: Person, bob: Person, charlie: Person, root: Person) -> None:
    sent = ask_for(alice, dueOn=day(20))
    first, second = assign(root, sent, bob, charlie, price=450, note="She likes plain shapes.")
    offer = read(bob, first)
    assert (offer["kind"], offer["requestId"], offer["price"], offer["net"], offer["dueOn"]) == (
        "request", sent["id"], 450, 405, day(20),
    )  # fmt: skip
    assert (offer["client"]["name"], offer["from"]["id"], offer["note"], offer["side"]) == (
        alice.name, root.id, "She likes plain shapes.", "freelancer",
    )  # fmt: skip
    assert ("offer_received", f"/offers/{second['id']}") in news_of(charlie)
    now = seen(alice, sent)
    assert (now["status"], now["openOffers"], now["offersUntil"]) == ("assigned", 2, first["expiresAt"])
    assert now["next"].startswith("2 freelancers have to answer by ")
    assert types_of(alice)[0] == "request_assigned"
    stands = datetime.fromisoformat(first["expiresAt"]) - datetime.fromisoformat(first["createdAt"])
    assert stands == timedelta(hours=48)


def test_what_a_freelancer_gets_tells_no_budget_and_nobody_else(
    alice: Person, bob: Person, charlie: Person, root: Person
) -> None:
    sent = ask_for(alice, budget=812)
    (offer, _) = assign(root, sent, bob, charlie, price=450)
    texts = [
        bob.get(f"/api/offers/{offer['id']}").text,
        bob.get("/api/offers").text,
        bob.get(f"/api/requests/{sent['id']}").text,
        bob.get("/api/notifications").text,
        bob.get(f"/offers/{offer['id']}").text,
    ]
    for text in texts:
        assert "812" not in text
        assert charlie.name not in text
    assert set(seen(bob, sent)) == {
        *("id", "_id", "title", "description", "category", "skills", "startOn", "dueOn", "files", "client")
    }


def test_the_first_to_accept_gets_it(
    server: Server, alice: Person, bob: Person, charlie: Person, root: Person
) -> None:
    file = upload(alice)
    sent = ask_for(alice, fileIds=ids_of(file))
    first, second = assign(root, sent, bob, charlie, price=450)
    assert fetched(file, bob, charlie, root) == [200, 200, 200]
    order = accept(bob, first, price=450)
    matched = seen(alice, sent)
    assert (matched["status"], matched["orderId"], matched["openOffers"]) == ("matched", order["id"], 0)
    assert (read(bob, first)["status"], read(charlie, second)["status"]) == ("accepted", "superseded")
    late = answer_offer(charlie, second, "accept")
    assert (late.status_code, code_of(late)) == (409, "offer_not_sent")
    assert "quicker" in late.json()["message"]
    assert ("request_matched", f"/orders/{order['id']}") in news_of(alice)
    assert types_of(charlie)[0] == "offer_ended"
    assert ("offer_answered", f"/requests/{sent['id']}") in news_of(root)
    assert fetched(file, bob, charlie) == [200, 404]
    whole = alice.get(f"/api/orders/{order['id']}").json()
    assert (whole["price"], whole["terms"]["text"], whole["freelancer"]["id"]) == (
        450, REQUEST["description"], bob.id,
    )  # fmt: skip
    pay(server, alice, order)
    assert alice.get(f"/api/offers/{first['id']}").status_code == 200


def test_one_that_has_ended_shows_its_title_and_its_price(alice: Person, bob: Person, root: Person) -> None:
    file = upload(alice)
    sent = ask_for(alice, fileIds=ids_of(file))
    (offer,) = assign(root, sent, bob, note="Soon, please.")
    assert answer_offer(bob, offer, "decline", reason="No time.", price=600).status_code == 200
    ended = read(bob, offer)
    assert (ended["title"], ended["price"], ended["description"], ended["note"], ended["files"]) == (
        REQUEST["title"], 500, "", "", [],
    )  # fmt: skip
    assert fetched(file, bob) == [404]
    assert bob.get(f"/api/requests/{sent['id']}").status_code == 404
    told = root.get(f"/api/admin/requests/{sent['id']}").json()["offers"][0]
    assert (told["status"], told["reason"], told["wantedPrice"]) == ("declined", "No time.", 600)
    # With the last answer it waits for GigFlow again.
    assert seen(alice, sent)["status"] == "pending"
    assert "request_to_review" in types_of(root)


def test_the_client_learns_of_no_offer_before_it_is_accepted(
    alice: Person, bob: Person, root: Person
) -> None:
    sent = ask_for(alice)
    (offer,) = assign(root, sent, bob)
    assert alice.get(f"/api/offers/{offer['id']}").status_code == 404
    assert answer_offer(alice, offer, "withdraw").status_code == 404
    assert alice.get("/api/offers").json()["offers"] == []
    assert bob.name not in alice.get(f"/api/requests/{sent['id']}").text


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ({"price": 501}, ["price"]),
        ({"price": 0}, ["price"]),
        ({"dueOn": "2020-01-01"}, ["dueOn"]),
        ({"dueOn": "9999-12-31"}, ["dueOn"]),
        ({"dueOn": day(3)}, ["dueOn"]),  # before the start
        ({"dueOn": day(366)}, ["dueOn"]),
        ({"expiresHours": 25}, ["expiresHours"]),
        ({"note": "x" * 2_001}, ["note"]),
        ({"freelancerIds": []}, ["freelancerIds"]),
        ({"freelancerIds": ["f" * 24] * 21}, ["freelancerIds"]),
        ({"freelancerIds": ["nobody"]}, ["freelancerIds"]),
    ],
)
def test_what_is_wrong_in_an_assignment_is_said_at_its_field(
    alice: Person, bob: Person, root: Person, what: Json, wrong: list[str]
) -> None:
    sent = ask_for(alice, startOn=day(5), dueOn=day(20))
    refused = try_to_assign(root, sent, bob, **what)
    assert refused.status_code == 400, refused.text
    assert sorted(refused.json()["error"]["fields"]) == wrong
    assert seen(alice, sent)["status"] == "pending"


def test_who_cannot_get_one_is_named_with_the_reason(
    alice: Person, bob: Person, charlie: Person, root: Person, join: Join
) -> None:
    sent = ask_for(alice)
    gone, shy = join("Gone Gerda"), join("Shy Sheila")
    left(gone)
    block(shy, alice)
    assign(root, sent, bob)
    answer = try_to_assign(root, sent, alice, root, bob, charlie, gone, shy)
    assert answer.status_code == 200, answer.text
    refused = {each["id"]: each["code"] for each in answer.json()["refused"]}
    assert refused == {
        alice.id: "is_client",
        root.id: "own_offer",
        bob.id: "already_offered",
        gone.id: "person_shut_out",
        shy.id: "blocked",
    }
    assert [each["to"]["id"] for each in answer.json()["offers"]] == [charlie.id]
    nobody = try_to_assign(root, sent, bob, alice)
    assert (nobody.status_code, code_of(nobody)) == (409, "nobody_asked")
    assert set(nobody.json()["error"]["fields"]) == {alice.id, bob.id}
    assert seen(alice, sent)["openOffers"] == 2


def test_nobody_decides_about_their_own_request(root: Person, bob: Person) -> None:
    own = ask_for(root)
    for answer in (try_to_assign(root, own, bob), reject(root, own)):
        assert (answer.status_code, code_of(answer)) == (403, "own_request")


def test_only_admins_assign_and_reject(alice: Person, bob: Person, charlie: Person) -> None:
    sent = ask_for(alice)
    for person in (alice, charlie):
        assert try_to_assign(person, sent, bob).status_code == 403
        assert reject(person, sent).status_code == 403
        assert person.get("/api/admin/requests").status_code == 403
        assert person.get(f"/api/admin/requests/{sent['id']}").status_code == 403


def test_an_admin_withdraws_an_offer(
    alice: Person, bob: Person, charlie: Person, root: Person, db: Db
) -> None:
    sent = ask_for(alice)
    first, second = assign(root, sent, bob, charlie)
    gone = root.post(f"/api/admin/offers/{first['id']}/withdraw", {"note": "The wrong Bob."})
    assert (gone.status_code, gone.json()["status"]) == (200, "withdrawn")
    assert seen(alice, sent)["openOffers"] == 1
    late = answer_offer(bob, first, "accept")
    assert (late.status_code, code_of(late)) == (409, "offer_not_sent")
    assert types_of(bob)[0] == "offer_ended"
    row = db.audit.find_one({"event": "offer_withdrawn", "subject.id": ObjectId(first["id"])})
    assert row is not None
    assert (row["by"], row["note"]) == (ObjectId(root.id), "The wrong Bob.")
    assert answer_offer(charlie, second, "withdraw").status_code == 403
    root.post(f"/api/admin/offers/{second['id']}/withdraw", {})
    assert seen(alice, sent)["status"] == "pending"


def test_each_act_of_an_admin_leaves_its_row(
    alice: Person, bob: Person, charlie: Person, root: Person, db: Db
) -> None:
    sent = ask_for(alice)
    offers = assign(root, sent, bob, charlie)
    rows = list(db.audit.find({"event": "offer_sent", "by": ObjectId(root.id)}))
    subjects = {ObjectId(sent["id"]), *(ObjectId(each["id"]) for each in offers)}
    assert {row["subject"]["id"] for row in rows} == subjects
    assert len({row["batch"] for row in rows}) == 1
    other = ask_for(alice)
    reject(root, other, "Which bakery?")
    row = db.audit.find_one({"event": "request_rejected", "subject.id": ObjectId(other["id"])})
    assert row is not None
    assert (row["note"], row["before"]["status"], row["after"]["status"]) == (
        "Which bakery?", "pending", "rejected",
    )  # fmt: skip


def test_the_later_of_two_admins_is_told_who_was_first(
    alice: Person, bob: Person, root: Person, join: Join, server: Server
) -> None:
    second = join("Second Sam")
    server.make_admin(second.email)
    sent = ask_for(alice)
    assert reject(root, sent, "Which bakery?", version=1).status_code == 200
    late = reject(second, sent, "No.", version=1)
    assert (late.status_code, root.name in late.json()["message"]) == (409, True)
    late = try_to_assign(second, sent, bob, version=1)
    assert (late.status_code, "Which bakery?" in late.json()["message"]) == (409, True)


@pytest.mark.parametrize(
    ("end", "said"),
    [("accept", "A freelancer has accepted"), ("cancel", "was cancelled"), ("open-up", "as an open job")],
)
def test_an_admin_is_told_what_became_of_a_request(
    end: str, said: str, alice: Person, bob: Person, root: Person
) -> None:
    """And not who has decided about it before."""
    sent = ask_for(alice)
    (offer,) = assign(root, sent, bob)
    if end == "accept":
        accept(bob, offer)
    else:
        assert do(alice, sent, "take-back").ok
        assert do(alice, sent, end).ok
    for late in (try_to_assign(root, sent, bob), reject(root, sent)):
        assert (late.status_code, code_of(late)) == (409, "request_state")
        assert said in late.json()["message"]


def test_the_queue_goes_by_the_last_sending(alice: Person, root: Person, db: Db) -> None:
    db.requests.delete_many({})
    old, new = ask_for(alice), ask_for(alice, title="A sign for a shop")
    reject(root, old)
    do(alice, old, "send")
    listed = root.get("/api/admin/requests").json()["requests"]
    assert [each["id"] for each in listed] == [new["id"], old["id"]]
    page = root.get("/api/admin/requests?limit=1").json()
    rest = root.get(f"/api/admin/requests?limit=1&cursor={page['next']}").json()
    assert [each["id"] for each in (*page["requests"], *rest["requests"])] == [new["id"], old["id"]]
    found = root.get("/api/admin/requests?q=sign").json()["requests"]
    assert [each["id"] for each in found] == [new["id"]]
    assert root.get("/api/admin/requests?category=writing").json()["requests"] == []
    assert root.get("/api/admin/requests?status=lost").status_code == 400


def test_an_offer_for_a_request_is_not_countered(alice: Person, bob: Person, root: Person) -> None:
    (offer,) = assign(root, ask_for(alice), bob)
    refused = answer_offer(bob, offer, "counter", price=450)
    assert (refused.status_code, code_of(refused)) == (409, "no_counter")


def test_expired_offers_let_the_request_wait_again(
    alice: Person, bob: Person, root: Person, server: Server, db: Db
) -> None:
    sent = ask_for(alice)
    (offer,) = assign(root, sent, bob)
    passed = datetime.now(UTC) - timedelta(minutes=1)
    db.offers.update_one({"_id": ObjectId(offer["id"])}, {"$set": {"expires_at": passed}})
    late = answer_offer(bob, offer, "accept")
    assert (late.status_code, code_of(late)) == (409, "offer_expired")
    # Somebody who is asked again before the expiry was noted gets another offer.
    (again,) = assign(root, sent, bob)
    assert (read(bob, offer)["status"], seen(alice, sent)["openOffers"]) == ("expired", 1)
    db.offers.update_one({"_id": ObjectId(again["id"])}, {"$set": {"expires_at": passed}})
    do_house(server.house)
    assert (seen(alice, sent)["status"], read(bob, again)["status"]) == ("pending", "expired")


def test_its_order_ended_unpaid(alice: Person, bob: Person, root: Person) -> None:
    sent = ask_for(alice)
    (offer,) = assign(root, sent, bob)
    order = accept(bob, offer)
    assert bob.post(f"/api/orders/{order['id']}/cancel", {"reason": "Ill."}).status_code == 200
    assert (seen(alice, sent)["status"], read(bob, offer)["status"]) == ("pending", "called_off")
    (offer,) = assign(root, sent, bob)
    order = accept(bob, offer)
    assert alice.post(f"/api/orders/{order['id']}/cancel", {"reason": "Too dear."}).status_code == 200
    back = seen(alice, sent)
    assert (back["status"], back["orderId"]) == ("rejected", None)
    assert types_of(alice)[0] == "request_rejected"


def test_a_lost_answer_is_healed_by_the_key(alice: Person, bob: Person, root: Person) -> None:
    (offer,) = assign(root, ask_for(alice), bob)
    once = answer_offer(bob, offer, "accept", key="k")
    again = answer_offer(bob, offer, "accept", key="k")
    assert (once.status_code, again.status_code) == (200, 200)
    assert once.json()["order"]["id"] == again.json()["order"]["id"]
    assert answer_offer(bob, offer, "accept", key="other").status_code == 409
