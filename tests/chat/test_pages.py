"""Conversations on pages, by people whose browser runs no script."""

from urllib.parse import urlsplit

import pytest

from tests.support.client import Client, Page, Person
from tests.support.market import hire, offer_service, place_bid, post_job, unique_word
from tests.support.talk import open_talk, say, texts

WORDS = ".said .rich"


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    """Bob, who has bid on Alice's job, has something to say."""
    job = post_job(alice)
    place_bid(bob, job)
    return open_talk(bob, alice, gigId=job["id"])


def write(person: Client, talk: str, text: str, **more: str) -> Page:
    return person.page(f"/messages/{talk}").submit("#composer", text=text, **more)


def test_a_message_goes_out_and_is_answered(alice: Person, bob: Person, talk: str) -> None:
    there = write(bob, talk, "Which **paper**")
    assert there.path.endswith("#m1")
    assert there.texts(WORDS) == ["Which paper"]
    assert alice.page("/messages").one("#envelope").attrs["data-unread"] != "0"
    inbox = alice.page("/messages")
    assert bob.name in inbox.one(f"#talk-{talk}").to_text()
    answered = write(alice, talk, "Matte")
    assert answered.texts(WORDS) == ["Which paper", "Matte"]
    assert bob.page(f"/messages/{talk}").texts(WORDS) == ["Which paper", "Matte"]


def test_what_a_page_was_sent_from_is_read(alice: Person, bob: Person, talk: str) -> None:
    """Sending says up to where its sender has read; opening a page alone says nothing."""
    say(bob, talk, "One")
    alice.page(f"/messages/{talk}")
    assert "Mark as read" in alice.page(f"/messages/{talk}").text
    write(alice, talk, "Two")
    assert "Mark as read" not in alice.page(f"/messages/{talk}").text


def test_where_unread_messages_begin(alice: Person, bob: Person, talk: str) -> None:
    for text in ("One", "Two"):
        say(bob, talk, text)
    page = alice.page(f"/messages/{talk}")
    assert page.texts("#entries > li:not(.day)")[0] == "New"
    page.submit("form[action$='/read']")
    assert not alice.page(f"/messages/{talk}").all("#first-unread")
    marked = alice.page(f"/messages/{talk}").submit("form[action$='/unread']")
    assert "Marked as unread" in marked.text
    assert alice.page(f"/messages/{talk}").all("#first-unread")


def test_sent_twice_by_one_page_it_is_there_once(alice: Person, bob: Person, talk: str) -> None:
    page = bob.page(f"/messages/{talk}")
    for _ in range(2):
        page.submit("#composer", text="Once")
    assert texts(alice, talk) == [(1, "text", "Once")]
    page.submit("#composer", text="Gone back to, with other words")
    assert len(texts(alice, talk)) == 2


@pytest.mark.parametrize(("typed", "field"), [("", "text"), (" \n ", "text"), ("x" * 5001, "text")])
def test_a_refusal_stands_at_the_field_and_loses_nothing(
    bob: Person, talk: str, typed: str, field: str
) -> None:
    page = write(bob, talk, typed)
    assert page.status == 400
    assert field in page.errors("#composer")
    assert page.values("#composer")["text"].strip() == typed.strip()


def test_words_and_names_are_never_markup(alice: Person, bob: Person, talk: str) -> None:
    evil = "<img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1))"
    write(bob, talk, evil)
    for path in (f"/messages/{talk}", "/messages"):
        page = alice.page(path)
        assert not page.all("main img[onerror], main script, main a[href^=javascript]")
        assert "<img src=x" in page.text


def test_files_come_with_a_message_and_its_readers_get_them(alice: Person, bob: Person, talk: str) -> None:
    page = bob.page(f"/messages/{talk}")
    sent = bob.request(
        "POST",
        f"/messages/{talk}",
        data={**page.values("#composer"), "text": ""},
        files={"files": ("plan <b>.txt", b"walls", "text/plain")},
    )
    assert sent.status_code == 303, sent.text
    link = alice.page(f"/messages/{talk}").one(".sent-files a[download]")
    assert "plan <b>.txt" in link.to_text()


