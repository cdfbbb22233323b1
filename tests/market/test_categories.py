"""The tree of categories: one data file, counts, a page of each (docs/api.md)."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

import gigflow.gigs
from tests.conftest import shared
from tests.support.client import Client, Json, Page, Person
from tests.support.market import offer_service, post_job, unique_word
from tests.support.waiting import wait_for

alice = shared("Alice Owner")

TREE = tomllib.loads(Path(gigflow.gigs.__path__[0], "categories.toml").read_text(encoding="utf-8"))["groups"]
SLUGS = [slug for group in TREE for slug in group["categories"]]


def tree(client: Client) -> list[Json]:
    answer = client.get("/api/categories")
    assert answer.status_code == 200, answer.text
    groups: list[Json] = answer.json()["groups"]
    return groups


def counts(client: Client, slug: str) -> tuple[int, int]:
    """How many jobs and services a category says it has."""
    (found,) = [each for group in tree(client) for each in group["categories"] if each["slug"] == slug]
    return found["jobs"], found["services"]


def test_the_tree_is_the_files(visitor: Client) -> None:
    """Two levels, in its order; each slug once, and `other` for what has none."""
    assert visitor.get("/api/categories").json()["next"] is None
    assert [
        (group["name"], [(each["slug"], each["name"]) for each in group["categories"]])
        for group in tree(visitor)
    ] == [(group["name"], list(group["categories"].items())) for group in TREE]
    assert len(SLUGS) == len(set(SLUGS))
    assert "other" in SLUGS
    assert visitor.page("/categories").texts("main h2") == [group["name"] for group in TREE]


def test_what_is_listed_is_counted(alice: Person, visitor: Client) -> None:
    jobs, services = counts(visitor, "finance")
    gigs = [post_job(alice, category="finance"), post_job(alice, category="finance")]
    offered = [offer_service(alice, category="finance"), offer_service(alice, category="finance", draft=True)]
    assert counts(visitor, "finance") == (jobs + 2, services + 1)
    alice.delete(f"/api/gigs/{gigs[0]['id']}")
    alice.post(f"/api/gigs/{offered[0]['id']}/pause")
    assert counts(visitor, "finance") == (jobs + 1, services)
    alice.patch(f"/api/gigs/{gigs[1]['id']}", {"category": "photography"})
    assert counts(visitor, "finance") == (jobs, services)


def test_a_count_ends_at_a_thousand(alice: Person, visitor: Client, db: Database[dict[str, Any]]) -> None:
    job = post_job(alice, category="editing")
    row = db.gigs.find_one({"_id": ObjectId(job["id"])})
    assert row is not None
    copies = [{**row, "_id": ObjectId()} for _ in range(1_001)]
    db.gigs.insert_many(copies)
    wait_for(lambda: counts(visitor, "editing")[0] == 1_000)
    wait_for(lambda: "1,000+ jobs" in visitor.page("/categories").text)
    db.gigs.delete_many({"_id": {"$in": [copy["_id"] for copy in copies]}})
    post_job(
        alice, category="data"
    )  # no gig of GigFlow's own is ever deleted, so something has to drop the copies
    wait_for(lambda: counts(visitor, "editing")[0] < 1_000)


def titles(page: Page, section: str) -> list[str]:
    return page.texts(f"section[aria-labelledby={section}] .gig-title")


def test_the_page_of_a_category(alice: Person, visitor: Client) -> None:
    """The newest six of each kind, and the way to all."""
    empty = visitor.page("/categories/print-design")
    assert (empty.status, empty.texts("h1")) == (200, ["Print and packaging"])
    assert "No open jobs in this category right now." in empty.text
    word = unique_word()
    for number in range(7):
        post_job(alice, title=f"Job {word} {number}", category="print-design")
        offer_service(alice, title=f"Service {word} {number}", category="print-design")
    post_job(alice, title=f"Elsewhere {word}", category="other")
    page = visitor.page("/categories/print-design")
    assert titles(page, "jobs") == [f"Job {word} {number}" for number in range(6, 0, -1)]
    assert titles(page, "services") == [f"Service {word} {number}" for number in range(6, 0, -1)]
    assert page.link("All jobs in Print and packaging") == "/jobs?category=print-design"
    assert page.link("All services in Print and packaging") == "/services?category=print-design"
    assert page.link("Categories") == "/categories"
    everything = visitor.page(page.link("All services in Print and packaging"))
    assert everything.texts(".gig-title") == [f"Service {word} {number}" for number in range(6, -1, -1)]


def test_each_has_a_page_that_others_lead_to(visitor: Client) -> None:
    index = visitor.page("/categories")
    for slug in SLUGS:
        assert index.all(f"a[href='/categories/{slug}']"), slug
        assert visitor.page(f"/categories/{slug}").status == 200, slug
    for path in ("/jobs", "/services"):
        assert visitor.page(path).all("a[href='/categories']")


@pytest.mark.parametrize(
    "slug", ["nothing", "design", "Data", "data%20", "%00", "💥", "x" * 500, "data/x", "$gt"]
)
def test_no_such_category(slug: str, visitor: Client) -> None:
    assert visitor.page(f"/categories/{slug}").status == 404
