"""What people made: pieces with a title, a link, a text and a picture, in an order of their own."""

from typing import Any

import pytest
import requests
from bson import ObjectId
from PIL import Image
from pymongo.database import Database

from tests.profiles.sending import send
from tests.support.client import Client, Json, Page, Person
from tests.support.images import picture, saved
from tests.support.market import change_profile, code_of
from tests.support.races import at_once

Db = Database[dict[str, Any]]


def pieces_of(person: Client) -> list[Json]:
    """A person's portfolio as programs read it."""
    found: list[Json] = person.get("/api/users/profile").json()["portfolio"]
    return found


def titles_of(person: Client) -> list[str]:
    return [piece["title"] for piece in pieces_of(person)]


def with_titles(person: Client, *titles: str) -> list[Json]:
    """The portfolio of this person, which has pieces of these titles from now on."""
    found: list[Json] = change_profile(person, portfolio=[{"title": title} for title in titles])["portfolio"]
    return found


def show_piece(person: Client, piece: Json, data: bytes | None = None) -> Json:
    """The addresses of the picture that a piece has from now on."""
    address = f"/api/users/profile/portfolio/{piece['id']}/picture"
    answer = person.put(address, files={"picture": ("map.png", data or picture(900, 300))})
    assert answer.status_code == 200, answer.text
    return next(each for each in answer.json()["portfolio"] if each["id"] == piece["id"])["picture"]


def statuses(client: Client, addresses: Json) -> set[int]:
    """How the three sizes of a picture are answered."""
    return {client.get(address).status_code for address in addresses.values()}


def test_order_ids_and_pictures_are_kept(alice: Person) -> None:
    """What has the id of a piece is that piece, wherever it stands now."""
    first, second, third = with_titles(alice, "First", "Second", "Third")
    shown = show_piece(alice, second)
    wanted = [{"title": "New"}, {**second, "title": "Changed"}, first]
    new, changed, same = change_profile(alice, portfolio=wanted)["portfolio"]
    assert new["id"] not in (first["id"], second["id"], third["id"])
    assert changed == {**second, "title": "Changed", "picture": shown}
    assert same == first
    assert statuses(alice, shown) == {200}


def test_an_id_that_is_not_ones_own_is_nobodys(alice: Person, bob: Person) -> None:
    theirs = with_titles(alice, "Hers")[0]
    shown = show_piece(alice, theirs)
    for claimed in (theirs["id"], "f" * 24, "nonsense", ""):
        mine = change_profile(bob, portfolio=[{"id": claimed, "title": "His"}])["portfolio"][0]
        assert (mine["id"] != claimed, mine["picture"]) == (True, None)
    assert pieces_of(alice) == [{**theirs, "picture": shown}]


def test_an_id_said_twice_is_one_piece_and_a_new_one(alice: Person) -> None:
    known = with_titles(alice, "Map")[0]
    shown = show_piece(alice, known)
    one, other = change_profile(alice, portfolio=[known, known])["portfolio"]
    assert (one["id"], one["picture"]) == (known["id"], shown)
    assert other["id"] != known["id"]
    assert other["picture"] is None


def test_with_a_piece_its_picture_goes(alice: Person, db: Db) -> None:
    """Pictures: replaced or left out, they are removed at once."""
    gone, stays = with_titles(alice, "Gone", "Stays")
    first, kept = show_piece(alice, gone), show_piece(alice, stays)
    second = show_piece(alice, gone)
    assert statuses(alice, first) == {404}
    assert statuses(alice, second) == {200}
    change_profile(alice, portfolio=[stays])
    assert (statuses(alice, second), statuses(alice, kept)) == ({404}, {200})
    assert db.pictures.count_documents({"owner_id": ObjectId(alice.id)}) == 1


