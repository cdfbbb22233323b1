"""Which passwords are taken, and how they are kept (SECURITY 6)."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo.database import Database

from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.server import Server

pytestmark = pytest.mark.xdist_group("passwords")  # one worker, so that its server is started once


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
        ("password", "commonest"),
        ("PassWord", "commonest"),
        ("12345678", "commonest"),
        ("ｐａｓｓｗｏｒｄ", "commonest"),
        ("Quentin Zacharias", "own name"),
        ("quentin zacharias", "own name"),
        ("<email>", "own name or e-mail"),
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
    """SECURITY 6 and API.md, Tolerant to programs."""
    assert refusal(visitor, "12345") == "At least 6 characters."
    assert refusal(visitor, "123456") == ""


def test_a_password_is_kept_as_argon2id(alice: Person, db: Database[dict[str, Any]]) -> None:
    """SECURITY 6: 19 MiB, two passes, one lane, or stronger."""
    stored = db.users.find_one({"email": alice.email})
    assert stored is not None
    assert stored["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert alice.password not in str(stored)


def test_the_same_characters_however_they_were_composed(join: Join, visitor: Client) -> None:
    """SECURITY 6: two keyboards may write one letter in two ways."""
    person = join("Zoé", password="caf\u00e9 au lait")
    assert (
        visitor.post("/api/auth/login", {**person.credentials, "password": "cafe\u0301 au lait"}).status_code
        == 200
    )
    for near in ("cafe au lait", "café au lait ", "CAFÉ AU LAIT"):
        assert visitor.post("/api/auth/login", {**person.credentials, "password": near}).status_code == 401
