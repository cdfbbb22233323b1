"""What code, tests and documents cite: documents with their sections, numbered statements, decisions."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FOLDERS = ("gigflow", "templates", "static/js", "static/css", "tests", "docs")
KINDS = {".py", ".toml", ".html", ".js", ".css", ".md"}

_NUMBERS = r"(\d+[a-z]?\b(?:(?:, | and |, and | to )\d+[a-z]?\b)*)"
_SECURITY = re.compile(rf"SECURITY {_NUMBERS}")
_INVARIANTS = re.compile(rf"[Ii]nvariants? {_NUMBERS}")
_DECISIONS = re.compile(rf"(?:[Dd]ecisions?|ADR) {_NUMBERS}|docs/decisions/(\d{{4}})")
_DOCUMENT = re.compile(r"(?<![\w/.*-])(?:\w[\w-]*/)*\w[\w-]*\.md\b")
_SECTION = re.compile(r"docs/(\w+\.md), (?=[A-Z])")
# Lines go on in the next one, in comments too.
_NEXT_LINE = re.compile(r"\n\s*(?:#|//|\*)?[ ]*")


def citing_files() -> Iterator[Path]:
    """Every file of ours that may cite something."""
    for folder in FOLDERS:
        yield from (path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in KINDS)
    yield from sorted(ROOT.glob("*.md"))
    yield from (ROOT / "pyproject.toml", ROOT / "Makefile")


def missing(text: str, folder: Path = ROOT) -> Iterator[str]:
    """What a text in this folder cites and nobody finds."""
    text = _NEXT_LINE.sub(" ", text)
    for name in _DOCUMENT.findall(text):
        if not any((place / name).exists() for place in (ROOT, DOCS, folder)):
            yield name
    for found in _SECTION.finditer(text):
        rest = text[found.end() :]
        if not any(rest.startswith(heading) for heading in headings(found[1])):
            yield f"{found[0]}{rest[:30]}"
    for pattern, known in (
        (_SECURITY, numbered("security.md")),
        (_INVARIANTS, numbered("domain.md")),
        (_DECISIONS, decisions()),
    ):
        for found in pattern.finditer(text):
            numbers = re.findall(r"\d+[a-z]?", found[0])
            yield from (f"{found[0]} (no {number})" for number in numbers if number.lstrip("0") not in known)


def headings(document: str) -> list[str]:
    """The sections of a document in docs/."""
    return re.findall(r"^#+ (.+)$", _read(DOCS / document), re.MULTILINE)


def numbered(document: str) -> set[str]:
    """The numbers of the statements of a document in docs/: the rows of its tables that begin with one."""
    return set(re.findall(r"^\| (\d+[a-z]?) \|", _read(DOCS / document), re.MULTILINE))


def decisions() -> set[str]:
    """The numbers of the decisions."""
    return {path.name[:4].lstrip("0") for path in (DOCS / "decisions").glob("[0-9]*.md")}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