def test_a_picture_is_given_to_pieces_of_ones_own_only(alice: Person, bob: Person, db: Db) -> None:
    """SECURITY 16: not yours is not told from not there, and nothing of the file is kept."""
    theirs = with_titles(alice, "Hers")[0]
    for piece_id in (theirs["id"], "f" * 24, "nonsense"):
        answer = bob.put(
            f"/api/users/profile/portfolio/{piece_id}/picture", files={"picture": ("a.png", picture())}
        )
        assert (answer.status_code, code_of(answer)) == (404, "piece_not_found")
    assert db.pictures.count_documents({"owner_id": ObjectId(bob.id)}) == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://example.org/work", "https://example.org/work"),
        ("http://example.org", "http://example.org"),
        ("HTTPS://Example.org/Work", "HTTPS://Example.org/Work"),
        ("example.org", "https://example.org"),
        ("www.example.org/a?b=c&d=e#f", "https://www.example.org/a?b=c&d=e#f"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("example.org:8443/x", "https://example.org:8443/x"),
        ("https://example.org/@alice/a'b(c)", "https://example.org/@alice/a'b(c)"),
        ("https://例え.テスト/道", "https://例え.テスト/道"),
        ("  https://example.org  ", "https://example.org"),
        ("", ""),
        (None, ""),
    ],
)
def test_links_that_are_taken(alice: Person, given: str | None, kept: str) -> None:
    shown = change_profile(alice, portfolio=[{"title": "Map", "url": given}])["portfolio"][0]
    assert shown["url"] == kept
    page = alice.page(f"/u/{alice.id}")
    assert [element.attrs["href"] for element in page.all("a.host")] == ([kept] if kept else [])


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.org/map", "example.org"),
        ("https://www.example.org", "example.org"),
        ("https://example.org:8443/map", "example.org:8443"),
        ("https://example.org?q=map", "example.org"),
        ("https://example.org#@good.example", "example.org"),
        ("https://example.org?@good.example/", "example.org"),
    ],
)
def test_a_link_says_where_it_leads(alice: Person, url: str, host: str) -> None:
    """Its host and nothing that looks like another's."""
    change_profile(alice, portfolio=[{"title": "Map", "url": url}])
    for path in (f"/u/{alice.id}", "/settings/portfolio"):
        assert alice.page(path).texts("a.host") == [host]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)",
        "javascript://example.org/%0aalert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x",
        "ftp://example.org/x", "file:///etc/passwd", "mailto:a@example.org", "blob:https://example.org/x",
        "//example.org/x", "/work", "work", "#x", "?x", "https://", "https:", "https:///x", "http:example.org",
        "https://localhost", "https://exa mple.org", "https://example.org/a b", "https://example.org/<b>",
        'https://example.org/"x', "https://example.org\\@evil.test", "https://user@example.org",
        "https://user:word@example.org", "https://example.org@evil.test", "user@example.org", "https://[::1",
        "https://example.org:99999", "https://example.org:0", "https://example.org:x", "https://example.org\nx",
    ],
)  # fmt: skip
def test_links_that_are_refused(alice: Person, url: str) -> None:
    """SECURITY 13: nothing that runs, nothing that shows another host than it goes to."""
    with_titles(alice)
    answer = alice.put("/api/users/profile", {"portfolio": [{"title": "Map", "url": url}]})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert answer.json()["error"]["fields"]["portfolio"][0].startswith("Number 1, url: A web address")
    assert pieces_of(alice) == []


def test_the_longest_link_can_be_put_back(alice: Person) -> None:
    """docs/api.md: what was read can be put back, also where the scheme was added here."""
    longest = f"example.org/{'x' * (500 - len('example.org/'))}"
    answer = alice.put("/api/users/profile", {"portfolio": [{"title": "Map", "url": longest}]})
    if answer.status_code == 200:
        assert change_profile(alice, portfolio=answer.json()["portfolio"]) == answer.json()


def added(person: Client, number: int) -> requests.Response:
    """The answer to one more piece with a picture, as a page's form sends it."""
    return person.post(
        "/settings/portfolio",
        data={"csrf_token": person.form_token(), "title": f"Piece {number}"},
        files={"picture": ("a.png", picture(40, 30), "image/png")},
    )


def test_pieces_added_at_once_are_all_there(alice: Person) -> None:
    """From several tabs of one person: none overwrites another."""
    tabs = [alice.twin() for _ in range(8)]
    answers = at_once([lambda tab=tab, number=number: added(tab, number) for number, tab in enumerate(tabs)])
    assert {answer.status_code for answer in answers} == {303}
    assert sorted(titles_of(alice)) == [f"Piece {number}" for number in range(8)]
    assert all(statuses(alice, piece["picture"]) == {200} for piece in pieces_of(alice))


def test_of_too_many_added_at_once_twelve_are_there(alice: Person, db: Db) -> None:
    with_titles(alice, *(f"Old {number}" for number in range(9)))
    tabs = [alice.twin() for _ in range(7)]
    answers = at_once([lambda tab=tab, number=number: added(tab, number) for number, tab in enumerate(tabs)])
    assert sorted(answer.status_code for answer in answers) == [303] * 3 + [409] * 4
    assert len(titles_of(alice)) == 12
    # The pictures of those that found no place go by themselves.
    used = {"owner_id": ObjectId(alice.id), "drop_at": None}
    assert db.pictures.count_documents(used) == 3


