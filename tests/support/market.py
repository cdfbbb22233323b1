"""The steps that many tests begin with. Each asserts that it worked."""

import secrets
from typing import Any

import requests
from bson import ObjectId

from tests.support.client import Client, Json, Page
from tests.support.images import picture
from tests.support.invariants import Db

JOB: Json = {"title": "Landing page", "description": "One page, two languages.", "budget": 500}
BID: Json = {"message": "I have built forty of these.", "price": 449.5}
SERVICE: Json = {"title": "A map by hand", "description": "Drawn in ink, then scanned.", "price": 120}
PIECE: Json = {"title": "Map of Prague", "url": "https://example.org/map", "text": "Drawn by hand."}


def post_job(owner: Client, /, **fields: Any) -> Json:
    """A new open job of this person."""
    answer = owner.post("/api/gigs", {**JOB, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def place_bid(freelancer: Client, gig: Json, /, **fields: Any) -> Json:
    """A new pending bid of this person."""
    answer = freelancer.post("/api/bids", {**BID, "gigId": gig["id"], **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def hire(owner: Client, bid: Json, key: str | None = None, **seen: Any) -> requests.Response:
    """Try to hire this bid."""
    headers = {"Idempotency-Key": key} if key else {}
    return owner.patch(f"/api/bids/{bid['id']}/hire", seen or None, headers=headers)


def offer_service(owner: Client, /, **fields: Any) -> Json:
    """A new service of this person: live, or a draft with `draft=True`; where services are moderated it waits."""
    answer = owner.post("/api/gigs", {**SERVICE, "kind": "service", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def add_image(owner: Client, service: Json, data: bytes | None = None, alt: str = "") -> Json:
    """The service with one more picture."""
    files = {"picture": ("map.png", data or picture(80, 60))}
    answer = owner.post(f"/api/gigs/{service['id']}/images", files=files, data={"alt": alt})
    assert answer.status_code == 201, answer.text
    return answer.json()


def ask_question(asker: Client, service: Json, text: str = "Which paper?") -> Json:
    """A new question about a service of somebody else."""
    answer = asker.post(f"/api/gigs/{service['id']}/questions", {"text": text})
    assert answer.status_code == 201, answer.text
    return answer.json()


def put_into(db: Db, service: Json, status: str) -> Json:
    """Make it as if the service had come to this state."""
    changes = {"status": status, "note": "Too vague." if status == "rejected" else ""}
    db.gigs.update_one({"_id": ObjectId(service["id"])}, {"$set": changes})
    return service


def news_of(person: Client, gig: Json) -> list[tuple[str, str]]:
    """What a person was told about a gig, newest first."""
    told = person.get("/api/notifications").json()["notifications"]
    return [(each["type"], each["message"]) for each in told if each["gigId"] == gig["id"]]


def change_profile(person: Client, /, **fields: Any) -> Json:
    """This person's own profile, with these fields changed."""
    answer = person.put("/api/users/profile", fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def show_picture(person: Client, data: bytes | None = None) -> Json:
    """The addresses of the picture that this person shows from now on."""
    answer = person.put("/api/users/profile/picture", files={"picture": ("me.png", data or picture(80, 60))})
    assert answer.status_code == 200, answer.text
    return answer.json()["picture"]


def unique_word() -> str:
    """A word that no other title has."""
    return f"w{secrets.token_hex(6)}"


def code_of(answer: requests.Response) -> str:
    """The stable code of a refusal."""
    assert not answer.ok, f"{answer.status_code}, which refuses nothing"
    code: str = answer.json()["error"]["code"]
    return code


def job_text(page: Page) -> str:
    """What the page of a job says of it, without the similar jobs of other people below."""
    parts = page.all("main .job > :not(.job-similar)")
    assert parts, f"no job at {page.path}"
    return " ".join(part.to_text() for part in parts)
