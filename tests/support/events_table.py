"""docs/events.md as the features declare it; `python -m tests.support.events_table` writes it."""

from datetime import timedelta
from pathlib import Path

from gigflow.features import wire, wirings
from gigflow.notifications.hooks import EVENTS
from gigflow.notifications.models import Event

PATH = Path(__file__).resolve().parents[2] / "docs" / "events.md"
HEAD = """# What people are told of

Each feature declares its events in its `events.py`, and its wiring puts them into one table, in the order of the page
of choices ([decision 41](decisions/0041-one-table-of-events.md)). `python -m tests.support.events_table` writes this
page; a test fails if it is not what the code says.

Letter: when one may be written if nobody has chosen; people who have read it in the app by then get none. What is
urgent is written in quiet hours, too. Shown: how long it stays on an open page; what is counted elsewhere has a number
and toasts of its own, and is only in the list and in letters. Steps: the lines of an order's timeline that tell it,
and whom; the audit proves that each was told once. Over by: the steps of a thing (docs/states.md) that end it. It is
read then on every device, and no letter tells of it. Looking at the page to which it leads, or acting there, reads it
too, for that person.

| event | declared by | what people choose | icon | letter | its button | shown | steps | over by |
|---|---|---|---|---|---|---|---|---|
"""


def events_table() -> str:
    """The whole document."""
    wire()
    owners = {
        taken.key: name
        for name, wiring in wirings().items()
        for taken in wiring.takes
        if taken.hook is EVENTS
    }
    return HEAD + "".join(_row(event, owners[key]) for key, event in EVENTS.items())


def _row(event: Event, owner: str) -> str:
    cells = (
        f"`{event.key}`",
        owner,
        event.label,
        " ".join(filter(None, (event.icon, event.tone and f"({event.tone})"))),
        _letter(event),
        event.button,
        _shown(event),
        ", ".join(f"{step}: {to}" for step, to in event.steps.items()) or "–",
        "; ".join(f"{kind}: {', '.join(steps)}" for kind, steps in event.over.items()) or "–",
    )
    return f"| {' | '.join(cells)} |\n"


def _shown(event: Event) -> str:
    if event.counted_elsewhere:
        return "counted elsewhere"
    return "until it is read" if event.until_read else "a moment"


def _letter(event: Event) -> str:
    if not event.email:
        return "if chosen"
    said = f"after {event.delay // timedelta(minutes=1)} minutes" if event.delay else "at once"
    return f"{said}, urgent" if event.urgent else said


if __name__ == "__main__":
    PATH.write_text(events_table(), encoding="utf-8")
