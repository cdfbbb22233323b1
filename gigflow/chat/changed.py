"""What entries of a conversation have changed: a page that shows the messages shows them again."""

from collections.abc import Sequence

from gigflow.accounts.models import Viewer
from gigflow.chat import reading, store
from gigflow.chat.models import Shown
from gigflow.core.db import Db


def changed_by(db: Db, viewer: Viewer, entries: Sequence[Shown]) -> list[Shown]:
    """Return the messages that these entries say were changed or taken back, as they are now and in their order,
    without those that are among the entries themselves.
    """
    here = {each.entry.id for each in entries}
    ids = {each.entry.of for each in entries if each.kind in ("edit", "retract") and each.entry.of}
    found = store.get_entries(db, ids - here)
    return [
        reading.shown_to(viewer.user_id, each) for each in sorted(found.values(), key=lambda entry: entry.seq)
    ]
