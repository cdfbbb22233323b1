"""Every filter and every order of the search, alone and together, compared to a plain filter of the same rows.

Two markets: a small one, where every condition is rare, and one in which the same gigs are there many times, so that
conditions are frequent and searches are answered the other way (finding.py).
"""

import itertools
import random
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.conftest import PASSWORD
from tests.market import plainly
from tests.market.plainly import Asked, Row
from tests.support.client import Client, Json, Person
from tests.support.market import change_profile, code_of, offer_service, post_job
from tests.support.server import Server

Db = Database[dict[str, Any]]

WORDS = (
    "Landing", "Page", "Logo", "Café", "map", "maps", "ink", "hand-drawn", "voice", "Website", "web", "app",
    "translation", "Übersetzung", "C++", "C#", "node.js", "poster", "post", "tax",
)  # fmt: skip
SKILLS = (
    "css", "html", "Ink", "C++", "Node.js", "voice over", "SEO", "übersetzen", "tax law", "maps", "go", "piano",
)  # fmt: skip
CATEGORIES = ("data", "writing", "audio", "other", "translation")
SORTS = ("newest", "price", "-price", "rating")
PRICES = (5, 20, 20, 49.99, 50, 99.5, 100, 250, 1000)
RATINGS = (None, None, 2.5, 3.0, 3.9, 4.0, 4.5, 4.75, 5.0)
GIGS = 120
COPIES = 11  # of each gig in the large market
PAGES = (
    4  # that are read of what one filter finds: all of the small market, and the beginning of the large one
)


@pytest.fixture(scope="module")
def small(start_server: Callable[..., Server]) -> Server:
    """A market that was filled through the API."""
    server = start_server()
    chance = random.Random(4)
    people = [
        Person(server.url, f"Person {number}", f"p{number}@example.test", PASSWORD) for number in range(4)
    ]
    for person, availability in zip(
        people, ("available", "limited", "unavailable", "available"), strict=True
    ):
        change_profile(person, availability=availability)
    for number in range(GIGS):
        kind = chance.choice(["job", "service"])
        fields: Json = {
            "title": " ".join(chance.sample(WORDS, chance.randint(1, 4))) + chance.choice(["", "!", "?"]),
            "description": " ".join(chance.choices(WORDS, k=30)),
            "skills": chance.sample(SKILLS, chance.randint(0, 4)),
            "category": chance.choice(CATEGORIES),
            "deliveryDays": chance.choice([None, 1, 3, 5, 7, 10, 14, 21, 30, 60]),
            "budget" if kind == "job" else "price": chance.choice(PRICES),
        }
        gig = (post_job if kind == "job" else offer_service)(people[number % 4], **fields)
        if kind == "service":
            rate(server.db, gig, chance)
        if number % 9 == 0:
            take_away(people[number % 4], gig)
    return server


@pytest.fixture(scope="module")
def large(small: Server, start_server: Callable[..., Server]) -> Server:
    """A market in which the gigs of the small one are many times."""
    server = start_server()
    chance = random.Random(5)
    rows = list(small.db.gigs.find())
    server.db.words.insert_many(list(small.db.words.find()))
    for _ in range(COPIES):
        for row in rows:
            row["_id"] = ObjectId()
            row["price_minor"] = chance.randint(500, 100_000)
        server.db.gigs.insert_many(rows)
    return server


@pytest.fixture(params=["small", "large"])
def market(request: pytest.FixtureRequest) -> Server:
    """Both, one after the other."""
    server: Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def reader(market: Server) -> Iterator[Client]:
    client = Client(market.url)
    yield client
    client.close()


def rate(db: Db, service: Json, chance: random.Random) -> None:
    """As if it had been reviewed: nobody can review yet."""
    stars = chance.choice(RATINGS)
    count = chance.randint(1, 40) if stars else 0
    rank = (4.0 * 5 + (stars or 0) * count) / (5 + count)
    rating = {"count": count, "sum": round((stars or 0) * count)}
    db.gigs.update_one(
        {"_id": ObjectId(service["id"])}, {"$set": {"stars": stars, "rank": rank, "rating": rating}}
    )


