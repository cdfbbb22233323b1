"""The words that people read (docs/domain.md, The words people read): what was replaced does not come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.client import Client

ROOT = Path(__file__).resolve().parents[1]
OLD = re.compile(
    r"""\b(
        any\s?more(?=\s*([.,;:]|$))
        | meanwhile | whoever | anew | wish | beside | is\ to\ be | one's\ own | put\ into\ words
        | none\ where | somebody(?!\ who\ left) | everybody | anybody
        | hears?\ of | stands?\ here | by\ mail | time\ for\ work
        | call(s|ed|ing)?\ (it\ |this\ |that\ |the\ |an?\ |unpaid\ |order\ |orders\ )*off
        | g[ia]ve[sn]?\ back | taken?\ back\ (it|your) | cannot\ be\ taken\ back
        | hand(s|ed)?\ in | counts\ as\ accepted | objected | belong\ together | stars\ and\ more
        | left\ out[:,;]
        | names?\ (a|your|the)\ number
        | named\ (a|your|the)\ number | sealed?\ (this\ )?number | numbers\ (that\ )?meet
        | not\ yours\ to\ do | what\ needs\ you | nothing\ waits\ for\ you | what\ came\ and\ went
        | every\ booking | draws?\ good
        | pieces?\ of\ news | look\ at\ it | pay\ out\ first | little\ time | waits\ for\ (approval|payment)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Texts that people read are those of templates and scripts, and what Python says; not names, docstrings or comments.
_SILENT = re.compile(r"\{#.*?#\}|<!--.*?-->|/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE)
_BETWEEN = re.compile(r"\"\s*\n\s*f?\"")  # two pieces of one string
# What operators and developers read in a log, a check's name or a demo's story.
_OTHERS = re.compile(r"^gigflow/(proof|demo|server)/|/(hooks|wiring)\.py$")


def _said_in_python(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    if not OLD.search(_BETWEEN.sub("", source)):
        return
    tree = ast.parse(source)
    silent = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


def _said() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "gigflow").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not _OTHERS.search(name):
            yield from ((name, text) for text in _said_in_python(path) if " " in text)
    for folder, ends in (("templates", ("html", "txt")), ("static/js", ("js",))):
        for end in ends:
            for path in sorted((ROOT / folder).rglob(f"*.{end}")):
                name = path.relative_to(ROOT).as_posix()
                yield name, _SILENT.sub(" ", path.read_text(encoding="utf-8"))


def _old_words(text: str) -> list[str]:
    return [found.group() for found in OLD.finditer(" ".join(text.split()))]


def test_old_words_do_not_come_back() -> None:
    """In templates, scripts, messages, notifications, letters and errors."""
    found = [f"{name}: {word}" for name, text in _said() for word in _old_words(text)]
    assert not found, "\n".join(found)


def test_the_api_describes_itself_in_the_same_words(visitor: Client) -> None:
    assert _old_words(visitor.get("/api/openapi.json").text) == []


# What tells people something: sentences with slots, which `notifications.actions.news_of` alone fills.
_TELLING = re.compile(r"^_?tell(_|$)|^news_of$")
_TELLS = re.compile(r"\btell(_\w+)?\(|\bnews_of\(")
_NAMED = re.compile(r"(^|[._])(title|name)$|^name_of\(")


def _bare_titles(tree: ast.Module) -> Iterator[str]:
    """Return what stands in a sentence without its marks: in an f-string with words, or in news at all."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        called = {
            each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
            for each in ast.walk(function)
            if isinstance(each, ast.Call)
        }
        if not any(_TELLING.match(name) for name in called):
            continue
        for text in ast.walk(function):
            if isinstance(text, ast.JoinedStr):
                slots = [
                    ast.unparse(each.value) for each in text.values if isinstance(each, ast.FormattedValue)
                ]
                yield from (slot for slot in slots if _NAMED.search(slot))
            elif isinstance(text, ast.Call) and ast.unparse(text.func).endswith(".format"):
                yield from (word.arg for word in text.keywords if word.arg in ("title", "name", "actor"))


def test_news_name_people_and_things_by_slots_alone() -> None:
    """A title that an f-string put into a sentence would stand there without quotation marks."""
    found = [
        f"{name}: {slot}"
        for path in sorted((ROOT / "gigflow").rglob("*.py"))
        if not _OTHERS.search(name := path.relative_to(ROOT).as_posix())
        if _TELLS.search(source := path.read_text(encoding="utf-8"))
        for slot in _bare_titles(ast.parse(source))
    ]
    assert not found, "\n".join(found)


def test_a_title_in_a_sentence_of_a_page_is_quoted() -> None:
    """In templates: `{{ gig.title | quoted }}` where words of ours stand before it."""
    bare = re.compile(r"[a-z] (?:<\w+>)*\{\{ *[\w.]*\btitle *\}\}")
    found = [
        f"{path.relative_to(ROOT)}: {each.group()}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for each in bare.finditer(_SILENT.sub(" ", path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(found)
