"""What the people of the demo write to each other, line by line, at a moment that is given as `now`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat import actions as chat
from gigflow.chat import opening, reading
from gigflow.chat.actions import Message
from gigflow.chat.models import About
from gigflow.demo.gigs import Market, Moment, in_milliseconds
from gigflow.demo.inviting import invited
from gigflow.demo.offering import offered
from gigflow.demo.script import LineText, Script, TalkText
from gigflow.gigs.store import GIGS


def talks(market: Market, script: Script, now: datetime) -> Iterator[Moment]:
    """Yield each line that people write to each other, about the jobs to try and about services, whom they
    invite, and what they offer one another.
    """
    to_try = {"hired": script.hired, "delivered": script.delivered, "undecided": script.undecided}
    for text in script.talks:
        title = to_try[text.about].title if text.about in to_try else text.about
        yield from Talk(market, text, title).moments(now)
    yield from invited(market, script, now)
    yield from offered(market, script, now)


class Talk:
    """One conversation as it goes on. The person who writes has read what stood there before."""

    def __init__(self, market: Market, text: TalkText, title: str) -> None:
        self._market = market
        self._text = text
        self._title = title

    def moments(self, now: datetime) -> Iterator[Moment]:
        """Yield each of its lines."""
        for number, line in enumerate(self._text.lines):
            at = in_milliseconds(now - timedelta(hours=line.hours_ago))
            yield at, partial(self._write, number, line)

    def _write(self, number: int, line: LineText, now: datetime) -> None:
        db, people = self._market.db, self._market.people
        writer = people[line.writer]
        names = {self._text.client, self._text.freelancer} - {line.writer}
        talk = opening.open_conversation(
            db, writer, people[names.pop()].user_id, self._about(), now
        ).conversation
        self._read(writer, talk.id, talk.last_seq, now)
        message = Message(text=line.text, file_ids=(), client_id=f"demo-{number}", is_named=True)
        chat.send(db, writer, talk, message, now)

    def _read(self, reader: Viewer, talk_id: ObjectId, last_seq: int, now: datetime) -> None:
        reading.mark_read(self._market.db, reader, talk_id, last_seq, now)

    def _about(self) -> About:
        gig = self._market.db[GIGS].find_one({"title": self._title}, {"_id": 1})
        assert gig is not None  # it is on the market before anybody writes about it
        return About("gig", gig["_id"])
