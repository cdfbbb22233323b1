"""What search engines, link previews and home screens get (ADR 47)."""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import pytest
from bson import ObjectId
from PIL import Image

from gigflow.accounts.store import USERS
from gigflow.core.db import Db
from gigflow.found import sitemap
from gigflow.found.models import FILE_MOST, FIRST
from tests.support.client import Client, Person
from tests.support.market import change_profile, offer_service, post_job, put_into, unique_word
from tests.support.server import Server


def canonical(client: Client, path: str) -> str | None:
    """The address that a page says it has; None if it stays out of search engines."""
    page = client.page(path)
    found = page.all("meta[property='og:url']")
    assert bool(found) != bool(page.all("meta[name=robots][content=noindex]")), path
    assert not page.all("link[rel=canonical]")  # which has to be whole, and this server has no PUBLIC_URL
    return (found[0].attrs["content"] or "") if found else None


def locations(text: str) -> list[str]:
    return re.findall(r"<loc>([^<]+)</loc>", text)


def test_words_in_addresses(alice: Person, visitor: Client) -> None:
    """The id decides: without words the page is there, with others the reader is led to the right ones."""
    word = unique_word()
    job = post_job(alice, title=f"Łódź: {word} & café!")
    bare, whole = f"/gigs/{job['id']}", f"/gigs/{job['id']}-lodz-{word}-cafe"
    assert [canonical(visitor, path) for path in (bare, whole)] == [whole, whole]
    assert visitor.page(f"/jobs?q={word}").link(f"Łódź: {word} & café!") == whole
    other = visitor.get(f"{bare}-another-title?from=mail", allow_redirects=False)
    assert (other.status_code, other.headers["Location"]) == (301, f"{whole}?from=mail")
    assert "no-cache" in other.headers["Cache-Control"]
    assert visitor.get(f"/gigs/{'0' * 24}-lodz").status_code == 404


def test_titles_without_latin_letters_have_no_words(alice: Person, visitor: Client) -> None:
    job = post_job(alice, title="Сайт для кафе")
    assert canonical(visitor, f"/gigs/{job['id']}") == f"/gigs/{job['id']}"


def test_the_title_of_a_hidden_service_stays_hidden(alice: Person, server: Server, visitor: Client) -> None:
    service = put_into(server.db, offer_service(alice), "draft")
    path = f"/gigs/{service['id']}"
    assert [visitor.get(path + words).status_code for words in ("", "-a-map-by-hand", "-x")] == [404] * 3
    assert visitor.get(f"/cards{path}.png").status_code == 404


def test_what_is_over_thin_or_private_stays_out(
    alice: Person, bob: Person, server: Server, visitor: Client
) -> None:
    closed = post_job(alice)
    server.db.gigs.update_one({"_id": ObjectId(closed["id"])}, {"$set": {"status": "closed"}})
    paused = put_into(server.db, offer_service(bob), "paused")
    for path in (f"/gigs/{closed['id']}", f"/gigs/{paused['id']}", "/login", "/jobs?q=map", "/nothing-here"):
        assert canonical(visitor, path) is None, path
    assert canonical(alice, "/settings/profile") is None
    for path in ("/", "/jobs", "/services", "/categories"):
        assert canonical(visitor, path) == path


def test_a_page_that_says_nothing_stays_out(join: Callable[..., Person], visitor: Client) -> None:
    newcomer = join()
    path = f"/u/{newcomer.id}"
    assert canonical(visitor, path) is None
    change_profile(newcomer, headline="I draw maps")
    assert canonical(visitor, path) == path


def test_links_have_a_card_of_their_own(alice: Person, visitor: Client) -> None:
    """It changes its address with its words, and is drawn once."""
    service = offer_service(alice)
    page = visitor.page(f"/gigs/{service['id']}")
    said = {meta.attrs["property"]: meta.attrs["content"] for meta in page.all("meta[property]")}
    assert said["og:title"] == "A map by hand · GigFlow"
    card = visitor.get(said["og:image"] or "")
    image = Image.open(BytesIO(card.content))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert card.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = visitor.get(said["og:image"] or "", headers={"If-None-Match": card.headers["ETag"]})
    assert again.status_code == 304
    alice.put(f"/api/gigs/{service['id']}", json={"title": "A plan by hand"})
    after = visitor.page(f"/gigs/{service['id']}").one("meta[property='og:image']").attrs["content"]
    assert after != said["og:image"]


