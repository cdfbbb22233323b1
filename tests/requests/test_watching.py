"""Who sees a request and its offers change while they look at them (docs/api.md, Socket.IO)."""

from tests.conftest import Connect
from tests.requests.steps import accept, ask_for, assign, do
from tests.support.client import Person


def test_a_client_sees_their_request_change(
    alice: Person, bob: Person, root: Person, connect: Connect
) -> None:
    sent = ask_for(alice)
    socket = connect(alice)
    socket.send("watch", {"request": sent["id"]})
    first = socket.wait("request")[0]
    assert (first["id"], first["status"]) == (sent["id"], "pending")
    assign(root, sent, bob)
    last = socket.wait("request", lambda news: news["status"] == "assigned")[0]
    assert alice.page(f"/requests/{sent['id']}").one("#request").attrs["data-stamp"] == last["stamp"]


def test_nobody_else_may_watch_a_request(
    alice: Person, bob: Person, charlie: Person, root: Person, connect: Connect
) -> None:
    """Not even who has an offer of it: its changes would tell how many others are asked."""
    sent = ask_for(alice)
    assign(root, sent, bob)
    asked, stranger, admin = connect(bob), connect(charlie), connect(root)
    for socket in (asked, stranger, admin):
        socket.send("watch", {"request": sent["id"]})
    admin.wait("request")
    do(alice, sent, "take-back")
    admin.wait("request", lambda news: news["status"] == "pending")
    assert [asked.of("request"), stranger.of("request")] == [[], []]


def test_a_freelancer_sees_that_another_was_quicker(
    alice: Person, bob: Person, charlie: Person, root: Person, connect: Connect
) -> None:
    mine, others = assign(root, ask_for(alice), bob, charlie)
    socket, client = connect(charlie), connect(alice)
    socket.send("watch", {"offer": others["id"]})
    client.send("watch", {"offer": others["id"]})
    assert socket.wait("offer")[0]["status"] == "sent"
    accept(bob, mine)
    socket.wait("offer", lambda news: news["status"] == "superseded")
    assert client.of("offer") == []
