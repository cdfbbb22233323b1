"""What the client of a request does with it (docs/states.md, Request)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer
from gigflow.core.clock import end_of_day
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from gigflow.core.green import KeyedQueues
from gigflow.core.ids import new_id
from gigflow.core.paging import Page, PageRequest
from gigflow.core.transitions import Transition
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.gigs.models import DELIVERY_DAYS_MAX, Job, JobTerms
from gigflow.jobs import actions as jobs
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.requests import hooks, store
from gigflow.requests.events import REQUEST_TO_REVIEW
from gigflow.requests.models import REQUEST, Request, RequestTerms

# What happens to the offers of one request queues up here inside a process, in front of the transaction's own guard.
# Their note says that one of them has given it away.
request_queues: KeyedQueues[bool] = KeyedQueues()

_NOW = {
    "pending": "GigFlow is looking for a freelancer for this request.",
    "assigned": "Freelancers have been asked about this request. Take it back to change it.",
    "matched": "A freelancer has taken on this request. Go on with its order.",
    "rejected": "This request was sent back to you.",
    "posted": "This request was posted as an open job.",
    "completed": "This request is done.",
    "cancelled": "This request was cancelled.",
}


def send_request(
    db: Db, viewer: Viewer, terms: RequestTerms, now: datetime, *, most: int | None = None
) -> Request:
    """Ask GigFlow to find a freelancer; admins are told. Raises Invalid if its dates are crossed or have passed, and
    Conflict if the viewer has `most` open requests already or a file is gone.
    """
    due_at = _checked_end(db, viewer, terms, now)
    request_id = new_id()

    def work(tx: Tx) -> Request:
        accounts.act(tx, viewer, guard)
        if most is not None and store.count_open_of(tx, viewer.user_id, most) >= most:
            raise Conflict(f"You have {most} open requests. Cancel one first.", code="too_many_requests_open")
        files.adopt(tx, viewer, terms.file_ids, Subject("request", request_id), now)
        request = Request(
            **msgspec.structs.asdict(terms),
            id=request_id,
            client_id=viewer.user_id,
            due_at=due_at,
            sent_at=now,
            created_at=now,
            updated_at=now,
        )
        store.insert_request(tx, request)
        tell_admins(tx, request, "A request is new: {title}.", now)
        return request

    with accounts.turn_of(viewer, counted=most is not None) as guard:
        return db.transact(work)


def request_for(db: Db, viewer: Viewer, request_id: ObjectId) -> Request:
    """Return a request for its client, for admins, and for those who hold an offer of it. Raises NotFound, also if the
    reader may not know of it.
    """
    request = store.get_request(db, request_id)
    if request is None or not _may_read(db, viewer, request):
        raise NotFound("There is no such request.", code="request_not_found", hides=request is not None)
    return request


def own_request(db: Db, viewer: Viewer, request_id: ObjectId) -> Request:
    """Return a request for its client. Raises NotFound, and Forbidden for others who may read it."""
    request = request_for(db, viewer, request_id)
    if request.client_id != viewer.user_id:
        raise Forbidden("Only the person who sent this request can do that.", code="not_client")
    return request


def request_like(db: Db, viewer: Viewer, request_id: ObjectId) -> Request | None:
    """Return one of the viewer's own requests, whose words another one may begin with; None if it is not theirs."""
    request = store.get_request(db, request_id)
    return request if request and request.client_id == viewer.user_id else None


def check_editable(request: Request) -> None:
    """Raise Conflict if a request cannot be changed now."""
    if request.status not in REQUEST["edit"].sources:
        raise not_now(request)


def requests_of(db: Db, viewer: Viewer, statuses: Collection[str], page: PageRequest) -> Page[Request]:
    """Return the viewer's own requests in these states, newest first."""
    return store.find_requests_of(db, viewer.user_id, statuses, page)


def request_counts(db: Db, viewer: Viewer) -> dict[str, int]:
    """Return how many requests the viewer has, by their state."""
    return store.count_of(db, viewer.user_id)


