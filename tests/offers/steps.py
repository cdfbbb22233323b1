"""The steps with which tests of offers begin. Each asserts that it worked."""

from typing import Any

import requests

from tests.support.client import Client, Json, Person

OFFER: Json = {
    "title": "A map of the old town",
    "description": "Drawn in ink, scanned at 600 dpi.",
    "price": 400,
    "deliveryDays": 10,
}


def try_to_offer(
    sender: Client, to: Person, side: str = "client", key: str = "", **terms: Any
) -> requests.Response:
    """Try to send an offer."""
    headers = {"Idempotency-Key": key} if key else {}
    return sender.post("/api/offers", {**OFFER, "userId": to.id, "side": side, **terms}, headers=headers)


def offer(sender: Client, to: Person, side: str = "client", **terms: Any) -> Json:
    """A new offer of this person, as they see it."""
    answer = try_to_offer(sender, to, side, **terms)
    assert answer.status_code == 201, answer.text
    return answer.json()


def answer_offer(person: Client, sent: Json, act: str, key: str = "", **body: Any) -> requests.Response:
    """Try to accept, decline, withdraw or counter an offer."""
    headers = {"Idempotency-Key": key} if key else {}
    if act == "counter":
        body = {**OFFER, **body}
    return person.post(f"/api/offers/{sent['id']}/{act}", body, headers=headers)


def read(person: Client, sent: Json) -> Json:
    """An offer as this person reads it."""
    answer = person.get(f"/api/offers/{sent['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()["offer"]
