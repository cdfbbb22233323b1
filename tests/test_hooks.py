"""How features are put together: hooks without their takers are loud, the order is the written one (decision 38)."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gigflow.core.db import Declared
from gigflow.core.hooks import Hook, NotWired, Taken, many, one, one_for_each
from gigflow.features import FEATURES, collections, connect, wire, wirings
from gigflow.wiring import Wiring

ROOT = Path(__file__).resolve().parents[1]


@many
def told(name: str, /) -> str:
    """Somebody was told something."""


@one
def asked(name: str, /) -> str:
    """Somebody asks."""


@one_for_each("job", "service")
def ended(name: str, /) -> str:
    """Something has ended."""


def polite(name: str) -> str:
    """Say it politely."""
    return f"Dear {name}"


def short(name: str) -> str:
    """Say it shortly."""
    return f"Hi {name}"


def declared_hooks() -> dict[str, Hook[Any]]:
    """Every hook of the house by its name, as the modules `hooks` have them."""
    found: dict[str, Hook[Any]] = {}
    for path in sorted(ROOT.glob("gigflow/*/hooks.py")):
        module = import_module(f"gigflow.{path.parent.name}.hooks")
        for hook in vars(module).values():
            if isinstance(hook, Hook):
                found[hook.name] = hook
    return found


def test_takers_act_in_the_order_of_the_features() -> None:
    connect([Wiring(hooks=(told,)), Wiring(takes=told.by(short)), Wiring(takes=told.by(polite))])
    assert [act("Eve") for act in told] == ["Hi Eve", "Dear Eve"]
    connect([Wiring(takes=told.by(polite)), Wiring(takes=told.by(short)), Wiring(hooks=(told,))])
    assert [act("Eve") for act in told] == ["Dear Eve", "Hi Eve"]


def test_nobody_needs_to_act_where_any_number_may() -> None:
    connect([Wiring(hooks=(told,))])
    assert list(told) == []


def test_the_one_that_acts_gives_the_answer() -> None:
    connect([Wiring(hooks=(asked,), takes=asked.by(polite))])
    assert asked("Eve") == "Dear Eve"


def test_each_kind_has_its_own() -> None:
    takes = (*ended.by("job", polite), *ended.by("service", short), *ended.by("offer", short))
    connect([Wiring(hooks=(ended,), takes=takes)])
    assert (ended["job"]("Eve"), ended["service"]("Eve")) == ("Dear Eve", "Hi Eve")
    assert (ended.get("offer"), ended.get("nothing")) == (short, None)
    with pytest.raises(KeyError):
        ended["nothing"]


@pytest.mark.parametrize(
    ("takes", "said"),
    [
        ((), "tests.asked needs exactly one taker and has 0"),
        ((*asked.by(polite), *asked.by(short)), "tests.asked needs exactly one taker and has 2"),
    ],
)
def test_a_hook_for_one_without_its_one_is_loud_at_once(takes: tuple[Taken, ...], said: str) -> None:
    with pytest.raises(NotWired, match=said.replace(".", r"\.")):
        connect([Wiring(hooks=(asked,), takes=takes)])


@pytest.mark.parametrize(
    ("takes", "said"),
    [
        (ended.by("job", polite), "“service” and has 0"),
        ((*ended.by("job", polite), *ended.by("job", short), *ended.by("service", short)), "“job” and has 2"),
        ((*ended.by("job", polite), *ended.by("service", short), *ended.by("x", short) * 2), "“x” and has 2"),
    ],
)
def test_a_kind_without_its_one_is_loud_at_once(takes: tuple[Taken, ...], said: str) -> None:
    with pytest.raises(NotWired, match=said):
        connect([Wiring(hooks=(ended,), takes=takes)])


def test_acting_on_what_nobody_declares_is_loud() -> None:
    with pytest.raises(NotWired, match="stands in the wiring of no feature"):
        connect([Wiring(takes=told.by(polite))])


FORGETFUL = """
from gigflow.core.hooks import NotWired
from gigflow.features import wirings

for wiring in wirings().values():  # imported, which registers nothing
    for hook in wiring.hooks:
        try:
            hook.get("x") if hasattr(hook, "get") else list(hook) if hasattr(hook, "__iter__") else hook()
        except NotWired as error:
            print(error)
"""


def test_a_process_that_forgot_to_put_its_features_together_is_told_so() -> None:
    """S7: else all the money that arrives would be sent back, and a finished order leave its job assigned."""
    done = subprocess.run([sys.executable, "-c", FORGETFUL], cwd=ROOT, capture_output=True, text=True)
    said = [f"the hook {name} is not wired: call gigflow.features.wire() first" for name in declared_hooks()]
    assert sorted(done.stdout.splitlines()) == sorted(said), done.stderr


def test_every_hook_stands_in_the_wiring_of_its_feature() -> None:
    listed = {hook.name: name for name, wiring in wirings().items() for hook in wiring.hooks}
    assert listed == {name: name.partition(".")[0] for name in declared_hooks()}


def test_hooks_are_declared_in_their_own_rooms_alone() -> None:
    makers = {"many", "one", "one_for_each", "Many", "One", "OneForEach"}
    for path in (ROOT / "gigflow").rglob("*.py"):
        if path.name != "hooks.py":
            names = {
                alias.name
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.ImportFrom) and node.module == "gigflow.core.hooks"
                for alias in node.names
            }
            assert not names & makers, path


def test_every_feature_is_listed_and_wired() -> None:
    folders = {path.parent.name for path in ROOT.glob("gigflow/*/wiring.py")}
    assert sorted(FEATURES) == sorted(folders)
    assert tuple(wirings()) == FEATURES


def test_every_store_of_a_feature_is_prepared() -> None:
    declared = {each.name for each in collections()}
    for path in ROOT.glob("gigflow/*/store.py"):
        store = import_module(f"gigflow.{path.parent.name}.store")
        assert {each.name for each in vars(store).values() if isinstance(each, Declared)} <= declared


def test_putting_the_features_together_twice_changes_nothing() -> None:
    wire()
    before = {name: hook.taken for name, hook in declared_hooks().items()}
    wire()
    assert {name: hook.taken for name, hook in declared_hooks().items()} == before


def test_the_supervisor_imports_no_pages() -> None:
    """It would be twice its size, and a second later."""
    ask = "import sys, gigflow.server.supervisor; print([name for name in sys.modules if name == 'flask'])"
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
