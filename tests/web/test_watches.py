"""One socket that watches several things, as a page does that shows several."""

from tests.conftest import Connect
from tests.support.client import Client, Person
from tests.support.market import offer_service, place_bid, post_job
from tests.support.money import do, in_progress
from tests.support.server import Server


def test_a_job_and_an_order_at_one_socket(
    server: Server, alice: Person, bob: Person, connect: Connect
) -> None:
    """Of two kinds, asked for in one event: each comes under its own name, at once and when it changes."""
    order, gig = in_progress(server, alice, bob), post_job(alice)
    socket = connect(alice)
    socket.send("watch", {"order": order["id"], "gig": gig["id"]})
    assert socket.wait("order")[0] == {
        "id": order["id"],
        "status": "in_progress",
        "stamp": str(order["version"]),
    }
    stamp = socket.wait("gig")[0]["stamp"]
    place_bid(bob, gig)
    do(bob, order, "deliver", message="Here.")
    socket.wait("gig", lambda news: news["stamp"] != stamp)
    socket.wait("order", lambda news: news["status"] == "delivered")
    assert {news["id"] for news in socket.of("gig")} == {gig["id"]}


def test_several_jobs_at_one_socket(alice: Person, visitor: Client, connect: Connect) -> None:
    """Each stays watched if another is added; of one that is not there for its reader nothing is told later."""
    first, second, draft = post_job(alice), post_job(alice), offer_service(alice, draft=True)
    socket = connect(visitor)
    for gig in (first, draft, second):
        socket.send("watch", {"gig": gig["id"]})
    assert [news["status"] for news in socket.wait("gig", count=3)] == ["open", "", "open"]
    alice.patch(f"/api/gigs/{draft['id']}", {"title": "Better"})
    for gig in (first, second):
        alice.delete(f"/api/gigs/{gig['id']}")
        socket.wait("gig", lambda news, gig=gig: (news["id"], news["status"]) == (gig["id"], "closed"))
    assert [news["id"] for news in socket.of("gig")].count(draft["id"]) == 1
