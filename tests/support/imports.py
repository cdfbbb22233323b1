"""What imports what in GigFlow, read from the syntax trees of its modules."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gigflow"


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of GigFlow by its name below the package, with its syntax tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        yield name.removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


MODULES = dict(modules())


def imports_of(tree: ast.AST, *, top_level: bool = False) -> set[str]:
    """The modules that a module imports; `from a import b` counts as `a.b` where that is a module."""
    found: set[str] = set()
    for node in _statements(tree) if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute here"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full.removeprefix("gigflow.") in MODULES else node.module or "")
    return found


def ours(imported: set[str]) -> set[str]:
    """The modules of GigFlow among these, below the package."""
    return {name.removeprefix("gigflow.") for name in imported if name.startswith("gigflow.")}


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """The statements that run when the module is imported; `if TYPE_CHECKING` does not."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _statements(node)
