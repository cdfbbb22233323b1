"""Saved replies: words that somebody keeps, to put them into a message again."""

from datetime import datetime

import msgspec
from bson import ObjectId

TITLE_MAX = 60
SAVED_MAX = 20  # of one person


class SavedReply(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Words that somebody writes again and again, under a title by which they find them. They are theirs alone."""

    id: ObjectId
    user_id: ObjectId
    title: str
    text: str
    created_at: datetime
    updated_at: datetime
