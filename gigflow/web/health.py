"""Is this process alive, and can it work? For the programs that start and balance it (docs/api.md, Health)."""

import pymongo
from flask import Blueprint, Response, jsonify
from pymongo.errors import PyMongoError

from gigflow.web.marks import needs_nobody
from gigflow.web.runtime import db

health = Blueprint("health", __name__)


@health.get("/healthz")
@needs_nobody
def alive() -> Response:
    """Answer 200 as long as the process answers at all."""
    return jsonify(status="ok")


@health.get("/readyz")
@needs_nobody
def ready() -> tuple[Response, int]:
    """Answer 200 while the database answers as a primary, else 503 (SECURITY 27)."""
    try:
        with pymongo.timeout(2):
            writable = bool(db().client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        writable = False
    return jsonify(status="ok" if writable else "database away"), 200 if writable else 503
