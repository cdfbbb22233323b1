"""What is written down about the code, compared with the code."""

import re
import tokenize
from pathlib import Path

import pytest

from gigflow.bids.models import BID
from gigflow.core.transitions import Lifecycle
from gigflow.gigs.models import JOB, SERVICE
from gigflow.invitations.models import INVITATION
from gigflow.offers.models import OFFER
from gigflow.orders.models import ORDER
from gigflow.payments.models import PAYMENT, PAYOUT
from gigflow.requests.models import REQUEST
from gigflow.settings.settings import declared_settings
from tests import house
from tests.support import events_table, hooks_table
from tests.support.citations import citing_files, missing

ROOT = Path(__file__).resolve().parents[1]
LIFECYCLES = (JOB, SERVICE, BID, REQUEST, OFFER, INVITATION, ORDER, PAYMENT, PAYOUT)


def table_of(life: Lifecycle) -> str:
    """A lifecycle as the rows that docs/states.md shows."""
    rows = [
        f"## {life.entity.capitalize()}",
        "",
        "| who | does | from | to | in the same transaction |",
        "|---|---|---|---|---|",
    ]
    for each in life.transitions.values():
        sources = ", ".join(each.sources) or "–"
        rows.append(
            f"| {each.actor} | {each.name} | {sources} | {each.target} | {'; '.join(each.effects) or '–'} |"
        )
    return "\n".join(rows)


def test_the_states_are_written_down_as_they_are() -> None:
    """docs/states.md is the code's table; where it is not, what it should say stands in the failure."""
    text = (ROOT / "docs" / "states.md").read_text(encoding="utf-8")
    for life in LIFECYCLES:
        assert table_of(life) in text, f"docs/states.md should say:\n\n{table_of(life)}"
    assert text.count("\n## ") == len(LIFECYCLES)


def test_who_acts_on_what_is_written_down_as_it_is() -> None:
    """docs/hooks.md is what the features declare, in the order in which they act."""
    written = hooks_table.PATH.read_text(encoding="utf-8")
    assert written == hooks_table.hooks_table(), "run python -m tests.support.hooks_table"


def test_what_people_are_told_of_is_written_down_as_it_is() -> None:
    """docs/events.md is what the features declare, in the order of the page of choices."""
    written = events_table.PATH.read_text(encoding="utf-8")
    assert written == events_table.events_table(), "run python -m tests.support.events_table"


def test_the_readme_names_every_setting() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in declared_settings() if f"`{name}`" not in text] == []


def test_the_example_names_every_setting() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE)) == declared_settings().keys()


def test_links_between_the_documents_lead_somewhere() -> None:
    for document in (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (document.parent / target).exists(), f"{document.relative_to(ROOT)} links to {target}"


def test_every_decision_is_listed() -> None:
    """docs/decisions/README.md names each by its number."""
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    for record in folder.glob("[0-9]*.md"):
        number = int(record.name[:4])
        assert f"| [{number}]({record.name}) | " in listed
        assert record.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_what_is_cited_exists() -> None:
    """A document, its section, a numbered statement, a decision: nobody is sent to look for what is not here."""
    lost = {
        f"{path.relative_to(ROOT)}: {each}"
        for path in citing_files()
        for each in missing(path.read_text(encoding="utf-8"), path.parent)
    }
    assert not lost, "\n".join(sorted(lost))


@pytest.mark.parametrize(
    "cited",
    [
        f"SECURITY {99}",
        f"SECURITY 2, {99}c",
        f"invariants 3 and\n    # {99}",
        f"decision {9999}",
        "docs/decisions/" + "9999",
        "docs/nowhere" + ".md",
        "docs/domain.md" + ", Nowhere",
    ],
)
def test_what_does_not_exist_is_not_cited(cited: str) -> None:
    assert list(missing(f"Because of a rule ({cited}).")) != []


def test_files_that_the_documents_name_exist() -> None:
    named = re.compile(r"`((?:gigflow|tests|templates|static)/[\w/.-]+\.(?:py|html|css|js|toml))`")
    for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for name in named.findall(document.read_text(encoding="utf-8")):
            # Those of the worked example are made by tests/test_contributing.py.
            there = (ROOT / name).exists() or "/bookmarks/" in name
            assert there, f"{document.relative_to(ROOT)} names {name}"


def test_each_folder_says_what_it_is_for() -> None:
    """Packages in their docstring, which docs/house.md shows; others in docs/architecture.md."""
    said = {
        name for folder in ("gigflow", "tests") for name, doc in house.packages_below(ROOT / folder) if doc
    }
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    said |= set(re.findall(r"^\| `([\w/]+)/` \| .", text, re.MULTILINE))
    there = {
        folder.relative_to(ROOT).as_posix()
        for name in ("gigflow", "templates", "static", "tests")
        for folder in (ROOT / name, *(ROOT / name).rglob("*"))
        if any(path.is_file() for path in folder.glob("*")) and folder.name != "__pycache__"
    }
    assert said == there


def test_the_picture_of_the_house_is_as_the_house_is() -> None:
    text = house.DOCUMENT.read_text(encoding="utf-8")
    assert text == house.document(), f"docs/house.md is stale. Renew it by: {house.COMMAND}"


def test_nothing_names_the_machine_it_was_made_on() -> None:
    """A clone anywhere else must read the same."""
    suspicious = re.compile(r"/(?:work|root|home)/\w|/tmp/(?!\.)\w+/")
    folders = ("gigflow", "tests", "templates", "docs", "static/js", "static/css")
    files = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md", ".html", ".js", ".css")
    ]
    for path in (*files, *ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"):
        if path != Path(__file__):
            found = suspicious.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{path.relative_to(ROOT)}: {found and found.group()}"


NEVER = re.compile(r"\b(whoever|anew|none where|wish)\b", re.IGNORECASE)
NAMES = (tokenize.NAME, tokenize.OP)  # of Python: a name may be what it wants


def test_the_english_is_plain() -> None:
    """Conditions are said with if, and some words with others (CONTRIBUTING, Comments)."""
    read = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for folder in ("gigflow", "templates", "static/js"):
        read += [
            path
            for path in (ROOT / folder).rglob("*")
            if path.suffix in {".py", ".toml", ".html", ".txt", ".js"}
        ]
    assert len(read) > 400
    assert [found for path in read for found in _never_said(path)] == []


def _never_said(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py" and NEVER.search(text):
        with path.open("rb") as file:
            tokens = [each for each in tokenize.tokenize(file.readline) if each.type not in NAMES]
        text = "\n".join(each.string for each in tokens)
    return [f"{path.relative_to(ROOT)}: {found.group()}" for found in NEVER.finditer(" ".join(text.split()))]
