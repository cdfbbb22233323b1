"""A file is fetched whole or in parts, to be saved and never shown (SECURITY 20, RFC 9110 and 6266)."""

import hashlib
import re
import socket
from urllib.parse import unquote

import pytest
import requests

from tests.conftest import shared
from tests.files.delivering import delivered, noise, order_in_work
from tests.support.client import Json, Person
from tests.support.invariants import Db
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

SIZE = 1_000_003  # more than three chunks of 255 KB, and no round number
DATA = noise(SIZE)


@pytest.fixture(scope="module")
def file(server: Server, alice: Person, bob: Person) -> Json:
    """What Bob delivered to Alice."""
    return delivered(bob, order_in_work(alice, bob, server.db), ("plan.bin", DATA))[0]


def part(person: Person, file: Json, wanted: str, **headers: str) -> requests.Response:
    return person.get(file["url"], headers={"Range": wanted, **headers})


def test_a_file_comes_as_it_was_sent_and_is_not_shown(alice: Person, file: Json) -> None:
    answer = alice.get(file["url"])
    headers = answer.headers
    assert (answer.status_code, answer.content) == (200, DATA)
    assert file["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert headers["Content-Length"] == str(SIZE)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"] == "attachment; filename=\"plan.bin\"; filename*=UTF-8''plan.bin"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["ETag"] == f'"{file["sha256"]}"'


def test_head_says_what_a_get_would(alice: Person, file: Json) -> None:
    whole = alice.get(file["url"]).headers
    for headers in ({}, {"Range": "bytes=5-9"}):  # which is defined for GET only
        answer = alice.request("HEAD", file["url"], headers=headers)
        assert (answer.status_code, answer.content) == (200, b"")
        for name in ("Content-Length", "ETag", "Accept-Ranges", "Content-Disposition"):
            assert answer.headers[name] == whole[name]


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, SIZE),
        ("bytes=261119-261120", 261_119, 261_121),
        ("bytes=261120-522239", 261_120, 522_240),
        ("bytes=100000-900000", 100_000, 900_001),
        ("bytes=999999-99999999", 999_999, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=-1", SIZE - 1, SIZE),
        ("bytes=-300000", SIZE - 300_000, SIZE),
        ("bytes=-99999999", 0, SIZE),
        ("BYTES = 5-6", 5, 7),
    ],
)
def test_a_part_is_those_bytes(alice: Person, file: Json, wanted: str, start: int, stop: int) -> None:
    answer = part(alice, file, wanted)
    assert answer.content == DATA[start:stop]
    assert answer.headers["Content-Length"] == str(stop - start)
    if stop - start == SIZE:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.headers["ETag"] == f'"{file["sha256"]}"'
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("wanted", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=99999999999999-"])
def test_a_part_behind_the_end_is_416(alice: Person, file: Json, wanted: str) -> None:
    answer = part(alice, file, wanted)
    assert (answer.status_code, answer.json()["error"]["code"]) == (416, "no_such_part")
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "wanted",
    [
        *("", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-5", "bytes=-0", "bytes=1.5-", "bytes=--5"),
        *("rows=0-5", "bytes=0-1,5-6", "bytes=" + "0-1," * 1500, "bytes=٣-"),
    ],
)
def test_what_is_no_part_is_the_whole(alice: Person, file: Json, wanted: str) -> None:
    """RFC 9110, 14.2: a server may leave such a header out of account."""
    answer = alice.get(file["url"], headers={"Range": wanted.encode()}, stream=True)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(SIZE))
    answer.close()


def test_a_download_goes_on_where_it_stopped(alice: Person, file: Json) -> None:
    """In parts of any length, each with the ETag of the first; every byte is there once."""
    got, etag = b"", alice.request("HEAD", file["url"]).headers["ETag"]
    lengths = iter([1, 70_000, 261_120, 300_000])
    while len(got) < SIZE:
        stop = len(got) + next(lengths, SIZE)
        got += part(alice, file, f"bytes={len(got)}-{stop - 1}", **{"If-Range": etag}).content
    assert got == DATA


@pytest.mark.parametrize(
    "condition", ['"other"', 'W/"{sha256}"', "{sha256}", "Sat, 21 Nov 2026 10:00:00 GMT"]
)
def test_a_part_of_another_file_is_not_mixed_in(alice: Person, file: Json, condition: str) -> None:
    """RFC 9110, 13.1.5: where the strong ETag is not the same, the whole file comes."""
    answer = part(alice, file, "bytes=5-", **{"If-Range": condition.format(**file)})
    assert (answer.status_code, answer.content) == (200, DATA)


