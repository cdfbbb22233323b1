"""Finding people: each condition, each order, pages, and what everybody may know of somebody."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from tests.directory.looking import found, listed, look
from tests.reviews.steps import both_reviewed, completed_purchase
from tests.support.client import Client, Person
from tests.support.market import change_profile, code_of, offer_service, show_picture
from tests.support.operator import disable
from tests.support.server import Server
from tests.support.waiting import wait_for

DAY = (now() + timedelta(days=9)).date()
NAMES = ("Ana Ångström", "Bo Berg", "Cy Crane", "Dee Dole")


@pytest.fixture(scope="module")
def market(start_server: Callable[..., Server]) -> Server:
    """A server of its own, so that all who are found are those of this module."""
    return start_server()


@pytest.fixture(scope="module")
def people(market: Server) -> Iterator[dict[str, Person]]:
    """Four who are listed, and Eve, who has bought from two of them and is not."""
    made = {
        name.split()[0]: market.person(name, f"{name.split()[0].lower()}@example.test", "correct horse 7")
        for name in (*NAMES, "Eve Client")
    }
    ana, bo, cy, dee, eve = made.values()
    listed(ana, headline="Illustrator of maps", skills=["Ink", "GIS"], languages=["cs", "en"])
    listed(bo, headline="Writes about bread", skills=["Copywriting", "ink"], languages=["nb"])
    listed(cy, skills=["Python", "GIS"], languages=["en"], availability="limited", availabilityUntil=str(DAY))
    listed(dee, timeZone="Asia/Kolkata")
    change_profile(eve, headline="Runs a bakery", skills=["Baking"])
    maps = offer_service(ana, title="A map", price=120, category="illustration")
    text = offer_service(dee, title="A text", price=40, category="writing")
    for _ in range(2):
        both_reviewed(eve, ana, completed_purchase(eve, ana, maps), rating=5)
    both_reviewed(eve, dee, completed_purchase(eve, dee, text), rating=2)
    offer_service(dee, title="A long text", price=400, category="data")
    change_profile(dee, availability="unavailable")
    yield made
    for person in made.values():
        person.close()


@pytest.fixture
def reader(people: dict[str, Person], market: Server) -> Iterator[Client]:
    client = Client(market.url)
    yield client
    client.close()


ANA, BO, CY, DEE = NAMES
LOOKS: dict[str, tuple[dict[str, object], list[str]]] = {
    "rating": ({}, [ANA, CY, BO, DEE]),
    "name": ({"sort": "name"}, [ANA, BO, CY, DEE]),
    "newest": ({"sort": "newest"}, [DEE, CY, BO, ANA]),
    "part of a name": ({"q": "ngstr"}, [ANA]),
    "part of a headline": ({"q": "LLUST map"}, [ANA]),
    "part of a skill": ({"q": "copyw"}, [BO]),
    "whole skill in any case": ({"skills": "INK", "sort": "name"}, [ANA, BO]),
    "two skills": ({"skills": "ink,gis"}, [ANA]),
    "part of a skill is no skill": ({"skills": "in"}, []),
    "category of a service": ({"category": "data"}, [DEE]),
    "category by name": ({"category": "illustration", "sort": "name"}, [ANA]),
    "available": ({"available": 1}, [ANA, BO]),
    "available by name": ({"available": "true", "sort": "name"}, [ANA, BO]),
    "rated": ({"minRating": 4.5}, [ANA]),
    "rated at all": ({"minRating": 1}, [ANA, DEE]),
    "language by code": ({"languages": "en"}, [ANA, CY]),
    "language by name": ({"languages": "norwegian bokmål"}, [BO]),
    "two languages": ({"languages": "en,cs"}, [ANA]),
    "price": ({"maxFromPrice": 119.99}, [DEE]),
    "price of the cheapest": ({"maxFromPrice": 120}, [ANA, DEE]),
    "several": ({"q": "map", "skills": "GIS", "languages": "cs", "available": 1, "minRating": 5}, [ANA]),
    "nobody": ({"q": "map", "category": "data"}, []),
    "who is not listed": ({"q": "bakery"}, []),
}


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("limit", [1, 20])
def test_who_is_found(name: str, limit: int, reader: Client) -> None:
    """All pages together, of one row each as well: nobody twice, nobody missing."""
    asked, expected = LOOKS[name]
    assert found(reader, limit=limit, **asked) == expected


def test_a_row_says_what_one_chooses_by_and_no_address(reader: Client, people: dict[str, Person]) -> None:
    picture = show_picture(people["Ana"])
    ana, dee = (look(reader, q=name)["freelancers"][0] for name in ("Ana", "Dee"))
    assert ana == {
        "id": people["Ana"].id,
        "_id": people["Ana"].id,
        "name": ANA,
        "headline": "Illustrator of maps",
        "skills": ["Ink", "GIS"],
        "languages": ["cs", "en"],
        "availability": "available",
        "availabilityUntil": None,
        "utcOffset": "",
        "picture": picture,
        "rating": {"average": 5.0, "count": 2, "clients": 1},
        "fromPrice": 120,
        "jobsDone": 1,
        "answersWithinSeconds": None,
        "createdAt": ana["createdAt"],
    }
    assert (dee["utcOffset"], dee["fromPrice"]) == ("UTC+5:30", 40)
    assert look(reader, q="Cy")["freelancers"][0]["availabilityUntil"] == str(DAY)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"sort": "fame"}, "sort"),
        ({"category": "nothing"}, "category"),
        ({"languages": "Klingon"}, "languages"),
        ({"minRating": 6}, "minRating"),
        ({"maxFromPrice": "cheap"}, "maxFromPrice"),
        ({"limit": 0}, "limit"),
        ({"q": "x" * 201}, "q"),
    ],
)
def test_what_cannot_be_understood_is_refused_at_its_field(
    asked: dict[str, object], field: str, reader: Client
) -> None:
    answer = reader.get("/api/freelancers", params=asked)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert list(answer.json()["error"]["fields"]) == [field]


def test_a_cursor_of_another_order_is_refused(reader: Client) -> None:
    cursors = {sort: look(reader, sort=sort, limit=1)["next"] for sort in ("rating", "name", "newest")}
    for sort in cursors:
        for other, cursor in cursors.items():
            answer = reader.get("/api/freelancers", params={"sort": sort, "cursor": cursor})
            expected = 200 if other == sort else 400
            assert answer.status_code == expected, (sort, other)
            if expected == 400:
                assert list(answer.json()["error"]["fields"]) == ["cursor"]
    assert reader.get("/api/freelancers", params={"sort": "name", "cursor": "name_xff_" + "f" * 24}).ok


def test_whom_i_have_blocked_i_do_not_meet_and_they_meet_me(people: dict[str, Person]) -> None:
    ana, bo = people["Ana"], people["Bo"]
    assert ana.post(f"/api/users/{bo.id}/block").ok
    try:
        assert found(ana) == [ANA, CY, DEE]
        assert BO not in ana.page("/people").text
        assert found(bo) == LOOKS["rating"][1]
    finally:
        assert ana.delete(f"/api/users/{bo.id}/block").ok
    assert found(ana) == LOOKS["rating"][1]


def test_one_letter_that_is_wrong_is_put_right(reader: Client) -> None:
    assert look(reader, q="ilustrator")["suggestion"] == "illustrator"
    page = reader.page("/people?q=ilustrator")
    assert page.one(".meant a").attrs["href"] == "/people?q=illustrator"
    assert "suggestion" not in look(reader, q="xylophone")


def test_it_says_how_soon_somebody_usually_answers(
    market: Server, reader: Client, people: dict[str, Person]
) -> None:
    """On the page and to programs, from what is known of the person."""
    dee = {"_id": ObjectId(people["Dee"].id)}
    market.db.users.update_one(dee, {"$set": {"answers_within": 7_200}})
    # Asked as nobody asked before: what is public is kept for a moment.
    assert look(reader, q="Dee", sort="newest")["freelancers"][0]["answersWithinSeconds"] == 7_200
    assert "Usually answers within 3 h" in reader.page("/people?q=Dee&sort=newest").text


def test_what_changes_is_seen_at_once_and_who_is_shut_out_is_gone(market: Server, reader: Client) -> None:
    """Also in copies that are kept for everybody."""
    flo = market.person("Flo Fern", "flo@example.test", "correct horse 7")
    change_profile(flo, headline="Botanist", listed=True)
    wait_for(lambda: found(reader, q="botanist") == ["Flo Fern"])
    change_profile(flo, headline="Gardener")
    wait_for(lambda: found(reader, q="gardener") == ["Flo Fern"])
    assert found(reader, q="botanist") == []
    assert f"/u/{flo.id}<" in reader.get("/sitemaps/person-000000000000000000000000.xml").text
    disable(market, flo.email)
    wait_for(lambda: "Flo Fern" not in found(reader))
    flo.close()


def test_the_page_finds_the_same_without_script(reader: Client) -> None:
    page = reader.page("/people")
    assert page.texts(".freelancer h2") == LOOKS["rating"][1]
    assert "5.0 from 2 reviews by 1 client" in page.all(".freelancer")[0].to_text()
    found_page = page.submit("#search", skills="ink", sort="name")
    assert found_page.texts(".freelancer h2") == [ANA, BO]
    assert found_page.texts("[aria-label='Active filters'] .chip")[0].endswith("ink")
    without = found_page.all("[aria-label='Active filters'] .chip")[0].attrs["href"]
    assert reader.page(str(without)).texts(".freelancer h2") == [ANA, BO, CY, DEE]


def test_nothing_found_says_what_to_leave_out(reader: Client) -> None:
    page = reader.page("/people?skills=ink&category=data")
    assert [chip.attrs["href"] for chip in page.all(".empty .chips a")] == [
        "/people?category=data",
        "/people?skills=ink",
    ]


def test_a_filter_that_is_not_understood_is_left_out_and_said(reader: Client) -> None:
    page = reader.page("/people?languages=Klingon&skills=ink&sort=name")
    assert "Klingon" in page.one("#left-out").to_text()
    assert page.texts(".freelancer h2") == [ANA, BO]


def test_a_language_is_shown_by_its_name_however_it_was_said(reader: Client) -> None:
    page = reader.page("/people?languages=en,Czech")
    fields = page.all("#search [name='languages']")
    assert [each.attrs["value"] for each in fields] == ["English", "Czech", ""]
    without = page.all("[aria-label='Active filters'] .chip")[0].attrs["href"]
    assert without == "/people?languages=Czech"


def test_a_cursor_of_nowhere_is_a_page_that_says_so(reader: Client) -> None:
    page = reader.page("/people?cursor=rating_5.0_" + "f" * 23)
    assert page.status == 400
    assert "no longer exists" in page.one("#results").to_text()
