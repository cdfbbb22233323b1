"""The steps with which tests of requests begin. Each asserts that it worked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.offers.steps import answer_offer
from tests.support.client import Client, Json, Person

REQUEST: Json = {
    "title": "A logo for a bakery",
    "description": "A wheat ear, one colour, as SVG.",
    "budget": 500,
    "category": "brand-design",
    "skills": ["illustration"],
}


def day(days: int) -> str:
    """A day so many days from now, as programs write it."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def ask_for(client: Client, **terms: Any) -> Json:
    """A new request of this person."""
    answer = client.post("/api/requests", {**REQUEST, **terms})
    assert answer.status_code == 201, answer.text
    return answer.json()


def do(person: Client, request: Json, act: str, **body: Any) -> requests.Response:
    """Try to send, take back, cancel or open up a request."""
    return person.post(f"/api/requests/{request['id']}/{act}", body)


def seen(person: Client, request: Json) -> Json:
    """A request as this person reads it."""
    answer = person.get(f"/api/requests/{request['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def try_to_assign(admin: Client, request: Json, *freelancers: Person, **what: Any) -> requests.Response:
    """Try to offer a request to freelancers."""
    ids = [each.id for each in freelancers]
    return admin.post(f"/api/admin/requests/{request['id']}/assign", {"freelancerIds": ids, **what})


def assign(admin: Client, request: Json, *freelancers: Person, **what: Any) -> list[Json]:
    """The offers of a request to these freelancers, in their order."""
    answer = try_to_assign(admin, request, *freelancers, **what)
    assert answer.status_code == 200, answer.text
    assert answer.json()["refused"] == []
    by_person = {each["to"]["id"]: each for each in answer.json()["offers"]}
    return [by_person[each.id] for each in freelancers]


def reject(
    admin: Client, request: Json, note: str = "Say how large it is.", **what: Any
) -> requests.Response:
    """Try to send a request back."""
    return admin.post(f"/api/admin/requests/{request['id']}/reject", {"note": note, **what})


def accept(freelancer: Client, offer: Json, **body: Any) -> Json:
    """The order of an offer that this freelancer accepts."""
    answer = answer_offer(freelancer, offer, "accept", **body)
    assert answer.status_code == 200, answer.text
    order: Json = answer.json()["order"]
    return order


def news_of(person: Client) -> list[tuple[str, str]]:
    """What somebody was told, the newest first: the event, and where it leads."""
    found = person.get("/api/notifications").json()["notifications"]
    return [(each["type"], each["url"]) for each in found]


def types_of(person: Client) -> list[str]:
    """The events that somebody was told of, the newest first."""
    return [event for event, _ in news_of(person)]
