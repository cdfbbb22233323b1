"""What becomes of a request by its offers, by its order, by time, and when its client leaves (docs/states.md)."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

from bson import ObjectId

from gigflow.accounts.models import User
from gigflow.accounts.parts import Done
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.core.errors import Conflict
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.notifications import actions as notifications
from gigflow.orders.models import EndedBy, Order, Side
from gigflow.requests import hooks, store
from gigflow.requests.actions import about, not_now, tell_admins
from gigflow.requests.events import REQUEST_REJECTED
from gigflow.requests.models import REQUEST, Request

_lapsing = Each("The lapse of request")
LAPSED_AT_ONCE = 200

UNPAID = "Its order was cancelled before it was paid."
LAPSED = "Its day has passed, and nobody had taken it on."


def assign(tx: Tx, request_id: ObjectId, version: int | None, now: datetime) -> Request | None:
    """Write a request that is being offered to freelancers, before its offers (`set_offers`); returns None if it is in
    no state for that, or is not this version.
    """
    return store.assign(tx, request_id, version, now)


def set_offers(tx: Tx, request_id: ObjectId, count: int, until: datetime) -> Request:
    """Note that so many offers are out for an assigned request, the newest of them until then."""
    return store.set_offers(tx, request_id, count, until)


def match(
    tx: Tx, request_id: ObjectId, offer_id: ObjectId, order_id: ObjectId, now: datetime
) -> Request | None:
    """Give an assigned request to one of its offers, first in the acceptance's transaction; returns None if it is not
    assigned.
    """
    matched = store.match(tx, request_id, offer_id, order_id, now)
    if matched:
        notifications.end_news(tx, "request", "match", matched.path, now)
    return matched


def lose_offer(tx: Tx, request_id: ObjectId, now: datetime) -> None:
    """Note that one offer of a request ends without an order, first in that transaction. With the last one the request
    waits for GigFlow again, and admins are told. Raises Conflict if the request is not assigned.
    """
    request = store.lose_offer(tx, request_id)
    if request is None:
        current = store.get_request(tx, request_id)
        assert current is not None
        raise not_now(current)
    if request.open_offers == 0:
        store.run_out(tx, request_id, now)
        notifications.end_news(tx, "request", "run_out", request.path, now)
        tell_admins(tx, request, "All offers for {title} have ended. It waits for GigFlow again.", now)


def order_ended_unpaid(
    tx: Tx, request_id: ObjectId, order: Order, by: EndedBy, gone: Collection[Side], now: datetime
) -> None:
    """Take a request to where the end of its unpaid order leaves it: if its client is shut out or has left, it is
    cancelled; if the freelancer ended the order or is gone, GigFlow looks again; else it is back with its client.
    """
    unmatched = {"offer_id": None, "order_id": None}
    if "client" in gone:
        store.end_match(tx, request_id, order.id, REQUEST["drop"], now, {})
    elif by == "freelancer" or "freelancer" in gone:
        again = store.end_match(tx, request_id, order.id, REQUEST["reopen"], now, unmatched)
        if again:
            tell_admins(
                tx, again, "The freelancer of {title} has stepped back. It waits for GigFlow again.", now
            )
    else:
        changes: dict[str, Any] = {**unmatched, "note": UNPAID, "suggested_budget_minor": None}
        back = store.end_match(tx, request_id, order.id, REQUEST["send_back"], now, changes)
        if back:
            _tell_back(tx, back, "{title} is back with you, because its order was not paid.", now)


def order_finished(tx: Tx, request_id: ObjectId, order: Order, now: datetime) -> None:
    """Take a request to where the end of its paid order leaves it."""
    step = REQUEST["complete" if order.status == "completed" else "end"]
    store.end_match(tx, request_id, order.id, step, now, {})


def lapse_requests(db: Db, now: datetime) -> int:
    """Send requests back to their clients whose day has passed before anybody was asked; returns how many."""

    def lapse(request_id: ObjectId) -> bool:
        return db.transact(partial(_lapse, request_id=request_id, now=now))

    return _lapsing.do(partial(store.find_lapsed, db, now), lapse, now, LAPSED_AT_ONCE)


def _lapse(tx: Tx, request_id: ObjectId, now: datetime) -> bool:
    request = store.get_request(tx, request_id)
    if request is None or request.due_at is None or request.due_at > now:
        return False
    changes: dict[str, Any] = {"note": LAPSED, "suggested_budget_minor": None}
    lapsed = store.change(tx, request_id, REQUEST["lapse"], now, changes, version=request.version)
    if lapsed is None:
        return False
    notifications.end_news(tx, "request", "lapse", lapsed.path, now)
    _tell_back(
        tx, lapsed, "The day of {title} has passed. Choose another day, open it up, or cancel it.", now
    )
    return True


def requests_left(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return open requests of somebody who leaves, at most `limit`."""
    return store.find_open_of(tx, user.id, limit)


def cancel_request_of(tx: Tx, user: User, request_id: ObjectId, now: datetime) -> None:
    """Cancel an open request of somebody who is shut out or leaves; its offers are withdrawn."""
    ended = store.without_offers(tx, request_id, REQUEST["leave"], now)
    if ended is None:
        raise Conflict("The request is not open.", code="request_state")
    hooks.offers_withdrawn(tx, ended, now)
    notifications.end_news(tx, "request", "leave", ended.path, now)


def forget_words_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget the words and files of requests that came to no order, if their client leaves for good."""
    if not user.deleted_at:
        return Done(0, more=False)
    known = store.forget_words_of(tx, user.id, limit)
    for request_id, file_ids in known.items():
        files.release(tx, file_ids, Subject("request", request_id), now)
    return Done(len(known), more=len(known) >= limit)


def _tell_back(tx: Tx, request: Request, text: str, now: datetime) -> None:
    notifications.tell(tx, REQUEST_REJECTED, request.client_id, text, now, about=about(request))
