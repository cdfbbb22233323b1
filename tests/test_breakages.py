"""The table of breakages fits the house as it is (tests/breakages runs them)."""

import ast

import pytest

from tests.breakages import ROOT, Tree
from tests.breakages.table import TABLE


def test_every_breakage_fits(request: pytest.FixtureRequest) -> None:
    """Its old text stands once in the product, what comes instead can be read, and its test is there: with these
    parameters, too, if the run has its file.
    """
    tree = Tree(ROOT)
    collected = {item.nodeid for item in request.session.items}
    is_part = bool(request.config.option.keyword) or any("::" in each for each in request.config.args)
    files = set() if is_part else {node.partition("::")[0] for node in collected}
    for breakage in TABLE:
        path, text = tree.broken(breakage)
        node = tree.node_of(breakage)
        if node.endswith("]") and node.partition("::")[0] in files:
            assert node in collected
        if path.suffix == ".py":
            ast.parse(text)


def test_there_are_enough_and_each_stands_once() -> None:
    assert len(TABLE) >= 90
    assert len({row.what for row in TABLE}) == len({(row.old, row.new) for row in TABLE}) == len(TABLE)
