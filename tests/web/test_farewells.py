"""A connection that polls is closed so that the page learns why, and none of its requests is refused."""

import msgspec

from tests.conftest import Connect
from tests.support.client import Client, Person
from tests.support.waiting import wait_for

PATH = "/socket.io/?EIO=4&transport=polling"


class Poller:
    """A page that cannot use WebSockets, request by request."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.sid = msgspec.json.decode(client.get(PATH).text[1:])["sid"]
        assert self.post("40") == 200
        assert self.until("unread")

    def get(self) -> tuple[int, list[str]]:
        """Poll: the status, and the packets that came."""
        answer = self.client.get(f"{PATH}&sid={self.sid}")
        return answer.status_code, answer.text.split("\x1e")

    def post(self, packet: str) -> int:
        return self.client.post(f"{PATH}&sid={self.sid}", data=packet).status_code

    def until(self, event: str) -> bool:
        """Poll until this event comes."""
        return any(packet.startswith(f'42["{event}"') for _ in range(5) for packet in self.get()[1])


def end_between_polls(person: Person, connect: Connect) -> None:
    """End the device of a person, and wait until its connections are cut."""
    other_tab = connect(person)
    assert person.twin().post("/api/auth/logout").status_code == 200
    wait_for(lambda: not other_tab.connected, what="the end of the other tab's socket")


def test_a_device_that_is_ended_between_two_polls_still_learns_it(bob: Person, connect: Connect) -> None:
    """Its next request once was refused, and what it had to be told was lost."""
    poller = Poller(bob)
    end_between_polls(bob, connect)
    assert poller.get() == (200, ['42["signed_out",{}]', "41"])


def test_what_a_page_posts_after_the_cut_is_accepted_and_has_no_effect(bob: Person, connect: Connect) -> None:
    """It may have been on its way, such as the page's own goodbye."""
    poller = Poller(bob)
    end_between_polls(bob, connect)
    for packet in ('42["watch",{"gig":"x"}]', "40", "3", "1"):
        assert poller.post(packet) == 200
    assert poller.get() == (200, ['42["signed_out",{}]', "41"])


def test_what_a_page_posts_after_its_own_goodbye_is_refused(bob: Person) -> None:
    """It was an error of the server once."""
    poller = Poller(bob)
    assert poller.post("1") == 200
    assert poller.post("3") == 400
    assert poller.get()[0] == 400
