"""What reports ask of the features whose things people report. Reports know none of them."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.core.hooks import one_for_each
from gigflow.reports.models import KINDS, Copy


@one_for_each(*KINDS)
def reportable(db: Db, viewer: Viewer, subject_id: ObjectId, /) -> Copy:
    """Somebody reports a thing of a kind, in this transaction: a copy of it, as they can read it. Raises NotFound if
    they cannot.
    """
