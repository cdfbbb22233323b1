"""The gigs that lists and searches are measured on: made once, and kept in a database of their own in var/bench.

Words are as uneven as in a language (Zipf's law): the most frequent of 12,000 stands in every fourth gig, the one in
the middle of the list in one of two thousand. So do categories and skills, each in its own measure.
"""

import hashlib
import random
import sys
import time
from collections.abc import Iterator
from itertools import accumulate

from bson import ObjectId
from pymongo.write_concern import WriteConcern

from gigflow.accounts.models import Rating
from gigflow.core.clock import now
from gigflow.core.db import Db, Declared, Document, create_missing, to_document
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.gigs.dictionary import WORDS, searchable
from gigflow.gigs.models import PRIOR_REVIEWS, PRIOR_STARS, Gig, Job, Service
from gigflow.gigs.store import GIGS
from gigflow.schema import COLLECTIONS

BATCH = 2_000
OWNERS = 500
LISTED_SHARE = 0.9  # the others are closed or paused
STAMP = Declared("bench_stamp")
_ALWAYS_NEW = {"_id", "owner_id", "created_at", "updated_at"}

_SYLLABLES = [first + vowel for first in ("b", "br", "d", "f", "gl", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z")
              for vowel in ("a", "e", "i", "o", "u")]  # fmt: skip
SKILLS = ["Patience", "Care", "Ink", "Maps", "Python", "Film", "Grammar", "Tables", "Colour", "Dutch"] + [
    f"Craft {number}" for number in range(60)
]


def vocabulary() -> list[str]:
    """12,000 distinct words, the most frequent first."""
    chance = random.Random(3)
    words: dict[str, None] = {}
    while len(words) < 12_000:
        words["".join(chance.choices(_SYLLABLES, k=chance.choice((2, 3, 3, 4))))] = None
    return list(words)


WORDS_BY_RANK = vocabulary()
# What is searched for, by how many of a million gigs have it: some 100,000, 8,000 and 400.
FREQUENT, MIDDLE, RARE = WORDS_BY_RANK[3:33], WORDS_BY_RANK[300:330], WORDS_BY_RANK[8_000:8_100]
ABSENT = ["quixotry", "xylophone", "jejune"]  # no syllable has their letters


def fill(db: Db, count: int) -> None:
    """Make this many gigs in an empty database, and its indexes when they are there: that is ten times faster."""
    if _is_current(db, count):
        return
    began = time.perf_counter()
    db.client.drop_database(db.database.name)
    create_missing(db.database, Declared(GIGS.name, (), GIGS.schema))
    words: dict[str, None] = {}
    quickly = db[GIGS].with_options(write_concern=WriteConcern(1))
    for batch in _batches(count):
        quickly.insert_many(batch, ordered=False)
        words.update((word, None) for document in batch for word in document["words"] if word.isprintable())
        print(f"\r  {count:,} gigs: {time.perf_counter() - began:.0f} s", end="", file=sys.stderr, flush=True)
    db[WORDS].insert_many([{"_id": word} for word in words])
    for declared in COLLECTIONS:
        create_missing(db.database, declared)
    db[STAMP].insert_one({"_id": _shape(count)})
    print(f"\r  {count:,} gigs were made in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


def make_gigs(count: int) -> Iterator[Gig]:
    """Believable gigs of both kinds, always the same ones but for their ids."""
    chance, moment = random.Random(7), now()
    owners = [(ObjectId(), f"Person {number}") for number in range(OWNERS)]
    words = Zipf(WORDS_BY_RANK, 10)
    skills, categories = Zipf(SKILLS, 3), Zipf(list(CATEGORY_NAMES), 2)
    for _ in range(count):
        owner_id, owner_name = chance.choice(owners)
        shared = {
            "id": ObjectId(),
            "owner_id": owner_id,
            "owner_name": owner_name,
            "title": " ".join(words.some(chance, chance.randint(3, 7))).capitalize(),
            "description": " ".join(words.some(chance, chance.randint(12, 24))).capitalize() + ".",
            "price_minor": 100 * round(chance.lognormvariate(6, 1) + 5),
            "category": categories.some(chance, 1)[0],
            "skills": list(dict.fromkeys(skills.some(chance, chance.randint(0, 4)))),
            "delivery_days": chance.choice((1, 2, 3, 5, 7, 10, 14, 21, 30, 60)),
            "created_at": moment,
            "updated_at": moment,
        }
        is_listed = chance.random() < LISTED_SHARE
        if chance.random() < 0.6:
            yield Job(**shared, status="open" if is_listed else "closed", bid_count=chance.randint(0, 9))
        else:
            yield _service(shared, is_listed, chance)


def document_of(gig: Gig) -> Document:
    """A gig as it is stored."""
    return {**to_document(gig), **searchable(gig.title, gig.skills, gig.description)}


class Zipf:
    """Draws the n-th of some things with a chance of 1 / (n + `flat`)."""

    def __init__(self, things: list[str], flat: float) -> None:
        self._things = things
        self._weights = list(accumulate(1 / (rank + flat) for rank in range(len(things))))

    def some(self, chance: random.Random, count: int) -> list[str]:
        return chance.choices(self._things, cum_weights=self._weights, k=count)


def _service(shared: dict[str, object], is_listed: bool, chance: random.Random) -> Service:
    """A service; half of them have reviews, and their place by rating follows from those."""
    service = Service(
        **shared,
        status="live" if is_listed else "paused",
        owner_availability=chance.choice(("available", "available", "limited", "unavailable")),
    )
    if chance.random() < 0.5:
        count = round(chance.lognormvariate(1.5, 1)) + 1
        rating = Rating(count, sum(chance.choices((5, 4, 3, 2, 1), (60, 25, 8, 4, 3), k=count)))
        service.rating, service.stars = rating, rating.average
        service.rank = (PRIOR_STARS * PRIOR_REVIEWS + rating.sum) / (PRIOR_REVIEWS + rating.count)
    return service


def _batches(count: int) -> Iterator[list[Document]]:
    batch: list[Document] = []
    for gig in make_gigs(count):
        batch.append(document_of(gig))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _is_current(db: Db, count: int) -> bool:
    return db[STAMP].find_one({"_id": _shape(count)}) is not None


def _shape(count: int) -> str:
    """What these gigs are like, by their first ones without ids and times: changes with what makes them."""
    first = [document_of(gig) for gig in make_gigs(100)]
    ours = [{name: document[name] for name in sorted(document.keys() - _ALWAYS_NEW)} for document in first]
    return f"{count}-{hashlib.sha256(repr(ours).encode()).hexdigest()[:16]}"