def take_away(owner: Person, gig: Json) -> None:
    """What is not listed is there, too."""
    if gig["kind"] == "job":
        assert owner.delete(f"/api/gigs/{gig['id']}").status_code == 200
    else:
        assert owner.post(f"/api/gigs/{gig['id']}/pause").status_code == 200


def pages(client: Client, asked: Asked, limit: int, path: str = "/api/gigs/search") -> Iterator[Json]:
    """The pages of a search, one after the other."""
    cursor = ""
    while cursor is not None:
        sent = {name: str(value).lower() if value is True else value for name, value in asked.items()}
        answer = client.get(path, params={**sent, "limit": limit, "cursor": cursor})
        assert answer.status_code == 200, (asked, answer.text)
        yield answer.json()
        cursor = answer.json()["next"]


def ids(client: Client, asked: Asked, limit: int = 100, path: str = "/api/gigs/search") -> list[str]:
    """Everything that a search finds."""
    return [gig["id"] for page in pages(client, asked, limit, path) for gig in page["gigs"]]


@cache
def rows_of(market: Server) -> list[Row]:
    """Everything in a market, which no test of these changes."""
    return list(market.db.gigs.find())


def expected(rows: list[Row], asked: Asked) -> list[str]:
    return [str(row["_id"]) for row in plainly.found(rows, asked)]


def of_jobs(asked: Asked) -> Asked:
    """Without what no job has, and what is refused where only jobs are looked for (test_search_edges.py)."""
    none = ("minRating", "available")
    return {name: value for name, value in asked.items() if name not in none and value != "rating"}


ALONE: list[Asked] = [
    {},
    {"q": "land"},
    {"q": "LANDING page"},
    {"q": "e"},
    {"q": "cafe"},
    {"q": "ubersetz"},
    {"q": "c++"},
    {"q": "node.js"},
    {"q": "drawn"},
    {"q": "nothing-has-this"},
    {"kind": "job"},
    {"kind": "service"},
    {"category": "data"},
    {"minPrice": 50},
    {"maxPrice": 20},
    {"minPrice": 49.99, "maxPrice": 50},
    {"minPrice": 2000},
    {"maxDeliveryDays": 7},
    {"maxDeliveryDays": 1},
    {"minRating": 4},
    {"minRating": 4.75},
    {"minRating": 5},
    {"skills": "css"},
    {"skills": "C++,ink"},
    {"skills": "UBERSETZEN"},
    {"skills": "voice over, Voice Over"},
    {"skills": "voice"},  # a whole skill, not a part of one
    {"available": True},
]


@pytest.mark.parametrize("asked", ALONE, ids=str)
def test_each_filter_in_each_order(asked: Asked, market: Server, reader: Client) -> None:
    rows = rows_of(market)
    for sort in SORTS:
        wanted = {**asked, "sort": sort}
        if asked.get("kind") == "job":
            wanted = of_jobs(wanted)
        first = [gig["id"] for page in islice(pages(reader, wanted, 100), PAGES) for gig in page["gigs"]]
        assert first == expected(rows, wanted)[: 100 * PAGES], sort


def at_random(chance: random.Random) -> Asked:
    """A search as somebody might make it."""
    possible: list[Asked] = [
        {"q": chance.choice(WORDS)[: chance.randint(1, 8)]},
        {"q": " ".join(word[:3] for word in chance.sample(WORDS, 2))},
        {"kind": chance.choice(["job", "service"])},
        {"category": chance.choice(CATEGORIES)},
        {"minPrice": chance.choice(PRICES)},
        {"maxPrice": chance.choice(PRICES) + 900},
        {"maxDeliveryDays": chance.choice([1, 3, 8, 14, 365])},
        {"minRating": chance.choice([1, 3, 4, 4.5])},
        {"skills": ",".join(chance.sample(SKILLS, chance.randint(1, 2)))},
        {"available": True},
    ]
    asked: Asked = {}
    for condition in chance.sample(possible, chance.randint(1, 4)):
        asked |= condition
    asked["sort"] = chance.choice(SORTS)
    return of_jobs(asked) if asked.get("kind") == "job" else asked


