"""What admins do with requests themselves: look through the queue, and send one back. Offers are sent by
`offers/assigning.py`.
"""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId

from gigflow.accounts.admins import check_admin, name_of_admin, note_act, when_of
from gigflow.accounts.models import Admin, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from gigflow.core.paging import Page, PageRequest
from gigflow.notifications import actions as notifications
from gigflow.record import actions as record
from gigflow.record.models import Subject
from gigflow.requests import store
from gigflow.requests.actions import about, not_now, request_queues
from gigflow.requests.events import REQUEST_REJECTED
from gigflow.requests.models import REQUEST, Request

SENT = "offer_sent"  # in the record: an offer of kind request was sent
# What the later of two admins is told of the earlier one's decision.
_DECIDED = {
    REQUEST_REJECTED.key: "{name} sent this request back on {when}: {note}",
    SENT: "{name} sent offers for this request on {when}.",
}
# What has become of a request without an admin.
_OVER = {
    "matched": "A freelancer has accepted an offer for this request.",
    "completed": "A freelancer has done the work of this request.",
    "posted": "Its client has posted this request as an open job.",
    "cancelled": "This request was cancelled.",
}


def requests_to_review(
    db: Db, viewer: Viewer, statuses: Collection[str], category: str, text: str, page: PageRequest
) -> Page[Request]:
    """Return everybody's requests in these states, those that were sent first before the others. Raises Forbidden."""
    check_admin(viewer)
    return store.find_queue(db, statuses, category, text, page)


def request_to_decide(db: Db, admin: Admin, request_id: ObjectId) -> Request:
    """Return somebody else's request, for admins. Raises Forbidden, NotFound."""
    check_admin(admin)
    request = store.get_request(db, request_id)
    if request is None:
        raise NotFound("There is no such request.", code="request_not_found")
    if request.client_id == admin.user_id:
        raise Forbidden("This request is your own. Another admin has to decide about it.", code="own_request")
    return request


def reject_request(
    db: Db,
    admin: Admin,
    request_id: ObjectId,
    *,
    note: str,
    suggested_minor: int | None,
    version: int | None,
    now: datetime,
) -> Request:
    """Send a pending request back to its client, with the `note` that says why and, if it is the budget, one that would
    do. Raises Forbidden, NotFound, Invalid if that budget is not higher, and Conflict if it is not the `version` that
    was seen, or not pending; the Conflict says who decided what before, if somebody did.
    """
    request = request_to_decide(db, admin, request_id)
    if suggested_minor is not None and suggested_minor <= request.budget_minor:
        raise Invalid({"suggested_budget": ["Name a higher budget than the request has."]})
    step = REQUEST["reject"]

    def work(tx: Tx) -> Request:
        current = request_to_decide(tx, admin, request.id)
        if version not in (None, current.version) or current.status not in step.sources:
            raise too_late(tx, admin, current, version)
        changes = {
            "note": note,
            "suggested_budget_minor": suggested_minor,
            "sent_back": current.sent_back + 1,
        }
        rejected = store.change(tx, request.id, step, now, changes, version=current.version)
        assert rejected is not None  # it was read in this transaction
        note_act(
            tx,
            admin,
            REQUEST_REJECTED.key,
            Subject("request", request.id),
            now,
            whose=request.client_id,
            why=note,
            before=standing(current),
            after={**standing(rejected), "suggested_budget_minor": suggested_minor},
        )
        notifications.end_news(tx, "request", "reject", request.path, now)
        text = "{title} is back with you. See why, change it, and send it again."
        notifications.tell(
            tx, REQUEST_REJECTED, request.client_id, text, now, about=about(request), words=note
        )
        return rejected

    with request_queues.turn(request.id):
        return db.transact(work)


def standing(request: Request) -> dict[str, str | int]:
    """Return how a request stands, as the record keeps it."""
    return {"status": request.status, "version": request.version}


def too_late(db: Db, admin: Admin, request: Request, seen: int | None) -> Conflict:
    """Return the refusal of a decision about a request that is not as it was seen: what has become of it, or who
    decided what since, if somebody did.
    """
    if over := _OVER.get(request.status):
        return Conflict(over, code="request_state")
    row = record.newest_act(db, request.id, _DECIDED)
    is_newer = row is not None and row.before.get("version", 0) >= (seen or 0)
    decided = (
        _DECIDED[row.event].format(name=name_of_admin(db, row), when=when_of(row, admin), note=row.note)
        if row and is_newer
        else None
    )
    if request.status in ("pending", "assigned"):
        text = decided or "This request has changed since you opened it. Please check it again."
        return Conflict(text, code="version_changed")
    return Conflict(decided or not_now(request).message, code="request_state")
