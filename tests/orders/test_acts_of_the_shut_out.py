"""Every act × a person who was shut out in the moment before: none of them happens (docs/domain.md, invariant 13).

The moment before is the first transaction of shutting: nothing of what they own is ended yet, and a request of theirs
that was let in before is still on its way. Then what is left is ended, and all must be as it must be.
"""

from collections.abc import Callable, Iterator

import pytest
import requests
from bson import ObjectId

from gigflow.accounts import piecemeal
from gigflow.core.clock import now
from gigflow.core.db import Db
from tests.conftest import Join
from tests.support.client import Json, Person
from tests.support.invariants import check_jobs, check_orders
from tests.support.market import (
    BID,
    JOB,
    SERVICE,
    ask_question,
    code_of,
    hire,
    offer_service,
    place_bid,
    post_job,
)
from tests.support.money import (
    bought,
    buy,
    checkout,
    delivered,
    disputed,
    do,
    hired,
    in_progress,
    let_time_pass,
    news_of_money,
    pay_at,
    read,
    tell,
    try_to,
)
from tests.support.operator import disable, shut_in_this_moment
from tests.support.races import at_once
from tests.support.server import Server

Act = Callable[[Server, Person, Person], Callable[[], requests.Response]]


@pytest.fixture(scope="module")
def server(two_processes: Server) -> Server:
    """No lock of one process decides."""
    return two_processes


@pytest.fixture(scope="module")
def inside(server: Server) -> Iterator[Db]:
    opened = Db(server.mongo_uri, server.mongo_db)
    yield opened
    opened.client.close()


def asked(server: Server, client: Person, freelancer: Person) -> Json:
    order = in_progress(server, client, freelancer)
    return do(client, order, "cancel", reason="We moved.")


def order_act(make: Callable[..., Json], who: str, step: str, **said: object) -> Act:
    """A step of an order by this side."""

    def ready(server: Server, client: Person, freelancer: Person) -> Callable[[], requests.Response]:
        order = make(server, client, freelancer)
        person = client if who == "client" else freelancer
        return lambda: try_to(person, order, step, **said)

    return ready


def hires(server: Server, client: Person, freelancer: Person) -> Callable[[], requests.Response]:
    bid = place_bid(freelancer, post_job(client))
    return lambda: hire(client, bid)


def bids(server: Server, client: Person, freelancer: Person) -> Callable[[], requests.Response]:
    job = post_job(client)
    return lambda: freelancer.post("/api/bids", {**BID, "gigId": job["id"]})


def buys(server: Server, client: Person, freelancer: Person) -> Callable[[], requests.Response]:
    service = offer_service(freelancer)
    return lambda: buy(client, service)


def begins_to_pay(server: Server, client: Person, freelancer: Person) -> Callable[[], requests.Response]:
    order = bought(client, freelancer)
    return lambda: checkout(client, order)


def asks(server: Server, client: Person, freelancer: Person) -> Callable[[], requests.Response]:
    service = offer_service(freelancer)
    return lambda: client.post(f"/api/gigs/{service['id']}/questions", {"text": "Which paper?"})


def withdraws_the_request(
    server: Server, client: Person, freelancer: Person
) -> Callable[[], requests.Response]:
    order = asked(server, client, freelancer)
    return lambda: client.delete(f"/api/orders/{order['id']}/cancel")


ACTS: dict[str, Act] = {
    "hire": hires,
    "bid": bids,
    "buy": buys,
    "begin to pay": begins_to_pay,
    "ask a question": asks,
    "deliver": order_act(in_progress, "freelancer", "deliver", message="Here."),
    "ask for changes": order_act(delivered, "client", "revise", message="Bluer."),
    "accept": order_act(delivered, "client", "accept"),
    "ask to cancel": order_act(in_progress, "freelancer", "cancel", reason="Enough."),
    "agree to cancel": order_act(asked, "freelancer", "cancel/answer", agree=True),
    "refuse to cancel": order_act(asked, "freelancer", "cancel/answer", agree=False),
    "withdraw the request to cancel": withdraws_the_request,
    "dispute": order_act(in_progress, "client", "dispute", reason="Nothing comes."),
    "name a number": order_act(disputed, "client", "dispute/offer", amount=100),
}


def withdraws_the_bid(server: Server, client: Person, freelancer: Person) -> Callable[[], requests.Response]:
    bid = place_bid(freelancer, post_job(client))
    return lambda: freelancer.patch(f"/api/bids/{bid['id']}/withdraw")


def closes_the_job(server: Server, client: Person, freelancer: Person) -> Callable[[], requests.Response]:
    job = post_job(client)
    place_bid(freelancer, job)
    return lambda: client.delete(f"/api/gigs/{job['id']}")


# What somebody may do although the other side is shut out, but not if they are shut out themselves; and who does it.
ALONE: dict[str, tuple[str, Act]] = {
    "give a statement": (
        "freelancer",
        order_act(disputed, "freelancer", "dispute/statement", text="I did it all."),
    ),
    "call off": (
        "client",
        order_act(lambda server, client, freelancer: bought(client, freelancer), "client", "cancel"),
    ),
    "withdraw a bid": ("freelancer", withdraws_the_bid),
    "close a job": ("client", closes_the_job),
}