@pytest.mark.parametrize("seed", range(10))
def test_filters_together(seed: int, market: Server, reader: Client) -> None:
    chance = random.Random(seed)
    rows = rows_of(market)
    for _ in range(8):
        asked = at_random(chance)
        assert ids(reader, asked) == expected(rows, asked), asked


@pytest.mark.parametrize("seed", range(4))
def test_the_list_of_jobs_takes_every_filter(seed: int, market: Server, reader: Client) -> None:
    """docs/api.md, Gigs: jobs only, by words of their titles, and every filter of the search."""
    chance = random.Random(seed)
    rows = rows_of(market)
    for _ in range(8):
        asked = {**of_jobs(at_random(chance)), "kind": "job"}
        wanted = dict(asked)
        if text := wanted.pop("q", None):
            wanted["search"] = text
        assert ids(reader, asked, path="/api/gigs") == expected(rows, wanted), asked


def facets(client: Client, asked: Asked) -> dict[str, list[tuple[Any, int]]]:
    """What a search counts beside what it finds."""
    sent = {name: str(value).lower() if value is True else value for name, value in asked.items()}
    answer = client.get("/api/gigs/search", params={**sent, "facets": "1"})
    assert answer.status_code == 200, answer.text
    counted = answer.json()["facets"]
    assert counted.pop("atLeast") is False  # in a market of this size all are counted
    found = {name: [(each["value"], each["count"]) for each in counts] for name, counts in counted.items()}
    # Those of the kind that is asked for stand first.
    return {**found, "kinds": sorted(found["kinds"])}


@pytest.mark.parametrize("asked", [*ALONE[::3], {"kind": "service", "category": "data"}], ids=str)
def test_facets_are_counts(asked: Asked, market: Server, reader: Client) -> None:
    """Each of what one would find with another value of it."""
    assert facets(reader, asked) == plainly.facets(rows_of(market), asked)


@pytest.mark.parametrize("seed", range(3))
def test_facets_of_searches_together(seed: int, market: Server, reader: Client) -> None:
    chance = random.Random(seed)
    rows = rows_of(market)
    for _ in range(6):
        asked = at_random(chance)
        assert facets(reader, asked) == plainly.facets(rows, asked), asked


def test_facets_are_asked_for(market: Server, reader: Client) -> None:
    assert reader.get("/api/gigs/search").json()["facets"] is None
    assert reader.get("/api/gigs/search?facets=0").json()["facets"] is None


@pytest.fixture(scope="module")
def growing(small: Server, start_server: Callable[..., Server]) -> Server:
    """A market to which gigs come while somebody reads."""
    server = start_server()
    server.db.words.insert_many(list(small.db.words.find()))
    server.db.gigs.insert_many(list(small.db.gigs.find({"status": {"$in": ["open", "live"]}})))
    return server


@pytest.mark.parametrize("sort", [*SORTS, "relevance"])
def test_pages_are_whole_while_gigs_come(sort: str, growing: Server) -> None:
    """What was there when one began to read is read once, in order, whatever is posted meanwhile."""
    chance, client = random.Random(6), Client(growing.url)
    rows = list(growing.db.gigs.find())
    asked = {"q": "a", "sort": sort}
    wanted = ids(client, asked)
    assert sort == "relevance" or wanted == expected(rows, asked)
    seen: list[str] = []
    for page in pages(client, asked, 9):
        seen += [gig["id"] for gig in page["gigs"]]
        new = {"_id": ObjectId(), "price_minor": chance.randint(1, 99_999), "rank": chance.uniform(1, 5)}
        growing.db.gigs.insert_one({**chance.choice(rows), **new})
    assert len(seen) == len(set(seen))
    assert [gig for gig in seen if gig in set(wanted)] == wanted
    client.close()


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("sort", [*SORTS, "relevance"])
def test_pages_of_any_size_are_the_same(sort: str, limit: int, small: Server) -> None:
    client = Client(small.url)
    asked = {"q": "ma", "sort": sort}
    sizes = [len(page["gigs"]) for page in pages(client, asked, limit)]
    assert set(sizes[:-1]) <= {limit}
    assert 0 < sizes[-1] <= limit
    assert ids(client, asked, limit) == ids(client, asked)
    client.close()


