"""Errors of the database in the middle of a hire, an acceptance or a message: done once, answer 200 (SECURITY 23).

These have a replica set of their own, because a failpoint holds for everybody who uses it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gigflow.core.mongod import Mongod, start_mongod
from tests.conftest import Join, shared
from tests.invitations.steps import listed
from tests.offers.steps import answer_offer, offer
from tests.requests.steps import ask_for, assign, news_of, seen
from tests.support.client import Client, Person
from tests.support.failing import failpoint
from tests.support.invariants import check_accepted, check_jobs
from tests.support.market import BID, JOB, hire, place_bid, post_job
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.talk import heard, open_talk, seen_in_inbox

WRITE_CONFLICT = 112
MAX_TIME_EXPIRED = 50
NOT_WRITABLE_PRIMARY = 10107
INTERRUPTED_BY_STEP_DOWN = 11602


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongod]:
    node = start_mongod(tmp_path_factory.mktemp("mongo"), parameters={"enableTestCommands": 1})
    yield node
    node.kill()


@pytest.fixture(scope="module")
def faulty(mongod: Mongod, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose database fails on demand."""
    folder: Path = tmp_path_factory.mktemp("server")
    server = Server(mongod.uri, folder)
    yield server
    server.stop()
    assert not server.errors()


@pytest.fixture(scope="module")
def server(faulty: Server) -> Server:
    """Where everybody signs up."""
    return faulty


alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")


@pytest.fixture
def two(alice: Person, bob: Person) -> tuple[Person, Person]:
    return alice, bob


@contextmanager
def failing(
    server: Server, *commands: str, times: int = 1, on: str = "", **fault: Any
) -> Iterator[Callable[[], int]]:
    """Let the next `times` of these commands (`on` this collection) fail so; tells how often they did."""
    data = {"failCommands": list(commands), "appName": "gigflow", **fault}
    if on:
        data["namespace"] = f"{server.mongo_db}.{on}"
    before = server.client.admin.command(
        "configureFailPoint", "failCommand", mode={"times": times}, data=data
    )["count"]

    def count() -> int:
        switched_off = server.client.admin.command("configureFailPoint", "failCommand", mode="off")
        return int(switched_off["count"]) - before

    try:
        yield count
    finally:
        server.client.admin.command("configureFailPoint", "failCommand", mode="off")


FAULTS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    # On a collection of the hire's: ticks write too, and what only a transaction can meet would be an error to them.
    "TransientTransactionError on update": (
        ("findAndModify",),
        {"on": "gigs", "errorCode": WRITE_CONFLICT, "errorLabels": ["TransientTransactionError"]},
    ),
    "write conflict on the bids": (
        ("update",),
        {"on": "bids", "errorCode": WRITE_CONFLICT, "errorLabels": ["TransientTransactionError"]},
    ),
    "stepped-down primary on update": (
        ("findAndModify",),
        {"on": "gigs", "errorCode": NOT_WRITABLE_PRIMARY, "errorLabels": ["TransientTransactionError"]},
    ),
    "lost connection on update": (("findAndModify",), {"on": "gigs", "closeConnection": True}),
    "lost connection on insert": (("insert",), {"closeConnection": True}),
    "lost connection on commit": (("commitTransaction",), {"closeConnection": True}),
    "stepped-down primary on commit": (
        ("commitTransaction",),
        {"errorCode": INTERRUPTED_BY_STEP_DOWN, "errorLabels": ["RetryableWriteError"]},
    ),
    "unknown outcome of the commit": (
        ("commitTransaction",),
        {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}},
    ),
    "write conflict on commit": (
        ("commitTransaction",),
        {"errorCode": WRITE_CONFLICT, "errorLabels": ["TransientTransactionError"]},
    ),
}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", FAULTS)
def test_a_hire_survives(
    name: str, times: int, faulty: Server, two: tuple[Person, Person], charlie: Person
) -> None:
    """SECURITY 23: answer 200, hired once, told once."""
    commands, fault = FAULTS[name]
    alice, bob = two
    gig = post_job(alice)
    place_bid(charlie, gig)  # to be rejected: a hire of the only bid has nothing to update there
    bid = place_bid(bob, gig)
    with failing(faulty, *commands, times=times, **fault) as count:
        answer = hire(alice, bid)
        assert count() == times, "the fault was never met"
    assert (answer.status_code, answer.json()["bid"]["status"]) == (200, "hired")
    check_jobs(faulty.db, gig["id"])
    assert hire(alice, bid).status_code == 409


FAULTS_OF_ACCEPTANCES = {
    **{name: fault for name, fault in FAULTS.items() if "on" not in fault[1]},
    **{
        name: (commands, {**fault, "on": "offers"})
        for name, (commands, fault) in FAULTS.items()
        if fault.get("on") == "gigs"
    },
}


