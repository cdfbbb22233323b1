"""The rules of the search once more, as a person would check them on a list: no index, no dictionary, no plan.

It reads the stored rows and shares nothing with GigFlow's own code.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

Row = dict[str, Any]
Asked = dict[str, Any]

LISTED = {"job": "open", "service": "live"}
PUNCTUATION = ".,;:!?()[]{}<>\"'“”„’–—-/*"
TEXT_WORDS = 20
DAYS, STARS = (3, 7, 14, 30), (4.5, 4.0, 3.0)


@cache  # the same texts are asked for with every search
def plain(text: str) -> str:
    """Without case and accents."""
    return "".join(
        char for char in unicodedata.normalize("NFKD", text).lower() if not unicodedata.combining(char)
    )


@cache
def words(text: str) -> tuple[str, ...]:
    """Without punctuation at their ends, each once."""
    found = [word.strip(PUNCTUATION) for word in plain(text).split()]
    return tuple(dict.fromkeys(word for word in found if word))


def meets(row: Row, asked: Asked) -> bool:
    """Whether a gig meets all that is asked for, by the parameters of GET /api/gigs/search."""
    return row["status"] == LISTED[row["kind"]] and all(
        CONDITIONS[name](row, value) for name, value in asked.items() if name in CONDITIONS
    )


def found(rows: Iterable[Row], asked: Asked) -> list[Row]:
    """What a search finds, in its order (any but relevance)."""
    kept = [row for row in rows if meets(row, asked)]
    kept.sort(key=lambda row: row["_id"], reverse=asked.get("sort") != "-price")
    field, downwards = {
        "price": ("price_minor", False),
        "-price": ("price_minor", True),
        "rating": ("rank", True),
    }.get(asked.get("sort", ""), ("", False))
    return sorted(kept, key=lambda row: row[field], reverse=downwards) if field else kept


def facets(rows: Iterable[Row], asked: Asked) -> dict[str, list[tuple[Any, int]]]:
    """The counts of each facet; it leaves its own condition out, and all others hold."""
    rows = list(rows)

    def of(name: str) -> list[Row]:
        return [
            row for row in rows if meets(row, {key: value for key, value in asked.items() if key != name})
        ]

    days = [row["delivery_days"] for row in of("maxDeliveryDays") if row["delivery_days"] is not None]
    stars = [row["stars"] for row in of("minRating") if row.get("stars") is not None]
    skills = Counter(skill for row in rows if meets(row, asked) for skill in row["skills"])
    return {
        "kinds": sorted(Counter(row["kind"] for row in of("kind")).items()),
        "categories": by_count(Counter(row["category"] for row in of("category"))),
        "skills": by_count(skills)[:10],
        "maxDeliveryDays": [(most, sum(each <= most for each in days)) for most in DAYS],
        "minRating": [(least, sum(round(each, 1) >= least for each in stars)) for least in STARS],
    }


def by_count(counts: Counter[Any]) -> list[tuple[Any, int]]:
    """The most frequent first, and what is as frequent by its name."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _has_words(row: Row, text: str) -> bool:
    there = words(row["title"]) + words(" ".join(row["skills"])) + words(row["description"])[:TEXT_WORDS]
    return all(any(part in word for word in there) for part in words(text))


def _has_skills(row: Row, wanted: str) -> bool:
    there = {plain(skill) for skill in row["skills"]}
    return {plain(skill.strip()) for skill in wanted.split(",")} <= there


CONDITIONS: dict[str, Callable[[Row, Any], bool]] = {
    "q": _has_words,
    "search": lambda row, text: all(any(p in word for word in words(row["title"])) for p in words(text)),
    "kind": lambda row, kind: row["kind"] == kind,
    "category": lambda row, slug: row["category"] == slug,
    "minPrice": lambda row, least: row["price_minor"] >= least * 100,
    "maxPrice": lambda row, most: row["price_minor"] <= most * 100,
    "maxDeliveryDays": lambda row, most: row["delivery_days"] is not None and row["delivery_days"] <= most,
    "minRating": lambda row, least: round(row.get("stars") or 0, 1) >= least,
    "skills": _has_skills,
    "available": lambda row, wanted: not wanted or row.get("owner_availability") == "available",
}
