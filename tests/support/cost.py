"""What a run of the tests costs, in core-seconds of everything that it starts: pytest and its workers, web processes,
mongod, Chromium, and all that ended meanwhile. Printed at the end of each run with the dearest files.

The process that outlives all workers takes in orphans (PR_SET_CHILD_SUBREAPER), so that nothing is lost whose parent
was killed. What a file costs is the worker's tree of processes from its first test to its last; the mongod that all
share is a line of its own. tests/faults starts and kills databases, and is counted apart.
"""

import ctypes
import os
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

LIMIT = 0.16  # core-seconds a test, on average, tests/faults apart
DEAREST = int(os.environ.get("COST_FILES", "10"))
_APART = "tests/faults/"
_TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_CHILD_SUBREAPER = 36


class Cost:
    """The plugin: of a worker it measures files, of the process above them the whole."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._is_worker = hasattr(config, "workerinput")
        self._before = 0.0
        self.files: dict[str, tuple[float, int]] = {}
        self.mongod = 0.0
        if not self._is_worker:
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        """Measure the file that ends with this test."""
        if not self._before:
            self._before = _of_tree(os.getpid())
        file = item.nodeid.partition("::")[0]
        spent, count = self.files.get(file, (0.0, 0))
        result = yield
        if nextitem is None or nextitem.path != item.path:
            now = _of_tree(os.getpid())
            spent += now - self._before
            self._before = now
        self.files[file] = (spent, count + 1)
        return result

    def pytest_sessionfinish(self) -> None:
        """Hand over what the worker measured."""
        if self._is_worker:
            self._config.workeroutput["files"] = self.files

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take what a worker measured."""
        self.files |= getattr(node, "workeroutput", {}).get("files", {})

    def show(self) -> None:
        """Print it, once everything has ended."""
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if self._is_worker or not self.files:
            return
        apart = {file: cost for file, cost in self.files.items() if file.startswith(_APART)}
        spent_apart, tests_apart = (sum(column) for column in zip(*apart.values(), (0.0, 0), strict=True))
        spent = _of_tree(os.getpid()) - spent_apart
        tests = sum(count for _, count in self.files.values()) - tests_apart
        each = spent / max(tests, 1)
        print(f"\n{spent:,.0f} core-seconds for {tests:,} tests: {each:.3f} each (at most {LIMIT})")
        print(
            f"  {self.mongod:,.0f} of them the shared mongod; not among them {spent_apart:,.0f} for {_APART}"
        )
        dearest = sorted(self.files.items(), key=lambda each: -each[1][0])
        for file, (cost, count) in dearest[:DEAREST]:
            print(f"  {cost:6.1f}  {cost / count:6.3f} each of {count:4}  {file}")


def of_process(pid: int) -> float:
    """The seconds of processor time that a process and its ended children took so far."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICKS
    return 0.0


def _of_tree(pid: int) -> float:
    """The same of a process and everything below it."""
    if pid == os.getpid():
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = time.process_time() + ended.ru_utime + ended.ru_stime
    else:
        spent = of_process(pid)
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            spent += sum(_of_tree(int(child)) for child in (task / "children").read_text().split())
    return spent
