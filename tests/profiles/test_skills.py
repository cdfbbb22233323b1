"""Skills that are suggested while people write theirs: those that are in use."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.client import Client, Person
from tests.support.house import document_of
from tests.support.market import change_profile, post_job
from tests.support.server import Server

USED = {
    "Ann": ["Flask", "Python", "css"],
    "Ben": ["flask", "Python", "Figma"],
    "Cem": ["Flask", "HTML & CSS", "C++", "python"],
    "Dan": ["Python", "microPython", "R", ".*", "Thonet chairs"],
}


@pytest.fixture(scope="module")
def market(start_server: Callable[..., Server]) -> Server:
    """A server of its own: what is in use is what this module says."""
    return start_server()


@pytest.fixture(scope="module")
def people(market: Server) -> Iterator[dict[str, Person]]:
    found = {}
    for name, skills in USED.items():
        found[name] = Person(market.url, name, f"{name.lower()}@example.test", "correct horse 7")
        change_profile(found[name], listed=True, skills=skills)
    post_job(found["Ann"], skills=["Figma", "cartography"])
    closed = post_job(found["Ben"], skills=["blacksmithing"])
    found["Ben"].delete(f"/api/gigs/{closed['id']}")
    yield found
    for person in found.values():
        person.close()


@pytest.fixture
def reader(people: dict[str, Person], market: Server) -> Iterator[Client]:
    client = Client(market.url)
    yield client
    client.close()


def suggested(reader: Client, q: str | None = None) -> list[str]:
    """What is offered to who has typed `q`."""
    answer = reader.get(
        "/skills",
        params={} if q is None else {"q": q},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )
    assert answer.status_code == 200
    found = document_of(answer).query("[data-skill]")
    assert [element.attrs["data-skill"] for element in found] == [
        " ".join(element.to_text().split()) for element in found
    ]
    return [element.attrs["data-skill"] for element in found]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        # By how many use it, then by the alphabet; as most people write it.
        ("", ["Python", "Flask", "Figma", ".*", "C++", "cartography", "css", "HTML & CSS"]),
        ("f", ["Flask", "Figma"]),
        ("F", ["Flask", "Figma"]),
        ("fl", ["Flask"]),
        ("  Fl ", ["Flask"]),
        # What begins so comes before what has it somewhere, however common.
        ("p", ["Python", "cartography", "microPython"]),
        ("pyth", ["Python", "microPython"]),
        ("y", ["Python", "cartography", "microPython"]),
        ("thon", ["Thonet chairs", "Python", "microPython"]),
        ("c", ["C++", "cartography", "css", "HTML & CSS", "microPython", "Thonet chairs"]),
        # What is there already is not offered.
        ("flask", []),
        ("PYTHON", ["microPython"]),
        ("css", ["HTML & CSS"]),
        # An open job's count, a closed one's do not.
        ("cart", ["cartography"]),
        ("black", []),
        # Text is never a pattern (SECURITY 17).
        (".", [".*"]),
        ("+", ["C++"]),
        ("c+", ["C++"]),
        ("cß", ["HTML & CSS"]),
        ("&", ["HTML & CSS"]),
        (".*", []),
        ("^P", []),
        ("[a-z]", []),
        ("(", []),
        ("\\", []),
        ("$", []),
        ("p.thon", []),
    ],
)
def test_what_is_offered(reader: Client, typed: str, offered: list[str]) -> None:
    assert suggested(reader, typed) == offered


def test_nothing_typed_offers_what_is_common(reader: Client) -> None:
    assert suggested(reader) == suggested(reader, "")
    assert len(suggested(reader)) == 8


@pytest.mark.parametrize("typed", ["x" * 41, "x" * 5000, "\0", "💥", "ż", "%00", "a,b", "<b>"])
def test_odd_words_do_no_harm(reader: Client, typed: str) -> None:
    assert suggested(reader, typed) == []


def test_what_is_too_long_is_cut(reader: Client) -> None:
    """No skill is longer than 40 characters, so nothing that is longer need be looked for whole."""
    assert suggested(reader, " " * 39 + "Flas" + "x" * 100) == suggested(reader, "F")


def test_a_skill_is_no_markup(reader: Client, people: dict[str, Person]) -> None:
    """Whoever writes one, others are shown it."""
    hostile = "<img src=x onerror=alert(1)>"
    change_profile(people["Dan"], skills=[*USED["Dan"], hostile])
    assert suggested(reader, "<img") == [hostile]
    change_profile(people["Dan"], skills=USED["Dan"])
    assert suggested(reader, "<img") == []


def test_who_shuts_the_account_takes_their_skills_along(
    reader: Client, people: dict[str, Person], market: Server
) -> None:
    eva = Person(market.url, "Eva", "eva@example.test", "correct horse 7")
    change_profile(eva, skills=["glassblowing"])
    assert suggested(reader, "glass") == []  # nobody finds them by it
    change_profile(eva, listed=True)
    assert suggested(reader, "glass") == ["glassblowing"]
    assert eva.delete("/api/auth/account", {"password": eva.password}).status_code == 200
    assert suggested(reader, "glass") == []
    eva.close()


def test_skills_that_a_search_cannot_tell_apart_are_one(people: dict[str, Person]) -> None:
    """Composed or not, in any case, with a hyphen of any kind: the filter, the facets and the list agree."""
    skills = ["Café", "Cafe\u0301", "CAFE", "e-mail", "e\u2011mail", "Łódź"]
    profile = change_profile(people["Ann"], skills=[*USED["Ann"], *skills])
    assert profile["skills"] == [*USED["Ann"], "Café", "e-mail", "Łódź"]
    change_profile(people["Ann"], skills=USED["Ann"])


def test_a_suggestion_is_found_without_its_accents(people: dict[str, Person], reader: Client) -> None:
    change_profile(people["Dan"], skills=[*USED["Dan"], "Übersetzung"])
    assert suggested(reader, "uberse") == ["Übersetzung"]
    change_profile(people["Dan"], skills=USED["Dan"])
