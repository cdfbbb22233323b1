"""People are told of what they have not read after a minute: once for each conversation and stretch."""

from datetime import timedelta

import pytest

from gigflow.chat.due import tell_due
from gigflow.core.clock import now
from tests.support.client import Json, Person
from tests.support.market import place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import open_talk, say

MINUTE = timedelta(seconds=61)


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    job = post_job(alice, title="Logo design")
    place_bid(bob, job)
    return open_talk(bob, alice, gigId=job["id"])


def news_of(person: Person) -> list[Json]:
    found: list[Json] = person.get("/api/notifications").json()["notifications"]
    return [each for each in found if each["type"] == "message_received"]


def pass_time(server: Server, after: timedelta = MINUTE) -> None:
    tell_due(server.house, now() + after)


def test_one_notice_of_any_number_of_messages(alice: Person, bob: Person, talk: str, server: Server) -> None:
    for number in range(5):
        say(bob, talk, str(number))
    pass_time(server)
    say(bob, talk, "One more")
    pass_time(server, 2 * MINUTE)
    (told,) = news_of(alice)
    assert told["message"] == "Bob Bidder wrote to you about “Logo design”."
    assert told["url"] == f"/messages/{talk}"


def test_nothing_before_a_minute_has_passed(alice: Person, bob: Person, talk: str, server: Server) -> None:
    say(bob, talk, "Hello")
    pass_time(server, timedelta(seconds=50))
    assert news_of(alice) == []


def test_what_was_read_by_then_is_not_told(alice: Person, bob: Person, talk: str, server: Server) -> None:
    say(bob, talk, "Hello")
    alice.post(f"/api/chat/{talk}/read", {"seq": 1})
    pass_time(server)
    assert news_of(alice) == []


def test_reading_reads_the_notice_and_ends_the_stretch(
    alice: Person, bob: Person, talk: str, server: Server
) -> None:
    say(bob, talk, "Hello")
    pass_time(server)
    alice.post(f"/api/chat/{talk}/read", {"seq": 1})
    assert [bool(each["readAt"]) for each in news_of(alice)] == [True]
    say(bob, talk, "Are you there?")
    pass_time(server)
    assert [bool(each["readAt"]) for each in news_of(alice)] == [False, True]


def test_a_day_later_one_is_told_again(alice: Person, bob: Person, talk: str, server: Server) -> None:
    say(bob, talk, "Hello")
    pass_time(server)
    say(bob, talk, "Hello?")
    pass_time(server, timedelta(hours=25))
    assert [bool(each["readAt"]) for each in news_of(alice)] == [False, True]


def test_a_muted_conversation_tells_nothing(alice: Person, bob: Person, talk: str, server: Server) -> None:
    alice.post(f"/api/chat/{talk}/mute")
    say(bob, talk, "Hello")
    pass_time(server)
    assert news_of(alice) == []


def test_each_of_the_two_is_told_of_what_the_other_wrote(
    alice: Person, bob: Person, talk: str, server: Server
) -> None:
    say(bob, talk, "Hello")
    say(alice, talk, "Hello")
    pass_time(server)
    assert [len(news_of(each)) for each in (alice, bob)] == [1, 1]


def test_two_ticks_at_once_tell_it_once(alice: Person, bob: Person, talk: str, server: Server) -> None:
    say(bob, talk, "Hello")
    at_once([lambda: pass_time(server)] * 4)
    assert len(news_of(alice)) == 1


def test_unread_again_is_told_of_nothing(alice: Person, bob: Person, talk: str, server: Server) -> None:
    say(bob, talk, "Hello")
    alice.post(f"/api/chat/{talk}/read", {"seq": 1})
    alice.post(f"/api/chat/{talk}/unread", {"seq": 1})
    pass_time(server)
    assert news_of(alice) == []
