"""Where the search ends: conditions that jobs cannot meet, limits beyond every gig, counts of many values."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.conftest import Join, shared
from tests.support.client import Client, Person
from tests.support.market import code_of, offer_service, post_job, unique_word
from tests.support.server import Server

Db = Database[dict[str, Any]]

alice = shared("Alice Owner")


@pytest.mark.parametrize(("kind", "status"), [("job", 200), ("", 200), ("service", 400), ("x", 400)])
def test_the_list_of_jobs_is_of_jobs(kind: str, status: int, visitor: Client) -> None:
    answer = visitor.get("/api/gigs", params={"kind": kind})
    assert answer.status_code == status
    if status == 400:
        assert code_of(answer) == "invalid_fields"
        assert "/api/gigs/search" in answer.json()["error"]["fields"]["kind"][0]


OF_SERVICES = [("minRating", "4"), ("available", "true"), ("available", "1"), ("sort", "rating")]


@pytest.mark.parametrize(("name", "value"), OF_SERVICES)
def test_what_no_job_has_is_not_asked_of_jobs(name: str, value: str, visitor: Client) -> None:
    """Jobs have neither ratings nor availability; a list that is silently empty, or in no order, helps nobody."""
    for path in ("/api/gigs", "/api/gigs/search?kind=job"):
        answer = visitor.get(path, params={name: value})
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {name}), path
    for path in ("/api/gigs/search", "/api/gigs/search?kind=service"):
        assert visitor.get(path, params={name: value}).status_code == 200, path


@pytest.mark.parametrize("query", ["min_rating=4", "available=1", "sort=rating"])
def test_pages_of_jobs_leave_it_out(query: str, alice: Person, visitor: Client) -> None:
    """An old link, or one that was made for services: it shows what it can."""
    word = unique_word()
    titles = [post_job(alice, title=f"{word} {number}")["title"] for number in range(21)][::-1]
    page = visitor.page(f"/jobs?q={word}&{query}")
    assert page.texts(".gig-title") == titles[:20]
    assert len(page.all("ul[aria-label='Active filters'] a")) == 1
    more = visitor.page(page.one("a[href*=cursor]").attrs["href"] or "")
    assert more.texts(".gig-title") == titles[20:]


def test_limits_that_leave_nothing_out(alice: Person, visitor: Client) -> None:
    """As a slider sends them at its ends: what has no days, and no rating, is found too."""
    word = unique_word()
    job, service = post_job(alice, title=word)["id"], offer_service(alice, title=word, deliveryDays=365)["id"]
    for query, found in (
        ("maxDeliveryDays=366", [service, job]),
        ("maxDeliveryDays=1000000", [service, job]),
        ("maxDeliveryDays=365", [service]),
        ("minRating=0", [service, job]),
        ("minRating=0.0", [service, job]),
    ):
        gigs = visitor.get(f"/api/gigs/search?q={word}&{query}").json()["gigs"]
        assert [gig["id"] for gig in gigs] == found, query
    described = visitor.get("/api/openapi.json").json()["paths"]["/api/gigs/search"]["get"]["parameters"]
    schemas = {each["name"]: each["schema"] for each in described}
    assert schemas["maxDeliveryDays"] == {"type": "integer", "minimum": 1, "maximum": 365}
    assert (schemas["minRating"]["minimum"], schemas["minRating"]["maximum"]) == (0, 5)


def test_a_range_that_holds_nothing(visitor: Client) -> None:
    answer = visitor.get("/api/gigs/search?minPrice=50&maxPrice=49.99")
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"maxPrice"})
    assert visitor.get("/api/gigs/search?minPrice=50&maxPrice=50").status_code == 200


@pytest.mark.parametrize(
    "asked", ["skills={}&sort=relevance&q=", "skills={}&minPrice=5&maxDays=7&sort=price"]
)
def test_more_is_of_the_same_list(asked: str, alice: Person, visitor: Client) -> None:
    """The best match without words, and conditions as programs spell them."""
    skill = unique_word()
    for number in range(21):
        post_job(alice, title=f"{number}", skills=[skill], budget=number + 5, deliveryDays=5)
    post_job(alice, title="Cheap", skills=[skill], budget=1, deliveryDays=5)
    post_job(alice, title="Long", skills=[skill], budget=5, deliveryDays=9)
    first = visitor.page("/jobs?" + asked.format(skill))
    more = visitor.page(first.link("Load more jobs"))
    assert (first.status, more.status) == (200, 200)
    # By price all of them have their price and their days; by newest the two that came last stand first.
    wanted = ["20"] if "price" in asked else ["2", "1", "0"]
    assert more.texts("li > .gig-title, .results .gig-title") == wanted
    conditions = "ul[aria-label='Active filters'] a"
    assert more.texts(conditions) == first.texts(conditions)


def test_skills_of_both_kinds_are_counted_whole(start_server: Callable[..., Server], join: Join) -> None:
    """Also what is rare in one kind and not in the other: summed first, cut then."""
    server = start_server()
    owner = join("Owner", at=server)
    for number in range(0, 105, 15):
        post_job(owner, skills=[f"a{n}" for n in range(number, number + 15)])
    post_job(owner, skills=["zinc"])
    for _ in range(2):
        offer_service(owner, skills=["zinc"])
    with closing(Client(server.url)) as client:
        facets = client.get("/api/gigs/search?facets=1").json()["facets"]
        assert facets["skills"][0] == {"value": "zinc", "count": 3}


def test_a_skill_counts_as_it_is_found(alice: Person, visitor: Client) -> None:
    """Spellings that the filter takes for one are one value with one count, in the spelling of most."""
    word, skill = unique_word(), unique_word()
    for spelling in (skill, skill, skill.upper(), f"{skill[0].upper()}{skill[1:]}"):
        offer_service(alice, title=word, skills=[spelling, "\u200b"])  # what nobody can see is no skill
    found = visitor.get("/api/gigs/search", params={"q": word, "facets": "1"}).json()
    assert found["facets"]["skills"] == [{"value": skill, "count": 4}]
    assert [len(gig["skills"]) for gig in found["gigs"]] == [1] * 4
    for asked in (skill, skill.upper(), f"{skill[0]}\u0301{skill[1:]}"):
        chips = visitor.page(f"/services?q={word}&skills={asked}").texts("#filters .chip")
        assert not [chip for chip in chips if skill in chip.lower()]  # it is asked for already


@pytest.mark.parametrize(("average", "shown", "found"), [(49 / 11, "4.5", True), (4.44, "4.4", False)])
def test_what_is_shown_as_so_many_stars_is_found_by_them(
    alice: Person, visitor: Client, db: Db, average: float, shown: str, found: bool
) -> None:
    """The list, the count and the filter of one rounding: 4.4545 is shown as 4.5."""
    word = unique_word()
    service = offer_service(alice, title=word)
    db.gigs.update_one({"_id": ObjectId(service["id"])}, {"$set": {"stars": average, "rating.count": 11}})
    assert shown in visitor.page(f"/services?q={word}").one("#results .rating").to_text()
    answer = visitor.get(f"/api/gigs/search?q={word}&minRating=4.5&facets=true").json()
    assert len(answer["gigs"]) == found
    counts = {each["value"]: each["count"] for each in answer["facets"]["minRating"]}
    assert counts[4.5] == found
