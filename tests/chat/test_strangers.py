"""Who may write to whom, and how much to somebody they do not know."""

import pytest

from tests.conftest import Join
from tests.support.client import Json, Person
from tests.support.market import code_of, hire, offer_service, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import heard, open_talk, say


def opening(person: Person, other: str, **about: str) -> tuple[int, str]:
    answer = person.post("/api/chat/conversations", {"userId": other, **about})
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def test_everybody_may_write_to_the_owner_of_what_is_offered(alice: Person, bob: Person) -> None:
    assert opening(bob, alice.id, gigId=post_job(alice)["id"])[0] == 201
    assert opening(bob, alice.id, gigId=offer_service(alice)["id"])[0] == 201
    assert opening(bob, alice.id)[0] == 201


def test_an_owner_writes_to_bidders_alone(alice: Person, bob: Person, charlie: Person) -> None:
    job = post_job(alice)
    assert opening(alice, bob.id, gigId=job["id"]) == (403, "may_not_write")
    place_bid(bob, job)
    assert opening(alice, bob.id, gigId=job["id"])[0] == 201
    assert opening(alice, bob.id)[0] == 201
    assert opening(alice, charlie.id, gigId=job["id"]) == (403, "may_not_write")


def test_nobody_writes_about_what_is_closed(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    alice.delete(f"/api/gigs/{job['id']}")
    assert opening(bob, alice.id, gigId=job["id"]) == (403, "may_not_write")
    assert opening(bob, alice.id) == (403, "may_not_write")


def test_the_two_sides_of_an_order_may_write_whatever_became_of_it(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    order = hire(alice, place_bid(bob, job)).json()["order"]["id"]
    alice.post(f"/api/orders/{order}/cancel", {"reason": "Changed plans"})
    assert opening(bob, alice.id, orderId=order)[0] == 201
    assert opening(alice, bob.id, gigId=job["id"])[0] == 200  # the same conversation


def test_an_order_of_others_is_no_reason(alice: Person, bob: Person, charlie: Person) -> None:
    order = hire(alice, place_bid(bob, post_job(alice))).json()["order"]["id"]
    assert opening(charlie, alice.id, orderId=order) == (403, "may_not_write")


def test_an_admin_writes_to_everybody(charlie: Person, root: Person) -> None:
    assert opening(root, charlie.id)[0] == 201


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, ["userId"])),
        ({"userId": "nonsense"}, (400, ["userId"])),
        ({"userId": "{alice}", "gigId": "x"}, (400, ["gigId"])),
        ({"userId": "{alice}", "gigId": "f" * 24, "orderId": "f" * 24}, (400, ["orderId"])),
        ({"userId": "f" * 24}, (404, [])),
        ({"userId": "{alice}", "gigId": "f" * 24}, (403, [])),
    ],
)
def test_a_wrong_opening_is_refused(
    body: Json, expected: tuple[int, list[str]], alice: Person, bob: Person
) -> None:
    offer_service(alice)
    filled = {name: text.replace("{alice}", alice.id) for name, text in body.items()}
    answer = bob.post("/api/chat/conversations", filled)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == expected


def test_nobody_writes_to_themselves(alice: Person) -> None:
    answer = alice.post("/api/chat/conversations", {"userId": alice.id, "gigId": post_job(alice)["id"]})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["userId"])


def test_a_stranger_hears_three_messages_until_they_answer(alice: Person, bob: Person) -> None:
    talk = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    for number in range(3):
        say(bob, talk, str(number))
    answer = bob.post(f"/api/chat/{talk}", {"text": "3"})
    assert (answer.status_code, code_of(answer)) == (409, "wait_for_answer")
    say(alice, talk, "Yes?")
    for number in range(4):
        say(bob, talk, str(number))


