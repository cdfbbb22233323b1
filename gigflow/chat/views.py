"""What pages show of one conversation: its lines, who is in it, and whether something can be written there."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from bson import ObjectId
from flask import request, url_for
from markupsafe import Markup

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, name_of
from gigflow.chat import editing, reading
from gigflow.chat.counted import ENVELOPE
from gigflow.chat.elsewhere import warned_of
from gigflow.chat.forms import ComposerForm
from gigflow.chat.models import (
    CHANGE_WITHIN,
    FILES_MAX,
    TEXT_MAX,
    UNANSWERED_MAX,
    About,
    Began,
    Conversation,
    Marks,
    Shown,
    Thing,
    conversation_id_of,
    pair_of,
)
from gigflow.chat.standing import Standing, standing_of
from gigflow.core.clock import now
from gigflow.core.files import FILE_BYTES_MAX
from gigflow.core.ids import new_id
from gigflow.core.texts import quoted
from gigflow.files import actions as files
from gigflow.files.models import File
from gigflow.turn.views import tally
from gigflow.web.runtime import db, person

PAGE = 50  # entries that a page shows at first
AROUND = 10  # entries before the first unread one, if there are more unread ones than a page has
AT_ONCE = 200  # entries that a page takes in while it is open; with more it is opened again

Kind = Literal["message", "day", "new", "hidden", "began"]
State = Literal["sent", "delivered", "seen"]


class Line(msgspec.Struct, kw_only=True):
    """A line of a thread: a message, the day on which the next ones were sent, where the unread ones begin, how many
    (`count`) its reader is not shown, or what the two `began`.
    """

    kind: Kind
    at: datetime
    day: date
    shown: Shown | None = None
    began: Began | None = None
    is_own: bool = False
    files: list[File] = []
    state: State = "sent"
    until: datetime | None = None  # an own message can be changed
    count: int = 0
    warns: bool = False  # it speaks of paying elsewhere, and its reader has never paid or been paid here

    @property
    def seq(self) -> int:
        """The number of its entry."""
        return self.shown.seq if self.shown else 0

    @property
    def text(self) -> Markup:
        """What it says of what the two began."""
        return sentence_of(self.began) if self.began else Markup()


class Part(msgspec.Struct, frozen=True):
    """The entries of a thread that a page shows: the numbers before and after which there are more (None if there are
    none), and when the entry above them was written.
    """

    rows: list[Shown]
    older: int | None = None
    newer: int | None = None
    since: datetime | None = None


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """Who talks about what, whether or not anything was said yet."""

    id: ObjectId
    other_id: ObjectId
    other: User | None
    about: About
    thing: Thing | None
    conversation: Conversation | None

    @property
    def name(self) -> str:
        """What the other person is called."""
        return name_of(self.other)

    @property
    def is_here(self) -> bool:
        """Whether the other has an account that is open, and so a page."""
        return self.other is not None and self.other.disabled_at is None

    @property
    def address(self) -> str:
        """Where its form posts to."""
        if self.conversation:
            return self.conversation.path
        ids = {"gig": None, "order": None, self.about.kind: self.about.id}
        return url_for("talk.create", to=self.other_id, gig=ids["gig"], order=ids["order"])

    @property
    def opening(self) -> str:
        """The same for the script, as the API takes it."""
        said = {"userId": str(self.other_id)}
        if self.about.id:
            said[f"{self.about.kind}Id"] = str(self.about.id)
        return json.dumps(said)


def talk_of(conversation: Conversation) -> Talk:
    """Return who talks about what in a conversation of the viewer's."""
    other_id = conversation.other(person().user_id)
    return Talk(
        id=conversation.id,
        other_id=other_id,
        other=accounts.get_user(db(), other_id),
        about=conversation.subject,
        thing=reading.thing_of(db(), conversation.subject),
        conversation=conversation,
    )