def test_what_is_done_at_once_loses_nothing(alice: Person) -> None:
    """Moved, changed, removed and added in the same moment."""
    pieces = with_titles(alice, "One", "Two", "Three", "Four")
    ids = [piece["id"] for piece in pieces]
    tabs = [alice.twin() for _ in range(6)]
    tokens = [tab.form_token() for tab in tabs]

    def post(number: int, path: str, **typed: str) -> int:
        sent = {"csrf_token": tokens[number], **typed}
        return tabs[number].post(f"/settings/portfolio{path}", data=sent).status_code

    done = at_once(
        [
            lambda: post(0, f"/{ids[3]}/up"),
            lambda: post(1, f"/{ids[3]}/up"),
            lambda: post(2, f"/{ids[0]}", title="First", url="", text=""),
            lambda: post(3, f"/{ids[1]}/remove"),
            lambda: post(4, "", title="Five"),
            lambda: post(5, "", title="Six"),
        ]
    )
    assert set(done) == {303}
    assert sorted(titles_of(alice)) == ["First", "Five", "Four", "Six", "Three"]
    kept = {piece["id"] for piece in pieces_of(alice)}
    assert {ids[0], ids[2], ids[3]} <= kept


def go(page: Page, words: str) -> Page:
    """Follow the link that says these words."""
    return page.client.page(page.link(words))


def test_the_portfolio_by_pages_without_script(alice: Person, visitor: Client) -> None:
    """Add, edit, move up, remove with asking."""
    empty = alice.page("/settings/portfolio")
    assert "Show what you made" in empty.text
    form = go(empty, "Add the first piece")
    refused = send(form, "#piece-form", title=" ", url="ftp://example.org", text="x" * 1001)
    assert refused.status == 400
    assert refused.errors("#piece-form").keys() == {"title", "url", "text"}
    assert refused.values("#piece-form")["url"] == "ftp://example.org"
    listed = send(
        refused, "#piece-form", title="Map", url="example.org/map", text="Ink.", picture=picture(900, 300)
    )
    assert (listed.status, listed.path) == (200, "/settings/portfolio")
    listed = send(go(listed, "Add a piece"), "#piece-form", title="Globe")
    assert listed.texts("h2.gig-title") == ["Map", "Globe"]

    map_piece, globe = pieces_of(alice)
    assert (map_piece["url"], globe["picture"]) == ("https://example.org/map", None)
    moved = listed.submit(f"form[action='/settings/portfolio/{globe['id']}/up']")
    assert moved.texts("h2.gig-title") == ["Globe", "Map"]
    assert not moved.all(
        f"form[action='/settings/portfolio/{globe['id']}/up']"
    )  # the first has nowhere to go

    edit = go(moved, "Edit Map")
    assert edit.values("#piece-form")["text"] == "Ink."
    changed = send(edit, "#piece-form", title="Map of Prague")
    assert changed.texts("h2.gig-title") == ["Globe", "Map of Prague"]
    assert pieces_of(alice)[1] == {**map_piece, "title": "Map of Prague"}  # the picture stayed

    shown = visitor.page(f"/u/{alice.id}")
    assert shown.texts(".pieces h3") == ["Globe", "Map of Prague"]
    assert shown.texts("a.host") == ["example.org"]
    assert shown.one("a.host").attrs["rel"] == "nofollow noopener ugc"

    ask = go(changed, "Remove Map of Prague")
    assert ask.one("h1").to_text() == "Remove this piece?"
    assert "Map of Prague" in ask.text
    assert titles_of(alice) == ["Globe", "Map of Prague"]  # asking removes nothing
    left = ask.submit("#ask form")
    assert (left.path, left.texts("h2.gig-title")) == ("/settings/portfolio", ["Globe"])
    assert statuses(alice, map_piece["picture"]) == {404}


def test_a_piece_may_lose_or_change_its_picture_by_its_page(alice: Person) -> None:
    piece = with_titles(alice, "Map")[0]
    shown = show_piece(alice, piece)
    address = f"/settings/portfolio/{piece['id']}"
    send(alice.page(address), "#piece-form", picture=picture(60, 60))
    other = pieces_of(alice)[0]["picture"]
    assert (statuses(alice, shown), statuses(alice, other)) == ({404}, {200})
    refused = send(alice.page(address), "#piece-form", picture=b"<svg/>", remove_picture="y")
    assert (refused.status, refused.errors("#piece-form").keys()) == (400, {"picture"})
    assert pieces_of(alice)[0]["picture"] == other
    send(alice.page(address), "#piece-form", remove_picture="y")
    assert pieces_of(alice)[0]["picture"] is None
    assert statuses(alice, other) == {404}


