"""Lists of jobs and services for people, with JavaScript off: filters, chips, orders, more (docs/ui.md, Addresses)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.conftest import shared
from tests.support.client import Client, Json, Page, Person
from tests.support.market import change_profile, offer_service, post_job, unique_word

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

Db = Database[dict[str, Any]]
LISTS = [("/jobs", post_job, "budget", "jobs"), ("/services", offer_service, "price", "services")]
FORM = "#search"

Put = Callable[..., Json]


def titles(page: Page) -> list[str]:
    """What a page lists."""
    return page.texts(".results .gig-title") or page.texts("li > .gig-title")


def chips(page: Page) -> dict[str, str]:
    """The active conditions, and the page without each."""
    links = page.all("ul[aria-label='Active filters'] a")
    return {
        " ".join(link.to_text().split()).removeprefix("Without "): link.attrs["href"] or "" for link in links
    }


def looser(page: Page) -> dict[str, str]:
    """What could be left out to find something, and the page without it."""
    links = page.all(".empty .chips a")
    return {" ".join(link.to_text().split()): link.attrs["href"] or "" for link in links}


def query(path: str) -> dict[str, str]:
    """What an address asks for."""
    return dict(parse_qsl(urlsplit(path).query))


@pytest.mark.parametrize(("path", "put", "amount", "kinds"), LISTS)
def test_filters_without_script(
    path: str, put: Put, amount: str, kinds: str, alice: Person, visitor: Client
) -> None:
    """A form that is sent, and an address that says all of it."""
    word = unique_word()
    cheap = f"{word} cheap"
    put(alice, title=cheap, category="data", skills=["ink", "css"], deliveryDays=3, **{amount: 20})
    put(alice, title=f"{word} dear", category="data", skills=["ink"], deliveryDays=30, **{amount: 900})
    put(alice, title=f"{word} other", category="writing", deliveryDays=3, **{amount: 20})
    page = visitor.page(path)
    typed = {
        "q": word,
        "category": "data",
        "max_price": "$1,000.50",
        "max_days": "7",
        "skills": "Ink",
        "sort": "-price",
    }
    shown = page.submit(FORM, **typed)
    assert (shown.status, titles(shown)) == (200, [cheap])
    assert {name: query(shown.path)[name] for name in typed} == typed
    kept = shown.values(FORM)
    assert {name: kept[name] for name in typed} == {**typed, "skills": "Ink"}
    wider = shown.submit(FORM, max_days="30")
    assert titles(wider) == [f"{word} dear", cheap]
    assert titles(wider.submit(FORM, sort="price")) == [cheap, f"{word} dear"]
    assert shown.submit(FORM, q=f"{word}x").status == 200
    assert "Nothing found" in shown.submit(FORM, q=f"{word}x").text


@pytest.mark.parametrize(("path", "put", "amount", "kinds"), LISTS)
def test_each_chip_takes_its_own_condition_away(
    path: str, put: Put, amount: str, kinds: str, alice: Person, visitor: Client
) -> None:
    word = unique_word()
    put(alice, title=word, category="data", skills=["ink", "c++"], deliveryDays=5, **{amount: 20})
    asked = {
        "q": word,
        "category": "data",
        "min_price": "10",
        "max_price": "49.50",
        "max_days": "7",
        "skills": "ink, c++",
        "sort": "price",
    }
    page = visitor.page(path, params=asked)
    assert titles(page) == [word]
    without = {
        f"“{word}”": "q",
        "Data and analysis": "category",
        "from $10": "min_price",
        "up to $49.50": "max_price",
        "within 7 days": "max_days",
    }
    found = chips(page)
    assert found.keys() == {*without, "ink", "c++", "Clear all"}
    for label, name in without.items():
        assert query(found[label]) == {key: value for key, value in asked.items() if key != name}, label
    assert query(found["ink"]) == {**asked, "skills": "c++"}
    assert query(found["c++"]) == {**asked, "skills": "ink"}
    assert found["Clear all"] == path
    for label, address in found.items():
        assert urlsplit(address).path == path
        gone = visitor.page(address)
        assert gone.status == 200
        assert chips(gone).keys() <= found.keys() - {label}
    # One after the other they all go.
    step = page
    while left := chips(step):
        assert len(chips(step)) <= len(found)
        step = visitor.page(left[next(iter(left))])
    assert query(step.path) == {"sort": "price"}


def test_what_only_services_have(alice: Person, bob: Person, visitor: Client, db: Db) -> None:
    word = unique_word()
    change_profile(bob, availability="unavailable")
    for owner, title, stars in ((alice, "good", 4.6), (alice, "new", None), (bob, "away", 4.9)):
        service = offer_service(owner, title=f"{word} {title}")
        rating = {"stars": stars, "rank": stars or 4.0, "rating": {"count": 3 if stars else 0, "sum": 14}}
        db.gigs.update_one({"_id": ObjectId(service["id"])}, {"$set": rating})
    page = visitor.page("/services").submit(FORM, q=word, min_rating="4.5", sort="rating")
    assert titles(page) == [f"{word} away", f"{word} good"]
    assert page.texts(".rating") == ["Rated 4.9 (3 reviews )", "Rated 4.6 (3 reviews )"]
    free = page.submit(FORM, available="y")
    assert titles(free) == [f"{word} good"]
    found = chips(free)
    assert titles(visitor.page(found["available now"])) == titles(page)
    stars = next(label for label in found if "stars" in label)
    assert titles(visitor.page(found[stars])) == [f"{word} good", f"{word} new"]
    for asked, label in (
        (f"q={word}&min_rating=4.5&skills=piano", "Without “piano”"),
        (f"q={word}+new&min_rating=4.5", "Without “4.5 stars and up”"),
        (f"q={word}+away&available=y", "Without “available now”"),
    ):
        offered = looser(visitor.page(f"/services?{asked}"))
        assert titles(visitor.page(offered[label])), asked
    jobs = visitor.page("/jobs")
    assert not jobs.all("[name=min_rating], [name=available]")
    assert "rating" not in [option.attrs["value"] for option in jobs.all("#sort option")]


@pytest.mark.parametrize(("path", "put", "amount", "kinds"), LISTS)
def test_more_is_a_link_and_a_fragment(
    path: str, put: Put, amount: str, kinds: str, alice: Person, visitor: Client
) -> None:
    word = unique_word()
    for number in range(43):
        put(alice, title=f"{word} {number:02}", category="research", **{amount: 10 + number % 3})
    for sort in ("newest", "price", "-price"):
        address = f"{path}?q={word}&category=research&sort={sort}"
        page = visitor.page(address)
        assert f"43 {'open jobs' if kinds == 'jobs' else 'services'}" in page.text
        seen, sizes = titles(page), [len(titles(page))]
        while page.all("#more a"):
            following = page.link(f"Load more {kinds}")
            kept = query(following)
            assert kept.pop("cursor")
            assert kept == query(address)
            fragment = visitor.fragment("GET", following, at=address)
            page = visitor.page(following)
            assert titles(fragment) == titles(page)
            assert not fragment.all("h1, #results, #filters")
            assert page.texts("h1")
            assert chips(page).keys() == {f"“{word}”", "Research", "Clear all"}
            seen += titles(page)
            sizes.append(len(titles(page)))
        assert sizes == [20, 20, 3]
        assert len(set(seen)) == 43
        if sort == "newest":
            assert seen == [f"{word} {number:02}" for number in range(42, -1, -1)]


@pytest.mark.parametrize("path", ["/jobs", "/services"])
def test_results_come_as_a_fragment(path: str, alice: Person, visitor: Client) -> None:
    """The list, and what stands beside it, since its counts go with the list."""
    part = visitor.fragment("GET", f"{path}?q=x", at=path)
    assert part.one("#results")
    assert part.one("#filters")
    assert part.one("#search-tools")
    assert not part.all("h1, header, #search")
    for headers in ({"HX-Request-Type": "full"}, {"HX-History-Restore-Request": "true"}):
        whole = visitor.get(f"{path}?q=x", headers={"HX-Request": "true", **headers})
        assert "<h1>" in whole.text
    assert "HX-Request" in visitor.get(path).headers["Vary"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_price", "abc"),
        ("max_price", "-5"),
        ("max_price", "1e99"),
        ("min_price", "9999999999"),
        ("skills", "x" * 41),
        ("category", "nothing"),
        ("max_days", "5"),
        ("q", "x" * 201),
    ],
)
@pytest.mark.parametrize("path", ["/jobs", "/services"])
def test_a_wrong_filter_stands_at_its_field_and_the_list_goes_on(
    path: str, name: str, value: str, alice: Person, visitor: Client
) -> None:
    word = unique_word()
    put = post_job if path == "/jobs" else offer_service
    put(alice, title=word, category="video", skills=["ink"])
    asked = {"q": word, "category": "video", "skills": "ink", name: value}
    page = visitor.page(path, params=asked)
    assert page.status == 200
    assert word in titles(page)
    rest = {"q": f"“{word}”", "category": "Video and animation", "skills": "ink"}
    assert chips(page).keys() - {"Clear all"} == {label for key, label in rest.items() if key != name}
    if name in ("min_price", "max_price", "skills", "category"):
        assert page.errors(FORM).keys() == {name}
    if name in ("min_price", "max_price"):
        assert page.values(FORM)[name] == value  # what was typed stays to be mended


def test_what_is_left_out_of_a_search_is_said(visitor: Client) -> None:
    """A filter that was refused is named above the results, and the button of the filters is marked."""
    for address, words in (
        ("/jobs?min_price=abc", "Ignored: From (Enter an amount"),
        ("/services?max_days=5", "Ignored: Delivery ("),
        ("/jobs?min_rating=4.5&available=y", "Ignored: Rating (for services only); Available now ("),
    ):
        page = visitor.page(address)
        assert page.one("#left-out").to_text().strip().startswith(words), address
        assert "A filter is ignored" in page.one(".filters-open").to_text()
    assert not visitor.page("/jobs?min_price=5").all("#left-out")


def test_where_no_single_thing_helps_one_is_offered_alone(alice: Person, visitor: Client) -> None:
    words = [unique_word() for _ in range(3)]
    for word in words[:2]:
        post_job(alice, title=word, skills=[f"{word}-skill"])
    page = visitor.page(f"/jobs?q={words[0]}&skills={words[1]}-skill&category=video&max_price=1&max_days=3")
    offered = looser(page)
    assert list(offered) == [f"Only {words[1]}-skill", f"Only “{words[0]}”"]
    assert titles(visitor.page(offered[f"Only {words[1]}-skill"])) == [words[1]]
    assert query(offered[f"Only “{words[0]}”"]) == {"q": words[0]}


def test_an_address_keeps_how_much_of_a_list_was_loaded(alice: Person, visitor: Client) -> None:
    word = unique_word()
    for number in range(23):
        post_job(alice, title=f"{word} {number:02}")
    first = visitor.page(f"/jobs?q={word}")
    more = first.one("#more a")
    assert query(more.attrs["data-hx-replace-url"] or "") == {"q": word, "pages": "2"}
    added = visitor.fragment("GET", more.attrs["data-hx-get"] or "", at=first.path)
    kept = visitor.page(more.attrs["data-hx-replace-url"] or "")
    assert titles(kept) == titles(first) + titles(added)
    assert not kept.all("#more")
    for odd in ("0", "-1", "x", "999", "²"):
        assert visitor.page("/jobs", params={"q": word, "pages": odd}).status == 200


@pytest.mark.parametrize("path", ["/jobs", "/services"])
def test_a_place_that_a_list_does_not_have(path: str, visitor: Client) -> None:
    page = visitor.page(f"{path}?q=x&sort=price&cursor=nonsense")
    assert page.status == 400
    assert "This page of results no longer exists" in page.text
    assert query(page.link("Go to the first page")) == {"q": "x", "sort": "price"}
    assert visitor.fragment("GET", f"{path}?cursor=nonsense", at=path).status == 400


def test_an_order_by_words_goes_with_the_words(visitor: Client) -> None:
    page = visitor.page("/jobs?q=x&sort=relevance&max_price=9")
    assert query(chips(page)["“x”"]) == {"max_price": "9"}


def test_the_rating_is_offered_once_something_is_rated(alice: Person, visitor: Client, db: Db) -> None:
    word = unique_word()
    service = offer_service(alice, title=word)
    assert not visitor.page(f"/services?q={word}").all("[name=min_rating]")
    db.gigs.update_one({"_id": ObjectId(service["id"])}, {"$set": {"stars": 4.6}})
    assert visitor.page(f"/services?q={word}&sort=price").all("[name=min_rating]")
    assert visitor.page(f"/services?q={unique_word()}&min_rating=4").all("[name=min_rating]")


def test_a_range_that_holds_nothing(visitor: Client) -> None:
    page = visitor.page("/jobs?min_price=50&max_price=20")
    assert page.status == 200
    assert page.errors(FORM) == {"max_price": "This is less than the lowest price."}
    assert chips(page).keys() == {"from $50"}


@pytest.mark.parametrize(("path", "put", "amount", "kinds"), LISTS)
def test_where_nothing_is_found_it_says_what_to_loosen(
    path: str, put: Put, amount: str, kinds: str, alice: Person, visitor: Client
) -> None:
    word = unique_word()
    put(alice, title=word, category="data", skills=["ink", "css"], deliveryDays=14, **{amount: 500})
    loosened = {
        "min_price=600": "Without “from $600”",
        "max_price=499.99": "Without “up to $499.99”",
        "category=writing": "Without “Copy and articles”",
        "max_days=7": "Without “within 7 days”",
        "skills=piano": "Without “piano”",
        "skills=ink,piano": "Without the skills",
    }
    for asked, label in loosened.items():
        page = visitor.page(f"{path}?q={word}&{asked}")
        assert titles(page) == [], asked
        offered = looser(page)
        assert titles(visitor.page(offered.pop(label))) == [word], asked
        assert offered.keys() <= {f"Without “{word}”"}, asked
    both = visitor.page(f"{path}?q={word}&min_price=600&max_days=7")
    # Neither alone would help; where nothing does, each of the conditions by itself is offered.
    assert looser(both).keys() <= {
        f"Without “{word}”",
        f"Only “{word}”",
        "Only from $600",
        "Only within 7 days",
    }
    assert both.link(f"Show all {'open jobs' if kinds == 'jobs' else 'services'}") == path


@pytest.mark.parametrize(("path", "put", "amount", "kinds"), LISTS)
def test_counts_lead_to_what_they_count(
    path: str, put: Put, amount: str, kinds: str, alice: Person, visitor: Client
) -> None:
    """Categories and skills beside the list, with the conditions that are active."""
    word = unique_word()
    for number in range(3):
        put(
            alice,
            title=f"{word} {number}",
            category="data" if number else "audio",
            skills=["ink", f"s{number}"],
            **{amount: 50},
        )
    put(alice, title=f"{word} dear", category="data", **{amount: 5000})
    page = visitor.page(f"{path}?q={word}&max_price=100&sort=price")
    assert {"Data and analysis (2)", "Music and sound (1)"} == {
        text for text in page.texts("#category option") if "(" in text
    }
    links = {
        " ".join(link.to_text().split()): link.attrs["href"] or "" for link in page.all("#filters .chips a")
    }
    assert {"ink 3", "s0 1", "s1 1", "s2 1"} == links.keys()
    for label, address in links.items():
        there = visitor.page(address)
        assert len(titles(there)) == int(label.rpartition(" ")[2]), label
        kept = query(address)
        assert {"q": word, "max_price": "100", "sort": "price"}.items() <= kept.items()
    second = visitor.page(links["ink 3"])
    more = {" ".join(link.to_text().split()) for link in second.all("#filters .chips a")}
    assert more == {"s0 1", "s1 1", "s2 1"}  # what is asked for already is not offered


@pytest.mark.parametrize(
    "odd",
    [
        "_anchor=a", "_scheme=javascript&_external=1", "_method=POST", "endpoint=x", "self=1", "values=1", "x[$gt]=1",
        "q[]=1", "%00=1", "q=a&q=b", "skills=a&skills=b", "category=data&category=writing", "sort=nothing", "fbclid=1",
        "minPrice=5", "kind=service", "available=0", "max_price=%F0%9F%92%A5", "q=%ff", "cursor=",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/jobs", "/services"])
def test_any_address_is_answered(path: str, odd: str, visitor: Client) -> None:
    """docs/api.md: no input whatever gets a 500, and every link of the page leads back to the page."""
    for rest in ("", "&q=zz", "&q=zz&max_price=5&skills=a,b&category=data"):
        page = visitor.page(f"{path}?{odd}{rest}")
        assert page.status == 200, rest
        for address in chips(page).values():
            assert address.startswith(path)
            assert "javascript" not in address
            assert visitor.page(address).status == 200


def test_what_is_typed_is_shown_as_text(visitor: Client) -> None:
    nasty = '"><script>alert(1)</script>'
    for path in ("/jobs", "/services"):
        page = visitor.page(path, params={"q": nasty, "skills": nasty, "min_price": nasty, "category": nasty})
        assert page.status == 200
        assert page.values(FORM)["q"] == nasty


def test_an_empty_market_says_what_to_do(start_server: Callable[..., Any]) -> None:
    server = start_server()
    client = Client(server.url)
    assert "No open jobs right now" in client.page("/jobs").text
    assert "No services yet" in client.page("/services").text
    assert "No open job matches all of these" in client.page("/jobs?q=x").text
    assert client.page("/categories").text.count("Nothing yet") == 19
    assert client.page("/").status == 200
    client.close()
