"""Which bids the owner of a job has not looked at: those are their turn, and no others."""

from collections.abc import Collection, Sequence

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.bids import store
from gigflow.bids.models import Bid, Unread
from gigflow.core.db import Db, Document, from_document
from gigflow.core.paging import Page
from gigflow.gigs import actions as gigs
from gigflow.gigs.models import Job
from gigflow.turn.models import Item, Reader, Source


def note_read(db: Db, viewer: Viewer, bids: Sequence[Bid]) -> None:
    """Note that the owner of a job has looked at these bids on it."""
    unread = [bid for bid in bids if bid.unread_by == viewer.user_id]
    if unread:
        store.mark_read(db, viewer.user_id, unread)


def note_all_read(db: Db, viewer: Viewer, page: Page[Bid]) -> None:
    """Note that the owner of a job has looked at the page of all its bids. If it has more bids than that page can show,
    the older ones count as looked at, too: otherwise they would wait for ever.
    """
    note_read(db, viewer, page.rows)
    if page.next:
        store.mark_older_read(db, viewer.user_id, page.rows[-1])


def unread_of(db: Db, viewer: Viewer, gig_ids: Collection[ObjectId]) -> dict[ObjectId, Unread]:
    """Return the bids that the viewer has not looked at, on each of their jobs that has any."""
    return store.count_unread(db, viewer.user_id, gig_ids) if gig_ids else {}


def unconfirmed_counts(db: Db, jobs: Sequence[Job]) -> dict[ObjectId, int]:
    """Return how many bids on each of these jobs nobody can be hired by until they are confirmed, if there are any."""
    changed = [job.id for job in jobs if job.status == "open" and job.terms_version > 1]
    return store.count_unconfirmed(db, changed) if changed else {}


def bids_that_wait(reader: Reader) -> Source:
    """Say which jobs of somebody have bids that they have not looked at."""
    rows, stages = store.unread_of(reader.viewer.user_id, gigs.gig_beside("_id", "job"))
    return Source(rows, stages, _items)


def bids_to_confirm(reader: Reader) -> Source:
    """Say which bids somebody has to confirm, because their job has other terms now."""
    rows, stages = store.unconfirmed_of(reader.viewer.user_id, gigs.gig_beside("gig_id", "job"))
    return Source(rows, stages, _to_confirm)


def how_many(unread: Unread, all_of_them: int) -> str:
    """ "1 new bid", "2 new bids of 5", "2 new or changed bids of 5"."""
    sort = "new" if unread.version == 1 else "new or changed"
    said = f"{unread.count:,} {sort} {'bid' if unread.count == 1 else 'bids'}"
    return said if all_of_them <= unread.count else f"{said} of {all_of_them:,}"


def _items(rows: list[Document]) -> list[Item]:
    found = [(row, from_document(row["job"][0], Job)) for row in rows if row["job"]]
    return [
        Item(
            id=job.id,
            group="bids",
            kind="read_bids",
            part="client",
            title=job.title,
            sentence=f"{how_many(Unread(row['count'], row['version']), job.bid_count)} to review.",
            action="Review the bids",
            path=f"{job.path}#bids-title",
            among="jobs",
            state=job.status,
            since=row["since"],
            count=row["count"],
            gig_id=job.id,
        )
        for row, job in found
    ]


def _to_confirm(rows: list[Document]) -> list[Item]:
    found = [(from_document(row, Bid), from_document(row["job"][0], Job)) for row in rows if row["job"]]
    return [
        Item(
            id=job.id,
            group="bids",
            kind="confirm_bid",
            part="freelancer",
            title=job.title,
            sentence="{name} changed the job. Confirm your bid or withdraw it.",
            action="See the changes",
            path=job.path,
            among="bids",
            state=bid.status,
            since=bid.updated_at,
            other_id=job.owner_id,
            gig_id=job.id,
            row_id=bid.id,
        )
        for bid, job in found
    ]
