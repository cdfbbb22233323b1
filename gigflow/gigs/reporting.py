"""What is kept of a job or a service that somebody reports."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.gigs import store
from gigflow.gigs.models import PUBLIC, Service
from gigflow.reports.models import Copy, Said


def copy_of(db: Db, viewer: Viewer, gig_id: ObjectId) -> Copy:
    """Return a copy of a job or a service that the viewer can read. Raises NotFound."""
    gig = store.get_gig(db, gig_id)
    is_service = isinstance(gig, Service)
    may_see = viewer.is_admin or not is_service or (gig is not None and gig.status in PUBLIC)
    if gig is None or not (may_see or gig.owner_id == viewer.user_id):
        raise NotFound("There is no such gig.", code="gig_not_found", hides=gig is not None)
    said = [
        Said(label="Title", text=gig.title),
        Said(label="Description", text=gig.description),
        Said(label="Skills", text=", ".join(gig.skills)),
    ]
    if isinstance(gig, Service):
        said += [Said(label="What a picture shows", text=image.alt) for image in gig.images]
    return Copy(
        what="service" if is_service else "job",
        whose=gig.owner_id,
        name=gig.owner_name,
        title=gig.title,
        path=gig.path,
        said=[each for each in said if each.text],
    )
