"""Questions that people ask about a service, and what its owner answers; everybody reads both."""

from datetime import datetime

import msgspec
from bson import ObjectId

QUESTION_MAX = 500
ANSWER_MAX = 1_000
UNANSWERED_FIRST = "open"  # an order of questions, in which the owner of the service sees them


class Question(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A question as stored. An answer that is changed replaces the one before. `waits_for` is the owner of the service
    until they have answered, or can no longer.
    """

    id: ObjectId
    gig_id: ObjectId
    asker_id: ObjectId
    waits_for: ObjectId | None = None
    text: str
    answer: str = ""
    created_at: datetime
    answered_at: datetime | None = None
