"""What mails ask of the features that write to people."""

from datetime import datetime
from typing import Any

from gigflow.core.db import Db
from gigflow.core.hooks import one_for_each
from gigflow.core.rules import Rules
from gigflow.mails.models import Letter


@one_for_each()
def composes(db: Db, data: dict[str, Any], rules: Rules, now: datetime, /) -> Letter | None:
    """A letter of this kind is about to be sent: its words, from the data that it was posted with, or None if nobody
    wants it any longer.
    """
