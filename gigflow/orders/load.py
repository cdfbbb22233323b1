"""How much work somebody has in progress, and when it is due."""

from datetime import datetime

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.orders import listing

DUE_MAX = 200  # orders in progress whose days one page shows


def due_of(db: Db, viewer: Viewer) -> list[datetime]:
    """Return when the work is due that the viewer has in progress, for at most `DUE_MAX` orders."""
    return listing.find_due_of(db, viewer.user_id, DUE_MAX)
