"""What conversations should be, whatever anybody does with them: the model of test_talk_machine.py."""

from dataclasses import dataclass, field

from tests.support.client import Json

OWNER, BIDDER, OTHER, ADMIN = range(4)
UNANSWERED_MOST = 3  # messages to a stranger who has not answered


@dataclass
class ModelEntry:
    """What an entry should be."""

    id: str
    kind: str
    sender: int
    hidden: bool
    client_id: str
    first: str
    text: str
    shown: str  # what the other reads
    retracted: bool = False
    is_old: bool = False  # too old to be changed
    versions: list[str] = field(default_factory=list)  # what it said before each change, to its sender

    def change(self, text: str, *, hidden: bool) -> None:
        self.versions.append(self.text)
        self.text = text
        self.shown = self.shown if hidden else text

    def take_back(self) -> None:
        self.versions.append(self.text)
        self.retracted, self.text, self.shown = True, "", ""

    def sweep(self) -> None:
        """Its sender has left for good."""
        self.text, self.shown, self.versions = "", "", []


@dataclass
class ModelTalk:
    """What a conversation between two people should be. If they are strangers, the second of them has opened it."""

    id: str
    people: tuple[int, int]
    about: dict[str, str]
    is_of_strangers: bool = False
    bid: Json | None = None  # on the job that it is about, or
    service: Json | None = None
    order: str = ""  # that is paid
    has_left: bool = False  # one of the two
    entries: list[ModelEntry] = field(default_factory=list)
    read: dict[int, int] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)
    delivered: dict[int, int] = field(default_factory=dict)
    blocked_by: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for marks in self.marks().values():
            marks.update(dict.fromkeys(self.people, 0))

    def marks(self) -> dict[str, dict[int, int]]:
        """How far each has it, as it is stored."""
        return {"read": self.read, "seen": self.seen, "delivered": self.delivered}

    def other(self, who: int) -> int:
        return self.people[1] if who == self.people[0] else self.people[0]

    def is_hidden(self, who: int) -> bool:
        return self.other(who) in self.blocked_by and not self.order

    def is_shut(self, who: int) -> bool:
        return who in self.blocked_by and not self.order

    def is_limited(self, who: int) -> bool:
        """Whether somebody writes to a stranger who has not answered."""
        if not self.is_of_strangers or who != self.people[1] or self.order:
            return False
        return not any(
            each.kind == "text" and each.sender != who and not each.hidden for each in self.entries
        )

    def refusal(self, who: int) -> str:
        """Why somebody cannot send anything, or nothing."""
        if self.has_left:
            return "person_left"
        if self.is_shut(who):
            return "you_blocked"
        return "wait_for_answer" if self.is_limited(who) and self.sent(who) >= UNANSWERED_MOST else ""

    def sent(self, who: int) -> int:
        return len(self.texts_of(who))

    def texts_of(self, who: int) -> list[ModelEntry]:
        return [each for each in self.entries if each.kind == "text" and each.sender == who]

    def kind_for(self, who: int, entry: ModelEntry) -> str:
        return "hidden" if entry.hidden and entry.sender != who else entry.kind

    def shown_to(self, who: int) -> list[int]:
        """The numbers of the messages that somebody sees."""
        return [seq for seq, each in enumerate(self.entries, 1) if self.kind_for(who, each) == "text"]

    def received_by(self, who: int) -> list[int]:
        return [seq for seq in self.shown_to(who) if self.entries[seq - 1].sender != who]

    def unread(self, who: int) -> int:
        return sum(seq > self.read[who] for seq in self.received_by(who))

    def add(self, answer: Json, kind: str, who: int, text: str, *, hidden: bool) -> None:
        assert answer["seq"] == len(self.entries) + 1
        client_id = answer["clientId"] or ""
        self.entries.append(ModelEntry(answer["id"], kind, who, hidden, client_id, text, text, text))

    def read_up_to(self, who: int, seq: int) -> None:
        to = min(seq, len(self.entries))
        moves = to > self.read[who]
        self.read[who] = max(self.read[who], to)
        if not self.blocked_by:
            self.seen[who] = max(self.seen[who], to)
            if moves:
                self.deliver(who, to)

    def call_unread(self, who: int, seq: int) -> None:
        if who not in self.blocked_by:
            self.read[who] = min(self.read[who], max(0, seq - 1))

    def deliver(self, who: int, seq: int) -> None:
        if not self.blocked_by and seq <= len(self.entries):
            self.delivered[who] = max(self.delivered[who], seq)

    def block(self, who: int) -> None:
        if who not in self.blocked_by:
            self.blocked_by.add(who)
            self.read[who] = len(self.entries)

    def versions(self) -> list[list[str]]:
        return [each.versions for each in self.entries]

    def check_row(self, row: Json, ids: dict[int, str]) -> None:
        """The conversation is stored like this, in which people have these ids."""
        assert row["last_seq"] == len(self.entries)
        for who in self.people:
            assert row["unread"][ids[who]] == self.unread(who)
            for name, marks in self.marks().items():
                assert row[name][ids[who]] == marks[who], name

    def check_heard(self, who: int, found: list[Json]) -> None:
        """Somebody gets its entries like this."""
        assert [(each["seq"], each["kind"]) for each in found] == [
            (seq, self.kind_for(who, each)) for seq, each in enumerate(self.entries, 1)
        ]
        for each, entry in zip(found, self.entries, strict=True):
            if each["kind"] == "text":
                assert each["text"] == (entry.text if entry.sender == who else entry.shown)
