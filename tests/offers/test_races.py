"""Offers over two processes: of everything that happens to one at the same moment, one comes first."""

from functools import partial

import pytest

from gigflow.proof.audit import audit
from tests.conftest import Join
from tests.invitations.steps import listed
from tests.offers.steps import answer_offer, offer, try_to_offer
from tests.support.market import code_of
from tests.support.races import at_once
from tests.support.server import Server


def test_of_eight_rivals_one_wins(join: Join, two_processes: Server) -> None:
    """THIRD-DOOR 5: accept twice, counter twice, decline, withdraw and two more at the same moment."""
    alice, bob = join("Alice Asks", at=two_processes), listed(join("Bob Bids", at=two_processes))
    for _ in range(5):
        sent = offer(alice, bob)
        acts = [
            *(partial(answer_offer, bob, sent, "accept") for _ in range(3)),
            *(partial(answer_offer, bob, sent, "counter", price=450) for _ in range(2)),
            partial(answer_offer, bob, sent, "decline"),
            *(partial(answer_offer, alice, sent, "withdraw") for _ in range(2)),
        ]
        answers = at_once(acts)
        won = [each for each in answers if each.status_code < 300]
        assert all(each.status_code == 409 for each in answers if each not in won)
        # Who repeats what they have done already gets the same answer again.
        kinds = {each.request.url.rsplit("/", 1)[1] for each in won}  # type: ignore[union-attr]
        assert len(kinds) == 1
        if "accept" in kinds or "counter" in kinds:
            assert len(won) == 1
        for each in alice.get("/api/offers?state=open").json()["offers"]:
            assert answer_offer(alice, each, "decline").status_code == 200
    assert [problem for _, problems in audit(two_processes.house) for problem in problems] == []


@pytest.fixture(scope="module")
def limited(start_server: object) -> Server:
    """Two processes that count how often somebody does a thing."""
    return start_server(WEB_PROCESSES="2", RATE_LIMITS="on")  # type: ignore[operator, no-any-return]


def test_a_newcomer_sends_three_first_offers_a_day(join: Join, limited: Server) -> None:
    sender = join("Anna Asks", at=limited)
    others = [listed(join(f"Frida {number}", at=limited)) for number in range(6)]
    twins = [sender.twin() for _ in others]
    answers = at_once([partial(try_to_offer, *each) for each in zip(twins, others, strict=True)])
    assert sorted(each.status_code for each in answers) == [201] * 3 + [429] * 3
    refused = next(each for each in answers if each.status_code == 429)
    assert (code_of(refused), "Retry-After" in refused.headers) == ("too_many_offers", True)


def test_two_people_never_have_more_than_three_open(join: Join, two_processes: Server) -> None:
    """Of twenty that both send at once, from two processes; each acceptance by one key makes one order."""
    one, other = (listed(join(at=two_processes)) for _ in range(2))
    sides = [(one, other), (other, one)] * 10
    answers = at_once([partial(try_to_offer, sender.twin(), to) for sender, to in sides])
    sent = [each.json() for each in answers if each.status_code == 201]
    assert (len(sent), {code_of(each) for each in answers if not each.ok}) == (3, {"offers_open"})
    people = {one.id: one, other.id: other}
    accepts = [
        partial(answer_offer, people[each["to"]["id"]].twin(), each, "accept", "once")
        for each in sent
        for _ in range(3)
    ]
    done = at_once(accepts)
    assert [each.status_code for each in done] == [200] * 9
    assert len({each.json()["order"]["id"] for each in done}) == 3