def test_each_page_that_can_be_found_has_a_card(alice: Person, visitor: Client) -> None:
    """Also the pages that show cards of services, which are others."""
    service, job = offer_service(alice, category="writing"), post_job(alice)
    found = [f"/gigs/{each['id']}" for each in (service, job)]
    paths = [
        "/",
        "/jobs",
        "/services",
        "/people",
        "/categories",
        "/categories/writing",
        "/help",
        f"/u/{alice.id}",
        *found,
    ]
    for path in paths:
        (card,) = visitor.page(path).all("meta[property='og:image']")
        drawn = visitor.get(card.attrs["content"] or "")
        assert (drawn.status_code, drawn.headers["Content-Type"]) == (200, "image/png"), path


@pytest.mark.parametrize("name", ["李小龙", "W" * 80])
def test_cards_of_any_name_are_drawn(name: str, join: Callable[..., Person], visitor: Client) -> None:
    person = join()
    change_profile(person, name=name[:80].strip())
    assert visitor.get(f"/cards/people/{person.id}.png").headers["Content-Type"] == "image/png"


def test_services_and_people_say_what_they_are(alice: Person, visitor: Client) -> None:
    service = offer_service(alice, price=120.5)
    page = visitor.page(f"/gigs/{service['id']}")
    item = page.one("[itemtype='https://schema.org/Service']")
    said = {each.attrs["itemprop"]: each.attrs["content"] for each in item.query("meta[itemprop]")}
    assert (said["price"], said["priceCurrency"]) == ("120.5", "USD")
    change_profile(alice, headline="I draw maps")
    visitor.page(f"/u/{alice.id}").one("[itemtype='https://schema.org/Person'] meta[itemprop=description]")


def test_the_sitemap_names_what_is_listed(alice: Person, server: Server, visitor: Client) -> None:
    job, service = post_job(alice), offer_service(alice)
    paused = put_into(server.db, offer_service(alice), "paused")
    change_profile(alice, headline="I draw maps", listed=True)
    robots = visitor.get("/robots.txt").text
    names = locations(visitor.get(robots.partition("Sitemap: ")[2].strip().removeprefix(server.url)).text)
    files = [visitor.get(name.removeprefix(server.url)) for name in names]
    found = {address.removeprefix(server.url) for file in files for address in locations(file.text)}
    here = {
        f"/gigs/{job['id']}-landing-page",
        f"/gigs/{service['id']}-a-map-by-hand",
        f"/u/{alice.id}",
        "/jobs",
    }
    assert here <= found
    assert f"/gigs/{paused['id']}-a-map-by-hand" not in found
    plain = visitor.get(names[-1].removeprefix(server.url), headers={"Accept-Encoding": "identity"})
    assert (plain.text, "Content-Encoding" in plain.headers) == (files[-1].text, False)
    assert [visitor.get(f"/sitemaps/{name}.xml").status_code for name in (f"job-{'1' * 24}", "job-x")] == [
        404
    ] * 2


def test_files_of_the_sitemap_are_bounded(mongo_uri: str) -> None:
    """A file is full at FILE_MOST; it is looked once an hour whether the last one is, and a start never goes."""
    db = Db(mongo_uri, f"sitemap_{secrets.token_hex(4)}")
    moment = datetime.now(UTC)
    try:
        ids = [ObjectId(number.to_bytes(12)) for number in range(1, FILE_MOST + 2)]
        db[USERS].insert_many([{"_id": each, "for_hire": True} for each in ids[:-1]])
        assert sitemap.starts_of(db, "person", moment) == [FIRST]
        db[USERS].insert_one({"_id": ids[-1], "for_hire": True})
        assert sitemap.starts_of(db, "person", moment) == [FIRST]
        later = moment + sitemap.LOOK_EVERY
        assert sitemap.starts_of(db, "person", later) == [FIRST, ids[-1]]
        assert [len(sitemap.entries_of(db, "person", start, later)) for start in (FIRST, ids[-1])] == [
            FILE_MOST,
            1,
        ]
    finally:
        db.client.drop_database(db[USERS].database.name)
        db.client.close()


def test_home_screens_and_old_browsers_find_an_icon(visitor: Client) -> None:
    """Every address that the manifest and the frame name is there, and is of the size that it says."""
    manifest = visitor.get("/manifest.webmanifest")
    assert manifest.headers["Content-Type"].startswith("application/manifest+json")
    sizes = {"/favicon.ico": (48, 48), "/apple-touch-icon.png": (180, 180)}
    sizes |= {each["src"]: (int(each["sizes"].split("x")[0]),) * 2 for each in manifest.json()["icons"]}
    for path, size in sizes.items():
        assert Image.open(BytesIO(visitor.get(path).content)).size == size, path
    assert visitor.get("/icons/9000.png").status_code == 404
    page = visitor.page("/")
    links = [page.one(f"link[rel={rel}]").attrs["href"] or "" for rel in ("manifest", "apple-touch-icon")]
    assert [visitor.get(link).status_code for link in links] == [200, 200]
