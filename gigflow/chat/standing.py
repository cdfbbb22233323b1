"""What stands between somebody and the next message that they write in a conversation, as its page says it before they
try.
"""

from typing import Literal

from gigflow.accounts.models import Viewer
from gigflow.chat.actions import outranks_block, relation_to
from gigflow.chat.models import UNANSWERED_MAX, Conversation
from gigflow.core.db import Db

# `open_all_the_same`: one has blocked the other, and an order under way outranks that.
Standing = Literal["open", "open_all_the_same", "blocked", "left", "waits"]


def standing_of(db: Db, viewer: Viewer, conversation: Conversation) -> Standing:
    """Return whether the viewer can write in a conversation of theirs, or why not. Somebody whom the other has blocked
    is told nothing of it.
    """
    if conversation.left:
        return "left"
    if conversation.is_blocked_by(viewer.user_id):
        return "open_all_the_same" if outranks_block(db, conversation) else "blocked"
    return "waits" if _waits(db, viewer, conversation) else "open"


def _waits(db: Db, viewer: Viewer, conversation: Conversation) -> bool:
    is_first = conversation.stranger and conversation.opened_by == viewer.user_id
    if not is_first or conversation.answered_after is not None or conversation.sent < UNANSWERED_MAX:
        return False
    other_id = conversation.other(viewer.user_id)
    return relation_to(db, viewer, other_id, conversation.subject) != "partner"
