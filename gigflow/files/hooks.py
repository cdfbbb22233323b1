"""What files ask of the features that they belong to. Files know none of them."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.core.hooks import many, one_for_each


@one_for_each("job", "request", "bid", "offer", "order", "message")
def may_read(db: Db, viewer: Viewer, subject_id: ObjectId, /) -> bool:
    """Somebody asks for a file: whether they may see what it belongs to. Nobody gets the files of other kinds of
    things.
    """


@many
def has_worked(db: Db, viewer: Viewer, /) -> bool:
    """Somebody sends a file before what it will belong to: whether they have worked with somebody here, and so may
    send more of them.
    """
