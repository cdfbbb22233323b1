"""The words that a process keeps: none is lost, and what may be old is not trusted (PERFORMANCE.md, Search)."""

import secrets
from collections.abc import Iterator

import pytest

from gigflow.core.db import Db
from gigflow.core.words import Dictionary
from gigflow.gigs.dictionary import dictionary_of, learn, words_with


@pytest.fixture
def name(mongo_uri: str) -> Iterator[str]:
    """A database of a test's own."""
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    yield db.database.name
    db.client.drop_database(db.database.name)
    db.client.close()


@pytest.fixture
def here(mongo_uri: str, name: str) -> Iterator[Db]:
    db = Db(mongo_uri, name)
    yield db
    db.client.close()


@pytest.fixture
def there(mongo_uri: str, name: str) -> Iterator[Db]:
    """The same as another process has it."""
    db = Db(mongo_uri, name)
    yield db
    db.client.close()


def test_no_word_is_lost_while_others_are_read() -> None:
    """Neither one learnt before that the reading does not bring, nor one learnt in the middle of it."""
    dictionary = Dictionary()
    dictionary.add(["before"])

    def read() -> Iterator[str]:
        yield "first"
        dictionary.add(["meanwhile", "last"])
        yield "last"

    dictionary.merge(read())
    for word in ("before", "first", "meanwhile", "last"):
        assert dictionary.find(word, 10) == [word]


def test_what_another_process_learnt_is_found_without_its_news(here: Db, there: Db) -> None:
    """While the change stream does not stand, the dictionary may be old: it is not what a search goes by."""
    learn(there, ["quartz", "x.z"])
    here.has_stream = True
    here.client.admin.command("ping")
    assert words_with(here, "art", 10) == ["quartz"]
    learn(there, ["smart", "xaz"])
    assert words_with(here, "art", 10) == ["quartz"]  # as long as nobody tells
    here.has_stream = False
    assert words_with(here, "art", 10) == ["quartz", "smart"]
    assert words_with(here, "x.z", 10) == ["x.z"]  # never a pattern (SECURITY 17)
    assert words_with(here, "art", 1) is None
    assert words_with(here, "nothing", 10) == []


def test_words_are_read_once_news_of_them_come(here: Db, there: Db) -> None:
    """What a process learns before it hears of others is no beginning of a dictionary, which would lack theirs."""
    learn(here, ["own"])
    learn(there, ["other"])
    here.has_stream = True
    assert dictionary_of(here).find("o", 10) == ["own", "other"]
