"""The worked example of CONTRIBUTING.md, followed to the letter in a copy of the house."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A file's name, and after it the block that is what stands in it.
_FILES = re.compile(r"`((?:gigflow|templates|tests)/bookmarks/\w+\.\w+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
_LINE = re.compile(
    r"\(here after `(\w+)`\), in `FEATURES` of\s+`(gigflow/features\.py)`:\n\n```\n(.*?)```", re.DOTALL
)


def follow_the_example(house: Path) -> list[str]:
    """Build what CONTRIBUTING.md says into this copy; returns the names of the files that it makes."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    files = dict(_FILES.findall(text))
    for name, content in files.items():
        (house / name).parent.mkdir(exist_ok=True)
        (house / name).write_text(content, encoding="utf-8")
    ((before, name, line),) = _LINE.findall(text)
    features = (house / name).read_text(encoding="utf-8")
    assert features.count(f'    "{before}",\n') == 1
    added = features.replace(f'    "{before}",\n', f'    "{before}",\n{line}')
    (house / name).write_text(added, encoding="utf-8")
    return sorted(files)


@pytest.mark.slow
def test_the_worked_example_works(tmp_path: Path) -> None:
    """Its own test passes, the rooms' rules hold, and it is written as the house writes."""
    for name in ("gigflow", "templates", "static", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("wsgi.py", "pyproject.toml"):
        shutil.copy2(ROOT / name, tmp_path / name)
    made = [name for name in follow_the_example(tmp_path) if name.endswith(".py")]
    run(tmp_path, "ruff", "check", *made)
    run(tmp_path, "ruff", "format", "--check", *made)
    # The house's own cache, so that it reads again only what is new, and the next run only that.
    run(
        tmp_path,
        "mypy",
        "--cache-dir",
        str(ROOT / ".mypy_cache"),
        *(name for name in made if name.startswith("gigflow/")),
    )
    run(tmp_path, "pytest", "-q", "-k", "bookmarks", "tests/test_imports.py", "tests/bookmarks")


def run(house: Path, *words: str) -> None:
    """Run a tool on the copy, as somebody would who has no other run going on."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=house, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