def talk_about(other_id: ObjectId, about: About, conversation: Conversation | None) -> Talk:
    """Return what the viewer says to somebody about a thing, if anything was said yet."""
    if conversation:
        return talk_of(conversation)
    return Talk(
        id=conversation_id_of(pair_of(person().user_id, other_id), about),
        other_id=other_id,
        other=accounts.get_user(db(), other_id),
        about=about,
        thing=reading.thing_of(db(), about),
        conversation=None,
    )


def thread_context(
    talk: Talk,
    form: ComposerForm | None = None,
    *,
    text: str = "",
    before: int | None = None,
    after: int | None = None,
    limit: int = PAGE,
) -> dict[str, Any]:
    """Return what a thread shows: the entries before or after a number, else the newest ones, and if there are more
    unread ones than that, those around the first of them. A fresh form has this `text` in its field.
    """
    conversation = talk.conversation
    part = _part(conversation, before, after, limit) if conversation else Part([])
    found, lines = part.rows, list[Line]()
    if conversation and reveals():
        found = reading.revealed(person(), conversation, found)
    if conversation:
        began = began_among(conversation, found, part.since, is_end=part.newer is None)
        lines = lines_of(conversation, found, began, is_news=before is None and after is None)
    standing: Standing = standing_of(db(), person(), conversation) if conversation else "open"
    top = found[-1].seq if found else 0
    fresh = ComposerForm(formdata=None, data={"text": text, "client_id": f"page:{new_id()}", "seen": top})
    return {
        "talk": talk,
        "title": thread_title(talk, unread_talks()),
        "lines": lines,
        "older": part.older,
        "newer": part.newer,
        "standing": standing,
        "form": form or fresh,
        "text_max": TEXT_MAX,
        "files_max": FILES_MAX,
        "file_bytes_max": FILE_BYTES_MAX,
        "unanswered_max": UNANSWERED_MAX,
        **heard_context(conversation, top),
    }


def heard_context(conversation: Conversation | None, top: int) -> dict[str, Any]:
    """Return how far a thread goes: the highest number on the page, the last that there is, the reader's bookmark, and
    how far the other has it.
    """
    if conversation is None:
        return {"top": 0, "last": 0, "bookmark": 0, "marks": Marks(seen=0, delivered=0), "unread": 0}
    return {
        "top": top,
        "last": conversation.last_seq,
        "bookmark": conversation.read_by(person().user_id),
        "marks": reading.marks_of_other(person(), conversation),
        "unread": conversation.unread_of(person().user_id),
    }


def lines_of(
    conversation: Conversation,
    entries: Sequence[Shown],
    began: Sequence[Began] = (),
    *,
    since: datetime | None = None,
    is_news: bool = False,
) -> list[Line]:
    """Return the lines that entries make, with what the two began meanwhile in its place; `since` is when the entry was
    written that stands above them on the page. With `is_news` a line says where the unread ones begin.
    """
    me = person().user_id
    known = files.files_by_id(db(), [file_id for each in entries for file_id in each.file_ids])
    marks = reading.marks_of_other(person(), conversation)
    bookmark = conversation.read_by(me) if is_news and conversation.unread_of(me) else None
    day = day_of(since) if since else None
    warned = warned_of(db(), person(), conversation, entries)
    lines: list[Line] = []
    texts = [each for each in entries if each.entry.kind == "text"]
    items: list[Began | Shown] = [*began, *texts]
    for each in sorted(items, key=lambda each: each.at):
        at, today = each.at, day_of(each.at)
        if isinstance(each, Shown) and each.kind == "hidden":
            if lines and lines[-1].kind == "hidden":
                lines[-1].count += 1
            else:
                lines.append(Line(kind="hidden", at=at, day=today, shown=each, count=1))
            continue
        if today != day:
            lines.append(Line(kind="day", at=at, day=today))
            day = today
        if isinstance(each, Began):
            lines.append(Line(kind="began", at=at, day=today, began=each))
            continue
        if bookmark is not None and each.seq > bookmark and each.entry.sender_id != me:
            lines.append(Line(kind="new", at=at, day=today))
            bookmark = None
        its_files = [known[file_id] for file_id in each.file_ids if file_id in known]
        line = _message(each, its_files, marks, today)
        line.warns = each.seq in warned
        lines.append(line)
    return lines