def test_it_is_saved_under_its_name(alice: Person, bob: Person, db: Db) -> None:
    names = {
        'say "hi" 100%.txt': "say _hi_ 100_.txt",
        "מפה של פראג.png": "___ __ ____.png",
        "👩\u200d🎨 a;b.png": "___ a;b.png",
        "it's.txt": "it's.txt",
        "x" * 300 + ".pdf": "x" * 196 + ".pdf",
    }
    files = delivered(bob, order_in_work(alice, bob, db), *((name, b"a") for name in names))
    for file, plain in zip(files, names.values(), strict=True):
        header = alice.get(file["url"]).headers["Content-Disposition"]
        found = re.fullmatch(
            r"attachment; filename=\"([ -~]*)\"; filename\*=UTF-8''([A-Za-z0-9_.~%-]+)", header
        )
        assert found, header
        assert (found[1], unquote(found[2])) == (plain, file["name"])


def test_a_name_as_a_program_may_write_it(alice: Person, bob: Person, db: Db) -> None:
    """Whatever stands there, it is a name and nothing else."""
    names = {
        b"../../etc/passwd": "passwd",
        b"C:\\\\temp\\\\a.txt": "a.txt",
        b"a\x00b\x7f.txt": "a b .txt",
        "\u202egpj.exe".encode(): "gpj.exe",
        b"a%0D%0ASet-Cookie: x.txt": "a%0D%0ASet-Cookie: x.txt",
    }
    body = b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\nHere.\r\n'
    for name in names:
        head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="' + name + b'"'
        body += head + b"\r\n\r\na\r\n"
    path = f"/api/orders/{order_in_work(alice, bob, db)}/deliver"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = bob.post(path, data=body + b"--x--\r\n", headers=headers)
    assert answer.status_code == 200, answer.text
    files = answer.json()["deliveries"][0]["files"]
    assert [file["name"] for file in files] == list(names.values())
    for file in files:
        shown = alice.get(file["url"]).headers
        assert "Set-Cookie" not in shown
        assert shown["Content-Disposition"].startswith("attachment; ")


def test_a_name_that_is_no_text_is_refused(alice: Person, bob: Person, db: Db) -> None:
    """No input whatever gets a 500."""
    order = order_in_work(alice, bob, db)
    head = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="\xff\xfe.txt"\r\n\r\na\r\n--x--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert bob.post(f"/api/orders/{order}/deliver", data=head, headers=headers).status_code == 400


def test_a_name_in_latin_1_is_read(alice: Person, bob: Person, db: Db) -> None:
    """Some programs write names so. They are no reason to ask for a message that was sent."""
    order = order_in_work(alice, bob, db)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\nHere.\r\n'
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="caf\xe9.txt"\r\n\r\na\r\n--x--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = bob.post(f"/api/orders/{order}/deliver", data=body, headers=headers)
    assert answer.json()["deliveries"][0]["files"][0]["name"] == "café.txt"


@pytest.mark.parametrize("nothing", ["nonsense", "f" * 24, "%00", "..%2f..", "💥"])
def test_what_is_no_file_is_404(alice: Person, nothing: str) -> None:
    answer = alice.get(f"/api/files/{nothing}", headers={"Range": "bytes=0-"})
    assert answer.status_code == 404


def test_who_reads_nothing_is_waited_for_and_others_go_on(alice: Person, bob: Person, db: Db) -> None:
    """The server fetches a piece when the one before is gone, so a reader who stops costs it one piece."""
    file = delivered(bob, order_in_work(alice, bob, db), ("large.bin", noise(10_000_000)))[0]
    sleepers = [socket.create_connection(("127.0.0.1", int(alice.url.rpartition(":")[2]))) for _ in range(8)]
    bearer = alice.bearer()["Authorization"]
    request = f"GET {file['url']} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {bearer}\r\n\r\n"
    for sleeper in sleepers:
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.sendall(request.encode())
        assert sleeper.recv(12) == b"HTTP/1.1 200"
    wait_for(lambda: alice.get("/api/auth/me").status_code == 200)
    answer = alice.get(file["url"])
    assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
    for sleeper in sleepers:
        sleeper.close()
