"""What tests of services do where an admin looks at them first."""

from typing import Any

import requests
from bson import ObjectId

from tests.support.client import Client, Json
from tests.support.invariants import Db
from tests.support.server import Server

STATES = ("draft", "pending", "live", "rejected", "paused", "archived")
HIDDEN = ("draft", "pending", "rejected", "archived")


def at(server: Server, person: Client) -> Client:
    """The same person at another server of the same database."""
    there = person.twin()
    there.url = server.url
    return there


def row_of(db: Db, service: Json) -> dict[str, Any]:
    """The service as it is stored."""
    row = db.gigs.find_one({"_id": ObjectId(service["id"])})
    assert row is not None
    return row


def approve(admin: Client, service: Json, version: int | None = None) -> requests.Response:
    """Try to approve this version of a service, or the one that it has."""
    seen = {"version": version or service["version"]}
    return admin.post(f"/api/admin/services/{service['id']}/approve", seen)


def reject(
    admin: Client, service: Json, note: str = "Too vague.", version: int | None = None
) -> requests.Response:
    """Try to reject this version of a service, or the one that it has."""
    seen = {"version": version or service["version"], "note": note}
    return admin.post(f"/api/admin/services/{service['id']}/reject", seen)


def take_down(
    admin: Client, service: Json, note: str = "Not allowed here.", version: int | None = None
) -> requests.Response:
    """Try to take a service down, naming this version if there is one."""
    return admin.post(f"/api/admin/services/{service['id']}/take-down", {"version": version, "note": note})
