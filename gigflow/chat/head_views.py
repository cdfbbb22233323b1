"""What stands at the head of a thread of the other person: how late it is for them, and how soon they answer."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from gigflow.chat.standing import Standing
from gigflow.chat.views import Talk
from gigflow.core.clock import now, offset_name, offset_of
from gigflow.web.runtime import person

_SHUT: tuple[Standing, ...] = ("left", "blocked")  # the viewer does not write there


class There(msgspec.Struct, frozen=True, kw_only=True):
    """How late it is for the other one: nothing of their zone but its offset, which is what people ask for."""

    at: datetime
    offset: timedelta

    @property
    def minutes(self) -> int:
        """By how many minutes their clock is ahead of UTC, for the script."""
        return round(self.offset.total_seconds() / 60)

    @property
    def clock(self) -> str:
        """What their clock says: "18:20"."""
        return f"{self.at + self.offset:%H:%M}"

    @property
    def name(self) -> str:
        """What people call the offset: "UTC+1"."""
        return offset_name(self.offset)


def head_context(talk: Talk, standing: Standing) -> dict[str, Any]:
    """Return what the head of a thread says of the other person."""
    return {
        "there": _there(talk) if standing not in _SHUT else None,
        "answers_within": talk.other.answers_within if talk.other and talk.is_here else None,
    }


def _there(talk: Talk) -> There | None:
    """Return how late it is for the other one, if they have said where they are and their clock differs from the
    viewer's. A viewer who has not said where they are has the device's clock, which a script compares (js/times.js).
    """
    if talk.other is None or not talk.is_here or not talk.other.time_zone:
        return None
    moment = now()
    offset = offset_of(talk.other.time_zone, moment)
    own = person().time_zone
    return None if own and offset_of(own, moment) == offset else There(at=moment, offset=offset)
