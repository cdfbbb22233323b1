"""One wrong letter: what a search that finds nothing may have meant (docs/decisions/0049-did-you-mean.md)."""

import secrets
from string import ascii_lowercase
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gigflow.core import near
from gigflow.core.near import is_one_letter_off, near_words
from gigflow.core.words import Dictionary
from tests.conftest import shared
from tests.support.client import Client, Person
from tests.support.market import offer_service, post_job

alice = shared("Alice Owner")


def letters(count: int = 9) -> str:
    """A word of letters that nobody else's title has."""
    return "".join(secrets.SystemRandom().sample("cdefghijklmnoprstuvwx", count))


def suggestion(client: Client, text: str, path: str = "/api/gigs/search", **asked: Any) -> str | None:
    found = client.get(path, params={"q": text, **asked}).json()
    return found.get("suggestion")


def wrong(word: str, kind: str) -> str:
    at = len(word) // 2
    return {
        "substitution": f"{word[:at]}б{word[at + 1 :]}",
        "omission": word[:at] + word[at + 1 :],
        "insertion": f"{word[:at]}q{word[at:]}",
        "transposition": f"{word[: at - 1]}{word[at]}{word[at - 1]}{word[at + 1 :]}",
        "last": word[:-1] + "б",
    }[kind]


@pytest.mark.parametrize("kind", ["substitution", "omission", "insertion", "transposition", "last"])
def test_one_wrong_letter_is_put_right(kind: str, alice: Person, visitor: Client) -> None:
    word = "ab" + letters(3) + "yz" + letters(2)
    post_job(alice, title=f"A {word.title()} for my shop")
    assert suggestion(visitor, f"{wrong(word, kind)} shop") == f"{word} shop"
    assert suggestion(visitor, wrong(word, kind), "/api/gigs") == word


SCRIPTS = [
    ("иллюстрация", "илюстрация"),
    ("Εικονογράφηση", "εικονογραφιση"),
    ("ترجمةعلمية", "ترجمةعلميه"),
    ("디자인", "디자잉"),
    ("चित्रकार", "चित्राकार"),
    ("Łódźkie", "lodzkei"),
]


@pytest.mark.parametrize(("word", "typed"), SCRIPTS)
def test_in_any_script_and_as_the_gig_spells_it(
    word: str, typed: str, alice: Person, visitor: Client
) -> None:
    post_job(alice, title=f"{word}, {letters()}")
    assert suggestion(visitor, typed) == word.lower()


def test_what_finds_is_left_alone_and_nothing_is_made_up(alice: Person, visitor: Client) -> None:
    word, short = letters(), letters(4)
    job = post_job(alice, title=f"{word} {short}")
    for text in (word, word[:5], f"{short}x"[1:], letters(), f"{wrong(word, 'omission')} {letters()}"):
        assert suggestion(visitor, text) is None, text
    found = visitor.get("/api/gigs/search", params={"q": word}).json()
    assert [gig["id"] for gig in found["gigs"]] == [job["id"]]
    assert "suggestion" not in found


def test_a_suggestion_finds_something_under_the_same_filters(alice: Person, visitor: Client) -> None:
    word = letters()
    offer_service(alice, title=f"{word} one", category="data")
    typed = wrong(word, "insertion")
    assert suggestion(visitor, typed, kind="service") == word
    assert suggestion(visitor, typed, kind="job") is None
    assert suggestion(visitor, typed, category="finance") is None
    job = post_job(alice, title=f"{letters()} {word}")
    assert suggestion(visitor, typed, kind="job") == word
    assert alice.delete(f"/api/gigs/{job['id']}").ok
    assert suggestion(visitor, f"{typed} ", kind="job") is None


def test_two_words_are_put_right_at_once(alice: Person, visitor: Client) -> None:
    one, two = letters(), letters()
    post_job(alice, title=f"{one} {two}")
    assert suggestion(visitor, f"{wrong(one, 'omission')}  {wrong(two, 'insertion')}") == f"{one}  {two}"


def test_the_page_has_a_link_that_keeps_the_filters(alice: Person, visitor: Client) -> None:
    word = letters()
    job = post_job(alice, title=word, category="data")
    page = visitor.page(f"/jobs?q={wrong(word, 'transposition')}&category=data")
    link = page.one(".meant a")
    assert (page.texts(".meant a"), "data-filter" in link.attrs) == ([word], True)
    found = visitor.page(link.attrs["href"] or "")
    assert found.texts(".gig-title") == [job["title"]]
    assert len(found.all("ul[aria-label='Active filters'] a.chip:not(.plain)")) == 2
    assert not found.all(".meant")


_word = some.text("abcß中", min_size=5, max_size=8)


@settings(max_examples=150, deadline=None)
@given(words=some.sets(_word, max_size=30), typed=_word)
def test_both_halves_find_what_a_comparison_with_each_word_finds(words: set[str], typed: str) -> None:
    text = "\n" + "".join(f"{word}\n" for word in words)
    by_hand = {word for word in words if is_one_letter_off(typed, word)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near, "_WINDOW", 7)
        assert set(near_words([text], typed, 100)) == by_hand


@given(typed=_word, at=some.integers(0, 7), letter=some.sampled_from("abcx"))
def test_each_kind_of_wrong_letter_is_one_letter_off(typed: str, at: int, letter: str) -> None:
    at = min(at, len(typed) - 2)
    for other in (
        typed[:at] + letter + typed[at:],
        typed[:at] + letter + typed[at + 1 :],
        typed[:at] + typed[at + 1 :],
        typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :],
    ):
        assert is_one_letter_off(typed, other) == (typed != other)


def test_how_many_words_are_compared_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "VISITED_MAX", 5)
    compared: list[str] = []

    def counting(typed: str, word: str) -> bool:
        compared.append(word)
        return is_one_letter_off(typed, word)

    monkeypatch.setattr(near, "is_one_letter_off", counting)
    words = Dictionary()
    words.add(f"abc{letter}{other}z" for letter in ascii_lowercase for other in ascii_lowercase)
    words.near(["abcd1z"], 4)
    assert len(compared) == 6
