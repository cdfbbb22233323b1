"""Which refused requests the record counts (refusals.py): what belongs to somebody else, and what other sites send."""

from bson import ObjectId
from flask import request

from gigflow.accounts.models import Viewer
from gigflow.core.errors import DomainError, Forbidden, NotFound
from gigflow.web.counters import address_key
from gigflow.web.runtime import runtime, viewer

# Refused to people who are doing nothing that they may not try.
_NO_ACCESS = ("own_", "email_not_confirmed")


def note_refusal(error: DomainError, reader: Viewer | None = None, *, endpoint: str = "") -> None:
    """Count a refusal of what belongs to somebody else: told (403), or hidden (404); and of what another site has sent.
    A socket says who is at it, and what they asked for.
    """
    user_id = reader.user_id if reader else None
    if isinstance(error, NotFound) and error.hides:
        count_refusal("access_refused", user_id, code=error.code, endpoint=endpoint)
    elif isinstance(error, Forbidden) and not error.code.startswith(_NO_ACCESS):
        count_refusal(
            "origin_refused" if error.code == "foreign_origin" else "access_refused",
            user_id,
            code=error.code,
            endpoint=endpoint,
        )


def count_refusal(event: str, user_id: ObjectId | None = None, **details: str) -> None:
    """Count a refusal of this request for an account (`user_id`, or the viewer), or else for the client's address.

    Nothing of what was typed is kept.
    """
    reader = viewer()
    user_id = user_id or (reader.user_id if reader else None)
    address = address_key(request.remote_addr or "unknown")
    details |= {"address": address, "endpoint": details.get("endpoint") or request.endpoint or ""}
    runtime().refusals.count(event, str(user_id or address), user_id, details)
