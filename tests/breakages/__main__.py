"""Run the breakages: `python -m tests.breakages [-k WORDS] [--at COMMIT] [-j NUMBER]`, or `make breakages`.

Each is made in a copy of this tree (or of a commit), never here. First the named tests must pass in the unbroken copy;
then each must fail in the broken one, and by an assertion: a test that stumbles over an error of syntax, an import or
its own set-up has noticed nothing. Exits with 1 if a breakage went unnoticed.
"""

import argparse
import io
import os
import queue
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.breakages import ROOT, Breakage, Tree
from tests.breakages.table import TABLE
from tests.conftest import GIVEN_MONGO
from tests.support.mongo import SharedMongod

SECONDS = 300  # one test, with the start of all that it needs
BY_ASSERTION = ("assert ", "AssertionError", "Failed: DID NOT RAISE")


def main() -> int:
    """Run what the command line asks for. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.breakages", description="Break GigFlow and see.")
    parser.add_argument("-k", default="", metavar="WORDS", help="only those with this in their words or test")
    parser.add_argument("--at", default="", metavar="COMMIT", help="in the tree of this commit")
    parser.add_argument("-j", type=int, default=2, metavar="NUMBER", help="so many at once (2)")
    args = parser.parse_args()
    rows = [row for row in TABLE if args.k in row.what or args.k in row.test]
    shared = SharedMongod()
    os.environ[GIVEN_MONGO] = shared.uri
    try:
        with tempfile.TemporaryDirectory(prefix="gigflow-breakages-") as base:
            folders = (Path(base) / str(number) for number in range(args.j))
            return run_all(rows, [Tree(_copy(folder, args.at)) for folder in folders])
    finally:
        shared.stop()


def run_all(rows: list[Breakage], trees: list[Tree]) -> int:
    """Run these, as many at once as there are trees. Returns the exit code."""
    misfits = _misfits(trees[0], rows)
    rows = [row for row in rows if row not in misfits]
    print(f"{len(rows)} tests in the unbroken tree …", flush=True)
    unsound = rows and _run(trees[0].root, sorted({trees[0].node_of(row) for row in rows}), len(trees))
    if unsound:
        print(unsound)
        return 1
    free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
    for tree in trees:
        free.put(tree)

    def noticed(row: Breakage) -> bool:
        tree = free.get()
        try:
            return _is_noticed(tree, row)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        found = list(pool.map(noticed, rows))
    print(f"{sum(found)} of {len(rows)} breakages were noticed, {len(misfits)} fit no longer")
    return 0 if rows and all(found) and not misfits else 1


def _copy(folder: Path, commit: str) -> Path:
    """What belongs to this tree, new files too, or what belongs to a commit."""
    folder.mkdir()
    if commit:
        packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        return folder
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def _misfits(tree: Tree, rows: list[Breakage]) -> list[Breakage]:
    found = []
    for row in rows:
        try:
            tree.broken(row)
            tree.node_of(row)
        except LookupError as error:
            print(f"misfit    {error}")
            found.append(row)
    return found


def _is_noticed(tree: Tree, row: Breakage) -> bool:
    """Break the tree, run the test, mend the tree."""
    path, text = tree.broken(row)
    kept, times, began = path.read_bytes(), path.stat(), time.monotonic()
    path.write_text(text, encoding="utf-8")
    try:
        problem = _run(tree.root, [tree.node_of(row)])
    finally:
        path.write_bytes(kept)
        # Python takes what it has compiled for the file of that time.
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    wrong = "passes" if not problem else "" if problem.startswith("assertion") else problem
    place = f"{path.relative_to(tree.root)}, {row.test}"
    took = time.monotonic() - began
    print(f"{'UNNOTICED' if wrong else 'noticed  '} {row.what} ({place}; {took:.0f} s) {wrong}", flush=True)
    return not wrong


def _run(root: Path, nodes: list[str], workers: int = 0) -> str:
    """Run tests. Returns nothing if they pass, `assertion …` if they fail as they should, or what else went wrong."""
    report = root / "breakages.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    command += ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else ["-n", "0", "-x"]
    try:
        run = subprocess.run(
            [*command, *nodes], cwd=root, capture_output=True, text=True, timeout=SECONDS * len(nodes)
        )
    except subprocess.TimeoutExpired:
        return "does not end"
    if run.returncode == 0:
        return ""
    if not report.exists():
        return f"does not run: {run.stdout[-2000:]}{run.stderr[-2000:]}"
    cases = ET.parse(report).iter("testcase")
    failures = [(case.get("name"), failure) for case in cases for failure in case.iter("failure")]
    said = [failure.get("message", "") for _, failure in failures]
    if workers <= 1 and said and all(each.startswith(BY_ASSERTION) for each in said):
        return f"assertion: {said[0]}"
    return (
        f"fails otherwise: {[name for name, _ in failures]} {said or run.stdout[-3000:] + run.stderr[-1000:]}"
    )


if __name__ == "__main__":
    sys.exit(main())
