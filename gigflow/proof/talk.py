"""What `audit` proves of conversations (docs/domain.md, invariant 8)."""

from collections.abc import Iterator
from itertools import islice, pairwise

import msgspec
from bson import ObjectId

from gigflow.chat.events import MESSAGE_RECEIVED
from gigflow.chat.models import About, conversation_id_of, pair_of
from gigflow.chat.store import CONVERSATIONS, ENTRIES
from gigflow.core.db import Document, object_id
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.proof.snapshot import Check, Problems, Snapshot

_OF_ENTRY = ("conversation_id", "seq", "kind", "sender_id", "to_id", "hidden", "created_at")
_AT_ONCE = 1_000  # notifications whose conversations are read together


class WholeTalk(msgspec.Struct):
    """A conversation with its entries, by their numbers."""

    row: Document
    entries: list[Document]

    @property
    def name(self) -> str:
        """How sentences name it."""
        return f"the conversation {self.row['_id']}"

    @property
    def people(self) -> list[ObjectId]:
        """The two of it."""
        people: list[ObjectId] = self.row["people"]
        return people


def whole_talks(at: Snapshot) -> Iterator[WholeTalk]:
    """Yield every conversation."""
    sides = {"entries": at.groups(ENTRIES, "conversation_id", fields=_OF_ENTRY)}
    for row, found in at.joined(at.rows(CONVERSATIONS), sides):
        yield WholeTalk(row, sorted(found["entries"], key=lambda entry: entry["seq"]))


def _is_of_two(whole: WholeTalk) -> Problems:
    row, name = whole.row, whole.name
    pair = pair_of(*whole.people)
    if row["pair"] != pair or row["_id"] != conversation_id_of(pair, About.of(row["about"])):
        yield f"{name} is not that of {row['pair']} about {row['about']}"
    for entry in whole.entries:
        if {entry["sender_id"], entry["to_id"]} != set(whole.people):
            yield f"{name} has the entry {entry['_id']} of others"


def _numbers_have_no_gap(whole: WholeTalk) -> Problems:
    found, last = [entry["seq"] for entry in whole.entries], whole.row["last_seq"]
    if found != list(range(1, last + 1)):
        lost = sorted(set(range(1, last + 1)).symmetric_difference(found))[:5]
        yield f"{whole.name} ends at {last} and has {len(found)} entries; look at {lost}"
    for one, other in pairwise(whole.entries):
        if one["created_at"] > other["created_at"]:
            yield f"the entry {other['_id']} of {whole.name} is earlier than the one before it"


def _unread_is_a_recount(whole: WholeTalk) -> Problems:
    row = whole.row
    for person in whole.people:
        bookmark, counted = row["read"][str(person)], row["unread"][str(person)]
        count = sum(_is_unread(entry, person, bookmark) for entry in whole.entries)
        if counted != count:
            yield f"{whole.name} counts {counted} unread messages of {person}, and there are {count}"
        if (person in row["unread_for"]) != (count > 0):
            yield f"{whole.name} is{'' if count else ' not'} unread for {person}, and its list says otherwise"


def _is_unread(entry: Document, person: ObjectId, bookmark: int) -> bool:
    is_text = entry["kind"] == "text" and not entry["hidden"]
    return is_text and entry["to_id"] == person and entry["seq"] > bookmark


def _marks_are_within(whole: WholeTalk) -> Problems:
    row = whole.row
    for mark in ("read", "seen", "delivered"):
        for person in whole.people:
            number = row[mark][str(person)]
            if not 0 <= number <= row["last_seq"]:
                yield f"{whole.name} is {mark} by {person} up to {number}, and ends at {row['last_seq']}"


def _last_is_the_last(whole: WholeTalk) -> Problems:
    shown = [each["_id"] for each in whole.entries if each["kind"] == "text" and not each["hidden"]]
    last = whole.row["last"]
    if (last["message_id"] if last else None) != (shown[-1] if shown else None):
        yield f"{whole.name} shows {last and last['message_id']} as its last message, not {shown[-1:]}"


def _notices_are_of_what_is_unread(at: Snapshot) -> Problems:
    told = at.rows(
        NOTIFICATIONS, {"type": MESSAGE_RECEIVED.key, "read_at": None}, fields=("user_id", "url"), by="url"
    )
    seen: tuple[ObjectId, str] | None = None
    while batch := list(islice(told, _AT_ONCE)):
        ids = {row["url"]: object_id(row["url"].rpartition("/")[2]) for row in batch}
        asked = {"_id": {"$in": list(set(ids.values()))}}
        talks = {row["_id"]: row for row in at.rows(CONVERSATIONS, asked, fields=("unread",))}
        for row in batch:
            if (row["user_id"], row["url"]) == seen:
                yield f"{row['user_id']} has two unread notifications of {row['url']}, one is {row['_id']}"
            seen = row["user_id"], row["url"]
            talk = talks.get(ids[row["url"]])
            if talk is None or not talk["unread"].get(str(row["user_id"])):
                yield f"the notification {row['_id']} says that {row['url']} is unread, and it is not"


CHECKS_OF_TALKS: tuple[Check, ...] = (
    ("8. A conversation is of two people about one thing, and so is every entry", _is_of_two),
    (
        "8. Entries are numbered without a gap, and none is earlier than the one before it",
        _numbers_have_no_gap,
    ),
    ("8. What is unread equals a recount", _unread_is_a_recount),
    ("8. What was read, seen or delivered lies within the conversation", _marks_are_within),
    ("8. The last message of a conversation is its last", _last_is_the_last),
)
CHECKS: tuple[Check, ...] = (
    ("8. Notices of messages are of what is unread, one each", _notices_are_of_what_is_unread),
)
STRAYS = "0. Entries have their conversation"