@pytest.mark.parametrize("name", FAULTS_OF_ACCEPTANCES)
def test_an_acceptance_survives(name: str, faulty: Server, two: tuple[Person, Person]) -> None:
    """One order, told once; the same key gets it again."""
    commands, fault = FAULTS_OF_ACCEPTANCES[name]
    alice, bob = two
    sent = offer(alice, listed(bob))
    with failing(faulty, *commands, **fault) as count:
        answer = answer_offer(bob, sent, "accept", key=f"of {sent['id']}")
        assert count() == 1, "the fault was never met"
    assert answer.status_code == 200, answer.text
    check_accepted(faulty.db, sent["id"])
    again = answer_offer(bob, sent, "accept", key=f"of {sent['id']}")
    assert (again.status_code, again.json()["order"]["id"]) == (200, answer.json()["order"]["id"])
    assert answer_offer(bob, sent, "accept", key="another").status_code == 409
    check_accepted(faulty.db, sent["id"])


@pytest.mark.parametrize(
    "name",
    ["TransientTransactionError on update", "lost connection on insert", "lost connection on commit"],
)
def test_an_acceptance_for_a_request_survives(
    name: str, faulty: Server, two: tuple[Person, Person], charlie: Person, join: Join
) -> None:
    """One order for one of two who are asked, told once; the same key gets it again, and the other is too late."""
    commands, fault = FAULTS[name]
    alice, bob = two
    admin = join("Root Admin")
    faulty.make_admin(admin.email)
    sent = ask_for(alice)
    mine, other = assign(admin, sent, bob, charlie)
    on = {"on": "requests"} if "on" in fault else {}
    with failing(faulty, *commands, **{**fault, **on}) as count:
        answer = answer_offer(bob, mine, "accept", key=f"of {mine['id']}")
        assert count() == 1, "the fault was never met"
    assert answer.status_code == 200, answer.text
    again = answer_offer(bob, mine, "accept", key=f"of {mine['id']}")
    assert (again.status_code, again.json()["order"]["id"]) == (200, answer.json()["order"]["id"])
    assert answer_offer(charlie, other, "accept").status_code == 409
    told = news_of(alice).count(("request_matched", f"/orders/{answer.json()['order']['id']}"))
    assert (seen(alice, sent)["status"], told) == ("matched", 1)


@pytest.mark.parametrize("name", ["TransientTransactionError on update", "lost connection on commit"])
def test_bidding_withdrawing_and_closing_survive(
    name: str, faulty: Server, two: tuple[Person, Person]
) -> None:
    """SECURITY 23, for the other transactions: done once, told once."""
    commands, fault = FAULTS[name]
    alice, bob = two
    gig = post_job(alice)
    with failing(faulty, *commands, **fault) as count:
        answer = bob.post("/api/bids", {**BID, "gigId": gig["id"]})
        assert (answer.status_code, count()) == (201, 1)
    check_jobs(faulty.db, gig["id"])
    with failing(faulty, *commands, **fault) as count:
        withdrawn = bob.patch(f"/api/bids/{answer.json()['id']}/withdraw")
        assert (withdrawn.status_code, count()) == (200, 1)
    check_jobs(faulty.db, gig["id"])
    place_bid(bob, gig)
    with failing(faulty, *commands, **fault) as count:
        closed = alice.delete(f"/api/gigs/{gig['id']}")
        assert (closed.status_code, count()) == (200, 1)
    check_jobs(faulty.db, gig["id"])


FAULTS_OF_MESSAGES = {
    **{name: fault for name, fault in FAULTS.items() if fault[0] == ("commitTransaction",)},
    "write conflict on the number": (
        ("findAndModify",),
        {
            "on": "conversations",
            "errorCode": WRITE_CONFLICT,
            "errorLabels": ["TransientTransactionError"],
        },
    ),
    "lost connection on the number": (("findAndModify",), {"on": "conversations", "closeConnection": True}),
    "stepped-down primary on the entry": (
        ("insert",),
        {
            "on": "messages",
            "errorCode": NOT_WRITABLE_PRIMARY,
            "errorLabels": ["TransientTransactionError"],
        },
    ),
    "lost connection on the entry": (("insert",), {"on": "messages", "closeConnection": True}),
}


@pytest.fixture(scope="module")
def talk(alice: Person, bob: Person) -> str:
    job = post_job(alice)
    place_bid(bob, job)
    return open_talk(bob, alice, gigId=job["id"])


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", FAULTS_OF_MESSAGES)
def test_a_message_survives(
    name: str, times: int, faulty: Server, two: tuple[Person, Person], talk: str
) -> None:
    """It is there once, under the next number, and counted once."""
    commands, fault = FAULTS_OF_MESSAGES[name]
    alice, bob = two
    said = len(heard(alice, talk))
    body = {"text": "Hello", "clientId": f"{name}:{times}".replace(" ", "-")}
    with failing(faulty, *commands, times=times, **fault) as count:
        answer = bob.post(f"/api/chat/{talk}", body)
        assert count() == times, "the fault was never met"
    assert (answer.status_code, answer.json()["seq"]) == (201, said + 1)
    assert [each["seq"] for each in heard(alice, talk)] == list(range(1, said + 2))
    assert seen_in_inbox(alice, talk)["unread"] == said + 1
    again = bob.post(f"/api/chat/{talk}", body)
    assert (again.status_code, again.json()) == (200, answer.json())


