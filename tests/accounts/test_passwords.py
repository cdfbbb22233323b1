"""Which passwords are taken, and how they are kept (SECURITY 6)."""

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any

import pytest
from pymongo.database import Database

from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.market import unique_word
from tests.support.server import ROOT, Server

# As in a worker: patched before anything else is imported.
WORKER = """
import eventlet
eventlet.monkey_patch()
from eventlet import patcher
from gigflow.accounts import passwords

real_time = patcher.original("time")
ticks = 0

class SlowHasher:
    def hash(self, password):
        real_time.sleep(0.1)  # not a green one: whoever is on the loop stops it
        return password

    def verify(self, stored, password):
        return self.hash(password) == stored

def tick():
    global ticks
    while True:
        ticks += 1
        eventlet.sleep(0.001)

passwords._hasher = SlowHasher()
eventlet.spawn(tick)
eventlet.sleep(0)
before = ticks
hashed = passwords.hash_password("a good battery")
after_hash = ticks
assert passwords.password_matches("a good battery", hashed)
assert not passwords.password_matches("a good battery", None)
print(after_hash - before, ticks - after_hash)
"""


@pytest.fixture(scope="module")
def strict(start_server: Callable[..., Server]) -> Iterator[Client]:
    client = Client(start_server(PASSWORD_POLICY="strict").url)
    yield client
    client.close()


def refusal(client: Client, password: str) -> str:
    """Why this password is refused, or nothing."""
    email = f"zacharias-{secrets.token_hex(4)}@example.test"
    account = {"name": "Quentin Zacharias", "email": email, "password": password.replace("<email>", email)}
    answer = client.post("/api/auth/register", account)
    if answer.status_code == 201:
        return ""
    assert answer.status_code == 400
    return str(answer.json()["error"]["fields"]["password"][0])


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("abcdefg", "At least 8"),
        ("x" * 129, "At most 128"),
        ("password", "most common"),
        ("PassWord", "most common"),
        ("12345678", "most common"),
        ("ｐａｓｓｗｏｒｄ", "most common"),
        ("Quentin Zacharias", "your name"),
        ("quentin zacharias", "your name"),
        ("<email>", "your name or e-mail"),
    ],
)
def test_the_strict_rules_refuse(strict: Client, password: str, reason: str) -> None:
    """SECURITY 6: 8 to 128 characters, nothing common, nothing of one's own."""
    assert reason in refusal(strict, password)


@pytest.mark.parametrize(
    "password", ["abcdefgh-no", "all lower case", "日本語のパスワード", "x" * 128, "  two  sp  "]
)
def test_there_are_no_composition_rules(strict: Client, password: str) -> None:
    """SECURITY 6: length is what counts."""
    assert refusal(strict, password) == ""


def test_on_a_laptop_six_characters_are_enough(visitor: Client) -> None:
    """SECURITY 6 and docs/api.md, Tolerant to programs."""
    assert refusal(visitor, "12345") == "At least 6 characters."
    assert refusal(visitor, "123456") == ""


def test_a_password_is_kept_as_argon2id(server: Server, db: Database[dict[str, Any]]) -> None:
    """SECURITY 6: 19 MiB, two passes, one lane, or stronger."""
    person = Person(server.url, "Nina", f"{unique_word()}@example.test", "correct horse 7")
    stored = db.users.find_one({"email": person.email})
    assert stored is not None
    assert stored["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert person.password not in str(stored)


def test_hashing_keeps_nobody_waiting() -> None:
    """SECURITY 6: off the event loop, on which there would be no tick meanwhile."""
    done = subprocess.run([sys.executable, "-c", WORKER], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert all(int(ticks) > 10 for ticks in done.stdout.split()), done.stdout


def test_the_same_characters_however_they_were_composed(join: Join, visitor: Client) -> None:
    """SECURITY 6: two keyboards may write one letter in two ways."""
    person = join("Zoé", password="caf\u00e9 au lait")
    assert (
        visitor.post("/api/auth/login", {**person.credentials, "password": "cafe\u0301 au lait"}).status_code
        == 200
    )
    for near in ("cafe au lait", "café au lait ", "CAFÉ AU LAIT"):
        assert visitor.post("/api/auth/login", {**person.credentials, "password": near}).status_code == 401


def test_the_commonest_are_known() -> None:
    """SECURITY 6: the 3,000 commonest, written as they are compared."""
    text = resources.files("gigflow.accounts").joinpath("common-passwords.txt").read_text(encoding="utf-8")
    words = text.splitlines()
    assert len(set(words)) >= 3_000
    assert all(word == word.casefold() for word in words)


def test_the_rules_hold_where_a_password_is_changed(strict: Client) -> None:
    """SECURITY 6: as at sign-up."""
    email = f"zacharias-{secrets.token_hex(4)}@example.test"
    account = {"name": "Quentin Zacharias", "email": email, "password": "a good battery"}
    assert strict.post("/api/auth/register", account).status_code == 201
    for password in ("1234567", "x" * 129, "PassWord", "quentin zacharias", email, email.partition("@")[0]):
        body = {"currentPassword": account["password"], "newPassword": password}
        answer = strict.patch("/api/auth/password", body)
        assert answer.status_code == 400, password
        assert answer.json()["error"]["fields"].keys() == {"newPassword"}
