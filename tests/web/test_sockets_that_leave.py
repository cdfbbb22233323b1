"""A page that is left while its socket is answered."""

from tests.conftest import Connect
from tests.support.client import Client, Person
from tests.support.market import post_job
from tests.support.server import Server


def test_leaving_while_watching_is_no_error(
    server: Server, connect: Connect, alice: Person, visitor: Client
) -> None:
    """What a page says last, and its end right behind it: nobody is let into a room any more, and nothing is logged."""
    gig = post_job(alice)
    before = len(server.log_lines())
    for _ in range(20):
        socket = connect(visitor)
        for _ in range(40):
            socket.send("watch", {"gig": gig["id"]})
        socket.close()
    staying = connect(visitor)
    staying.send("watch", {"gig": gig["id"]})
    staying.wait("gig")
    assert len(server.log_lines()) == before
