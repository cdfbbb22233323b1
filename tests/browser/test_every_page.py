"""Every page in every state, as tests/browser/look.py looks at pages; the states of orders are in test_orders.py."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from tests.beginnings.test_visitors import write_job
from tests.browser.conftest import OpenWindow
from tests.browser.look import be_ready, check, look, measure
from tests.conftest import Join, shared
from tests.invitations.steps import decline, invite, listed
from tests.notifications.test_unsubscribing import link_of
from tests.reports.steps import reported
from tests.support.client import Client, Person
from tests.support.images import picture
from tests.support.mailbox import Outbox
from tests.support.market import (
    add_image,
    ask_question,
    change_profile,
    hire,
    offer_service,
    place_bid,
    post_job,
    put_into,
    unique_word,
)
from tests.support.server import Server
from tests.support.talk import open_talk, say

STATES = ("draft", "pending", "rejected", "paused", "archived")  # beside live
FULL_PROFILE = {
    "headline": "H" * 120,
    "bio": "**Bold** and [a link](https://example.org), `code`.\n\n- one\n- " + "x" * 200 + "\n\n> said",
    "skills": ["Flask", "W" * 40],
    "availability": "limited",
    "portfolio": [
        {"title": "T" * 120, "url": "https://" + "h" * 60 + ".example.org/" + "p" * 200, "text": "t" * 900},
        {"title": "Plain"},
    ],
}


Readers = dict[str, tuple[Person | None, list[str]]]

# Of the API's page: one section of each kind, open. The template makes them all alike, and tests/support/house.py reads
# the whole page.
ONE_OF_EACH = """() => {
  const known = new Set()
  for (const section of document.querySelectorAll('.row-doc')) {
    const made = [...section.querySelectorAll('.row-doc-body > *, input, textarea')]
    const kind = new Set(made.map(element => element.tagName + element.className + element.type))
    const verb = section.querySelector('.verb').textContent
    const name = JSON.stringify([...kind])
    if (known.has(name) && known.has(verb)) section.remove()
    section.open = true
    known.add(name).add(verb)
  }
  return known.size
}"""

owner, bidder, loser = shared("Olga Owner"), shared("Bert Bidder"), shared("Lars Loser")
known = shared("Paula Known")
seller, asker = shared("Sara Seller"), shared("Arne Asker")
root = shared("Root Admin", is_admin=True)


@pytest.fixture(scope="module")
def jobs(owner: Person, bidder: Person, loser: Person) -> Readers:
    """An open job and one that was given away; who reads which pages of it."""
    word = unique_word()
    open_job = post_job(owner, title=f"Open {word} {'x' * 80}", description="Long words: " + "y" * 300)
    bid = place_bid(bidder, open_job, message="z" * 400)
    given = post_job(owner, title=f"Given {word}", skills=["Flask", "HTMX"], dueOn="2030-01-01")
    won, lost = place_bid(bidder, given), place_bid(loser, given)
    assert hire(owner, won).status_code == 200
    assert lost["status"] == "pending"
    declined = place_bid(loser, open_job, message="w" * 400)
    assert owner.patch(f"/api/bids/{declined['id']}/decline", {"reason": "v" * 400}).status_code == 200
    compared = f"/gigs/{open_job['id']}/compare?bids={bid['id']},{declined['id']}"
    here, there, at_bid = f"/gigs/{open_job['id']}", f"/gigs/{given['id']}", f"/bids/{bid['id']}"
    forms = ["/gigs/new", f"{here}/edit", f"{here}/close", f"{at_bid}/hire", f"{at_bid}/decline"]
    return {
        "visitor": (None, ["/", "/login", "/register", "/no", here]),
        "owner": (
            owner,
            ["/notifications", "/", *forms, "/hiring", "/hiring?jobs=hired", there, here, compared],
        ),
        "freelancer": (bidder, ["/freelancing", there, here, f"{at_bid}/edit", f"{at_bid}/withdraw"]),
        "loser": (loser, ["/", "/freelancing?bids=past", here, there, "/hiring"]),
    }


@pytest.mark.parametrize("reader", ["visitor", "owner", "freelancer", "loser"])
def test_every_page(window: OpenWindow, jobs: Readers, reader: str) -> None:
    """axe-core finds nothing, nothing sticks out, every control can be hit, in every state of every page."""
    person, paths = jobs[reader]
    check(window(person), *paths)


def test_the_page_of_the_api(window: OpenWindow) -> None:
    """The same, with every kind of section open; closed, all of them are inside the width and large enough to hit."""
    opened = window()
    be_ready(opened)
    opened.page.goto("/api/docs")
    problems = measure(opened.page)
    assert opened.page.evaluate(ONE_OF_EACH) > 10
    problems += look(opened.page)
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="module")
def invitations(owner: Person, bidder: Person, loser: Person) -> Readers:
    """A job with invitations in each state and long words; whom its owner can invite, and what the invited read."""
    job = post_job(owner, title=f"Inviting {'x' * 90}")
    made = [invite(owner, job, listed(each), note="n" * 300) for each in (bidder, loser)]
    assert decline(loser, made[1], "r" * 300).status_code == 200
    here = f"/gigs/{job['id']}"
    asked = f"/invite?gig={job['id']}&to={bidder.id}&to={loser.id}"
    return {
        "owner": (owner, [here, asked, "/invite", f"/u/{bidder.id}"]),
        "invited": (
            bidder,
            [here, f"/invitations/{made[0]['id']}/decline", "/freelancing", "/invite?to=" + loser.id],
        ),
        "declined": (loser, [here, "/freelancing?invitations=past"]),
    }


@pytest.mark.parametrize("reader", ["owner", "invited", "declined"])
def test_every_page_of_invitations(window: OpenWindow, invitations: Readers, reader: str) -> None:
    """The same for inviting freelancers and for answering."""
    person, paths = invitations[reader]
    check(window(person), *paths)


@pytest.fixture(scope="module")
def reports(owner: Person, bidder: Person, root: Person) -> Readers:
    """A report of long words, and one that somebody is about to make."""
    gig = post_job(owner, title="T" * 110, description="y" * 300)
    made = reported(bidder, "gig", gig["id"], reason="other", text="x" * 300)
    other = post_job(owner)["id"]
    return {
        "reporter": (bidder, [f"/report/gig/{gig['id']}", f"/report/gig/{other}"]),
        "admin": (root, ["/admin/reports", f"/admin/reports/{made['id']}"]),
    }


@pytest.mark.parametrize("reader", ["reporter", "admin"])
def test_every_page_of_reports(window: OpenWindow, reports: Readers, reader: str) -> None:
    """The same for reporting something and for what admins read of it."""
    person, paths = reports[reader]
    check(window(person), *paths)


@pytest.fixture(scope="module")
def people(server: Server, known: Person) -> Readers:
    """Somebody with everything that a profile can have, and a letter to choose a new password."""
    known.put("/api/users/profile", FULL_PROFILE)
    known.put("/api/users/profile/picture", files={"picture": picture()})
    piece = known.get("/api/users/profile").json()["portfolio"][0]["id"]
    known.put(f"/api/users/profile/portfolio/{piece}/picture", files={"picture": picture(1200, 500)})
    known.twin().post("/api/auth/login", known.credentials)
    post_job(known)
    known.post("/api/auth/forgot", {"email": known.email})
    letter = Outbox(server.var_dir).wait_for(known.email, "Choose a new password")
    reset = urlsplit(letter.links[0]).path
    sections = ("profile", "portfolio", "account", "password", "devices", "notifications")
    pieces = [f"/settings/portfolio/{end}" for end in ("new", piece, f"{piece}/remove")]
    settings = [*(f"/settings/{section}" for section in sections), *pieces, "/settings/account/delete"]
    public, wrong = f"/u/{known.id}", ["/reset/nothing", "/confirm/nothing", "/u/nobody"]
    return {
        "visitor": (None, ["/forgot", reset, public, f"{public}/reviews", link_of(known), *wrong]),
        "person": (known, [*settings, public]),
    }


@pytest.mark.parametrize("reader", ["visitor", "person"])
def test_every_page_of_people(window: OpenWindow, people: Readers, reader: str) -> None:
    """The same for profiles and settings, and for the ways in when a password is forgotten."""
    person, paths = people[reader]
    check(window(person), *paths)


def test_every_page_of_a_newcomer(window: OpenWindow, server: Server, seller: Person) -> None:
    """The same for what a visitor began and a newcomer finishes, and for profiles and settings that are empty."""
    title = f"{unique_word()} {'x' * 80}"
    visitor = Client(server.url)
    write_job(visitor, title)
    visitor.page(f"/gigs/{offer_service(seller, title=title)['id']}/buy").submit("#ask form")
    check(window(visitor), "/register", "/gigs/new")
    newcomer = Person(server.url, "N" * 80, f"long-{unique_word()}@example.test", "secret123")
    waiting = {"$or": [{"job.title": title}, {"wanted.title": title}]}
    begun = [f"/begun/{each}" for each in server.db.beginnings.distinct("_id", waiting)]
    assert len(begun) == 2
    refused = {"user_id": ObjectId(newcomer.id), "problem": "You already have 100 open jobs."}
    server.db.beginnings.update_many(waiting, {"$set": refused})
    check(window(newcomer), "/", *begun, "/settings/profile", "/settings/portfolio", f"/u/{newcomer.id}")
    for each in (visitor, newcomer):
        each.close()


@pytest.mark.parametrize("kind", ["jobs", "services"])
def test_every_list(window: OpenWindow, alice: Person, bob: Person, kind: str) -> None:
    """Found and not found, filtered, with what to loosen, refused, and more of it; for visitors and for members."""
    word = unique_word()
    put, price = (post_job, "budget") if kind == "jobs" else (offer_service, "price")
    about = {"skills": ["Ink", "W" * 40], "category": "illustration"}
    for number in range(21):
        gig = put(alice, title=f"{word} {number}", **about, **{price: 900 + number})
    if kind == "services":
        add_image(alice, gig, picture(900, 600), "A map")
    more = alice.page(f"/{kind}?q={word}").one("a[href*=cursor]").attrs["href"] or ""
    chips = f"/{kind}?q={word}&category=illustration&skills=ink&min_price=918&max_price=9000&sort=price"
    found = [f"/{kind}", chips, more]
    empty = [f"/{kind}?q={word}&min_price=5000&available=1&max_days=3", f"/{kind}?q={'x' * 200}"]
    refused = f"/{kind}?max_price=abc"
    check(window(), *found, *empty, refused, complaint="400 (BAD REQUEST)")
    check(window(bob), chips)


def test_every_page_of_categories(window: OpenWindow, alice: Person) -> None:
    for put in (post_job, offer_service):
        put(alice, title=f"{unique_word()} {'x' * 80}", category="data")
    check(window(), "/categories", "/categories/data", "/categories/translation", "/categories/none")


def test_every_page_of_help(window: OpenWindow) -> None:
    topics = [f"/help/{topic}" for topic in ("how-it-works", "fees", "rules", "disputes", "safety")]
    check(window(), "/help", *topics, "/about", "/terms", "/privacy", "/contact")


@pytest.fixture(scope="module")
def services(server: Server, seller: Person, asker: Person, root: Person) -> Readers:
    """A service in every state, with all its pictures and with none, asked about and not; who reads which pages."""
    title = f"{unique_word()} {'x' * 80}"
    live = offer_service(seller, title=title, description="y" * 300, skills=["Ink", "W" * 40], revisions=0)
    for number in range(5):
        add_image(seller, live, picture(900, 600), "A map of a town. " * 10 if number else "")
    answered = ask_question(asker, live, "z" * 300)
    assert seller.put(f"/api/questions/{answered['id']}", {"answer": "a" * 300}).status_code == 200
    ask_question(asker, live)
    others = {status: offer_service(seller, title=f"{status} {title}") for status in STATES}
    for status, service in others.items():
        if status == "archived":
            assert seller.delete(f"/api/gigs/{service['id']}").status_code == 200
        else:
            put_into(server.db, service, status)
    add_image(seller, others["draft"], picture(80, 60), "Small")
    shown = f"/gigs/{live['id']}"
    hidden = {status: f"/gigs/{service['id']}" for status, service in others.items()}
    edited = [f"{shown}/edit", f"{hidden['draft']}/edit", f"{hidden['rejected']}/edit"]
    return {
        "visitor": (
            None,
            [shown, f"{shown}/questions", f"{shown}/reviews", hidden["paused"], hidden["draft"]],
        ),
        "owner": (seller, [shown, *hidden.values(), "/freelancing"]),
        "form": (seller, ["/gigs/new?kind=service", *edited, f"{shown}/archive"]),
        "other": (asker, [shown, hidden["paused"], f"/u/{seller.id}"]),
        "admin": (
            root,
            [
                *(shown, *hidden.values()),
                *(f"{hidden['pending']}/moderate/{each}" for each in ("approve", "reject")),
                f"{shown}/moderate/take-down",
            ],
        ),
    }


def test_every_page_of_messages(window: OpenWindow, asker: Person, seller: Person) -> None:
    """The inbox and a thread with all that can stand in one, what begins one, and what is asked first."""
    service = offer_service(seller, title=f"{unique_word()} {'x' * 80}")
    talk = open_talk(asker, seller, gigId=service["id"])
    said = ["S" * 300, "`code` **bold** https://example.org/" + "p" * 200, "مرحبا " * 40]
    for text in said:
        say(asker, talk, text)
    say(seller, talk, "Taken back", clientId="back")
    back = say(seller, talk, "Taken back", clientId="back")["id"]
    assert seller.delete(f"/api/chat/{talk}/{back}").status_code == 200
    assert asker.post("/api/payment/checkout", {"gigId": service["id"]}).status_code == 201
    own = say(seller, talk, "- one\n- two\n\n> three")["id"]
    here = f"/messages/{talk}"
    asked = [f"{here}/{own}/edit", f"{here}/{own}/take-back", f"{here}/block"]
    lists = [f"/messages?show={show}" for show in ("starred", "archived", "blocked")]
    check(
        window(seller),
        "/messages",
        here,
        *asked,
        *lists,
        "/messages/search?q=code",
        "/messages/search?q=zzzz",
    )
    new = offer_service(seller)["id"]
    check(window(asker), f"/messages/new?to={seller.id}&gig={new}", here, "/messages?show=waits")


@pytest.mark.parametrize("reader", ["visitor", "owner", "form", "other", "admin"])
def test_every_page_of_services(window: OpenWindow, services: Readers, reader: str) -> None:
    """In every state; the forms, and what they ask first."""
    person, paths = services[reader]
    check(window(person), *paths)


def test_the_directory(window: OpenWindow, join_once: Join) -> None:
    """Full, filtered and empty, and the profile from which one comes into it."""
    listed = join_once("L" * 80)
    skills = [f"{'s' * 38}{number}" for number in range(15)]
    words = {"headline": "h" * 120, "skills": skills, "languages": ["en", "nb", "zh"]}
    away = {"availability": "limited", "availabilityUntil": str((now() + timedelta(days=9)).date())}
    change_profile(listed, listed=True, timeZone="Asia/Kolkata", **words, **away)
    skill = skills[0]
    check(window(), "/people", f"/people?skills={skill}&languages=nb&sort=name", "/people?q=nobody")
    check(window(listed), "/people", "/settings/profile")
