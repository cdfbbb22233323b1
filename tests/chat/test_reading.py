"""What is unread, seen and delivered, and what somebody keeps in which list."""

from datetime import timedelta
from functools import partial

import pytest

from gigflow.chat.due import tell_due
from gigflow.core.clock import now
from tests.conftest import Join
from tests.support.client import Person
from tests.support.market import offer_service, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import heard, is_in, open_talk, say, seen_in_inbox


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    """What Bob, who has bid on a job of Alice's, writes to her: three messages that she has not read."""
    job = post_job(alice)
    place_bid(bob, job)
    made = open_talk(bob, alice, gigId=job["id"])
    for text in ("One", "Two", "Three"):
        say(bob, made, text)
    return made


def unread(person: Person, talk: str) -> int:
    return int(seen_in_inbox(person, talk)["unread"])


def envelope(person: Person) -> int:
    return int(person.get("/api/chat/conversations").json()["unread"])


def test_what_arrived_is_unread_until_it_is_read(alice: Person, bob: Person, talk: str) -> None:
    assert (unread(alice, talk), envelope(alice), unread(bob, talk), envelope(bob)) == (3, 1, 0, 0)
    assert alice.post(f"/api/chat/{talk}/read", {"seq": 2}).json() == {"unread": 1}
    assert unread(alice, talk) == 1
    assert alice.post(f"/api/chat/{talk}/read", {"seq": 3}).json() == {"unread": 0}
    assert (unread(alice, talk), is_in(alice, talk, "unread")) == (0, False)


def test_reading_never_goes_back(alice: Person, talk: str) -> None:
    alice.post(f"/api/chat/{talk}/read", {"seq": 3})
    alice.post(f"/api/chat/{talk}/read", {"seq": 1})
    assert unread(alice, talk) == 0


def test_a_number_beyond_the_last_reads_everything(alice: Person, bob: Person, talk: str) -> None:
    alice.post(f"/api/chat/{talk}/read", {"seq": 900})
    assert (unread(alice, talk), seen_in_inbox(bob, talk)["seen"]) == (0, 3)
    say(bob, talk, "Four")
    assert unread(alice, talk) == 1


def test_the_sender_sees_what_was_seen(alice: Person, bob: Person, talk: str) -> None:
    alice.post(f"/api/chat/{talk}/read", {"seq": 2})
    assert bob.get(f"/api/chat/{talk}").json()["seen"] == 2


def test_unread_again_moves_only_ones_own_bookmark(alice: Person, bob: Person, talk: str) -> None:
    alice.post(f"/api/chat/{talk}/read", {"seq": 3})
    assert alice.post(f"/api/chat/{talk}/unread", {"seq": 2}).json() == {"unread": 1}
    assert (unread(alice, talk), seen_in_inbox(bob, talk)["seen"]) == (2, 3)
    alice.post(f"/api/chat/{talk}/read", {"seq": 3})
    assert (unread(alice, talk), envelope(alice)) == (0, 0)


def test_unread_without_a_number_means_the_newest_message_of_the_other(
    alice: Person, bob: Person, talk: str
) -> None:
    say(alice, talk, "Mine")
    say(alice, talk, "And mine")
    alice.post(f"/api/chat/{talk}/read", {})
    assert alice.post(f"/api/chat/{talk}/unread").json() == {"unread": 1}
    assert (unread(alice, talk), seen_in_inbox(alice, talk)["read"]) == (1, 2)


def test_unread_says_so_if_the_other_has_not_written(bob: Person, talk: str) -> None:
    refused = bob.post(f"/api/chat/{talk}/unread")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nothing_received")
    assert bob.post(f"/api/chat/{talk}/unread", {"seq": 2}).status_code == 200


def test_fifty_marks_at_once_are_all_taken(join: Join, two_processes: Server) -> None:
    """Of one person, in many windows, over two processes: none is refused, and the count is a recount. Some put the
    bookmark back, so that what was read a moment ago does not make the others moot.
    """
    alice, bob = (join(name, at=two_processes) for name in ("Alice", "Bob"))
    job = post_job(alice)
    place_bid(bob, job)
    talk = open_talk(bob, alice, gigId=job["id"])
    for number in range(9):
        say(bob, talk, f"Message {number}")
    tell_due(two_processes.house, now() + timedelta(seconds=61))  # one of them reads the notice, too
    windows = [alice.twin() for _ in range(50)]
    marks = [("read", 9 - number % 7) if number % 2 else ("unread", 1 + number % 7) for number in range(50)]
    answers = at_once(
        [
            partial(window.post, f"/api/chat/{talk}/{what}", {"seq": seq})
            for window, (what, seq) in zip(windows, marks, strict=True)
        ]
    )
    assert {answer.status_code for answer in answers} == {200}
    row = seen_in_inbox(alice, talk)
    assert row["unread"] == 9 - row["read"]


def test_sending_marks_nothing_read(alice: Person, talk: str) -> None:
    say(alice, talk, "I am here")
    assert unread(alice, talk) == 3


