"""What notifications ask of the features that tell people something. Notifications know none of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import ModuleType

from gigflow.accounts.models import User
from gigflow.core.db import Db
from gigflow.core.hooks import Hook, NotWired, Taken, one_for_each
from gigflow.core.rules import Rules
from gigflow.notifications.models import SECTIONS, UNKNOWN, Event, Notification, declared_in


@one_for_each()
def letter_facts(db: Db, user: User, told: Notification, rules: Rules, now: datetime, /) -> list[str]:
    """A letter tells somebody of a thing of this kind: what they have to know of it as it stands now, in sentences,
    such as the amount, the date and the next step.
    """


class UnknownEvent(LookupError):
    """A person was to be told of an event that no feature's wiring declares; the message names it."""


class Events(Hook[Event], Mapping[str, Event]):
    """The table of events: each under its key, in the order of the page of choices."""

    how_many = "any number, each with a key of its own"

    def by(self, declared: ModuleType) -> tuple[Taken, ...]:
        """Put every event that a feature's module `events` declares into the table."""
        return tuple(Taken(self, each, each.key) for each in declared_in(declared))

    def check(self, taken: Sequence[Taken]) -> None:
        """Raise NotWired if two events have the same key."""
        keys = [each.key for each in taken]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise NotWired(f"{self.name}: “{twice[0]}” is declared {keys.count(twice[0])} times")

    def wire(self, taken: Sequence[Taken]) -> None:
        """Set what is in the table. Raises NotWired."""
        super().wire(sorted(taken, key=lambda each: SECTIONS.index(each.taker.section)))
        self._by_key = {each.key: each.taker for each in self.taken}

    def of(self, key: str) -> Event:
        """The event with this key; one that another release has told is as `UNKNOWN` says."""
        return self._known.get(key, UNKNOWN)

    def check_declared(self, event: Event) -> None:
        """Raise UnknownEvent if no feature's wiring declares this event: nobody could choose it."""
        if self._known.get(event.key) is not event:
            raise UnknownEvent(f"the event “{event.key}” stands in the wiring of no feature")

    @property
    def counted_elsewhere(self) -> frozenset[str]:
        """The events that neither the bell nor an open page tells of: they have a number and toasts of their own."""
        return frozenset(key for key, event in self._known.items() if event.counted_elsewhere)

    @property
    def _known(self) -> dict[str, Event]:
        return self._by_key if self.taken else {}

    def __getitem__(self, key: str) -> Event:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


EVENTS = Events(
    "notifications.EVENTS",
    """What happens that people are told of. Each feature declares its own in its `events.py`; the choices, the list,
    the open pages, the letters and the audit read the table.
    """,
)
