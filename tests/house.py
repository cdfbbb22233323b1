"""The house by its folders and its figures: `python -m tests.house` prints them, `--write` renews docs/house.md.

A floor is as high as the longest way down from it. The order of floors is the one in which the fewest imports run back
up; whatever it is, those that do are named.
"""

import ast
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.support.imports import MODULES, PACKAGE, ROOT, imports_of, ours

DOCUMENT = ROOT / "docs" / "house.md"
COMMAND = ".venv/bin/python -m tests.house --write"
BEGINNINGS = 40  # more find nothing better
Arrow = tuple[str, str]  # who imports, what is imported


def packages_below(folder: Path) -> Iterator[tuple[str, str]]:
    """Every package in a folder, itself included, with what its docstring says first ("" if it has none)."""
    for path in sorted(folder.rglob("__init__.py")):
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        yield path.parent.relative_to(ROOT).as_posix(), " ".join(doc.partition("\n\n")[0].split())


@cache
def module_imports() -> Mapping[str, set[str]]:
    """The modules of GigFlow that each module imports, in functions and for types alone too."""
    return {name: ours(imports_of(tree)) & MODULES.keys() for name, tree in MODULES.items()}


@cache
def arrows() -> Counter[Arrow]:
    """Which room of the house imports which, and in how many modules. A room is a package, or a module at the top. What
    a feature's wiring imports does not count: it puts the feature together with others.
    """
    found: Counter[Arrow] = Counter()
    for name, imported in module_imports().items():
        here = room_of(name)
        if name.endswith(".wiring"):
            continue
        found.update((here, there) for there in {room_of(each) for each in imported} - {here})
    return found


def room_of(module: str) -> str:
    """The room that a module belongs to."""
    return module.partition(".")[0].replace("__init__", "gigflow")


@cache
def order() -> tuple[str, ...]:
    """All rooms from the ground up, so that as few imports as possible run back up: the best of many beginnings."""
    rooms, chance = sorted({room_of(name) for name in MODULES}), random.Random(1)
    found = [_settled(chance.sample(rooms, len(rooms)), arrows()) for _ in range(BEGINNINGS)]
    return min(found, key=lambda placed: (_upward(placed, arrows()).total(), placed))


def _settled(rooms: Sequence[str], weights: Counter[Arrow]) -> tuple[str, ...]:
    """Rooms in an order that no single move betters. Each is as low as what it imports lets it be, then by its name."""
    placed: list[str] = []
    for room in rooms:
        _place(room, placed, weights)
    up = sum(weights.values())
    while (now := _upward(placed, weights).total()) < up:
        up = now
        for room in rooms:
            placed.remove(room)
            _place(room, placed, weights)
    down = set(weights) - set(_upward(placed, weights))
    sunk: list[str] = []
    while len(sunk) < len(placed):
        ready = (room for room in placed if room not in sunk)
        sunk.append(min(room for room in ready if all(to in sunk for who, to in down if who == room)))
    return tuple(sunk)


def _place(room: str, placed: list[str], weights: Counter[Arrow]) -> None:
    """Put a room where fewest imports run up, as low as possible."""
    costs = _costs(room, placed, weights)
    placed.insert(costs.index(min(costs)), room)


def _costs(room: str, placed: list[str], weights: Counter[Arrow]) -> list[int]:
    """How many imports between this room and those that are placed run up, for each place that it could have."""
    costs = [sum(weights[room, other] for other in placed)]
    for other in placed:
        costs.append(costs[-1] + weights[other, room] - weights[room, other])
    return costs


def upward() -> Counter[Arrow]:
    """The imports that run back up."""
    return _upward(order(), arrows())


def _upward(placed: Sequence[str], weights: Counter[Arrow]) -> Counter[Arrow]:
    heights = {room: height for height, room in enumerate(placed)}
    return Counter({(who, to): n for (who, to), n in weights.items() if heights[who] < heights[to]})


@cache
def floors() -> tuple[tuple[str, ...], ...]:
    """The rooms of each floor, the ground floor first."""
    heights: dict[str, int] = {}
    for room in order():
        below = [heights[to] for who, to in arrows() if who == room and (who, to) not in upward()]
        heights[room] = 1 + max(below, default=-1)
    return tuple(
        tuple(sorted(room for room in heights if heights[room] == height))
        for height in range(max(heights.values()) + 1)
    )


