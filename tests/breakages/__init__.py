"""What the tests would notice: GigFlow broken in one thing at a time, each with the test that must fail then.

A breakage is found by its text and a test by its name, wherever they stand, so that both may move.
`python -m tests.breakages` runs them (see __main__.py); tests/test_breakages.py sees to it that every row still fits.
"""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = {"gigflow": "*.py", "templates": "*.html", "static/js": "*.js"}
_TEST = re.compile(r"^def (test_\w+)", re.MULTILINE)


class Breakage(NamedTuple):
    """What is broken, in words; the text that stands exactly once in the product, and what comes in its place; the
    name of the test that notices, with its parameters in brackets if one of them is enough.
    """

    what: str
    old: str
    new: str
    test: str


class Tree:
    """The files of one working tree, as far as breakages need them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts = {
            path: path.read_text(encoding="utf-8")
            for folder, pattern in PRODUCT.items()
            for path in (root / folder).rglob(pattern)
        }
        self._tests: dict[str, Path] = {}
        self._doubled: set[str] = set()
        for path in (root / "tests").rglob("test_*.py"):
            for name in Counter(_TEST.findall(path.read_text(encoding="utf-8"))):
                self._doubled |= {name} & self._tests.keys()
                self._tests[name] = path

    def broken(self, breakage: Breakage) -> tuple[Path, str]:
        """The file that a breakage is in, and its broken text. Raises LookupError if the text is not there once."""
        places = {
            path: text.count(breakage.old) for path, text in self._texts.items() if breakage.old in text
        }
        if sum(places.values()) != 1:
            raise LookupError(f"{breakage.what}: its old text stands {sum(places.values())} times")
        (path,) = places
        return path, self._texts[path].replace(breakage.old, breakage.new)

    def node_of(self, breakage: Breakage) -> str:
        """What pytest calls the test of a breakage. Raises LookupError if it is not there once."""
        name = breakage.test.partition("[")[0]
        if name not in self._tests or name in self._doubled:
            raise LookupError(f"{breakage.what}: there is no one test {name}")
        return f"{self._tests[name].relative_to(self.root)}::{breakage.test}"