SOME_ID = "0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("newest", f"newest_5.0_{SOME_ID}"),
        ("newest", f"5.0_{SOME_ID}"),
        ("price", f"title_5.0_{SOME_ID}"),
        ("price", f"5.0_{SOME_ID}"),
        ("price", SOME_ID),
        ("-price", SOME_ID),
        ("rating", SOME_ID),
        ("relevance", SOME_ID),
        *(
            (sort, wrong)
            for sort in ("newest", "price")
            for wrong in ("x", "5", "_", f"x_{SOME_ID}", f"price_x_{SOME_ID}", SOME_ID[1:])
        ),
        ("price", f"price_nan_{SOME_ID}"),
        ("price", f"price_1e9_{SOME_ID}"),
        ("price", f"price_{'9' * 400}_{SOME_ID}"),
        ("price", f"price_5.0_{SOME_ID}x"),
    ],
)
def test_a_cursor_of_another_order_is_refused(sort: str, cursor: str, small: Server) -> None:
    client = Client(small.url)
    asked = {"q": "ma", "sort": sort, "cursor": cursor}  # relevance is an order by words
    for path in ("/api/gigs/search", *(["/api/gigs"] if sort != "rating" else [])):
        answer = client.get(path, params=asked)
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"cursor"})
    for path in ("/services", *(["/jobs"] if sort != "rating" else [])):
        assert client.page(path, params=asked).status == 400
    client.close()


def test_a_cursor_is_good_for_its_own_order(small: Server) -> None:
    client = Client(small.url)
    path, orders = "/api/gigs/search", (*SORTS, "relevance")
    cursors = {sort: client.get(path, params={"sort": sort, "limit": 1}).json()["next"] for sort in orders}
    for given, asked in itertools.product(orders, repeat=2):
        answer = client.get(path, params={"sort": asked, "cursor": cursors[given]})
        assert answer.status_code == (200 if given == asked else 400), (given, asked)
    client.close()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("kind", ["x", "jobs", "Job"]),
        ("category", ["x", "design", "Gardening"]),
        ("minPrice", ["-1", "x", "nan", "1e99", "1000001", "{}", "5;6"]),
        ("maxPrice", ["-1", "x", "NaN", "Infinity"]),
        ("maxDeliveryDays", ["0", "-1", "1.5", "x", "9" * 30]),
        ("minRating", ["5.1", "x", "-4", "nan", "9" * 30]),
        ("skills", ["x" * 41, ",".join(str(number) for number in range(16))]),
        ("available", ["x", "5", "maybe"]),
        ("sort", ["x", "created", "-rating", "title"]),
        ("q", ["x" * 201, "a\0b"]),
        ("limit", ["0", "101", "x"]),
    ],
)
def test_what_is_wrong_is_named(name: str, values: list[str], small: Server) -> None:
    """docs/api.md: 400 with the parameter's own name."""
    client = Client(small.url)
    for value in values:
        answer = client.get("/api/gigs/search", params={name: value})
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {name}), value
        assert code_of(answer) == "invalid_fields"
    client.close()


@pytest.mark.parametrize(
    "query",
    [
        "", "q=", "q=%20", "kind=", "category=", "minPrice=", "minRating=", "skills=", "skills=%2C%2C", "available=",
        "available=false", "available=0", "sort=", "cursor=", "facets=", "minPrice=0", "q=&kind=&category=&sort=",
        "nobody=knows", "q[$gt]=", "minPrice[$gt]=5", "kind[$ne]=job",
    ],
)  # fmt: skip
def test_what_asks_for_nothing(query: str, small: Server) -> None:
    """What is empty counts as left out, and names that nobody knows are no conditions (SECURITY 17)."""
    client = Client(small.url)
    assert client.get(f"/api/gigs/search?{query}").json() == client.get("/api/gigs/search").json()
    client.close()
