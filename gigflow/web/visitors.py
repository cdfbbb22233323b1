"""Telling visitors apart without keeping who they are."""

import hashlib
import hmac
from datetime import datetime

from flask import current_app, request

from gigflow.web.counters import address_key
from gigflow.web.runtime import viewer


def is_looked_at() -> bool:
    """Return whether somebody sees the answer: not the one to HEAD, nor one that a browser only fetches in advance, nor
    one by which a page that nobody sees brings itself up to date (js/answers.js).
    """
    in_advance = any(
        request.headers.get(name, "").startswith("prefetch") for name in ("Sec-Purpose", "Purpose", "X-Moz")
    )
    return request.method == "GET" and not in_advance and "X-Unseen" not in request.headers


def mark_of_visitor(thing: object, now: datetime) -> str:
    """Return who asks for a thing on this day (UTC), as a keyed hash: of the account, else of the address and the
    browser.

    It tells nobody who that is, nor, of two things or two days, that it is the same person.
    """
    known = viewer()
    address = address_key(request.remote_addr or "")
    who = known.user_id if known else f"{address}\n{request.user_agent.string}"
    text = f"{thing}\n{now:%Y-%m-%d}\n{who}"
    key = str(current_app.secret_key).encode()
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