def test_a_message_that_cannot_be_sent_takes_no_number(
    faulty: Server, two: tuple[Person, Person], talk: str
) -> None:
    """503, whereupon the same message is sent again and is there once."""
    alice, bob = two
    said = len(heard(alice, talk))
    lasts = {"errorCode": WRITE_CONFLICT, "errorLabels": ["TransientTransactionError"]}
    with failing(faulty, "commitTransaction", times=10_000, **lasts):
        assert bob.post(f"/api/chat/{talk}", {"text": "Hello", "clientId": "lasts"}).status_code == 503
    assert len(heard(alice, talk)) == said
    again = bob.post(f"/api/chat/{talk}", {"text": "Hello", "clientId": "lasts"})
    assert (again.status_code, again.json()["seq"]) == (201, said + 1)


def test_single_writes_are_retried(faulty: Server, join: Join) -> None:
    """A lost connection is no reason for an error where one write is all there is."""
    with failing(faulty, "insert", closeConnection=True) as count:
        alice = join("Alice", at=faulty)
        assert count() == 1
    with failing(faulty, "insert", closeConnection=True) as count:
        answer = alice.post("/api/gigs", JOB)
        assert (answer.status_code, count()) == (201, 1)
    assert len(alice.get("/api/gigs/mine").json()["gigs"]) == 1


def test_a_fault_that_lasts_is_503_and_changes_nothing(faulty: Server, two: tuple[Person, Person]) -> None:
    """Better a 503 within ten seconds than a request that hangs; and then the same hire works."""
    alice, bob = two
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    with failing(
        faulty,
        "commitTransaction",
        times=10_000,
        errorCode=WRITE_CONFLICT,
        errorLabels=["TransientTransactionError"],
    ):
        answer = hire(alice, bid, key="again")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "unavailable"
    assert int(answer.headers["Retry-After"]) >= 1
    check_jobs(faulty.db, gig["id"])
    assert hire(alice, bid, key="again").status_code == 200
    check_jobs(faulty.db, gig["id"])


def test_the_change_stream_goes_on_where_it_stopped(faulty: Server, two: tuple[Person, Person]) -> None:
    """No news is lost between a commit and its telling, whatever happens to the stream."""
    alice, bob = two
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    socket = Socket(bob)
    # Of the stream alone, which is of the whole database: a hire reads by an aggregation, too.
    with failpoint(
        faulty, "$cmd.aggregate", "getMore", "aggregate", times=3, closeConnection=True
    ) as wait_until_one_failed:
        post_job(alice)
        wait_until_one_failed()
        assert hire(alice, bid).status_code == 200
        socket.wait("hired")
    socket.close()


def test_a_search_that_takes_too_long_says_so(faulty: Server, two: tuple[Person, Person]) -> None:
    """The database is there: it is the search that should be narrower."""
    owner, _ = two
    gig = post_job(owner, title="Landing page")
    paths = ("/api/gigs/search?q=landing", "/api/gigs?q=page", "/api/gigs/search?q=pag&sort=relevance")
    sentence = "This search takes too long. Make it narrower."
    for path in paths:
        with failing(faulty, "find", on="gigs", errorCode=MAX_TIME_EXPIRED):
            answer = owner.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "search_too_slow"), path
        assert answer.json()["message"] == sentence
        assert owner.get(path).status_code == 200
    # On the page all that was asked stands there to be mended, and in place nothing is left of other words.
    with failing(faulty, "find", on="gigs", errorCode=MAX_TIME_EXPIRED):
        page = owner.page("/jobs?q=landin&min_price=5")
    assert (page.status, sentence in page.text) == (503, True)
    assert {name: page.values("#search")[name] for name in ("q", "min_price")} == {
        "q": "landin",
        "min_price": "5",
    }
    assert page.texts(".chip") == ["Without “landin”", "Without from $5", "Clear all"]
    with failing(faulty, "find", on="gigs", errorCode=MAX_TIME_EXPIRED):
        part = owner.fragment("GET", "/jobs?q=landi", at="/jobs")
    assert (part.status, part.texts("#results h2"), part.all("#error")) == (503, [sentence], [])
    with failing(faulty, "find", on="gigs", errorCode=MAX_TIME_EXPIRED):
        assert owner.get(f"/api/gigs/{gig['id']}").json()["error"]["code"] == "unavailable"


def test_reading_survives_a_lost_connection(faulty: Server) -> None:
    visitor = Client(faulty.url)
    with failing(faulty, "find", closeConnection=True) as count:
        answer = visitor.get("/api/gigs?limit=7")
        assert (answer.status_code, count()) == (200, 1)
    visitor.close()
