"""The steps with which tests of reports begin."""

from typing import Any

import requests

from tests.support.client import Client, Json, Person


def report(
    person: Client, kind: str, subject_id: str, /, reason: str = "spam", **more: Any
) -> requests.Response:
    """Try to report something as a program does."""
    return person.post("/api/reports", {"kind": kind, "id": subject_id, "reason": reason, **more})


def reported(person: Client, kind: str, subject_id: str, /, **more: Any) -> Json:
    """A report that was taken."""
    answer = report(person, kind, subject_id, **more)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def read(admin: Client, made: Json) -> Json:
    """A report as an admin reads it."""
    answer = admin.get(f"/api/admin/reports/{made['id']}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def said(admin: Client, made: Json) -> list[tuple[str, str]]:
    """What a report has kept: labels, and words."""
    return [(each["label"], each["text"]) for each in read(admin, made)["copy"]["said"]]


def news_of_report(admin: Person, made: Json) -> list[str]:
    """What an admin was told of a report."""
    rows = admin.get("/api/notifications", params={"limit": 100}).json()["notifications"]
    return [row["message"] for row in rows if row["url"] == f"/admin/reports/{made['id']}"]
