"""What the demo has stored."""

from typing import Any

from gigflow.core.db import Db


def users(db: Db) -> dict[str, dict[str, Any]]:
    """The stored users by the first part of their address."""
    return {user["email"].partition("@")[0]: user for user in db.database["users"].find()}


def contents(db: Db) -> dict[str, str]:
    """What changes with anything that is stored."""
    hashes: dict[str, str] = db.database.command("dbHash")["collections"]
    return hashes


def orders(db: Db) -> list[dict[str, Any]]:
    """The stored orders."""
    return list(db.database["orders"].find())


def services(db: Db) -> dict[str, dict[str, Any]]:
    """The stored services by title."""
    return {gig["title"]: gig for gig in db.database["gigs"].find({"kind": "service"})}
