"""Pictures over HTTP: how they are sent, what is refused, and how they are served (SECURITY 12, 13 and 19)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.images import BLUE, chunks_of, is_about, opened, picture, png
from tests.support.market import code_of
from tests.support.races import at_once
from tests.support.server import Server

ADDRESS = "/api/users/profile/picture"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BOUNDARY = "multipart/form-data; boundary=x"
MEGABYTE = 1_000_000


def send(
    person: Client, data: bytes, name: str = "me.png", kind: str = "image/png", **more: Any
) -> requests.Response:
    """Send a picture of oneself as a program does."""
    return person.put(ADDRESS, files={"picture": (name, data, kind)}, **more)


def shown(person: Client, data: bytes) -> dict[str, str]:
    """The addresses of a picture that was taken."""
    answer = send(person, data)
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()["picture"]
    return found


def id_in(address: str) -> str:
    return address.split("/")[2]


def held(db: Database[dict[str, Any]], person: Person) -> tuple[int, int]:
    """How many pictures of a person there are, and how many files of theirs."""
    rows = [row["_id"] for row in db["pictures"].find() if str(row["owner_id"]) == person.id]
    files = [row for row in db["picture_files.files"].find() if str(row["metadata"]["owner_id"]) == person.id]
    chunks = db["picture_files.chunks"].count_documents({"files_id": {"$in": [row["_id"] for row in files]}})
    assert chunks == len(files)
    return len(rows), len(files)


def test_a_picture_is_shown_to_everybody_in_three_sizes(alice: Person, visitor: Client) -> None:
    """SECURITY 19: what is served was written by us."""
    addresses = shown(alice, picture(900, 600))
    assert addresses.keys() == {"small", "medium", "large"}
    for size, side in {"small": 64, "medium": 160, "large": 480}.items():
        for reader in (visitor, alice):
            answer = reader.get(addresses[size])
            assert answer.status_code == 200
            assert opened(answer.content).size == (side, side)
            assert chunks_of(answer.content) <= {"VP8", "VP8L", "VP8X", "ALPH"}
    profile = alice.get("/api/users/profile").json()
    assert profile["picture"] == addresses


def test_a_picture_is_kept_for_ever_by_whoever_has_it(alice: Person) -> None:
    """SECURITY 13: and it carries no cookie, for it is everybody's; not even where the reader's own ran out."""
    address = shown(alice, picture())["medium"]
    alice.forget_cookie("token")
    answer = alice.get(address)
    headers = answer.headers
    assert headers["Content-Type"] == "image/webp"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers
    assert int(headers["Content-Length"]) == len(answer.content)
    again = alice.get(address, headers={"If-None-Match": headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "immutable" in again.headers["Cache-Control"]
    head = alice.request("HEAD", address)
    assert (head.status_code, head.headers["Content-Length"]) == (200, headers["Content-Length"])
    other = shown(alice, picture())["medium"]
    assert alice.get(other, headers={"If-None-Match": headers["ETag"]}).status_code == 200


def test_what_is_no_picture_here_is_404(alice: Person, visitor: Client) -> None:
    known = shown(alice, picture())["small"]
    picture_id = id_in(known)
    for path in (
        f"/pictures/{picture_id}/huge.webp",
        f"/pictures/{picture_id}/small.png",
        f"/pictures/{picture_id}/small",
        f"/pictures/{picture_id}-small/small.webp",
        f"/pictures/{picture_id}/..%2fsmall.webp",
        f"/pictures/{alice.id}/small.webp",
        f"/pictures/{'f' * 24}/small.webp",
        "/pictures/nonsense/small.webp",
        "/pictures/%00/small.webp",
    ):
        answer = visitor.get(path, headers={"If-None-Match": "*"})
        assert answer.status_code == 404, path
        assert "Set-Cookie" not in answer.headers
        assert "immutable" not in answer.headers["Cache-Control"]
    assert visitor.get(known).status_code == 200


def test_a_replaced_picture_is_removed(alice: Person, db: Database[dict[str, Any]]) -> None:
    first = shown(alice, picture())
    second = shown(alice, picture(mode="L"))
    assert id_in(first["small"]) != id_in(second["small"])
    assert held(db, alice) == (1, 3)
    assert [alice.get(address).status_code for address in first.values()] == [404] * 3
    assert [alice.get(address).status_code for address in second.values()] == [200] * 3
    assert alice.delete(ADDRESS).json()["picture"] is None
    assert held(db, alice) == (0, 0)
    assert alice.get(second["small"]).status_code == 404


def test_of_many_sent_at_once_one_is_left(alice: Person, db: Database[dict[str, Any]]) -> None:
    """From several tabs and devices of one person: no file of the others stays."""
    tabs = [alice.twin() for _ in range(8)]
    answers = at_once([lambda tab=tab: send(tab, picture(300, 300)) for tab in tabs])  # type: ignore[misc]
    assert {answer.status_code for answer in answers} == {200}
    last = shown(alice, picture())  # whoever sends again sweeps what was let go of in the same moment
    assert held(db, alice) == (1, 3)
    assert alice.get("/api/users/profile").json()["picture"] == last
    for tab in tabs:
        tab.close()


def test_what_a_crash_left_behind_goes(alice: Person, bob: Person, db: Database[dict[str, Any]]) -> None:
    """A picture that was let go of, and half of its files were deleted when the process died."""
    address = shown(alice, picture())["large"]
    row = next(row for row in db["pictures"].find() if str(row["_id"]) == id_in(address))
    db["users"].update_one({"_id": row["owner_id"]}, {"$set": {"picture_id": None}})
    db["pictures"].update_one({"_id": row["_id"]}, {"$set": {"drop_at": LONG_AGO}})
    db["picture_files.files"].delete_one({"_id": f"{row['_id']}-small"})
    shown(bob, picture())
    assert held(db, alice) == (0, 0)
    assert db["picture_files.chunks"].count_documents({"files_id": f"{row['_id']}-small"}) == 0


def test_with_an_account_its_pictures_go(join: Join, bob: Person, db: Database[dict[str, Any]]) -> None:
    leaving = join("Lea Leaving")
    address = shown(leaving, picture())["small"]
    assert leaving.delete("/api/auth/account", {"password": leaving.password}).status_code == 200
    shown(bob, picture())
    assert held(db, leaving) == (0, 0)
    assert bob.get(address).status_code == 404


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "This file is empty."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Choose a PNG, JPEG or WebP picture."),
        (b"<!doctype html><script>alert(1)</script>", "Choose a PNG, JPEG or WebP picture."),
        (picture(kind="GIF"), "Choose a PNG, JPEG or WebP picture."),
        (picture()[:200], "This picture is damaged or incomplete."),
        (png(40_000, 40_000, rows=b""), "At most 40 million pixels."),
        (bytes(10 * MEGABYTE + 1), "At most 10 MB."),
        (bytes(15 * MEGABYTE), "At most 10 MB."),
    ],
    ids=["empty", "svg", "html", "gif", "truncated", "pixels", "a-byte-too-large", "too-large"],
)
def test_what_is_refused_says_so_at_its_field(
    alice: Person, db: Database[dict[str, Any]], data: bytes, message: str
) -> None:
    """SECURITY 19: whatever its name and its declared type say; and nothing is left of it."""
    answer = send(alice, data)
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert answer.json()["error"]["fields"] == {"picture": [message]}
    refused = post_file(alice, "/settings/profile/picture", data)
    assert refused.status_code == 400
    assert message in refused.text
    assert held(db, alice) == (0, 0)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("me.svg", "image/svg+xml"),
        ("../../me.html", "text/html"),
        ("me.png\0.exe", "application/x-msdownload"),
        ("Ж" * 500, "image/png"),
        ("a", ""),
        ("a", "image/png; charset=nonsense"),
    ],
)
def test_neither_name_nor_type_is_believed(alice: Person, name: str, kind: str) -> None:
    """SECURITY 19: a picture is one by its content, and served as what we made of it."""
    answer = send(alice, picture(), name, kind)
    assert answer.status_code == 200
    found = alice.get(answer.json()["picture"]["small"])
    assert found.headers["Content-Type"] == "image/webp"
    assert "Content-Disposition" not in found.headers


def test_a_form_without_a_picture_asks_for_one(alice: Person) -> None:
    """Also where the browser sends an empty part, or a program a text of that name."""
    empty_part = b'--x\r\nContent-Disposition: form-data; name="picture"; filename=""\r\n\r\n\r\n--x--\r\n'
    text_part = b'--x\r\nContent-Disposition: form-data; name="picture"\r\n\r\nhello\r\n--x--\r\n'
    other_name = (
        b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\nhello\r\n--x--\r\n'
    )
    for body in (empty_part, text_part, other_name, b"--x--\r\n", b""):
        answer = alice.put(ADDRESS, data=body, headers={"Content-Type": BOUNDARY})
        assert (answer.status_code, answer.json()["error"]["fields"]) == (
            400,
            {"picture": ["Choose a picture."]},
        )
    page = alice.post("/settings/profile/picture", data={"csrf_token": alice.form_token()})
    assert page.status_code == 400
    assert "Choose a picture." in page.text


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"--x",
        b"--x\r\n",
        b"--x\r\n\r\n--x--",
        b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n' + picture(),
        b'--x\r\nContent-Disposition: form-data; name="picture; filename="a.png\r\n\r\na\r\n--x--\r\n',
        b"--x\r\nContent-Disposition: \xff\xfe\r\n\r\na\r\n--x--\r\n",
        b"--x\r\n" + b"A: b\r\n" * 5000 + b"\r\na\r\n--x--\r\n",
        b"--y\r\nContent-Disposition: form-data; name=picture; filename=a\r\n\r\na\r\n--y--\r\n",
    ],
)
@pytest.mark.parametrize("media_type", [BOUNDARY, "multipart/form-data", "multipart/form-data; boundary="])
def test_a_malformed_form_is_400(alice: Person, body: bytes, media_type: str) -> None:
    """SECURITY 12: no input whatever gets a 500."""
    for path in (ADDRESS, "/settings/profile/picture"):
        method = "PUT" if path == ADDRESS else "POST"
        answer = alice.request(method, path, data=body, headers={"Content-Type": media_type})
        assert answer.status_code == 400, path


def test_files_are_taken_as_multipart_only(alice: Person) -> None:
    """SECURITY 12: JSON is of the wrong kind where a file is meant."""
    for media_type, body in (
        ("application/json", b'{"picture": "aGVsbG8="}'),
        ("application/x-www-form-urlencoded", b"picture=hello"),
        ("image/png", picture()),
        ("multipart/mixed; boundary=x", b"--x--"),
        ("", picture()),
    ):
        answer = alice.put(ADDRESS, data=body, headers={"Content-Type": media_type})
        assert (answer.status_code, code_of(answer)) == (415, "unsupported_media_type")


def test_only_routes_that_take_files_take_more(alice: Person) -> None:
    """SECURITY 12: 16 MB there, 256 KB elsewhere, also where the length is not said beforehand."""
    large = b"--x\r\n" + bytes(17 * MEGABYTE)
    for body in (large, (large[at : at + MEGABYTE] for at in range(0, len(large), MEGABYTE))):
        answer = alice.put(ADDRESS, data=body, headers={"Content-Type": BOUNDARY})
        assert (answer.status_code, code_of(answer)) == (413, "too_large")
    assert post_file(alice, "/settings/profile/picture", bytes(17 * MEGABYTE)).status_code == 413
    assert post_file(alice, "/settings/profile", bytes(300_000)).status_code == 413
    assert alice.put("/api/users/profile", {"bio": "x" * 300_000}).status_code == 413
    texts = {"picture": (None, b"x" * MEGABYTE)}  # a text takes memory, where a file goes to the disk
    assert alice.put(ADDRESS, files=texts).status_code == 413


def test_a_file_where_a_text_is_meant_is_no_text(alice: Person) -> None:
    """No input whatever gets a 500, also where a page's form is sent as multipart or as JSON."""
    token = alice.form_token()
    for path, field in (("/gigs", "title"), ("/settings/profile", "name"), ("/settings/portfolio", "title")):
        answer = alice.post(
            path, data={"csrf_token": token}, files={field: ("a.txt", b"hello", "text/plain")}
        )
        assert answer.status_code == 400, path
        answer = alice.post(path, {field: 5}, headers={"X-CSRFToken": token})
        assert answer.status_code == 400, path
    posted = {"csrf_token": token, "title": "Logo", "description": "A bird.", "budget": "200"}
    as_multipart = {name: (None, text) for name, text in posted.items()}
    assert alice.post("/gigs", files=as_multipart).status_code == 303