def test_a_large_picture_of_a_piece_is_taken_wherever_pieces_are(alice: Person) -> None:
    """SECURITY 12: where files are taken a body may be larger than elsewhere."""
    large = saved(Image.effect_noise((800, 800), 90), "PNG")
    assert len(large) > 400_000
    form = alice.page("/settings/portfolio/new")
    assert send(form, "#piece-form", title="Map", picture=large).path == "/settings/portfolio"
    piece = pieces_of(alice)[0]
    edit = alice.page(f"/settings/portfolio/{piece['id']}")
    assert send(edit, "#piece-form", picture=large).path == "/settings/portfolio"
    again = pieces_of(alice)[0]
    assert again["picture"] != piece["picture"]
    show_piece(alice, piece, large)
    assert pieces_of(alice)[0]["picture"] != again["picture"]


def test_the_first_piece_has_nowhere_to_move(alice: Person) -> None:
    first, _, _ = with_titles(alice, "One", "Two", "Three")
    token = alice.form_token()
    answer = alice.post(f"/settings/portfolio/{first['id']}/up", data={"csrf_token": token})
    assert (answer.status_code, titles_of(alice)) == (303, ["One", "Two", "Three"])


def test_who_sends_a_picture_and_ticks_its_removal_means_the_new_one(alice: Person) -> None:
    piece = with_titles(alice, "Map")[0]
    old = show_piece(alice, piece)
    address = f"/settings/portfolio/{piece['id']}"
    send(alice.page(address), "#piece-form", picture=picture(60, 60), remove_picture="y")
    new = pieces_of(alice)[0]["picture"]
    assert (statuses(alice, old), statuses(alice, new)) == ({404}, {200})


def test_the_thirteenth_piece_is_refused(alice: Person) -> None:
    form = alice.page("/settings/portfolio/new")
    with_titles(alice, *(f"Piece {number}" for number in range(12)))
    full = alice.page("/settings/portfolio")
    assert "You have reached the limit" in full.text
    assert not full.all("a[href='/settings/portfolio/new']")
    refused = send(form, "#piece-form", title="One more", picture=picture(20, 20))
    assert refused.status == 409
    assert "A portfolio has at most 12 pieces." in refused.text
    assert refused.values("#piece-form")["title"] == "One more"


@pytest.mark.parametrize("way", ["", "/up", "/remove"])
def test_a_piece_of_somebody_else_is_not_there(alice: Person, bob: Person, way: str) -> None:
    """SECURITY 16: nor is one that nobody has."""
    with_titles(bob, "His")
    before = with_titles(alice, "Hers", "Also hers")
    for piece_id in (before[1]["id"], "f" * 24, "nonsense"):
        address = f"/settings/portfolio/{piece_id}{way}"
        assert bob.page(address).status == (405 if way == "/up" else 404)
        answer = bob.post(address, data={"csrf_token": bob.form_token(), "title": "Mine"})
        assert answer.status_code == 404
    assert (pieces_of(alice), titles_of(bob)) == (before, ["His"])


def test_in_place_the_list_alone_is_answered(alice: Person) -> None:
    pieces = with_titles(alice, "One", "Two")
    moved = alice.fragment("POST", f"/settings/portfolio/{pieces[1]['id']}/up", at="/settings/portfolio")
    assert moved.texts("#portfolio h2.gig-title") == ["Two", "One"]
    asked = alice.fragment("GET", f"/settings/portfolio/{pieces[0]['id']}/remove", at="/settings/portfolio")
    assert asked.one("#ask h2").to_text() == "Remove this piece?"
    gone = alice.fragment("POST", f"/settings/portfolio/{pieces[0]['id']}/remove", at="/settings/portfolio")
    assert (gone.status, gone.response.headers["HX-Redirect"]) == (204, "/settings/portfolio")


def test_what_a_piece_says_is_no_markup(alice: Person, visitor: Client) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    change_profile(
        alice, portfolio=[{"title": hostile, "text": hostile}], headline=hostile, skills=[hostile[:40]]
    )
    page = visitor.page(f"/u/{alice.id}")
    assert page.texts(".pieces h3") == [hostile]
    assert not page.all("main script, main img")