def test_a_form_with_files_that_is_sent_again_is_one_message(alice: Person, bob: Person, talk: str) -> None:
    """Its answer was lost, and the browser sends it once more, the files too."""
    data = {**bob.page(f"/messages/{talk}").values("#composer"), "text": "The plan"}
    for _ in range(2):
        files = {"files": ("plan.txt", b"walls", "text/plain")}
        assert bob.request("POST", f"/messages/{talk}", data=data, files=files).status_code == 303
    assert len(alice.page(f"/messages/{talk}").all("#entries .said")) == 1
    other = {"files": ("roof.txt", b"roof", "text/plain")}
    assert bob.request("POST", f"/messages/{talk}", data=data, files=other).status_code == 303
    assert len(alice.page(f"/messages/{talk}").all("#entries .said")) == 2


def test_an_own_message_is_changed_and_taken_back_by_pages(alice: Person, bob: Person, talk: str) -> None:
    write(bob, talk, "Shiny paper")
    page = bob.page(bob.page(f"/messages/{talk}").link("Edit"))
    assert page.values("#ask form")["text"] == "Shiny paper"
    assert page.submit("#ask form", text="Matte paper").texts(WORDS) == ["Matte paper"]
    assert "Edited" in alice.page(f"/messages/{talk}").one("#m1").to_text()
    assert not alice.page(f"/messages/{talk}").all(".change")
    page = bob.page(bob.page(f"/messages/{talk}").link("Take back")).submit("#ask form")
    assert "You took this message back" in page.text
    assert "This message was taken back" in alice.page(f"/messages/{talk}").text


@pytest.mark.parametrize("act", ["edit", "take-back"])
def test_a_message_that_was_taken_back_says_so(act: str, bob: Person, talk: str) -> None:
    sent = say(bob, talk, "Hello")
    bob.delete(f"/api/chat/{talk}/{sent['id']}")
    page = bob.page(f"/messages/{talk}/{sent['id']}/{act}")
    assert "You have taken this message back." in page.text


def test_a_change_that_is_refused_keeps_its_words(bob: Person, talk: str) -> None:
    write(bob, talk, "Short")
    page = bob.page(bob.page(f"/messages/{talk}").link("Edit")).submit("#ask form", text="y" * 5001)
    assert page.status == 400
    assert page.values("#ask form")["text"] == "y" * 5001


def test_what_came_after_a_number(alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "One")
    second = say(bob, talk, "Two")
    page = alice.fragment("GET", f"/messages/{talk}/after?seq=1")
    assert page.texts(WORDS) == ["Two"]
    assert not page.all(".day")  # it is the same day
    assert page.one("#heard").attrs["data-seq"] == "2"
    assert bob.patch(f"/api/chat/{talk}/{second['id']}", {"text": "Three"}).status_code == 200
    changed = alice.fragment("GET", f"/messages/{talk}/after?seq=2")
    assert changed.one("#m2").attrs["data-hx-swap-oob"] == "true"
    assert changed.texts(WORDS) == ["Three"]
    assert changed.one("#heard").attrs["data-seq"] == "3"
    assert alice.fragment("GET", f"/messages/{talk}/after?seq=0").all(".day")


def test_earlier_messages_page_by_page(alice: Person, bob: Person, talk: str) -> None:
    for number in range(1, 56):
        say(bob, talk, f"Number {number}")
    alice.post(f"/api/chat/{talk}/read", {})
    page = alice.page(f"/messages/{talk}")
    assert page.texts(WORDS)[0] == "Number 6"
    earlier = alice.page(page.link("Earlier messages"))
    assert earlier.texts(WORDS) == [f"Number {number}" for number in range(1, 6)]
    assert (
        alice.page(urlsplit(earlier.link("Newer messages")).path + "?after=5").texts(WORDS)[0] == "Number 6"
    )
    part = alice.fragment("GET", f"/messages/{talk}/before?seq=6")
    assert part.texts(WORDS) == earlier.texts(WORDS)
    assert not part.all("#older")
    assert part.all(".joined")  # the day below them is theirs, too