def check_everything(server: Server, *people: Person) -> None:
    """The jobs and orders of these people are whole, and none waits for somebody who is shut out."""
    ids = [ObjectId(person.id) for person in people]
    orders = list(server.db.orders.find({"client_id": {"$in": ids}}))
    check_orders(server.db, *(str(order["_id"]) for order in orders))
    jobs = server.db.gigs.find({"owner_id": {"$in": ids}, "kind": "job"})
    check_jobs(server.db, *(str(job["_id"]) for job in jobs))
    shut = {row["_id"] for row in server.db.users.find({"_id": {"$in": ids}, "disabled_at": {"$ne": None}})}
    for order in orders:
        if {order["client_id"], order["freelancer_id"]} & shut and order["live"]:
            assert (order["status"], order["escalated_for"] is not None) == ("disputed", True)
    theirs = {"owner_id": {"$in": list(shut)}, "status": {"$in": ["open", "live", "pending"]}}
    assert server.db.gigs.count_documents(theirs) == 0
    pending = {"freelancer_id": {"$in": list(shut)}, "status": "pending"}
    assert server.db.bids.count_documents(pending) == 0


@pytest.mark.parametrize("gone", ["client", "freelancer"])
@pytest.mark.parametrize("name", ACTS)
def test_no_act_with_or_of_somebody_who_was_just_shut_out(
    name: str, gone: str, server: Server, inside: Db, join: Join
) -> None:
    client, freelancer = join("Clara", at=server), join("Felix", at=server)
    act = ACTS[name](server, client, freelancer)
    person = client if gone == "client" else freelancer
    shut_in_this_moment(server, person.id)
    answer = act()
    assert answer.status_code in (401, 409), answer.text
    if answer.status_code == 409:
        assert code_of(answer) == "person_shut_out", answer.text
    piecemeal.go_on(inside, ObjectId(person.id), "leaving_at", now())
    check_everything(server, client, freelancer)


@pytest.mark.parametrize("gone", ["client", "freelancer"])
@pytest.mark.parametrize("name", ALONE)
def test_what_one_does_alone_needs_nobody_but_oneself(
    name: str, gone: str, server: Server, inside: Db, join: Join
) -> None:
    client, freelancer = join("Clara", at=server), join("Felix", at=server)
    actor, make = ALONE[name]
    act = make(server, client, freelancer)
    person = client if gone == "client" else freelancer
    shut_in_this_moment(server, person.id)
    assert act().status_code == (401 if actor == gone else 200)
    piecemeal.go_on(inside, ObjectId(person.id), "leaving_at", now())
    check_everything(server, client, freelancer)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_beside_the_shutting(name: str, server: Server, join: Join) -> None:
    """One comes first, and whichever that is, nothing is left half done."""
    client, freelancer = join("Clara", at=server), join("Felix", at=server)
    act = ACTS[name](server, client, freelancer)
    answer, _ = at_once([act, lambda: disable(server, freelancer.email)])
    assert answer is not None
    assert answer.status_code in (200, 201, 401, 404, 409), answer.text
    check_everything(server, client, freelancer)


OWN_ACTS: dict[str, Callable[[Person], Callable[[], requests.Response]]] = {
    "post a job": lambda person: lambda: person.post("/api/gigs", JOB),
    "offer a service": lambda person: lambda: person.post("/api/gigs", {**SERVICE, "kind": "service"}),
    "publish": lambda person: _on_service(person, "publish", draft=True),
    "resume a service": lambda person: _resumed(person),  # noqa: PLW0108 - it is defined below
    "change one's profile": lambda person: lambda: person.put("/api/users/profile", {"name": "Somebody"}),
}


def _on_service(person: Person, step: str, **service: object) -> Callable[[], requests.Response]:
    made = offer_service(person, **service)
    return lambda: person.post(f"/api/gigs/{made['id']}/{step}")


def _resumed(person: Person) -> Callable[[], requests.Response]:
    made = offer_service(person)
    assert person.post(f"/api/gigs/{made['id']}/pause").status_code == 200
    return lambda: person.post(f"/api/gigs/{made['id']}/resume")


@pytest.mark.parametrize("name", OWN_ACTS)
def test_what_was_let_in_before_brings_nothing_to_the_market(name: str, server: Server, join: Join) -> None:
    """Also not after everything of theirs was ended: a request that is on its way comes too late."""
    person = join("Felix", at=server)
    act = OWN_ACTS[name](person)
    disable(server, person.email)
    # As if the request had been let in a moment before.
    server.db.sessions.update_many({"user_id": ObjectId(person.id)}, {"$set": {"revoked_at": None}})
    assert act().status_code == 401
    check_everything(server, person)


def test_time_does_nothing_for_somebody_who_was_just_shut_out(server: Server, inside: Db, join: Join) -> None:
    """Neither acceptance nor the end of a silence; and money that arrives goes back."""
    client, freelancer = join("Clara", at=server), join("Felix", at=server)
    handed, silent = delivered(server, client, freelancer), asked(server, client, freelancer)
    unpaid = hired(client, freelancer)
    address = checkout(client, unpaid).json()["checkoutUrl"]
    shut_in_this_moment(server, freelancer.id)
    paid = pay_at(address)
    let_time_pass(server, days=5)
    let_time_pass(server, days=20)
    tell(server, news_of_money(server, paid))
    assert [read(client, order)["status"] for order in (handed, silent)] == ["delivered", "in_progress"]
    piecemeal.go_on(inside, ObjectId(freelancer.id), "leaving_at", now())
    assert [read(client, order)["status"] for order in (handed, silent)] == ["disputed", "disputed"]
    assert read(client, unpaid)["status"] == "cancelled"
    check_everything(server, client, freelancer)


def test_a_question_is_not_answered_by_somebody_who_was_just_shut_out(server: Server, join: Join) -> None:
    owner, asker = join("Olga", at=server), join("Adam", at=server)
    question = ask_question(asker, offer_service(owner))
    shut_in_this_moment(server, owner.id)
    assert owner.put(f"/api/questions/{question['id']}", {"answer": "This one."}).status_code == 401
