"""What is kept of a message that somebody reports: it, what was said just before it, and their files."""

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer, name_of
from gigflow.chat import reading, store
from gigflow.chat.models import TAKEN_BACK, Entry, Shown
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.files import actions as files
from gigflow.files.models import File
from gigflow.reports.models import BEFORE_MAX, Attached, Copy, Said

_EARLIER = "Before it was changed"


def copy_of(db: Db, viewer: Viewer, message_id: ObjectId) -> Copy:
    """Return a copy of a message of the viewer's conversations, with what they could read before it. What its sender
    has changed or taken back since is in it, too: the viewer has read it. Raises NotFound.
    """
    entry = store.get_entry(db, message_id)
    conversation = store.get_conversation(db, entry.conversation_id) if entry else None
    if entry is None or conversation is None or not _may_report(viewer, entry, conversation.people):
        raise NotFound("There is no such message.", code="message_not_found", hides=entry is not None)
    before = reading.history_before(db, viewer, conversation, entry.seq, BEFORE_MAX).rows
    shown = [each for each in before if each.kind == "text"]
    known = files.files_by_id(db, [*entry.file_ids, *(each for row in shown for each in row.file_ids)])
    thing = reading.thing_of(db, conversation.subject)
    return Copy(
        what="message",
        whose=entry.sender_id,
        name=name_of(accounts.people(db, [entry.sender_id]).get(entry.sender_id)),
        title=thing.title if thing else "",
        said=[*(_said(row, known) for row in shown), *_reported(viewer, entry, known)],
    )


def _may_report(viewer: Viewer, entry: Entry, people: list[ObjectId]) -> bool:
    return viewer.user_id in people and entry.kind == "text" and entry.is_shown_to(viewer.user_id)


def _said(row: Shown, known: dict[ObjectId, File]) -> Said:
    text = TAKEN_BACK if row.entry.retracted_at else row.text
    return Said(
        text=text, by=row.entry.sender_id, at=row.entry.created_at, files=_attached(row.file_ids, known)
    )


def _reported(viewer: Viewer, entry: Entry, known: dict[ObjectId, File]) -> list[Said]:
    """Return the message itself, and behind it what it said before it was changed or taken back."""
    now = Said(
        text=TAKEN_BACK if entry.retracted_at else entry.text_for(viewer.user_id),
        by=entry.sender_id,
        at=entry.created_at,
        files=_attached(entry.file_ids, known),
        is_reported=True,
    )
    return [
        now,
        *(Said(label=_EARLIER, text=each.text, at=each.at) for each in entry.versions if not each.hidden),
    ]


def _attached(file_ids: list[ObjectId], known: dict[ObjectId, File]) -> list[Attached]:
    found = [known[each] for each in file_ids if each in known]
    return [Attached(id=file.id, name=file.name, size=file.size) for file in found]