def test_a_page_begins_at_one_number(bob: Person, talk: str) -> None:
    assert bob.page(f"/messages/{talk}?before=2&after=1").status == 400


def test_nothing_is_there_before_the_first_message(alice: Person, bob: Person) -> None:
    service = offer_service(alice, title=f"Logo {unique_word()}")
    there = f"/messages/new?to={alice.id}&gig={service['id']}"
    page = bob.page(there)
    assert alice.name in page.one("h1").to_text()
    assert service["title"] in page.text
    assert service["title"] not in bob.page("/messages").text
    assert page.submit("#composer", text="").status == 400
    sent = bob.page(there).submit("#composer", text="Do you print, too?")
    assert sent.texts(WORDS) == ["Do you print, too?"]
    assert service["title"] in alice.page("/messages").text
    assert bob.page(there).path == sent.path.partition("#")[0]


def test_a_visitor_signs_in_and_comes_back(alice: Person, visitor: Client) -> None:
    there = f"/messages/new?to={alice.id}&gig={offer_service(alice)['id']}"
    answer = visitor.get(there)
    assert answer.status_code == 303
    assert "next=" in answer.headers["Location"]


def test_a_stranger_may_write_three_times(alice: Person, charlie: Person) -> None:
    talk = open_talk(charlie, alice, gigId=offer_service(alice)["id"])
    for text in ("One", "Two"):
        write(charlie, talk, text)
    assert "At most one link" in write(charlie, talk, "http://a.example http://b.example").text
    page = write(charlie, talk, "Three")
    assert not page.all("#composer")
    assert "once" in page.one("#closed").to_text()
    assert alice.page(f"/messages/{talk}").all("#composer")


@pytest.mark.parametrize(
    ("act", "undone", "where"),
    [("star", "unstar", "starred"), ("archive", "unarchive", "archived")],
)
def test_what_is_done_in_the_inbox_can_be_undone(
    alice: Person, bob: Person, talk: str, act: str, undone: str, where: str
) -> None:
    say(bob, talk, "Hello")
    page = alice.page("/messages").submit(f"#talk-{talk} form[action^='/messages/{talk}/{act}']")
    assert page.all(".done")
    assert alice.page(f"/messages?show={where}").all(f"#talk-{talk}")
    page.submit(".done form")
    assert not alice.page(f"/messages?show={where}").all(f"#talk-{talk}")
    assert not bob.page(f"/messages?show={where}").all(f"#talk-{talk}")


def test_what_the_other_has_not_begun_cannot_be_called_unread(alice: Person, bob: Person, talk: str) -> None:
    """Neither in the inbox nor in the thread; once they have written it can."""
    say(bob, talk, "Hello")
    for whose, count in ((bob, 0), (alice, 1)):
        whose.post(f"/api/chat/{talk}/read", {})
        for path in ("/messages", f"/messages/{talk}"):
            assert len(whose.page(path).all(f"form[action*='/{talk}/unread']")) == count


def test_a_muted_conversation_is_not_counted(alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "Hello")
    before = int(alice.page("/messages").one("#envelope").attrs["data-unread"] or 0)
    alice.page(f"/messages/{talk}").submit("form[action$='/mute']")
    assert int(alice.page("/messages").one("#envelope").attrs["data-unread"] or 0) == before - 1


def test_each_list_says_what_would_be_in_it(charlie: Person) -> None:
    for show in ("unread", "waits", "starred", "archived", "blocked"):
        page = charlie.page(f"/messages?show={show}")
        assert page.all("[aria-current=page]")
    assert charlie.get("/messages?show=nonsense").status_code == 404


def test_a_conversation_of_others_is_not_there(charlie: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "Secret")
    for path in (f"/messages/{talk}", f"/messages/{talk}/after?seq=0", f"/messages/{talk}/before?seq=9"):
        assert charlie.get(path).status_code == 404


