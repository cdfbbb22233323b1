"""What freelancers do with the services that they offer. For what admins decide about them, see `moderation`."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts import standing
from gigflow.accounts.models import User, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, NotFound
from gigflow.core.ids import new_id
from gigflow.core.paging import Page, PageRequest
from gigflow.core.rules import Rules
from gigflow.core.transitions import Transition
from gigflow.gigs import store as gigs_store
from gigflow.gigs.actions import check_room
from gigflow.gigs.hooks import visitor_began
from gigflow.gigs.models import (
    IMAGES_MAX,
    LISTED,
    PUBLIC,
    SERVICE,
    GigImage,
    Service,
    ServiceStatus,
    ServiceTerms,
)
from gigflow.notifications import actions as notifications
from gigflow.pictures import actions as pictures
from gigflow.services import hooks, looks, owned, store

# If services are moderated, a change of one of these is looked at again (docs/decisions/0023), as are new pictures and
# what is said of them.
_MODERATED = {"price_minor", "title", "description", "skills", "questions"}
_NOT_NOW = {
    "draft": "This service is a draft.",
    "pending": "This service is awaiting approval.",
    "live": "This service is live.",
    "rejected": "This service was rejected.",
    "paused": "This service is paused.",
    "archived": "This service was archived.",
}


def create_service(
    db: Db,
    viewer: Viewer,
    terms: ServiceTerms,
    *,
    draft: bool,
    rules: Rules,
    now: datetime,
    most: int | None = None,
    also: Callable[[Tx, ObjectId], None] | None = None,
) -> Service:
    """Offer a service: at once, or as a draft; if services are moderated, it waits for an admin first. `also` is done
    with its id in the same transaction. Raises Conflict if its owner already has `most` that are not archived.
    """
    published: ServiceStatus = "pending" if rules.moderates_services else "live"
    service_id = new_id()

    def work(tx: Tx) -> Service:
        owner = accounts.act(tx, viewer, guard)
        check_room(tx, viewer, "service", SERVICE["archive"].sources, most)
        service = Service(
            **msgspec.structs.asdict(terms),
            id=service_id,
            owner_id=viewer.user_id,
            owner_name=owner.name,
            owner_availability=owner.availability,
            status="draft" if draft else published,
            submitted_at=None if draft or not rules.moderates_services else now,
            created_at=now,
            updated_at=now,
        )
        gigs_store.insert_gig(tx, service)
        stands_otherwise(tx, service)
        if also:
            also(tx, service.id)
        return service

    with accounts.turn_of(viewer, counted=most is not None) as guard:
        gigs_store.learn_words(db, terms)
    return db.transact(work)


def begin_service(terms: ServiceTerms, as_draft: bool, now: datetime) -> str:
    """Keep the service of a visitor until they have joined, and return where they do. Raises Conflict, TooMany."""
    return visitor_began(terms, as_draft, now)


def service_for(db: Db, viewer: Viewer | None, service_id: ObjectId) -> Service:
    """Return a service for people who may see it: everybody while it is live or paused, otherwise its owner and admins.

    Raises NotFound.
    """
    gig = gigs_store.get_gig(db, service_id)
    if not isinstance(gig, Service) or not may_see(gig, viewer):
        raise NotFound("There is no such gig.", code="gig_not_found", hides=isinstance(gig, Service))
    return gig


def may_see(service: Service, viewer: Viewer | None) -> bool:
    """Return whether somebody may see a service in its state."""
    return service.status in PUBLIC or (
        viewer is not None and (viewer.is_admin or viewer.user_id == service.owner_id)
    )


def own_service(db: Db, viewer: Viewer, service_id: ObjectId) -> Service:
    """Return a service of the viewer's. Raises NotFound, Forbidden."""
    service = service_for(db, viewer, service_id)
    if service.owner_id != viewer.user_id:
        raise Forbidden("Only the owner of this service can do that.", code="not_owner")
    return service


def service_to_change(db: Db, viewer: Viewer, service_id: ObjectId) -> Service:
    """Return a service of the viewer's that is not archived. Raises NotFound, Forbidden, Conflict."""
    service = own_service(db, viewer, service_id)
    if service.status == "archived":
        raise not_now(service)
    return service


def services_of(db: Db, owner_id: ObjectId, viewer: Viewer | None, page: PageRequest) -> Page[Service]:
    """Return the services of somebody, newest first: to their owner all except the archived, to others the live
    ones.
    """
    is_own = viewer is not None and viewer.user_id == owner_id
    return store.find_services_of(db, owner_id, SERVICE["archive"].sources if is_own else ("live",), page)


def live_services_of_each(
    db: Db, owner_ids: Sequence[ObjectId], most: int
) -> dict[ObjectId, tuple[int, list[Service]]]:
    """Return how many live services each of these owners has, and the newest of them; those who have none are left
    out.
    """
    return store.find_live_of_each(db, owner_ids, most)


