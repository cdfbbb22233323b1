"""What the demo's freelancers hand in: small files that can be opened, the same at every fill."""

import csv
from io import StringIO
from random import Random

from gigflow.demo.drawing import Sheet

_DRAWN = {"web-design", "brand-design", "illustration", "print-design", "video", "photography"}
_LISTED = {"data", "automation", "research", "administration", "finance", "marketing"}


def work_on(title: str, category: str, version: int) -> list[tuple[str, bytes]]:
    """Return the files of one delivery, names and bytes: a note, and with it a drawing or a list if the work is one."""
    chance = Random(f"{title} {version}")  # noqa: S311 - it must be the same at every fill
    files = [(f"note-{version}.txt", _note(title, version))]
    if category in _DRAWN:
        files.append((f"draft-{version}.jpg", _drawing(title, version)))
    elif category in _LISTED:
        files.append((f"list-{version}.csv", _list(chance)))
    return files


def _note(title: str, version: int) -> bytes:
    lines = [
        title,
        "=" * len(title),
        "",
        f"Version {version}.",
        "",
        "1. What was agreed on is in it, in the order in which it was agreed.",
        "2. What I changed on the way is marked, with the reason beside it.",
        "3. If one thing is not as you meant it, say which, and I will see to it first.",
        "",
    ]
    return "\n".join(lines).encode()


def _drawing(title: str, version: int) -> bytes:
    """Flat shapes on a sheet of paper."""
    sheet = Sheet((600, 400), f"{title} {version}")
    palette, chance = sheet.palette, sheet.chance
    for colour in chance.choices((palette.light, palette.middle, palette.deep, palette.accent), k=7):
        sheet.disc(chance.uniform(10, 140), chance.uniform(10, 90), chance.uniform(6, 24), colour)
    sheet.stroke("8,92 40,88 80,94 142,90", palette.dark, 0.8)
    return sheet.jpeg()


def _list(chance: Random) -> bytes:
    written = StringIO()
    table = csv.writer(written)
    table.writerow(("line", "amount", "state", "remark"))
    for line in range(1, chance.randint(12, 30)):
        state = chance.choices(("fine", "doubtful", "missing"), (8, 2, 1))[0]
        table.writerow(
            (line, chance.randint(3, 900), state, "" if state == "fine" else "please look at this")
        )
    return written.getvalue().encode()
