"""What is kept of a person's page that somebody reports."""

from bson import ObjectId

from gigflow.accounts.models import Piece, Viewer
from gigflow.core.db import Db
from gigflow.profiles import actions
from gigflow.reports.models import Copy, Said


def copy_of(db: Db, viewer: Viewer, user_id: ObjectId) -> Copy:
    """Return a copy of what somebody tells of themselves. Raises NotFound."""
    user = actions.profile_of(db, user_id)
    said = [
        Said(label="Headline", text=user.headline),
        Said(label="About", text=user.bio),
        Said(label="Skills", text=", ".join(user.skills)),
        *(Said(label="Portfolio", text=_text_of(piece)) for piece in user.portfolio),
    ]
    return Copy(
        what="profile",
        whose=user.id,
        name=user.name,
        path=f"/u/{user.id}",
        said=[each for each in said if each.text],
    )


def _text_of(piece: Piece) -> str:
    return "\n".join(filter(None, (piece.title, piece.text, piece.url)))