def edit_request(
    db: Db,
    viewer: Viewer,
    request_id: ObjectId,
    changes: dict[str, Any],
    *,
    version: int | None,
    now: datetime,
    again: bool = False,
) -> Request:
    """Change what a request says (fields of RequestTerms) while nobody is asked about it; with `again` it is also sent
    again, if it was sent back.

    `version` is the one that was edited; Conflict if it has changed since. Raises NotFound, Forbidden, Invalid (dates),
    and Conflict if offers are out or it is over.
    """
    step = REQUEST["send_again" if again else "edit"]

    def work(tx: Tx) -> Request:
        request = own_request(tx, viewer, request_id)
        if request.status not in step.sources:
            raise not_now(request)
        if version not in (None, request.version):
            raise _changed()
        if not changes and not again:
            return request
        written = {**changes, **_dated(tx, viewer, request, request.terms_with(changes), now, again=again)}
        edited = store.change(tx, request.id, step, now, written, version=request.version)
        assert edited is not None  # it was read in this transaction
        accounts.act(tx, viewer)
        files.replace(tx, viewer, request.file_ids, edited.file_ids, Subject("request", request.id), now)
        if again:
            _end_news(tx, viewer, edited, step, now)
            tell_admins(tx, edited, "A request was sent again: {title}.", now)
        return edited

    own_request(db, viewer, request_id)
    with request_queues.turn(request_id):
        return db.transact(work)


def raise_budget(db: Db, viewer: Viewer, request_id: ObjectId, *, version: int, now: datetime) -> Request:
    """Take the budget that an admin has suggested, and send the request again. Raises NotFound, Forbidden, Invalid if
    its day is over, and Conflict if there is no suggestion, or it is not this `version`.
    """
    request = own_request(db, viewer, request_id)
    if request.suggested_budget_minor is None:
        raise not_now(request)
    changes = {"budget_minor": request.suggested_budget_minor}
    return edit_request(db, viewer, request.id, changes, version=version, now=now, again=True)


def take_back(db: Db, viewer: Viewer, request_id: ObjectId, now: datetime) -> Request:
    """Withdraw every open offer of a request, so that it can be changed. Raises NotFound, Forbidden, Conflict."""
    return _withdraw(db, viewer, request_id, REQUEST["take_back"], now)


def cancel_request(db: Db, viewer: Viewer, request_id: ObjectId, now: datetime) -> Request:
    """End a request that nobody has taken on; its open offers are withdrawn. Cancelling it again changes nothing.
    Raises NotFound, Forbidden, and Conflict once it is matched or over.
    """
    request = own_request(db, viewer, request_id)
    if request.status == "cancelled" and request.order_id is None:
        return request
    return _withdraw(db, viewer, request_id, REQUEST["cancel"], now)


def open_up(
    db: Db,
    viewer: Viewer,
    request_id: ObjectId,
    budget_minor: int | None,
    now: datetime,
    *,
    most_jobs: int | None = None,
) -> Job:
    """Post a request as an open job with the same words and files, for this budget or its own, which becomes public.
    The job names no day that has passed.

    Raises NotFound, Forbidden, and Conflict if offers are out, if it is over, or if the viewer has `most_jobs` open
    jobs already.
    """
    request = own_request(db, viewer, request_id)
    step = REQUEST["open_up"]
    if request.status not in step.sources:
        raise not_now(request)
    terms = JobTerms(
        title=request.title,
        description=request.description,
        price_minor=budget_minor or request.budget_minor,
        category=request.category,
        skills=request.skills,
        start_on=_still_ahead(request.start_on, now),
        due_on=_still_ahead(request.due_on, now),
        file_ids=request.file_ids,
    )

    def opened(tx: Tx, job_id: ObjectId) -> None:
        changes = {"job_id": job_id}
        posted = store.change(tx, request.id, step, now, changes, version=request.version)
        if posted is None:
            current = own_request(tx, viewer, request.id)
            raise _changed() if current.status in step.sources else not_now(current)
        files.share(tx, request.file_ids, Subject("request", request.id), Subject("job", job_id))
        _end_news(tx, viewer, posted, step, now)

    with request_queues.turn(request.id):
        return jobs.post_job(db, viewer, terms, now, most=most_jobs, also=opened, shared=request.file_ids)


