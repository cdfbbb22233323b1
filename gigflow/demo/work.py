"""What the demo's freelancers hand in: small files that can be opened, the same at every fill."""

import csv
from io import StringIO
from random import Random

from gigflow.demo.drawing import PALETTES

_DRAWN = {"web-design", "brand-design", "illustration", "print-design", "video", "photography"}
_LISTED = {"data", "automation", "research", "administration", "finance", "marketing"}


def work_on(title: str, category: str, version: int) -> list[tuple[str, bytes]]:
    """Return the files of one delivery, names and bytes: a note, and with it a drawing or a list if the work is one."""
    chance = Random(f"{title} {version}")  # noqa: S311 - it must be the same at every fill
    files = [(f"note-{version}.txt", _note(title, version))]
    if category in _DRAWN:
        files.append((f"draft-{version}.svg", _drawing(title, chance)))
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


def _drawing(title: str, chance: Random) -> bytes:
    """Flat shapes on a sheet of paper, with the title below them."""
    palette = chance.choice(PALETTES)
    colours = (palette.light, palette.middle, palette.deep, palette.accent)
    shapes = [
        f'<circle cx="{chance.randint(60, 540)}" cy="{chance.randint(50, 300)}" r="{chance.randint(20, 90)}"'
        f' fill="{colour}"/>'
        for colour in chance.choices(colours, k=6)
    ]
    text = title.replace("&", "&amp;").replace("<", "&lt;")
    return "\n".join(
        (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 400">',
            f'<rect width="600" height="400" fill="{palette.paper}"/>',
            *shapes,
            f'<text x="30" y="375" font-family="serif" font-size="16" fill="{palette.dark}">{text}</text>',
            "</svg>\n",
        )
    ).encode()


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