def began_among(
    conversation: Conversation, entries: Sequence[Shown], since: datetime | None, *, is_end: bool
) -> list[Began]:
    """Return what the two began between the entries of a page, or before the first of them, but after the one above it
    (`since`); if nothing comes after them (`is_end`), also what they began later. So each stands on one page alone.
    """
    if not entries:
        return []
    return reading.began_in(db(), conversation, since, None if is_end else entries[-1].at)


def sentence_of(began: Began) -> Markup:
    """Return the sentence that says what two people began; its title leads there."""
    link = Markup('<a href="{}"><bdi>{}</bdi></a>').format(began.path, quoted(began.title))
    return Markup(began.sentence).format(title=link)  # noqa: S704 - our own words


def line_of(conversation: Conversation, shown: Shown) -> Line:
    """Return one message as its line."""
    return lines_of(conversation, [shown])[-1]


def reveals() -> bool:
    """Return whether a page is asked to show what was sent while its reader had blocked the other."""
    return request.args.get("hidden") == "show"


def unread_talks() -> int:
    """Return the number at the envelope, counted once for each page; 0 for visitors."""
    return tally(ENVELOPE)


def thread_title(talk: Talk, count: int) -> str:
    """Return what the page of a thread is called: with how many conversations have something new."""
    return f"({count}) {talk.name} · GigFlow" if count else f"{talk.name} · GigFlow"


def day_word(day: date) -> str:
    """Return what a day is called: "Today", "Yesterday", "Mon 30 Nov", with the year if it is not this one."""
    today = day_of(now())
    if (today - day).days in (0, 1):
        return "Yesterday" if today > day else "Today"
    return f"{day:%a %-d %b}" if day.year == today.year else f"{day:%-d %b %Y}"


def _message(shown: Shown, its_files: list[File], marks: Marks, day: date) -> Line:
    entry, moment = shown.entry, now()
    seen, delivered = shown.seq <= marks.seen, shown.seq <= marks.delivered
    return Line(
        kind="message",
        at=entry.created_at,
        day=day,
        shown=shown,
        is_own=entry.sender_id == person().user_id,
        files=its_files,
        state="seen" if seen else "delivered" if delivered else "sent",
        until=entry.created_at + CHANGE_WITHIN if editing.may_change(entry, person(), moment) else None,
    )


def _part(conversation: Conversation, before: int | None, after: int | None, limit: int) -> Part:
    """Return the entries before or after a number, else those with which a page begins."""
    if before is not None:
        older = reading.history_before(db(), person(), conversation, before, limit)
        last = older.rows[-1].seq if older.rows else before - 1
        return Part(older.rows, older.next, last if last < conversation.last_seq else None, older.since)
    if after is not None:
        newer = reading.history_after(db(), person(), conversation, after, AT_ONCE)
        return Part(newer.rows, after + 1 if after else None, newer.next, newer.since)
    bookmark = conversation.read_by(person().user_id)
    is_long = conversation.unread_of(person().user_id) and conversation.last_seq - bookmark > limit
    if not is_long:
        newest = reading.history_before(db(), person(), conversation, None, limit)
        return Part(newest.rows, newest.next, None, newest.since)
    above = reading.history_before(db(), person(), conversation, bookmark + 1, AROUND)
    below = reading.history_after(db(), person(), conversation, bookmark, AT_ONCE)
    return Part([*above.rows, *below.rows], above.next, below.next, above.since)


def day_of(moment: datetime) -> date:
    """Return the day of a moment where its reader is."""
    return moment.astimezone(ZoneInfo(person().time_zone or "UTC")).date()
