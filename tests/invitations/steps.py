"""The steps with which tests of invitations begin. Each asserts that it worked."""

from typing import Any

import requests

from tests.support.client import Client, Json, Person
from tests.support.market import change_profile

NOTE = "Your maps are what we need."


def listed(person: Person) -> Person:
    """Somebody who is listed among freelancers, so that everybody may invite them."""
    change_profile(person, listed=True)
    return person


def ask_to_bid(owner: Client, job: Json, /, *people: Person, **more: Any) -> requests.Response:
    """Try to invite these people: one by their id, several by a list."""
    one = (
        {"freelancerId": people[0].id}
        if len(people) == 1
        else {"freelancerIds": [each.id for each in people]}
    )
    return owner.post(f"/api/gigs/{job['id']}/invitations", {**one, **more})


def invite(owner: Client, job: Json, freelancer: Person, note: str = NOTE) -> Json:
    """A new invitation of this person to a job, as its owner sees it."""
    answer = ask_to_bid(owner, job, freelancer, note=note)
    assert answer.status_code == 201, answer.text
    invitation: Json = answer.json()["results"][0]["invitation"]
    return invitation


def invited_to(person: Client, state: str = "waiting") -> list[Json]:
    """What this person is invited to."""
    answer = person.get("/api/invitations", params={"state": state, "limit": 100})
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["invitations"]
    return found


def sent_for(owner: Client, job: Json) -> list[Json]:
    """Whom the owner of a job has invited to it."""
    answer = owner.get(f"/api/gigs/{job['id']}/invitations", params={"limit": 100})
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["invitations"]
    return found


def standing(owner: Client, job: Json) -> list[str]:
    """How the invitations to a job stand, for its owner."""
    return [each["status"] for each in sent_for(owner, job)]


def decline(person: Client, invitation: Json, reason: str = "") -> requests.Response:
    """Try to decline an invitation."""
    return person.post(f"/api/invitations/{invitation['id']}/decline", {"reason": reason} if reason else None)


def turns(person: Client) -> list[str]:
    """The jobs to which this person is invited, among what is their turn."""
    answer = person.get("/api/turn")
    assert answer.status_code == 200, answer.text
    rows = [row for group in answer.json()["groups"] for row in group["items"]]
    return [row["gigId"] for row in rows if row["kind"] == "answer_invitation"]


def unread_news(person: Client, job: Json) -> list[str]:
    """What this person was told of a job and has not read."""
    told = person.get("/api/notifications").json()["notifications"]
    return [each["type"] for each in told if each["gigId"] == job["id"] and not each["readAt"]]
