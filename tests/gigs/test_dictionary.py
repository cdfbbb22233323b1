"""The words that a process keeps: none is lost, and what may be old is not trusted (docs/measured.md, Search)."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from bson import ObjectId

from gigflow.core.db import Db
from gigflow.core.steps import Step, do
from gigflow.core.vocabulary import SWEEP_EVERY, UNUSED_FOR
from gigflow.core.words import FRESH_MAX, GONE_MAX, Dictionary
from gigflow.gigs.dictionary import WORDS, dictionary_of, learn, words_with
from gigflow.gigs.models import Job, JobStatus
from gigflow.gigs.store import GIGS, insert_gig, learn_words
from gigflow.gigs.wording import fold_words_again, forget_unused_words
from gigflow.schema import prepare


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


def test_a_word_that_stands_twice_is_found_once() -> None:
    """The process that learnt a word hears of it again from the stream, perhaps when it has joined the rest."""
    dictionary = Dictionary()
    dictionary.add(["quartz", *(f"w{number}" for number in range(FRESH_MAX))])
    dictionary.add(["quartz"])
    assert dictionary.find("quartz", 1) == ["quartz"]


def test_what_is_forgotten_goes_and_what_is_learnt_again_stays() -> None:
    dictionary = Dictionary()
    words = [f"w{number}w" for number in range(GONE_MAX)]
    dictionary.add([*words, "quartz", "granite"])
    dictionary.forget(["quartz", "granite"])
    dictionary.add(["granite"])
    dictionary.forget(words)
    assert dictionary.find("w", GONE_MAX) == []
    assert dictionary.find("quartz", 1) == []
    assert dictionary.find("granite", 1) == ["granite"]


def test_what_is_learnt_again_before_it_has_gone_stays() -> None:
    """A word that is still among the newest: known, forgotten and known again."""
    dictionary = Dictionary()
    dictionary.add(["quartz"])
    dictionary.forget(["quartz"])
    dictionary.add(["quartz"])
    dictionary.forget([f"w{number}" for number in range(GONE_MAX + 1)])
    assert dictionary.find("quartz", 1) == ["quartz"]


NOW = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def market(here: Db) -> Db:
    prepare(here)
    return here


def put_job(db: Db, title: str, status: JobStatus = "open") -> ObjectId:
    job = Job(
        id=ObjectId(),
        owner_id=ObjectId(),
        owner_name="Ann",
        title=title,
        description="",
        price_minor=100,
        status=status,
        created_at=NOW,
        updated_at=NOW,
    )
    learn_words(db, job)
    db.transact(lambda tx: insert_gig(tx, job))
    return job.id


def known(db: Db) -> set[str]:
    return {row["_id"] for row in db[WORDS].find()}


def test_words_that_no_gig_has_any_more_go(market: Db) -> None:
    """Those of jobs that can come back stay; and a sweep of the same minute does nothing."""
    put_job(market, "open quartz")
    put_job(market, "given granite", "assigned")
    over = put_job(market, "over basalt")
    market[GIGS].update_one({"_id": over}, {"$set": {"status": "closed"}})
    first, second = NOW + SWEEP_EVERY, NOW + SWEEP_EVERY + UNUSED_FOR
    for moment in (first, second, second):
        forget_unused_words(market, moment)
    assert "basalt" in known(market)  # for exactly as long as it must be unused
    forget_unused_words(market, second + SWEEP_EVERY)
    assert known(market) == {"open", "quartz", "given", "granite"}


def test_a_word_that_is_used_again_stays(market: Db) -> None:
    """Also where it is used between the mark and its end."""
    learn(market, ["basalt"])
    forget_unused_words(market, NOW)
    put_job(market, "basalt")
    later = NOW + 2 * UNUSED_FOR
    forget_unused_words(market, later)
    assert known(market) == {"basalt"}
    assert market[WORDS].find_one({"_id": "basalt"}) == {"_id": "basalt"}


def test_gigs_stored_under_another_folding_are_found_under_this(market: Db) -> None:
    job_id = put_job(market, "København")
    market[GIGS].update_one({"_id": job_id}, {"$set": {"words": ["københavn"], "title_words": ["københavn"]}})
    market[WORDS].delete_many({})
    market[WORDS].insert_one({"_id": "københavn"})
    assert do(market, Step(1_000, "Words are folded again", fold_words_again)) == 1
    row = market[GIGS].find_one({"_id": job_id}) or {}
    assert (row["words"], row["title_words"]) == (["kobenhavn"], ["kobenhavn"])
    assert words_with(market, "kobenhavn", 10) == ["kobenhavn"]