def services_in(db: Db, viewer: Viewer, statuses: Collection[str], page: PageRequest) -> Page[Service]:
    """Return the viewer's own services in these states, newest first."""
    return store.find_services_of(db, viewer.user_id, statuses, page)


def edit_service(
    db: Db,
    viewer: Viewer,
    service_id: ObjectId,
    changes: dict[str, Any],
    *,
    version: int | None,
    rules: Rules,
    now: datetime,
) -> Service:
    """Change a service's terms (fields of ServiceTerms); orders that were made keep theirs. If services are moderated,
    a live or paused one whose price, title, text or skills change waits for an admin again.

    Raises NotFound, Forbidden, and Conflict if it is archived or was changed in another window.
    """
    service = own_service(db, viewer, service_id)
    while service.status != "archived":
        if version is not None and not service.has_terms_of(version):
            raise Conflict(
                "This service has changed in another window since you opened it."
                " Save again to replace that with what you have here.",
                code="version_changed",
            )
        if not changes:
            return service
        again = rules.moderates_services and any(
            changes[field] != getattr(service, field) for field in _MODERATED & changes.keys()
        )
        edited = _change(db, viewer, service, _edit_of(service, again), changes, now)
        if edited:
            return edited
        service = own_service(db, viewer, service.id)
    raise not_now(service)


def publish(db: Db, viewer: Viewer, service_id: ObjectId, *, rules: Rules, now: datetime) -> Service:
    """Put a draft (or a rejected service) on the market, or before an admin if services are moderated."""
    service = own_service(db, viewer, service_id)
    to_admin = rules.moderates_services or service.status == "rejected"
    return _move(db, viewer, service, SERVICE["submit" if to_admin else "publish"], {"note": ""}, now)


def take_back(db: Db, viewer: Viewer, service_id: ObjectId, now: datetime) -> Service:
    """Make a service that waits for an admin a draft again."""
    return _move(db, viewer, own_service(db, viewer, service_id), SERVICE["take_back"], {}, now)


def pause(db: Db, viewer: Viewer, service_id: ObjectId, now: datetime) -> Service:
    """Take a service out of lists and searches for a while."""
    return _move(db, viewer, own_service(db, viewer, service_id), SERVICE["pause"], {}, now)


def resume(db: Db, viewer: Viewer, service_id: ObjectId, now: datetime) -> Service:
    """Resume a paused service."""
    return _move(db, viewer, own_service(db, viewer, service_id), SERVICE["resume"], {}, now)


def archive(db: Db, viewer: Viewer, service_id: ObjectId, now: datetime) -> Service:
    """Take a service off the market for good; its pictures go."""
    service = own_service(db, viewer, service_id)

    def work(tx: Tx) -> Service:
        fresh = _fresh(tx, viewer, service)
        accounts.act(tx, viewer)
        archived = store.change_service(tx, fresh, SERVICE["archive"], {"images": []}, now)
        if archived is None:
            raise not_now(own_service(tx, viewer, service.id))
        stands_otherwise(tx, fresh, archived)
        pictures.release(tx, [image.id for image in fresh.images], now)
        for act in hooks.service_archived:
            act(tx, archived, now)
        notifications.end_news(tx, "service", "archive", service.path, now, reader=viewer.user_id)
        return archived

    archived = db.transact(work)
    pictures.sweep(db, now)
    return archived


def add_image(
    db: Db,
    viewer: Viewer,
    service_id: ObjectId,
    data: bytes,
    alt: str,
    *,
    rules: Rules,
    now: datetime,
) -> Service:
    """Show one more picture of a service. Raises Invalid for its bytes, Conflict if there are `IMAGES_MAX`."""
    own_service(db, viewer, service_id)
    picture = pictures.store_picture(db, viewer, data, "free", now)

    def change(images: list[GigImage]) -> list[GigImage]:
        if len(images) >= IMAGES_MAX:
            raise Conflict(f"A service has at most {IMAGES_MAX} pictures.", code="images_full")
        return [*images, GigImage(id=picture.id, alt=alt)]

    return change_images(db, viewer, service_id, change, rules=rules, now=now)


