"""docs/hooks.md as the declarations have it; `python -m tests.support.hooks_table` writes it."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gigflow.accounts.parts import Part
from gigflow.core.hooks import Hook, OneForEach, Taken
from gigflow.features import wire, wirings
from gigflow.notifications.hooks import EVENTS

PATH = Path(__file__).resolve().parents[2] / "docs" / "hooks.md"
HEAD = """# What happens, and who acts on it

A feature that others stand on does not know them. It declares a hook in its `hooks.py`; features that act on it say so
in their `wiring.py`, and act in the order in which `gigflow/features.py` lists them
([decision 38](decisions/0038-hooks-and-wiring.md)). `python -m tests.support.hooks_table` writes this page; a test
fails if it is not what the code says.
"""


def hooks_table() -> str:
    """The whole document."""
    wire()
    sections = [_section(hook) for wiring in wirings().values() for hook in wiring.hooks]
    return "\n".join([HEAD, *sections])


def _section(hook: Hook[Any]) -> str:
    said = " ".join(hook.doc.split())
    said = f"## {hook.name}\n\n{said} Takers: {hook.how_many}.\n"
    if hook is EVENTS:
        return f"{said}\nThey stand in [events.md](events.md).\n"
    keyed = isinstance(hook, OneForEach)
    rows = [_row(each, keyed=keyed) for each in hook.taken]
    head = "| for | who | does |\n|---|---|---|" if keyed else "| who | does |\n|---|---|"
    return "\n".join([said, head, *rows, ""])


def _row(taken: Taken, *, keyed: bool) -> str:
    taker = taken.taker
    does: Callable[..., object] = taker.does if isinstance(taker, Part) else taker
    feature, _, module = does.__module__.removeprefix("gigflow.").partition(".")
    said = (inspect.getdoc(does) or "").partition("\n\n")[0]
    cells = [
        *([taken.key] if keyed else []),
        feature,
        f"`{module}.{does.__name__}`: {' '.join(said.split())}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PATH.write_text(hooks_table(), encoding="utf-8")