def may_read_files(db: Db, viewer: Viewer, request_id: ObjectId) -> bool:
    """Return whether somebody may have the files of a request: its client, admins, and who holds an offer of it."""
    request = store.get_request(db, request_id)
    return request is not None and _may_read(db, viewer, request)


def about(request: Request) -> About:
    """Return a request as its client and admins are told of it."""
    return About(url=request.path, gig_title=request.title)


def tell_admins(tx: Tx, request: Request, text: str, now: datetime) -> None:
    """Tell the admins who may decide about a request, all but its client, that it waits for them."""
    judges = [each for each in accounts.admins(tx) if each != request.client_id]
    notifications.tell(tx, REQUEST_TO_REVIEW, judges, text, now, about=about(request))


def check_not_too_far(due_on: datetime, now: datetime) -> None:
    """Raise Invalid at `due_on` if a due day is further off than days for work may be."""
    if due_on > now + timedelta(days=DELIVERY_DAYS_MAX):
        raise Invalid({"due_on": [f"Choose a day within {DELIVERY_DAYS_MAX} days."]})


def not_now(request: Request) -> Conflict:
    """Return the refusal that says in which state a request is now."""
    return Conflict(_NOW[request.status], code="request_state")


def _withdraw(db: Db, viewer: Viewer, request_id: ObjectId, step: Transition, now: datetime) -> Request:
    request = own_request(db, viewer, request_id)

    def work(tx: Tx) -> Request:
        ended = store.without_offers(tx, request.id, step, now)
        if ended is None:
            raise not_now(own_request(tx, viewer, request.id))
        accounts.take_part(tx, viewer)
        hooks.offers_withdrawn(tx, ended, now)
        _end_news(tx, viewer, ended, step, now)
        return ended

    with request_queues.turn(request.id):
        return db.transact(work)


def _end_news(tx: Tx, viewer: Viewer, request: Request, step: Transition, now: datetime) -> None:
    notifications.end_news(tx, "request", step.name, request.path, now, reader=viewer.user_id)


def _may_read(db: Db, viewer: Viewer, request: Request) -> bool:
    is_theirs = viewer.is_admin or request.client_id == viewer.user_id
    return is_theirs or hooks.holds_offer(db, viewer, request.id)


def _dated(
    tx: Tx, viewer: Viewer, request: Request, terms: RequestTerms, now: datetime, *, again: bool
) -> dict[str, Any]:
    """Return what else is written when a request says these terms: until when it can be done, and, if it is sent
    `again`, that it is. Raises Invalid if a day has passed that is new, or that was sent again.
    """
    is_fresh = again or terms.due_on != request.due_on
    dated: dict[str, Any] = {
        "due_at": _checked_end(tx, viewer, terms, now, request) if is_fresh else request.due_at
    }
    if again:
        dated.update(sent_at=now, note="", suggested_budget_minor=None)
    return dated


def _checked_end(
    db: Db, viewer: Viewer, terms: RequestTerms, now: datetime, before: Request | None = None
) -> datetime | None:
    """Return the end of the due day where the client is. Raises Invalid if a day has passed, or if they are crossed; a
    start that stays as it was may have passed.
    """
    dates = {"start_on": terms.start_on, "due_on": terms.due_on}
    stays = before is not None and before.start_on == terms.start_on
    jobs.check_dates(dates, now, ("due_on",) if stays else ("start_on", "due_on"))
    if terms.due_on is None:
        return None
    check_not_too_far(terms.due_on, now)
    ends = end_of_day(terms.due_on, accounts.own_user(db, viewer).time_zone)
    if ends <= now:
        raise Invalid({"due_on": ["This date is in the past."]})
    return ends


def _still_ahead(day: datetime | None, now: datetime) -> datetime | None:
    return None if day is None or jobs.has_passed(day, now) else day


def _changed() -> Conflict:
    return Conflict(
        "This request has changed since you opened it. Save again to replace that with what you have here.",
        code="version_changed",
    )
