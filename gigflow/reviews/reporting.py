"""What is kept of a review that somebody reports."""

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer, name_of
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.reports.models import Copy, Said
from gigflow.reviews import store


def copy_of(db: Db, viewer: Viewer, review_id: ObjectId) -> Copy:
    """Return a copy of a review that the viewer can read: once it is revealed, or if it is theirs. Raises NotFound."""
    review = store.get_review(db, review_id)
    if review is None or (review.revealed_at is None and review.author_id != viewer.user_id):
        raise NotFound("There is no such review.", code="review_not_found", hides=review is not None)
    said = [
        Said(label="Stars", text=str(review.rating)),
        Said(label="Review", text=review.text),
        Said(label="Reply", text=review.reply),
    ]
    return Copy(
        what="review",
        whose=review.author_id,
        name=name_of(accounts.people(db, [review.author_id]).get(review.author_id)),
        path=f"/u/{review.subject_id}/reviews?as={'freelancer' if review.side == 'client' else 'client'}",
        said=[each for each in said if each.text],
    )
