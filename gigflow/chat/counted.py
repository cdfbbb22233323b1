"""The number at the envelope, counted with what else every page of a member shows."""

from gigflow.chat import marks_store
from gigflow.chat.reading import UNREAD_MAX
from gigflow.turn.models import Reader, Tally

ENVELOPE = "envelope"


def unread_conversations(reader: Reader) -> Tally:
    """Count the conversations with something new, without muted ones."""
    rows, stages = marks_store.that_are_unread(reader.viewer.user_id, UNREAD_MAX)
    return Tally(ENVELOPE, rows, stages)