def test_a_bid_lifts_the_limit(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    talk = open_talk(bob, alice, gigId=job["id"])
    for number in range(3):
        say(bob, talk, str(number))
    place_bid(bob, job)
    assert say(bob, talk, "I have placed a bid")["seq"] == 4


def test_three_at_once_are_three(join: Join, two_processes: Server) -> None:
    alice, bob = (join(at=two_processes) for _ in range(2))
    talk = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    sent = at_once([lambda: bob.twin().post(f"/api/chat/{talk}", {"text": "Hello"})] * 8)
    assert sorted(answer.status_code for answer in sent) == [201] * 3 + [409] * 5
    assert len(heard(alice, talk)) == 3


def test_a_stranger_gets_one_link_and_no_files(alice: Person, bob: Person) -> None:
    talk = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    say(bob, talk, "Like https://example.org")
    answer = bob.post(f"/api/chat/{talk}", {"text": "https://a.example and www.b.example"})
    assert list(answer.json()["error"]["fields"]) == ["text"]
    answer = bob.post(f"/api/chat/{talk}", {"text": "Look", "fileIds": ["f" * 24]})
    assert list(answer.json()["error"]["fields"]) == ["fileIds"]


def test_five_strangers_a_day_under_parallel_openings(join: Join, two_processes: Server) -> None:
    bob = join(at=two_processes)
    owners = [join(at=two_processes) for _ in range(8)]
    services = [offer_service(owner)["id"] for owner in owners]
    opened = at_once(
        [
            lambda owner=owner, service=service: bob.twin().post(
                "/api/chat/conversations", {"userId": owner.id, "gigId": service}
            )
            for owner, service in zip(owners, services, strict=True)
        ]
    )
    assert sorted(answer.status_code for answer in opened) == [201] * 5 + [429] * 3
    refused = next(answer for answer in opened if answer.status_code == 429)
    assert refused.json()["error"]["code"] == "too_many_strangers"
    assert 80_000 < int(refused.headers["Retry-After"]) <= 86_400


def test_the_two_sides_of_an_order_have_one_conversation(alice: Person, bob: Person) -> None:
    """An order of a job is talked about where the job is."""
    job = post_job(alice)
    order = hire(alice, place_bid(bob, job)).json()["order"]["id"]
    assert open_talk(bob, alice, orderId=order) == open_talk(alice, bob, gigId=job["id"])


def test_an_order_that_is_not_there_is_no_reason(alice: Person, bob: Person, root: Person) -> None:
    place_bid(bob, post_job(alice))
    for person in (bob, root):
        assert opening(person, alice.id, orderId="f" * 24) == (403, "may_not_write")


def test_an_order_of_others_shows_its_title_to_nobody_else(
    alice: Person, bob: Person, charlie: Person
) -> None:
    order = hire(alice, place_bid(bob, post_job(alice, title="Secret merger")))
    place_bid(charlie, post_job(alice))  # so the two know each other
    answer = charlie.post(
        "/api/chat/conversations", {"userId": alice.id, "orderId": order.json()["order"]["id"]}
    )
    assert (answer.status_code, "Secret" in answer.text) == (403, False)


def test_an_unpaid_purchase_makes_no_partners(alice: Person, bob: Person) -> None:
    service = offer_service(alice)["id"]
    assert bob.post("/api/payment/checkout", {"gigId": service}).status_code == 201
    talk = open_talk(bob, alice, gigId=service)
    for number in range(3):
        say(bob, talk, str(number))
    assert bob.post(f"/api/chat/{talk}", {"text": "3"}).json()["error"]["code"] == "wait_for_answer"
    assert alice.post(f"/api/users/{bob.id}/block").status_code == 200


@pytest.mark.parametrize(
    "text", ["http://a.example http://b.example", "[x](http&#58;//a.example) [y](http&colon;//b.example)"]
)
def test_links_are_counted_however_they_are_written(text: str, alice: Person, bob: Person) -> None:
    talk = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    sent = say(bob, talk, "Hello")
    for answer in (
        bob.post(f"/api/chat/{talk}", {"text": text}),
        bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": text}),
    ):
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["text"])


def test_a_first_message_that_is_refused_opens_nothing(alice: Person, bob: Person) -> None:
    body = {"userId": alice.id, "gigId": offer_service(alice)["id"]}
    for text in ("http://a.example http://b.example", "\u200b"):
        assert bob.post("/api/chat/conversations", {**body, "text": text}).status_code == 400
    assert bob.post("/api/chat/conversations", body).status_code == 201  # it was not there
