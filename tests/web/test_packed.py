"""What goes packed over the wire, and what never does (decision 54)."""

import gzip
import hashlib

import pytest
import requests

from gigflow.web.packed import pack, takes_packed
from tests.support.client import Client, Person
from tests.support.market import post_job, unique_word

LISTS = ("/", "/jobs", "/services", "/categories", "/categories/data", "/api/categories", "/api/gigs")
FILES = ("css/site.css", "css/base.css", "js/app.js", "vendor/htmx.min.js", "icons.svg")
GZIP, PLAIN = {"Accept-Encoding": "br, gzip"}, {"Accept-Encoding": "identity"}


def raw(client: Client, path: str, headers: dict[str, str], method: str = "GET") -> requests.Response:
    """An answer with its bytes as they came, in `raw`."""
    return requests.request(method, client.url + path, headers=headers, stream=True, timeout=10)


@pytest.fixture(scope="module")
def file_paths() -> list[str]:
    return [f"/static/any/{name}" for name in FILES]


def test_public_lists_and_files_are_packed(alice: Person, visitor: Client, file_paths: list[str]) -> None:
    """The same bytes in either coding, each with its own ETag, length and 304, for GET and HEAD."""
    for _ in range(3):
        post_job(alice, category="data")
    for path in (*LISTS, *file_paths):
        small, plain = raw(visitor, path, GZIP), raw(visitor, path, PLAIN)
        packed, body = small.raw.read(decode_content=False), plain.content
        assert small.headers.get("Content-Encoding") == "gzip", path
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(packed) == body
        assert len(packed) < len(body) * 0.7
        assert int(small.headers["Content-Length"]) == len(packed)
        assert small.headers["Content-Type"] == plain.headers["Content-Type"]
        for answer in (small, plain):
            assert "Accept-Encoding" in answer.headers["Vary"], path
            assert answer.headers["Cache-Control"] == "no-cache"
        assert small.headers["ETag"] != plain.headers["ETag"]
        known = {"If-None-Match": small.headers["ETag"]}
        assert raw(visitor, path, {**GZIP, **known}).status_code == 304, path
        assert raw(visitor, path, {**PLAIN, **known}).status_code == 200, path
        head = raw(visitor, path, GZIP, "HEAD")
        assert (head.headers["Content-Length"], head.content) == (small.headers["Content-Length"], b"")


def test_what_is_one_readers_or_repeats_words_is_never_packed(
    alice: Person, visitor: Client, file_paths: list[str]
) -> None:
    """BREACH: a form's token beside words that somebody else chose. A part of a file is plain, too."""
    job = post_job(alice)
    token = {"Cookie": f"token={alice.cookie('token')}"}
    paths = ("/login", "/register", "/gigs/new", f"/u/{alice.id}?q=1", f"/jobs?q={unique_word()}")
    for path in (*paths, f"/services?skills={unique_word()}", f"/api/gigs/search?q={unique_word()}"):
        for _ in range(2):
            answer = raw(visitor, path, GZIP)
            assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, None), path
    for path in ("/", "/jobs", "/orders", "/settings/account", f"/gigs/{job['id']}"):
        answer = raw(visitor, path, {**GZIP, **token})
        assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, None), path
    assert "Content-Encoding" not in raw(visitor, "/static/any/fonts/none.woff2", GZIP).headers


def test_a_page_of_one_address_is_packed_for_a_reader_without_a_cookie(
    alice: Person, visitor: Client
) -> None:
    """They have no secret. One who has a cookie, of whatever name, gets the page plain."""
    path = f"/gigs/{post_job(alice)['id']}"
    small, plain = raw(visitor, path, GZIP), raw(visitor, path, PLAIN)
    assert small.headers["Content-Encoding"] == "gzip"
    packed = small.raw.read(decode_content=False)
    assert int(small.headers["Content-Length"]) == len(packed) < len(plain.content) * 0.5
    assert len(gzip.decompress(packed)) == len(plain.content)
    for answer in (small, plain):
        assert "Accept-Encoding" in answer.headers["Vary"]
    for somebodys in ({"Cookie": "theme=dark"}, {"Authorization": f"Bearer {alice.cookie('token')}"}):
        assert "Content-Encoding" not in raw(visitor, path, {**GZIP, **somebodys}).headers


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP ; q=0.5, *;q=0", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, br", False),
        ("gzip;q=much", False),
        ("x-gzip-not", False),
        ("*", False),
        ("", False),
    ],
)
def test_who_takes_packed_bytes(accepted: str, takes: bool) -> None:
    assert takes_packed(accepted) is takes


def test_what_would_not_be_smaller_stays_as_it_is() -> None:
    """Packing the same bytes twice makes the same bytes, so that every process has one ETag for them."""
    assert pack(b"short") is None
    assert pack(b"".join(hashlib.sha256(bytes([number])).digest() for number in range(40))) is None
    assert pack(b"long " * 1000) == pack(b"long " * 1000)
