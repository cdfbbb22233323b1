"""Requests over two processes: of everything that happens to one at the same moment, one comes first."""

from collections.abc import Callable
from functools import partial

import pytest
import requests

from gigflow.proof.audit import audit
from tests.conftest import Join
from tests.offers.steps import answer_offer
from tests.requests.steps import REQUEST, ask_for, assign, do, reject, seen, try_to_assign, types_of
from tests.support.client import Client, Json, Person
from tests.support.market import code_of
from tests.support.operator import disable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for


@pytest.fixture
def admin(join: Join, two_processes: Server) -> Person:
    person = join("Root", at=two_processes)
    two_processes.make_admin(person.email)
    return person


def nothing_is_broken(server: Server) -> bool:
    return not [problem for _, problems in audit(server.house) for problem in problems]


def test_ten_who_accept_at_once_make_one_order(join: Join, two_processes: Server, admin: Person) -> None:
    """And nine read that somebody else was quicker; the same with each of them twenty times over."""
    client = join("Clara", at=two_processes)
    people = [join(f"Finn {number}", at=two_processes) for number in range(10)]
    for times in (1, 20):
        sent = ask_for(client)
        offers = assign(admin, sent, *people)
        tabs = [person.twin() for person in people for _ in range(min(times, 4))] * max(1, times // 4)
        sent_by = [offer for offer in offers for _ in range(min(times, 4))] * max(1, times // 4)
        answers = at_once(
            [partial(answer_offer, *each, "accept") for each in zip(tabs, sent_by, strict=True)]
        )
        assert sorted(each.status_code for each in answers) == [200] + [409] * (10 * times - 1)
        losers = [each.json()["message"] for each in answers if not each.ok]
        assert {said for said in losers if "quicker" in said or "accepted" in said} == set(losers)
        read = [
            person.get(f"/api/offers/{offer['id']}") for person, offer in zip(people, offers, strict=True)
        ]
        statuses = [each.json()["offer"]["status"] for each in read]
        assert sorted(statuses) == ["accepted", *["superseded"] * 9]
        assert seen(client, sent)["status"] == "matched"
        assert types_of(client).count("request_matched") == (1 if times == 1 else 2)
    assert nothing_is_broken(two_processes)


def test_an_acceptance_comes_before_or_after_everything_else(
    join: Join, two_processes: Server, admin: Person
) -> None:
    """Withdrawing, taking back, cancelling, declining, sending again, sending back."""
    client, bob = join("Clara", at=two_processes), join("Bob", at=two_processes)
    others: list[Callable[[Json, Json, Client], requests.Response]] = [
        lambda sent, offer, tab: admin.twin().post(f"/api/admin/offers/{offer['id']}/withdraw", {}),
        lambda sent, offer, tab: do(client.twin(), sent, "take-back"),
        lambda sent, offer, tab: do(client.twin(), sent, "cancel"),
        lambda sent, offer, tab: answer_offer(tab, offer, "decline"),
        lambda sent, offer, tab: reject(admin.twin(), sent),
        lambda sent, offer, tab: try_to_assign(admin.twin(), sent, bob),
    ]
    for act in others * 2:
        sent = ask_for(client)
        (offer,) = assign(admin, sent, bob)
        first, second = at_once(
            [partial(answer_offer, bob.twin(), offer, "accept"), partial(act, sent, offer, bob.twin())]
        )
        assert first.status_code in (200, 409), first.text
        assert second.status_code in (200, 409), second.text
        # Both may fail: a request that is assigned cannot be sent back, and nobody is asked twice.
        assert (first.status_code, second.status_code) != (200, 200)
        assert (seen(client, sent)["status"] == "matched") == (first.status_code == 200)
    assert nothing_is_broken(two_processes)


def test_the_last_two_who_decline_at_once_let_it_wait_again(
    join: Join, two_processes: Server, admin: Person
) -> None:
    client = join("Clara", at=two_processes)
    people = [join(f"Finn {number}", at=two_processes) for number in range(2)]
    for _ in range(3):
        sent = ask_for(client)
        offers = assign(admin, sent, *people)
        pairs = zip(people, offers, strict=True)
        answers = at_once([partial(answer_offer, *each, "decline") for each in pairs])
        assert [each.status_code for each in answers] == [200, 200]
        now = seen(client, sent)
        assert (now["status"], now["openOffers"]) == ("pending", 0)


def test_two_admins_who_ask_the_same_person_send_one_offer(
    join: Join, two_processes: Server, admin: Person
) -> None:
    client, bob, other = (join(name, at=two_processes) for name in ("Clara", "Bob", "Sam"))
    two_processes.make_admin(other.email)
    sent = ask_for(client)
    answers = at_once([partial(try_to_assign, each, sent, bob) for each in (admin, other)])
    assert sorted(each.status_code for each in answers) == [200, 409]
    assert code_of(next(each for each in answers if not each.ok)) == "nobody_asked"
    assert seen(client, sent)["openOffers"] == 1


@pytest.mark.parametrize("side", ["freelancer", "client"])
def test_somebody_who_is_shut_out_while_they_agree(
    side: str, join: Join, two_processes: Server, admin: Person
) -> None:
    """One comes second: the order is cancelled by the shutting, or there is none."""
    client, bob = join("Clara", at=two_processes), join("Bob", at=two_processes)
    sent = ask_for(client)
    (offer,) = assign(admin, sent, bob)
    gone = bob if side == "freelancer" else client
    accepted, _ = at_once(
        [partial(answer_offer, bob, offer, "accept"), partial(disable, two_processes, gone.email)]
    )
    assert accepted.status_code in (200, 401, 409)
    users = two_processes.db.users
    wait_for(lambda: not users.find_one({"email": gone.email, "leaving_at": {"$ne": None}}), what="the end")
    status = admin.get(f"/api/requests/{sent['id']}").json()["status"]
    assert status == ("pending" if side == "freelancer" else "cancelled")
    assert nothing_is_broken(two_processes)


@pytest.fixture(scope="module")
def limited(start_server: Callable[..., Server]) -> Server:
    """A server that counts how often somebody does a thing."""
    return start_server(RATE_LIMITS="on", LIMIT_JOB_REQUESTS="4/hour", LIMIT_OPEN_JOB_REQUESTS="2")


def test_one_person_sends_so_many_and_has_so_many_open(join: Join, limited: Server) -> None:
    """Sending again counts as sending, on the page as well."""
    client, admin = join("Clara", at=limited), join("Root", at=limited)
    limited.make_admin(admin.email)
    tabs = [client.twin() for _ in range(3)]
    answers = at_once([partial(tab.post, "/api/requests", REQUEST) for tab in tabs])
    assert sorted(each.status_code for each in answers) == [201, 201, 409]
    assert code_of(next(each for each in answers if not each.ok)) == "too_many_requests_open"
    sent = next(each.json() for each in answers if each.ok)
    for status in (200, 429):
        assert reject(admin, sent).ok or status == 429
        again = client.page(f"/requests/{sent['id']}/edit").submit("#request-form")
        assert again.status == status
        if status == 200:
            assert seen(client, sent)["status"] == "pending"
    assert do(client, sent, "send").status_code == 429