def needed_arrows() -> list[Arrow]:
    """The imports that run down, without those that a longer way says as well."""
    down = {arrow for arrow in arrows() if arrow not in upward()}
    reached: dict[str, set[str]] = {}
    for room in order():
        direct = {to for who, to in down if who == room}
        reached[room] = direct.union(*(reached[to] for to in direct))
    return sorted(
        (who, to)
        for who, to in down
        if not any(to in reached[between] for a, between in down if a == who and between != to)
    )


def circles() -> list[tuple[str, ...]]:
    """Modules that reach one another by their imports, each such group once; imports for types alone count too."""
    graph, reached = module_imports(), {name: _reached(name) for name in module_imports()}
    groups = {tuple(sorted(to for to in reached[name] if name in reached[to])) for name in graph}
    return sorted(group for group in groups if len(group) > 1)


def _reached(name: str) -> set[str]:
    graph, found, waiting = module_imports(), set[str](), [name]
    while waiting:
        for each in graph[waiting.pop()] - found:
            found.add(each)
            waiting.append(each)
    return found


def registries() -> list[str]:
    """What modules keep empty to be filled while others are imported."""
    return [
        f"{name}.{ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])}"
        for name, tree in MODULES.items()
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and node.value
        and ast.unparse(node.value) in ("[]", "{}")
    ]


def shared_places() -> list[str]:
    """Modules outside the features that import from five of them or more: what a new feature may have to touch."""
    features = {room_of(name) for name in MODULES if name.endswith(".models")}
    return [
        name
        for name, imported in module_imports().items()
        if room_of(name) not in features and len({room_of(each) for each in imported} & features) >= 5
    ]


def document() -> str:
    """docs/house.md as it should be."""
    rows = [
        f"| `{name}/` | {doc} |" for root in ("gigflow", "tests") for name, doc in packages_below(ROOT / root)
    ]
    drawn = [f"  {who} --> {to}" for who, to in needed_arrows()]
    drawn += [f"  {who} -. back up .-> {to}" for who, to in sorted(upward())]
    stacked = [
        f"| {height} | {room} | {', '.join(sorted(to for who, to in arrows() if who == room)) or '–'} |"
        for height, rooms in reversed(list(enumerate(floors())))
        for room in rooms
    ]
    back = [f"- {who} → {to}" for who, to in sorted(upward())]
    return "\n".join(
        (
            "# Folders and floors",
            "",
            f"`{COMMAND}` writes this page from the code, and a test says when it is stale. Templates and static files",
            "are in [architecture.md](architecture.md), and what each room of a feature may import.",
            "",
            "## Folders",
            "",
            "| folder | what it is for |",
            "|---|---|",
            *rows,
            "",
            "## Who imports whom",
            "",
            "A box is a folder of `gigflow/` or a module beside them. An arrow leads to what is imported; one that a",
            "longer way says as well is left out, and so is what a `wiring.py` imports: it puts its feature",
            "together with others.",
            "",
            "```mermaid",
            "flowchart TD",
            *drawn,
            "```",
            "",
            "## Floors",
            "",
            "| floor | who | imports from |",
            "|---|---|---|",
            *stacked,
            "",
            "## Imports that run back up",
            "",
            *back,
            "",
        )
    )


def figures() -> Iterator[tuple[str, object]]:
    """The house in numbers."""
    for folder, kinds in (
        ("gigflow", ("*.py",)),
        ("tests", ("*.py",)),
        ("templates", ("*.html", "*.txt")),
        ("static/js", ("*.js",)),
        ("static/css", ("*.css",)),
    ):
        lines = {
            path: len(path.read_text(encoding="utf-8").splitlines())
            for kind in kinds
            for path in (ROOT / folder).rglob(kind)
        }
        longest = max(lines, key=lambda path: lines[path])
        yield f"{folder}: files, lines", f"{len(lines)}, {sum(lines.values()):,}"
        yield f"{folder}: longest file", f"{longest.relative_to(ROOT).as_posix()}, {lines[longest]}"
    beside = [path for path in PACKAGE.glob("*.py") if path.name != "__init__.py"]
    yield "modules beside the packages", len(beside)
    yield "rooms, floors, arrows", f"{len(order())}, {len(floors())}, {len(arrows())}"
    yield "imports that run back up", len(upward())
    yield "circles of modules", len(circles())
    yield "registries filled by importing", len(registries())
    yield "places that name five features or more", f"{len(shared_places())}: {', '.join(shared_places())}"


if __name__ == "__main__":
    if "--write" in sys.argv:
        DOCUMENT.write_text(document(), encoding="utf-8")
    for what, figure in figures():
        print(f"{what:40} {figure}")