def test_json_never_sets_a_picture(alice: Person) -> None:
    """SECURITY 17: what was read can be put back, and changes nothing."""
    addresses = shown(alice, picture())
    for value in (None, "text", {"small": "/pictures/x/small.webp"}, 5, []):
        assert alice.put("/api/users/profile", {"picture": value}).status_code == 200
    assert alice.get("/api/users/profile").json()["picture"] == addresses


def test_a_visitor_sends_no_picture(visitor: Client, alice: Person, db: Database[dict[str, Any]]) -> None:
    """SECURITY 16."""
    before = db["pictures"].count_documents({})
    assert send(visitor, picture()).status_code == 401
    answer = post_file(visitor, "/settings/profile/picture", picture())
    assert (answer.status_code, answer.headers["Location"][:7]) == (303, "/login?")
    assert db["pictures"].count_documents({}) == before


def test_another_site_sends_no_picture(alice: Person) -> None:
    """SECURITY 10 and 11: multipart is what another site's form can send without asking."""
    assert send(alice, picture(), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    answer = alice.post("/settings/profile/picture", files={"picture": ("a.png", picture(), "image/png")})
    assert answer.status_code == 400
    assert "older session" in answer.text


def test_a_picture_is_sent_from_the_page(alice: Person) -> None:
    """Without JavaScript; and the page shows it in the place of the initials."""
    answer = post_file(alice, "/settings/profile/picture", picture(500, 500))
    assert answer.status_code == 303
    page = alice.page(f"/u/{alice.id}")
    address = page.one("main img.avatar").attrs["src"] or ""
    image = opened(alice.get(address).content)
    assert is_about(image.getpixel((image.width - 5, image.height - 5)), BLUE)


def test_a_separate_front_end_may_show_pictures(start_server: Callable[..., Server], join: Join) -> None:
    """docs/api.md, Signing in: a browser would refuse to show there what is meant for this origin alone."""
    server = start_server(CLIENT_URL="http://localhost:3000")
    alice = join("Alice Owner", at=server)
    answer = alice.get(shown(alice, picture())["small"])
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not server.errors()


def post_file(client: Client, path: str, data: bytes) -> requests.Response:
    """Send a file as the form of a page does."""
    return client.post(
        path,
        data={"csrf_token": client.form_token()},
        files={"picture": ("me.png", data, "image/png")},
    )
