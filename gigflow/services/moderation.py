"""What admins decide about services: a waiting service is approved or rejected, one on the market may be taken down."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.admins import check_admin, name_of_admin, note_act, when_of
from gigflow.accounts.models import Admin, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, NotFound
from gigflow.core.paging import Page, PageRequest
from gigflow.core.transitions import Transition
from gigflow.gigs import store as gigs_store
from gigflow.gigs.models import SERVICE, Service
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.record import actions as record
from gigflow.record.models import Subject
from gigflow.services import store, waiting
from gigflow.services.actions import not_now, stands_otherwise
from gigflow.services.events import SERVICE_APPROVED, SERVICE_REJECTED, SERVICE_TAKEN_DOWN

APPROVE, REJECT, TAKE_DOWN = SERVICE["approve"], SERVICE["reject"], SERVICE["take_down"]

# What the record calls each decision, and what the owner is told of it.
_EVENTS = {"approve": SERVICE_APPROVED, "reject": SERVICE_REJECTED, "take_down": SERVICE_TAKEN_DOWN}
_NEWS = {
    "approve": "{title} is live now.",
    "reject": "{title} was not approved. See why, change it, and send it again.",
    "take_down": "{title} was taken off the market. See why, change it, and send it again.",
}
# What the later of two admins is told of the earlier one's decision.
_DECIDED = {
    SERVICE_APPROVED.key: "{name} approved this service on {when}.",
    SERVICE_REJECTED.key: "{name} rejected this service on {when}: {note}",
    SERVICE_TAKEN_DOWN.key: "{name} took this service down on {when}: {note}",
}


def pending_services(db: Db, viewer: Viewer, page: PageRequest) -> Page[Service]:
    """Return the services that wait for an admin; the one that was sent first comes first. Raises Forbidden."""
    check_admin(viewer)
    return waiting.find_pending_services(db, page)


def service_to_decide(db: Db, admin: Admin, service_id: ObjectId) -> Service:
    """Return somebody else's service, for admins. Raises Forbidden, NotFound."""
    check_admin(admin)
    gig = gigs_store.get_gig(db, service_id)
    if not isinstance(gig, Service):
        raise NotFound("There is no such gig.", code="gig_not_found")
    if gig.owner_id == admin.user_id:
        raise Forbidden("This service is your own. Another admin has to decide about it.", code="own_gig")
    return gig


def decide(
    db: Db,
    admin: Admin,
    service_id: ObjectId,
    transition: Transition,
    *,
    version: int | None,
    note: str,
    now: datetime,
) -> Service:
    """Approve, reject or take down a service (`transition`); its owner is told, with the `note` that says why.

    Raises Forbidden, NotFound, and Conflict if it is not the `version` that was seen, or not in a state for this. The
    Conflict says who decided what before, if somebody did.
    """
    service = service_to_decide(db, admin, service_id)
    note = "" if transition is APPROVE else note
    text = _NEWS[transition.name]

    def work(tx: Tx) -> Service:
        if version not in (None, service.version):
            raise _changed(tx, admin, service, version)
        changes = {
            "note": note,
            "reviewed_version": service.version,
            "is_taken_down": transition is TAKE_DOWN,
        }
        decided = store.change_service(tx, service, transition, changes, now)
        if decided is None:
            raise _too_late(tx, admin, service_to_decide(tx, admin, service.id), transition)
        stands_otherwise(tx, service, decided)
        event = _EVENTS[transition.name]
        note_act(
            tx,
            admin,
            event.key,
            Subject("gig", service.id),
            now,
            whose=service.owner_id,
            why=note,
            before=_standing(service),
            after=_standing(decided),
        )
        notifications.end_news(tx, "service", transition.name, service.path, now)
        about = About(url=service.path, gig_id=service.id, gig_title=service.title)
        notifications.tell(tx, event, service.owner_id, text, now, about=about, words=note)
        return decided

    return db.transact(work)


def _standing(service: Service) -> dict[str, str | int]:
    return {"status": service.status, "version": service.version}


def _too_late(db: Db, admin: Admin, service: Service, transition: Transition) -> Conflict:
    """Return the refusal of a decision about a service that is not as it was read: somebody else has decided or changed
    it.
    """
    if service.status in transition.sources:
        return _changed(db, admin, service, None)
    return Conflict(_decided(db, admin, service, 0) or not_now(service).message, code="service_state")


def _changed(db: Db, admin: Admin, service: Service, seen: int | None) -> Conflict:
    told = _decided(db, admin, service, seen) if seen is not None else None
    return Conflict(
        told or "This service has changed since you opened it. Please check it again.",
        code="version_changed",
    )


def _decided(db: Db, admin: Admin, service: Service, seen: int) -> str | None:
    """Return who decided what about a service since the version that was `seen`, or None if nobody did."""
    row = record.newest_act(db, service.id, _DECIDED)
    if row is None or row.before.get("version", 0) < seen:
        return None
    return _DECIDED[row.event].format(name=name_of_admin(db, row), when=when_of(row, admin), note=row.note)