def test_one_blocks_and_unblocks_from_the_thread(alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "Hello")
    asked = alice.page(alice.page(f"/messages/{talk}").link("Block"))
    blocked = asked.submit("#ask form")
    assert "You blocked" in blocked.one("#closed").to_text()
    assert not blocked.all("#composer")
    assert alice.page("/messages?show=blocked").all(f"#talk-{talk}")
    assert write(bob, talk, "Anybody there?").texts(WORDS) == ["Hello", "Anybody there?"]
    hidden = alice.page(f"/messages/{talk}")
    assert hidden.texts(WORDS) == ["Hello"]
    assert "1 message while you blocked" in hidden.text
    assert hidden.submit("#closed").all("#composer")


def test_where_one_begins(alice: Person, bob: Person, charlie: Person) -> None:
    """The pages of a job, a service and a person lead to a message about it, and bids to their bidders."""
    job, service = post_job(alice), offer_service(alice)
    place_bid(bob, job)
    for path in (f"/gigs/{job['id']}", f"/gigs/{service['id']}", f"/u/{alice.id}"):
        page = charlie.page(charlie.page(path).link(f"Message {alice.name}"))
        assert alice.name in page.one("h1").to_text()
        assert page.all("#composer")
    assert (
        bob.name
        in alice.page(alice.page(f"/gigs/{job['id']}").link(f"Message {bob.name}")).one("h1").to_text()
    )


def test_the_page_of_an_order_is_the_same_conversation(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    order = hire(alice, place_bid(bob, job)).json()["order"]["id"]
    page = alice.page(f"/orders/{order}")
    assert "Nothing has been said yet" in page.text
    there = page.submit("#composer", text="Shall we begin?")
    assert there.path == f"/orders/{order}#talk"
    assert there.texts(WORDS) == ["Shall we begin?"]
    talk = open_talk(bob, alice, gigId=job["id"])
    assert texts(bob, talk) == [(1, "text", "Shall we begin?")]
    assert "Pay" in alice.page(f"/messages/{talk}").one(".talk-card").to_text()
    assert not alice.fragment("GET", f"/orders/{order}").all("#talk")


def test_other_conversations_with_the_same_person(alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "About the job")
    service = offer_service(alice)
    other = open_talk(bob, alice, gigId=service["id"])
    say(bob, other, "About the service")
    also = alice.page(f"/messages/{talk}").one(".also")
    assert f"{service['title']} (1 new)" in " ".join(also.to_text().split())


def test_messages_are_found_by_a_part_of_a_word(alice: Person, bob: Person, talk: str) -> None:
    word = unique_word()
    for number in range(8):
        say(bob, talk, f"Line {number} {word if number == 6 else 'other'}")
    page = alice.page("/messages").submit(".find-words", q=word[2:9])
    (link,) = page.all(".found-words a")
    there = alice.page(link.attrs["href"] or "")
    assert there.path.endswith("#m7")
    assert there.all("#m7")
    assert bob.name in alice.page(f"/messages/search?q={bob.name[:5]}").text
    assert "Nothing found" in alice.page(f"/messages/search?q={unique_word()}").text
    refused = alice.page("/messages/search?q=" + "x" * 201)
    assert (refused.status, refused.values(".find-words")) == (400, {"q": "x" * 201})


@pytest.mark.parametrize("text", ["http://a.example http://b.example", "\u200b", ""])
def test_a_first_message_that_is_refused_opens_nothing(text: str, alice: Person, bob: Person) -> None:
    """What was typed stays, and it is none of the five strangers a day."""
    gig = offer_service(alice)["id"]
    page = bob.page(f"/messages/new?to={alice.id}&gig={gig}").submit("#composer", text=text)
    assert (page.status, list(page.errors("#composer"))) == (400, ["text"])
    opened = bob.post("/api/chat/conversations", {"userId": alice.id, "gigId": gig})
    assert opened.status_code == 201  # it was not there