def test_changes_are_not_counted(alice: Person, bob: Person, talk: str) -> None:
    last = heard(bob, talk)[-1]["id"]
    bob.patch(f"/api/chat/{talk}/{last}", {"text": "Three, better"})
    bob.delete(f"/api/chat/{talk}/{last}")
    assert unread(alice, talk) == 3
    alice.post(f"/api/chat/{talk}/read", {})
    assert unread(alice, talk) == 0


def test_it_waits_for_the_one_who_was_written_to(alice: Person, bob: Person, talk: str) -> None:
    assert (is_in(alice, talk, "waits"), is_in(bob, talk, "waits")) == (True, False)
    say(alice, talk, "Yes")
    assert (is_in(alice, talk, "waits"), is_in(bob, talk, "waits")) == (False, True)


def test_what_is_archived_comes_back_with_the_next_message(alice: Person, bob: Person, talk: str) -> None:
    assert alice.post(f"/api/chat/{talk}/archive").json()["archived"] is True
    assert (is_in(alice, talk), is_in(alice, talk, "archived"), is_in(bob, talk)) == (False, True, True)
    say(bob, talk, "Are you there?")
    assert (is_in(alice, talk), is_in(alice, talk, "archived")) == (True, False)
    alice.post(f"/api/chat/{talk}/archive")
    assert alice.delete(f"/api/chat/{talk}/archive").json()["archived"] is False
    assert is_in(alice, talk)


def test_a_muted_conversation_is_not_counted(alice: Person, talk: str) -> None:
    assert alice.post(f"/api/chat/{talk}/mute").json()["muted"] is True
    assert (unread(alice, talk), envelope(alice)) == (3, 0)
    alice.delete(f"/api/chat/{talk}/mute")
    assert envelope(alice) == 1


def test_a_star_is_for_oneself(alice: Person, bob: Person, talk: str) -> None:
    assert alice.post(f"/api/chat/{talk}/star").json()["starred"] is True
    assert (is_in(alice, talk, "starred"), is_in(bob, talk, "starred")) == (True, False)


def test_the_inbox_has_the_newest_first_and_pages_meet(alice: Person, bob: Person, charlie: Person) -> None:
    service = offer_service(alice)["id"]
    talks = [open_talk(each, alice, gigId=service) for each in (bob, charlie)]
    for each, talk in ((bob, talks[0]), (charlie, talks[1]), (bob, talks[0])):
        say(each, talk, "Hello")
    first = alice.get("/api/chat/conversations?limit=1").json()
    second = alice.get("/api/chat/conversations", params={"limit": 1, "cursor": first["next"]}).json()
    assert [each["id"] for page in (first, second) for each in page["conversations"]] == talks
    assert second["next"] is None


@pytest.mark.parametrize("query", ["show=everything", "limit=101", "cursor=x", "cursor=unread_1_" + "0" * 24])
def test_a_wrong_list_is_refused(query: str, alice: Person) -> None:
    assert alice.get(f"/api/chat/conversations?{query}").status_code == 400


def waiting(person: Person) -> str:
    """What the home page says of people who wait for this person's answer; "" if nobody does."""
    said = person.page("/").texts("[aria-labelledby=turn-messages] p")
    return said[0] if said else ""


def test_the_home_page_says_how_many_people_wait(join: Join, alice: Person, bob: Person) -> None:
    """Each person once, however much they write; and it is none of the counts beside the envelope."""
    nina = join("Nina")
    assert waiting(nina) == ""
    assert "You’re all caught up" in nina.page("/").text
    job = post_job(nina)
    for each in (alice, bob):
        place_bid(each, job)
    nina.get(f"/api/bids/{job['id']}")  # looked at
    first = open_talk(bob, nina, gigId=job["id"])
    say(bob, first, "One")
    assert waiting(nina) == "1 person waits for your answer"
    assert "You’re all caught up" not in nina.page("/").text
    say(bob, open_talk(bob, nina), "Two")
    assert waiting(nina) == "1 person waits for your answer"
    say(alice, open_talk(alice, nina, gigId=job["id"]), "Three")
    assert waiting(nina) == "2 people wait for your answer"
    assert nina.fragment("GET", "/turn").link("Read and answer") == "/messages?show=waits"
    assert nina.get("/api/turn").json()["count"] == 0
    nina.post(f"/api/chat/{first}/read", {})
    assert waiting(nina) == "2 people wait for your answer", "read is not answered"
    assert waiting(alice) == ""


def test_nobody_waits_where_one_has_answered_muted_or_archived(
    join: Join, alice: Person, bob: Person
) -> None:
    nina = join("Nina")
    job = post_job(nina)
    place_bid(bob, job)
    talk = open_talk(bob, nina, gigId=job["id"])
    for act in ("mute", "archive"):
        say(bob, talk, "Hello")
        assert waiting(nina)
        assert nina.post(f"/api/chat/{talk}/{act}").status_code == 200
        assert waiting(nina) == ""
        assert is_in(nina, talk, "waits") is (act == "mute")
        assert nina.delete(f"/api/chat/{talk}/{act}").status_code == 200
        assert waiting(nina)
    say(nina, talk, "Yes")
    assert waiting(nina) == ""
