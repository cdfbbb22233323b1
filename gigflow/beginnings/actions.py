"""Keeping what a visitor began, giving it to who joins, and letting it go out once (docs/domain.md, Beginnings)."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.accounts.parts import Done
from gigflow.beginnings import store
from gigflow.beginnings.models import (
    HERE_MAX,
    KEPT,
    KEPT_FOR_PERSON,
    OF_ALL_MAX,
    OF_PERSON_MAX,
    Beginning,
    What,
)
from gigflow.core.db import NO_ID, Db, Tx
from gigflow.core.errors import Conflict, DomainError, EmailNotConfirmed, Invalid, NotFound, NotSignedIn
from gigflow.core.ids import new_id
from gigflow.core.rules import Rules
from gigflow.gigs.models import JobTerms, ServiceTerms, Wanted
from gigflow.jobs import actions as jobs
from gigflow.services import actions as services


class AlreadyOut(Exception):
    """It went out a moment ago, by another request or process."""


class Most(msgspec.Struct, frozen=True):
    """How many open jobs and services one person may have; None if any number."""

    jobs: int | None = None
    services: int | None = None


def keep(
    db: Db,
    what: What,
    *,
    as_draft: bool,
    here: Collection[ObjectId],
    edited: ObjectId | None = None,
    now: datetime,
) -> Beginning:
    """Keep what a visitor wrote; `here` is what their browser has kept before. The same again, or the one of these that
    they `edited`, takes the place of what was there. Raises Conflict if there is too much.
    """
    fresh = Beginning(
        id=new_id(),
        kind="job"
        if isinstance(what, JobTerms)
        else "service"
        if isinstance(what, ServiceTerms)
        else "purchase",
        job=what if isinstance(what, JobTerms) else None,
        service=what if isinstance(what, ServiceTerms) else None,
        wanted=what if isinstance(what, Wanted) else None,
        as_draft=as_draft,
        created_at=now,
        expires_at=now + KEPT,
    )
    before = store.find_of_nobody(db, here, now)
    for other in sorted(before, key=lambda each: each.id != edited):
        if other.kind == fresh.kind and (other.id == edited or other.title == fresh.title):
            again = msgspec.structs.replace(fresh, id=other.id)
            if store.replace(db, again):
                return again
    if len(before) >= HERE_MAX:
        raise Conflict(
            f"You have already written {HERE_MAX} things. Join or sign in first, and they go out.",
            code="too_many_begun",
        )
    if store.count_all(db) >= OF_ALL_MAX:
        raise Conflict("Please join or sign in first; then post this.", code="too_many_begun")
    store.insert(db, fresh)
    return fresh


def waiting_here(db: Db, here: Collection[ObjectId], now: datetime) -> list[Beginning]:
    """Return what a browser has kept that nobody has joined for yet."""
    return store.find_of_nobody(db, here, now) if here else []


def adopt(db: Db, user: User, ids: Collection[ObjectId], now: datetime) -> bool:
    """Make what a browser has kept the account's that joined or signed in there. It is due at once if the account may
    act, and otherwise once its address is confirmed. Returns False if too much waits for this account already.
    """

    def work(tx: Tx) -> bool:
        account = accounts.account_written(
            tx, user.id
        )  # so it does not pass a confirmation at the same moment
        if account is None or len(store.find_open_of(tx, user.id)) + len(ids) > OF_PERSON_MAX:
            return False
        store.adopt(tx, ids, user.id, None if account.unconfirmed else now, now + KEPT_FOR_PERSON)
        return True

    return db.transact(work)


def be_ready(tx: Tx, user_id: ObjectId, now: datetime) -> None:
    """Let what somebody began go out: their address was confirmed, in this transaction."""
    store.set_ready(tx, user_id, now)


def publish(db: Db, beginning: Beginning, *, rules: Rules, most: Most, now: datetime) -> ObjectId | None:
    """Let a job or a service go out as its person's, once, whatever races, and return the id of what it has become.
    None if that is refused: then the reason is noted, and nothing is lost.
    """
    user = accounts.get_user(db, beginning.user_id) if beginning.user_id else None
    if user is None:
        return None
    viewer = Viewer(user_id=user.id, device_id=NO_ID, name=user.name, unconfirmed=user.to_confirm)
    try:
        return publish_as(db, viewer, beginning, rules=rules, most=most, now=now)
    except EmailNotConfirmed:
        store.wait_again(db, beginning.id)
    except (Invalid, Conflict, NotSignedIn) as error:
        store.set_problem(db, beginning.id, _words_of(error))
    return None


def publish_as(
    db: Db, viewer: Viewer, beginning: Beginning, *, rules: Rules, most: Most, now: datetime
) -> ObjectId:
    """Let a job or a service go out, on the terms that `beginning` has here. Raises what posting it raises."""

    def done(tx: Tx, gig_id: ObjectId) -> None:
        if not store.finish(tx, beginning.id, gig_id):
            raise AlreadyOut

    try:
        if beginning.job:
            return jobs.post_job(db, viewer, beginning.job, now, most=most.jobs, also=done).id
        if beginning.service is None:
            raise NotFound
        return services.create_service(
            db,
            viewer,
            beginning.service,
            draft=beginning.as_draft,
            rules=rules,
            now=now,
            most=most.services,
            also=done,
        ).id
    except AlreadyOut:
        there = store.get(db, beginning.id)
        if there is None or there.gig_id is None:
            raise NotFound from None
        return there.gig_id


def change_waiting(db: Db, changed: Beginning, now: datetime) -> bool:
    """Keep what somebody has changed of what waits until their address is confirmed: that is what goes out then. False
    if it waits no longer. Raises Invalid.
    """
    if changed.job:
        jobs.check_days(changed.job, now)
    return store.replace_waiting(db, msgspec.structs.replace(changed, problem=""))


def go_to_buy(db: Db, viewer: Viewer, beginning: Beginning, now: datetime) -> Wanted | None:
    """Return what somebody wanted to buy, if it is still offered; from here on the page of the purchase goes on with
    it.
    """
    wanted = beginning.wanted
    if wanted is None:
        return None
    try:
        service = services.service_for(db, viewer, wanted.service_id)
    except NotFound:
        store.set_problem(
            db, beginning.id, "This service is no longer offered. Nothing was ordered or charged."
        )
        return None
    if service.owner_id == viewer.user_id:
        store.set_problem(db, beginning.id, "You cannot buy your own service.")
        return None
    db.transact(lambda tx: store.finish(tx, beginning.id, wanted.service_id))
    return wanted


def own(db: Db, viewer: Viewer, beginning_id: ObjectId) -> Beginning:
    """Return something that the viewer began. Raises NotFound."""
    found = store.get(db, beginning_id)
    if found is None or found.user_id != viewer.user_id:
        raise NotFound(hides=found is not None)
    return found


def ready_of(db: Db, user_id: ObjectId) -> list[Beginning]:
    """Return what somebody began that is due."""
    return store.find_ready_of(db, user_id)


def ready(db: Db, now: datetime) -> list[Beginning]:
    """Return what is due of everybody."""
    return store.find_ready(db, now)


def open_of(db: Db, viewer: Viewer) -> list[Beginning]:
    """Return what the viewer began that is not done."""
    return store.find_open_of(db, viewer.user_id)


def out_of(db: Db, user_id: ObjectId) -> list[Beginning]:
    """Return the jobs and services of somebody that went out by themselves and that they have not seen since."""
    return store.find_to_tell(db, user_id)


def note_seen(db: Db, beginning: Beginning) -> None:
    """Tell no more that it went out: its person is looking at what it became."""
    if beginning.to_tell:
        store.set_told(db, beginning.id)


def discard(db: Db, viewer: Viewer, beginning_id: ObjectId) -> None:
    """Forget something that the viewer began. Raises NotFound."""
    store.delete(db, own(db, viewer, beginning_id).id, viewer.user_id)


def discard_here(db: Db, beginning_id: ObjectId) -> None:
    """Forget something that a browser has kept and that nobody has joined for."""
    store.delete(db, beginning_id, None)


def sweep(db: Db, now: datetime) -> None:
    """Forget what has expired."""
    store.delete_expired(db, now)


def forget_beginnings_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget what somebody began who is shut out or leaves."""
    count = store.delete_some_of(tx, user.id, limit)
    return Done(count, more=count >= limit)


def _words_of(error: DomainError) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    return " ".join(message for messages in fields.values() for message in messages) or error.message
