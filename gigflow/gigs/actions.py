"""What people do with gigs of both kinds."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import User, Viewer
from gigflow.core.db import Db, Document, Tx
from gigflow.core.errors import Conflict, NotFound
from gigflow.core.paging import Page, PageRequest
from gigflow.files import actions as files
from gigflow.files.models import File
from gigflow.gigs import owned, store
from gigflow.gigs.models import LISTED, Gig, GigKind, Job

SITEMAP_MOST = 50_000  # addresses that one file of a sitemap may have


def get_gig(db: Db, gig_id: ObjectId) -> Gig:
    """Return the job or service with this id, for everybody who may see it in its state. Raises NotFound."""
    gig = store.get_gig(db, gig_id)
    if gig is None:
        raise NotFound("There is no such gig.", code="gig_not_found")
    return gig


def listed_gigs(db: Db, kind: GigKind, start: ObjectId, end: ObjectId | None) -> list[tuple[str, datetime]]:
    """Return the addresses of what is listed of a kind, from one id up to another, and since when each is as it is."""
    return store.find_listed(db, LISTED[kind], start, end, SITEMAP_MOST)


def listed_after(db: Db, kind: GigKind, start: ObjectId, skip: int) -> ObjectId | None:
    """Return the id that comes so many after this one among what is listed of a kind, or None."""
    return store.find_listed_after(db, LISTED[kind], start, skip)


def gigs_of(
    db: Db, viewer: Viewer, page: PageRequest, kinds: Collection[GigKind] = ("job", "service")
) -> Page[Gig]:
    """Return the viewer's own gigs of these kinds in any state, newest first."""
    return store.find_gigs_of(db, viewer.user_id, page, kinds)


def counts_of(db: Db, viewer: Viewer, statuses: Collection[str]) -> dict[str, int]:
    """Return how many gigs the viewer has in each of these states; a state stands for its kind."""
    found = store.count_statuses_of(db, viewer.user_id)
    return {status: found.get(status, 0) for status in statuses}


def files_of(db: Db, viewer: Viewer | None, job: Job) -> list[File]:
    """Return the files of a job that its reader may have, in its order: of one that is no longer open, those of the two
    sides of its order. Visitors have none.
    """
    if viewer is None or not job.file_ids:
        return []
    if job.shows_files_to(viewer.user_id):
        known = files.files_by_id(db, job.file_ids)
    else:
        known = files.files_to_read(db, viewer, job.file_ids)
    return [known[each] for each in job.file_ids if each in known]


def owns_any(db: Db, owner_id: ObjectId, ids: Collection[ObjectId]) -> bool:
    """Return whether somebody is the owner of one of these gigs."""
    return bool(ids) and owned.owns_any(db, owner_id, ids)


def gig_beside(field: str, name: str) -> Document:
    """Return the stage by which another feature's store reads a gig together with its own row."""
    return store.gig_beside(field, name)


def old_copies(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return gigs with another name or availability than their owner has, at most `limit`."""
    return owned.find_old_copies(tx, user.id, user.name, user.availability, limit)


def copy_owner(tx: Tx, user: User, ids: Sequence[ObjectId], now: datetime) -> None:
    """Keep the copies of an owner's name right (docs/decisions/0003), and those of their availability, which searches
    ask for.
    """
    owned.copy_owner(tx, ids, user.name, user.availability)


def check_room(tx: Tx, viewer: Viewer, kind: GigKind, statuses: Collection[str], most: int | None) -> None:
    """Raise Conflict if the viewer has `most` gigs of this kind in these states already, naming one to end first. It is
    exact, because the viewer was written before in this transaction (accounts.act).
    """
    if most is None or store.count_of(tx, viewer.user_id, kind, statuses, most) < most:
        return
    oldest = store.oldest_title(tx, viewer.user_id, kind, statuses)
    if kind == "job":
        text = f"You have {most:,} open jobs, and that is the limit. Close one first, such as “{oldest}”."
        raise Conflict(text, code="too_many_open_jobs")
    text = f"You have {most:,} services, and that is the limit. Archive one first, such as “{oldest}”."
    raise Conflict(text, code="too_many_services")