def change_images(
    db: Db,
    viewer: Viewer,
    service_id: ObjectId,
    change: Callable[[list[GigImage]], list[GigImage]],
    *,
    rules: Rules,
    now: datetime,
) -> Service:
    """Replace a service's images by what `change` makes of them; pictures are adopted and released with it. If services
    are moderated, a live or paused one waits for an admin again if a picture is new or its description has changed.
    """
    service = own_service(db, viewer, service_id)

    def work(tx: Tx) -> None:
        fresh = _fresh(tx, viewer, service)
        accounts.act(tx, viewer)
        before = fresh.images
        after = change([msgspec.structs.replace(image) for image in before])
        if after == before:
            return
        again = rules.moderates_services and any(image not in before for image in after)
        changed = store.change_service(tx, fresh, _edit_of(fresh, again), {"images": after}, now)
        if changed is None:
            raise not_now(own_service(tx, viewer, service.id))
        stands_otherwise(tx, fresh, changed)
        old, new = [image.id for image in before], [image.id for image in after]
        for picture_id in new:
            if picture_id not in old:
                pictures.adopt(tx, picture_id, now)
        pictures.release(tx, [each for each in old if each not in new], now)

    db.transact(work)
    pictures.sweep(db, now)
    return own_service(db, viewer, service.id)


def look_at(db: Db, service: Service, viewer: Viewer | None, mark: str, now: datetime) -> None:
    """Count a person who looks at a service on the market: anybody but its owner, once for each mark."""
    if service.status in PUBLIC and (viewer is None or viewer.user_id != service.owner_id):
        looks.count_view(db, service.id, mark, now)


def views_of(db: Db, services: list[Service]) -> dict[ObjectId, int]:
    """Return how many people other than its owner looked at each of these services, each once a day."""
    return looks.count_views(db, [service.id for service in services]) if services else {}


def count_review(tx: Tx, gig_id: ObjectId, stars: int, rank: float) -> None:
    """Let a client's review count for a service, in the transaction that reveals it; nothing if the gig is a job."""
    store.count_review(tx, gig_id, stars, rank)


def live_prices_of(db: Db, owner_id: ObjectId) -> list[tuple[str, int]]:
    """Return the category and the price of each live service of somebody."""
    return store.find_live_prices(db, owner_id)


def note_question(tx: Tx, service_id: ObjectId) -> None:
    """Let people who look at a service see that something was asked about it, answered or taken away."""
    store.count_question(tx, service_id)


def services_left(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return services of somebody who leaves that are still to end, at most `limit`."""
    return owned.find_services_of(tx, user.id, _ways_out(user), limit)


def end_services_of(tx: Tx, user: User, ids: Sequence[ObjectId], now: datetime) -> None:
    """Pause the services of somebody who is shut out, archive those of somebody who leaves for good (docs/domain.md,
    Shutting out).
    """
    changes: dict[str, Any] = {"images": []} if user.deleted_at else {}
    owned.move_services(tx, ids, _ways_out(user), changes, now)
    standing.stands_otherwise(tx, user.id)


def _ways_out(user: User) -> list[Transition]:
    return [SERVICE["archive"]] if user.deleted_at else [SERVICE["pause"], SERVICE["take_back"]]


def _move(
    db: Db, viewer: Viewer, service: Service, transition: Transition, changes: dict[str, Any], now: datetime
) -> Service:
    """Take a service through a transition; try again if it has changed since and is in the same state."""
    while service.status in transition.sources:
        moved = _change(db, viewer, service, transition, changes, now)
        if moved:
            return moved
        service = own_service(db, viewer, service.id)
    raise not_now(service)


def _change(
    db: Db, viewer: Viewer, service: Service, transition: Transition, changes: dict[str, Any], now: datetime
) -> Service | None:
    """Change a service that is as it was read; returns None if it is not. It is one transaction with its owner's part
    in it: otherwise what somebody sent a moment before they were shut out would come to the market behind their back.
    """

    def work(tx: Tx) -> Service | None:
        changed = store.change_service(tx, service, transition, changes, now)
        accounts.act(tx, viewer)
        if changed:
            stands_otherwise(tx, service, changed)
        notifications.end_news(tx, "service", transition.name, service.path, now, reader=viewer.user_id)
        return changed

    gigs_store.learn_words(db, msgspec.structs.replace(service, **changes))
    return db.transact(work)


def _edit_of(service: Service, again: bool) -> Transition:
    """Return the state after an edit: the same, unless the service has to be looked at again."""
    return SERVICE["review_again" if again and service.status in SERVICE["review_again"].sources else "edit"]


def _fresh(tx: Tx, viewer: Viewer, service: Service) -> Service:
    found = store.touch_service(tx, service.id, viewer.user_id)
    if found is None:
        raise not_now(own_service(tx, viewer, service.id))
    return found


def stands_otherwise(tx: Tx, *standings: Service) -> None:
    """Let the owner of a service be found by it as it is now, if it is live, or was before."""
    if any(each.status == LISTED["service"] for each in standings):
        standing.stands_otherwise(tx, standings[0].owner_id)


def not_now(service: Service) -> Conflict:
    """Return the refusal of what a service's state does not allow."""
    return Conflict(_NOT_NOW[service.status], code="service_state")
