"""Looking for people in the directory, as programs do."""

from tests.support.client import Client, Json, Person
from tests.support.market import change_profile


def listed(person: Person, **fields: object) -> Person:
    """The same person, listed with these fields; at least one of them is something to show."""
    change_profile(person, listed=True, **fields)
    return person


def found(reader: Client, **asked: object) -> list[str]:
    """The names of those whom a look finds, in its order: on all of its pages."""
    names: list[str] = []
    cursor: str | None = None
    while True:
        body = look(reader, **asked, **({"cursor": cursor} if cursor else {}))
        names += [each["name"] for each in body["freelancers"]]
        cursor = body["next"]
        if cursor is None:
            return names


def look(reader: Client, **asked: object) -> Json:
    """One page of what is found."""
    answer = reader.get("/api/freelancers", params={name: str(value) for name, value in asked.items()})
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body
