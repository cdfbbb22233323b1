"""What stands between somebody and the next message that they write in a conversation, as its page says it before they
try.
"""

from typing import Literal

from gigflow.accounts.models import Viewer
from gigflow.chat.actions import is_limited, outranks_block
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
    return conversation.sent >= UNANSWERED_MAX and is_limited(db, viewer, conversation)
