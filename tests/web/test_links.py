"""Every link of the house leads somewhere: for a visitor, an owner and a freelancer."""

from tests.services.moderating import STATES
from tests.support.client import Client, Person, paths_in
from tests.support.invariants import Db
from tests.support.market import (
    PIECE,
    add_image,
    ask_question,
    change_profile,
    hire,
    offer_service,
    place_bid,
    post_job,
    put_into,
    show_picture,
)

MOST = 80  # pages opened by each reader


def crawl(client: Client, start: str) -> dict[str, int]:
    """Follow the links from `start`, the nearest first, and tell how each was answered."""
    found: dict[str, int] = {}
    queue = [start]
    while queue and len(found) < MOST:
        path = queue.pop(0)
        if path in found:
            continue
        page = client.page(path)
        found[path] = page.status
        queue += sorted(paths_in(page) - found.keys())
    return found


def test_every_link_leads_somewhere(alice: Person, bob: Person, visitor: Client) -> None:
    gigs = [post_job(alice, title=f"Job {number}") for number in range(3)]
    place_bid(bob, gigs[0])
    hire(alice, place_bid(bob, gigs[1]))
    for person in (alice, bob):
        change_profile(person, portfolio=[{"title": "Map", "url": ""}], bio="[Jobs](/jobs)")
        show_picture(person)
        service = add_image(person, offer_service(person, skills=["ink", "c++ & co"], category="data"))
        offer_service(person, draft=True)
    ask_question(alice, service)
    for client in (visitor, alice, bob):
        found = crawl(client, "/")
        assert len(found) > 5
        assert {path: status for path, status in found.items() if status != 200} == {}


def test_what_a_page_loads_is_there(alice: Person) -> None:
    page = alice.page("/")
    loaded = {
        element.attrs.get("src") or element.attrs.get("href") or ""
        for element in page.all("script[src], link[rel=stylesheet], link[rel=icon], link[rel=preload]")
    }
    loaded |= {(element.attrs["href"] or "").partition("#")[0] for element in page.all("use")}
    assert len(loaded) > 8
    for address in loaded:
        assert address.startswith("/static/"), address  # nothing from other sites
        assert alice.get(address).status_code == 200, address


def test_every_icon_is_in_the_sprite(alice: Person, bob: Person, db: Db) -> None:
    gig = post_job(alice)
    place_bid(bob, gig)
    names = set()
    change_profile(alice, portfolio=[PIECE, PIECE], skills=["ink"])
    show_picture(alice)
    services = {state: put_into(db, offer_service(alice, draft=True), state) for state in STATES}
    live = add_image(alice, services["live"])
    ask_question(bob, live)
    paths = (
        "profile",
        "portfolio",
        "portfolio/new",
        "account",
        "account/delete",
        "password",
        "devices",
        "notifications",
    )
    for page in (
        *(alice.page(f"/settings/{path}") for path in paths),
        *(bob.page(path) for path in (f"/u/{alice.id}", f"/u/{bob.id}", "/settings/portfolio")),
        *(alice.page(f"/gigs/{service['id']}") for service in services.values()),
        *(
            reader.page(path)
            for reader in (alice, bob)
            for path in ("/services?q=zzz", "/jobs", "/categories/data")
        ),
        bob.page(f"/gigs/{live['id']}"),
        alice.page(f"/gigs/{live['id']}/edit"),
        alice.page("/freelancing"),
        alice.page("/gigs/new?kind=service"),
        alice.fragment("GET", "/skills"),
        alice.page("/"),
        alice.page(f"/gigs/{gig['id']}"),
        bob.page("/freelancing"),
        alice.page("/notifications"),
    ):
        names |= {(element.attrs["href"] or "").partition("#")[2] for element in page.all("use")}
    sprite = alice.get("/static/any/icons.svg").text
    assert names
    assert [name for name in names if f'id="{name}"' not in sprite] == []
