"""The directory, on 1,000 people and on a million: made once, and kept in a database of their own in var/bench."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from pymongo.write_concern import WriteConcern

from gigflow.accounts.store import USERS
from gigflow.core.db import Db, Declared, create_missing
from gigflow.core.mongod import start_mongod
from gigflow.directory.dictionary import PEOPLE_WORDS
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.schema import COLLECTIONS
from gigflow.web.cache import MAX_QUERY
from tests.bench import kept, load
from tests.bench.load import Load
from tests.bench.servers import ROOT, GigFlow
from tests.bench.table import Table
from tests.directory.crowd import make_people

SIZES = (1_000, 1_000_000)
CACHE_SIZE = "2GB"  # as for the market of a million gigs
ROUNDS = 3
LOOKS_PER_ROUND = 30
ALONE, TOGETHER = 10, 50  # ms at the median: a sort with at most one condition, and with two
_PADDING = "_" * MAX_QUERY  # a longer query is answered without a copy
_STAMP = Declared("bench_stamp")


def measure_people(table: Table, folder: Path, most: int) -> None:
    """What one waits who looks for people, never from a copy."""
    sizes = sorted({*(size for size in SIZES if size < most), most})
    with ExitStack() as stack:
        mongod = start_mongod(ROOT / "var" / "bench" / "mongo")
        stack.callback(mongod.stop)
        for size in sizes:
            db = Db(mongod.uri, f"people{size}")
            stack.callback(db.client.close)
            db.client.admin.command(
                "setParameter", 1, wiredTigerEngineRuntimeConfig=f"cache_size={CACHE_SIZE}"
            )
            fill(db, size)
            app = GigFlow(folder / str(size), mongo_uri=mongod.uri, database=db.database.name)
            stack.callback(app.stop)
            for limit, looks in ((ALONE, ONE), (TOGETHER, TWO)):
                for name, paths in looks.items():
                    found = _measure(app, paths)
                    table.at_most(
                        f"{size:,} people, {name}, p50 ({found.felt})", found.percentile(50), limit, " ms"
                    )


def fill(db: Db, count: int) -> None:
    """Make this many people in an empty database, and its indexes when they are there: that is ten times faster."""
    if db[_STAMP].find_one({"_id": count}):
        return
    began = time.perf_counter()
    db.client.drop_database(db.database.name)
    create_missing(db.database, Declared(USERS.name, (), USERS.schema))
    quickly = db[USERS].with_options(write_concern=WriteConcern(1))
    words: set[str] = set()
    batch = []
    for person in make_people(count):
        words.update(word for word in person.get("find_words", ()) if word.isprintable())
        batch.append(person)
        if len(batch) == kept.BATCH:
            quickly.insert_many(batch, ordered=False)
            batch = []
    if batch:
        quickly.insert_many(batch, ordered=False)
    db[PEOPLE_WORDS].insert_many([{"_id": word} for word in words])
    for declared in COLLECTIONS:
        create_missing(db.database, declared)
    db[_STAMP].insert_one({"_id": count})
    print(f"  {count:,} people were made in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


def _measure(app: GigFlow, paths: list[str]) -> Load:
    requests = [load.request("GET", f"/api/freelancers?{path}&{_PADDING}") for path in paths]
    measured = Load()
    for turn in range(ROUNDS + 1):
        found = load.run(app.port, iter(requests), 1).only(200)
        if turn:  # the first only warms
            measured.latencies += found.latencies
    return measured


def _looks(path: str, *words: list[str]) -> list[str]:
    """A path with other words in it each time."""
    return [path.format(*(each[number % len(each)] for each in words)) for number in range(LOOKS_PER_ROUND)]


_SKILLS, _SLUGS = kept.SKILLS[:8], list(CATEGORY_NAMES)[:12]
_SORTS = {"rating": "best rated", "name": "by name", "newest": "newest"}
_CONDITIONS = {
    "a frequent word": ("q={}", kept.FREQUENT[:-1]),
    "a rare word": ("q={}", kept.RARE[:-1]),
    "a skill": ("skills={}", _SKILLS),
    "a category": ("category={}", _SLUGS[:-1]),
    "a language": ("languages={}", ["aa", "ab", "af", "ak", "sq"]),
    "a price": ("maxFromPrice={}", ["7", "20", "60", "120"]),
    "stars": ("minRating={}", ["3", "4", "4.5", "5"]),
    "available": ("available={}", ["1"]),
}
# Each order by itself: what is quick in two of them must not hide the third.
ONE = {
    **{order: _looks(f"sort={sort}") for sort, order in _SORTS.items()},
    **{
        f"{name}, {order}": _looks(f"{asked}&sort={sort}", words)
        for name, (asked, words) in _CONDITIONS.items()
        for sort, order in _SORTS.items()
    },
}
TWO = {
    "a skill and a language": _looks("skills={}&languages={}", _SKILLS, ["aa", "ab", "af"]),
    "a word and a category": _looks("q={}&category={}", kept.FREQUENT[:-1], _SLUGS),
    "a skill and a price, by name": _looks(
        "sort=name&skills={}&maxFromPrice={}", _SKILLS, ["20", "60", "120"]
    ),
    "stars and available": _looks("minRating={}&available=1", ["3", "4", "4.5", "5"]),
    "two words, newest": _looks("sort=newest&q={}+{}", kept.FREQUENT[:-1], kept.MIDDLE),
}
