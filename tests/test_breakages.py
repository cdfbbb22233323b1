"""The table of breakages fits the house as it is (tests/breakages runs them)."""

import ast

from tests.breakages import ROOT, Tree
from tests.breakages.table import TABLE


def test_every_breakage_fits() -> None:
    """Its old text stands once in the product, what comes instead can be read, and its test is there."""
    tree = Tree(ROOT)
    for breakage in TABLE:
        path, text = tree.broken(breakage)
        tree.node_of(breakage)
        if path.suffix == ".py":
            ast.parse(text)


def test_there_are_enough_and_each_stands_once() -> None:
    assert len(TABLE) >= 90
    assert len({row.what for row in TABLE}) == len({(row.old, row.new) for row in TABLE}) == len(TABLE)
