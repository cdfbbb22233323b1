"""A picture of oneself where people look for it, and how often it may be changed (SECURITY 8 and 19)."""

import re
from collections.abc import Callable

import pytest
import requests

from tests.conftest import Join
from tests.profiles.sending import send
from tests.support.client import Client, Json, Person
from tests.support.images import picture
from tests.support.market import PIECE, change_profile, code_of, place_bid, post_job, show_picture
from tests.support.server import Server
from tests.support.tokens import expired, tampered


def portraits(client: Client, path: str, selector: str) -> list[str]:
    """The addresses of the pictures at this place of a page."""
    return [element.attrs["src"] or "" for element in client.page(path).all(f"{selector} img.avatar")]


def test_a_picture_stands_wherever_its_person_does(alice: Person, bob: Person, visitor: Client) -> None:
    """On the own page, in the header of every device, and beside a bid; before it there are initials."""
    gig = post_job(alice)
    place_bid(bob, gig)
    second_device = Client(bob.url)
    second_device.post("/api/auth/login", bob.credentials)
    assert [each.attrs["data-initials"] for each in bob.page("/").all("#account-picture .avatar")] == ["BB"]
    assert portraits(visitor, f"/u/{bob.id}", "main") == []

    shown = show_picture(bob)
    assert portraits(visitor, f"/u/{bob.id}", "main") == [shown["large"]]
    for device in (bob, second_device):
        assert portraits(device, "/jobs", "#account-picture") == [shown["small"]]
    assert portraits(alice, f"/gigs/{gig['id']}", "main") == [shown["small"]]
    bid = alice.get(f"/api/bids/{gig['id']}").json()["bids"][0]
    assert bid["freelancer"]["picture"] == shown
    assert visitor.get(f"/api/users/{bob.id}").json()["picture"] == shown
    second_device.close()


def test_without_the_picture_there_are_initials_again(alice: Person, visitor: Client) -> None:
    shown = show_picture(alice)
    page = alice.page("/settings/profile")
    removed = page.submit("form[action='/settings/profile/picture/remove']")
    assert (removed.status, removed.path) == (200, "/settings/profile?saved=1")
    assert not removed.all("form[action='/settings/profile/picture/remove']")
    assert {visitor.get(address).status_code for address in shown.values()} == {404}
    for reader, place in ((visitor, "main .person"), (alice, "#account-picture")):
        avatar = reader.page(f"/u/{alice.id}").one(f"{place} .avatar")
        assert (avatar.name, avatar.attrs["data-initials"]) == ("span", "AO")
    for _ in range(2):  # where there is none, that is as good
        assert alice.delete("/api/users/profile/picture").json()["picture"] is None


def test_a_picture_is_chosen_on_the_page_without_script(alice: Person) -> None:
    page = alice.page("/settings/profile")
    refused = send(page, "#profile-picture form", picture=b"<svg/>")
    assert refused.status == 400
    assert refused.errors("#profile-picture form") == {"picture": "Choose a PNG, JPEG or WebP picture."}
    nothing = send(refused, "#profile-picture form")
    assert nothing.errors("#profile-picture form") == {"picture": "Choose a picture."}
    assert nothing.values("#profile-form")["name"] == "Alice Owner"  # the other form of the page is as it was
    saved = send(nothing, "#profile-picture form", picture=picture())
    assert (saved.status, saved.path) == (200, "/settings/profile?saved=1")
    assert (
        saved.one("#profile-picture img").attrs["src"]
        == alice.get("/api/users/profile").json()["picture"]["large"]
    )


def test_in_place_the_header_changes_too(alice: Person) -> None:
    answer = alice.post(
        "/settings/profile/picture",
        data={"csrf_token": alice.form_token()},
        files={"picture": ("me.png", picture())},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )
    shown = alice.get("/api/users/profile").json()["picture"]
    assert answer.status_code == 200
    assert answer.text.count(shown["large"]) == 1
    assert answer.text.count(shown["small"]) == 1  # out of band, in the place of the header's


@pytest.mark.parametrize("state", ["fresh", "expired", "gone", "forged"])
def test_a_picture_never_sets_a_cookie(alice: Person, state: str) -> None:
    """SECURITY 13: what caches share is nobody's own, whatever the reader's cookies are like."""
    address = show_picture(alice)["small"]
    token, refresh_token = alice.cookie("token"), alice.cookie("refresh_token")
    if state == "expired":
        alice.set_cookie("token", expired(token))
    elif state == "gone":
        alice.forget_cookie("token")
    elif state == "forged":
        alice.set_cookie("token", tampered(token, sub="f" * 24))
    for path, status in ((address, 200), (address.replace("small", "huge"), 404)):
        answer = alice.get(path)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (status, False)
    assert "Cookie" not in alice.get(address).headers.get("Vary", "")
    assert alice.cookie("refresh_token") == refresh_token


@pytest.fixture(scope="module")
def strict(start_server: Callable[..., Server]) -> Server:
    return start_server(RATE_LIMITS="strict")


def test_twenty_pictures_an_hour(strict: Server, join: Join) -> None:
    """SECURITY 8: of oneself and of pieces, by the API and by pages together; what is refused counts, too."""
    nina, other = join("Nina", at=strict), join("Other", at=strict)
    piece = change_profile(nina, portfolio=[PIECE])["portfolio"][0]
    token = nina.form_token()

    def sent(method: str, path: str, data: bytes = picture(20, 20), **typed: str) -> requests.Response:
        form = typed if path.startswith("/api/") else {"csrf_token": token, **typed}
        return nina.request(method, path, data=form, files={"picture": ("a.png", data)})

    ways: list[Json] = [
        {"method": "PUT", "path": "/api/users/profile/picture"},
        {"method": "POST", "path": "/settings/profile/picture"},
        {"method": "PUT", "path": f"/api/users/profile/portfolio/{piece['id']}/picture"},
        {"method": "POST", "path": f"/settings/portfolio/{piece['id']}", "title": "Map"},
        {"method": "PUT", "path": "/api/users/profile/picture", "data": b"no picture"},
    ]
    answers = [sent(**ways[number % 5]).status_code for number in range(20)]
    assert answers == [200, 303, 200, 303, 400] * 4
    kept = nina.get("/api/users/profile").json()
    for way in ways:
        refused = sent(**way)
        assert refused.status_code == 429, way
        assert 3500 < int(refused.headers["Retry-After"]) <= 3601, way
        if way["path"].startswith("/api/"):
            assert code_of(refused) == "too_many_requests"
        else:
            assert re.search(r"[Tt]ry again in (59|60) minutes", refused.text)
    assert nina.get("/api/users/profile").json() == kept

    # Words are not counted, nor a form in which nothing was chosen, nor anybody else.
    page = send(nina.page(f"/settings/portfolio/{piece['id']}"), "#piece-form", title="Map of Brno")
    assert page.path == "/settings/portfolio"
    assert nina.delete("/api/users/profile/picture").status_code == 200
    show_picture(other)


def test_a_form_without_a_picture_costs_nothing(strict: Server, join: Join) -> None:
    """SECURITY 8."""
    nina = join("Nina", at=strict)
    for _ in range(21):
        assert nina.put("/api/users/profile/picture", files={"other": ("a.png", b"x")}).status_code == 400
    show_picture(nina)
