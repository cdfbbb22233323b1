"""The house checks: what every page and every fragment must be, whatever test fetched it."""

import hashlib
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import requests
from justhtml import Element, JustHTML

CONTROLS = "input, select, textarea"
UNLABELLED_TYPES = {"hidden", "submit", "button"}
REFERENCES = {"aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "for"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS = HEADINGS | {
    "div",
    "p",
    "ul",
    "ol",
    "dl",
    "section",
    "article",
    "form",
    "table",
    "header",
    "footer",
    "fieldset",
}
LINES = HEADINGS | {"span", "button", "label", "strong", "em", "small", "data", "time", "code", "legend"}
PARENTS = {
    "li": {"ul", "ol"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "legend": {"fieldset"},
    "option": {"select", "optgroup", "datalist"},
}
SHEETS = Path(__file__).resolve().parents[2] / "static" / "css"
_CLASS = re.compile(r"\.([a-z][\w-]*)")
# Ids, form tokens, words and addresses of a test's own, moments.
MADE_UP = re.compile(
    r"[0-9a-f]{24}|[\w-]{20,}\.[\w-]{6}\.[\w-]{27}|w[0-9a-f]{12}|\d+-[0-9a-f]{8}@|\d{4}-\d\d-\d\dT[\d:.]+Z"
)
# Attributes whose values matter to a check. Of the others it matters whether there is one, what it begins with, and
# which character references it has.
_MEANT = {"id", "name", "type", "role", "lang", "rel", "class", *REFERENCES}
_TAG = re.compile(r"<[^>]*>")
_TEXT = re.compile(r">([^<]+)(?=<)")
_VALUE = re.compile(r'([\w-]+)="([^"]*)"')
_REFERENCE = re.compile(r"&[^\s;<&]*;?")
_SCHEME = re.compile(r"\s*(?:\w+:)?")
_passed: set[tuple[bool, bytes]] = set()  # by this worker

# What a template leaves behind that was not filled in.
TEMPLATE_SYNTAX = re.compile(r"{{ ?\w[\w.| ]*}}|{%-? ?\w+ |\bNone\b|<(?:gigflow|built-in|function|bound) ")


def _classes_in(sheet: Path) -> set[str]:
    return set(_CLASS.findall(sheet.read_text(encoding="utf-8")))


_SHARED = {name for sheet in SHEETS.glob("*.css") for name in _classes_in(sheet)}
# What only the sheet of a page styles, by its address below static/.
_OWN = {
    f"/css/pages/{sheet.name}": _classes_in(sheet) - _SHARED
    for sheet in (SHEETS / "pages").glob("*.css")
    if sheet.stem != "sandbox"  # it plays another company's, with words of its own
}


def check_house(response: requests.Response) -> None:
    """Fail where an HTML answer breaks a rule of the house."""
    where = f"{response.request.method} {response.request.url} ({response.status_code})"
    policy = response.headers.get("Content-Security-Policy", "")
    assert "default-src 'none'" in policy, f"{where}: no Content-Security-Policy"
    unfilled = TEMPLATE_SYNTAX.findall(_TAG.sub(" ", response.text))
    assert not unfilled, f"{where}: template syntax in the text: {unfilled}"
    shape = _shape_of(response)
    if shape in _passed:
        return
    document = document_of(response)
    elements = document.query("*")
    problems = [f"not valid HTML: {error}" for error in document.errors]
    problems += _problems_of_any(document, elements)
    problems += [] if _is_fragment(response) else _problems_of_page(response.text, elements)
    assert not problems, f"{where}: {problems}"
    _passed.add(shape)


def document_of(response: requests.Response) -> JustHTML:
    """The document of an HTML answer, parsed once; one without a text is empty."""
    found: JustHTML | None = getattr(response, "document", None)
    if found is None:
        options = {"fragment": _is_fragment(response), "collect_errors": True, "sanitize": False}
        found = response.document = JustHTML(response.text, **options)  # type: ignore[attr-defined]
    return found


def _is_fragment(response: requests.Response) -> bool:
    asked = response.request.headers
    return (
        asked.get("HX-Request") == "true"
        and asked.get("HX-Request-Type") != "full"
        and "HX-History-Restore-Request" not in asked
    )


def _shape_of(response: requests.Response) -> tuple[bool, bytes]:
    """The same for answers that differ only in what no check looks at: their texts, and what was made up for them
    alone, each of which stays told from the others.
    """
    names: dict[str, str] = {}
    text = MADE_UP.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), response.text)
    text = _TEXT.sub(lambda found: ">" + _outline(found[1]), text)
    text = _VALUE.sub(_attribute, text)
    return _is_fragment(response), hashlib.sha256(text.encode()).digest()


def _attribute(found: re.Match[str]) -> str:
    name, value = found.groups()
    return found[0] if name in _MEANT else f'{name}="{_outline(value)}"'


@lru_cache(100_000)  # pages are made of the same pieces
def _outline(text: str) -> str:
    """What checks and parser see of a text: whether it is empty, a scheme at its start, its character references."""
    scheme = _SCHEME.match(text)
    begins = scheme[0].lower() if scheme else ""
    return f"{'t' if text.strip() else ''}{begins}{''.join(sorted(set(_REFERENCE.findall(text))))}"


def _problems_of_any(document: JustHTML, elements: list[Element]) -> list[str]:
    ids = Counter(element.attrs["id"] for element in elements if "id" in element.attrs)
    problems = [f"id {name!r} twice" for name, count in ids.items() if count > 1]
    problems += [f"{control.to_html()} has no label" for control in _unlabelled(elements)]
    for element in elements:
        problems += _problems_of_element(element)
    return problems


def _problems_of_element(element: Element) -> list[str]:
    problems = []
    if element.name == "style":
        problems.append("inline <style>")
    if element.name == "script" and (not element.attrs.get("src") or element.to_text().strip()):
        problems.append("inline <script>")
    for name, value in element.attrs.items():
        if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
            problems.append(f"inline {name} at <{element.name}>")
        if (value or "").lstrip().lower().startswith(("javascript:", "js:", "data:text")):
            problems.append(f"{name}={value!r}")
    if element.name in ("button", "a") and not _name_of(element):
        problems.append(f"a <{element.name}> without a name: {element.to_html()[:80]}")
    if element.name == "img" and "alt" not in element.attrs:
        problems.append("an <img> without alt")
    parent = element.parent.name if element.parent else ""
    if not parent.startswith(("#", "!")) and not _may_stand_in(element.name, parent):
        problems.append(f"a <{element.name}> in a <{parent}>")
    return problems


def _may_stand_in(name: str, parent: str) -> bool:
    """Where a parser is silent: lists have items, and a line of text has no blocks in it."""
    if name in PARENTS:
        return parent in PARENTS[name]
    if parent in ("ul", "ol"):
        return name == "li"
    return not (name in BLOCKS and parent in LINES)


def _problems_of_page(text: str, elements: list[Element]) -> list[str]:
    named: dict[str, list[Element]] = {"html": [], "h1": [], "title": []}
    for element in elements:
        named.setdefault(element.name, []).append(element)
    problems = [] if len(named["h1"]) == 1 else [f"{len(named['h1'])} h1"]
    if not [html for html in named["html"] if html.attrs.get("lang")]:
        problems.append("no lang")
    if not [title for title in named["title"] if title.to_text().strip()]:
        problems.append("no title")
    if not text.lower().startswith("<!doctype html>"):
        problems.append("no doctype")
    problems += _unstyled(elements)
    known = {element.attrs.get("id") for element in elements}
    for element in elements:
        if element.name == "dialog":
            continue  # it is named by what is put into it when it opens
        for name in REFERENCES & element.attrs.keys():
            words = (element.attrs[name] or "").split()
            problems += [f"{name} names {word!r}, which is not there" for word in words if word not in known]
    return problems


def _unstyled(elements: list[Element]) -> list[str]:
    """What is styled by the sheet of a page that this page does not link."""
    links = [element.attrs.get("href") or "" for element in elements if element.name == "link"]
    used = {name for element in elements for name in (element.attrs.get("class") or "").split()}
    return [
        f"class {name!r} is styled by {sheet} alone"
        for sheet, own in _OWN.items()
        if not any(link.endswith(sheet) for link in links)
        for name in used & own
    ]


def _unlabelled(elements: list[Element]) -> list[Element]:
    labels = [element for element in elements if element.name == "label"]
    labelled = {label.attrs.get("for") for label in labels} - {None}
    inside = {id(control) for label in labels for control in label.query(CONTROLS)}
    return [
        control
        for control in elements
        if control.name in ("input", "select", "textarea")
        and control.attrs.get("type") not in UNLABELLED_TYPES
        and control.attrs.get("id") not in labelled
        and id(control) not in inside
        and not control.attrs.get("aria-label")
        and not control.attrs.get("aria-labelledby")
    ]


def _name_of(element: Element) -> str:
    attrs = element.attrs
    return attrs.get("aria-label") or attrs.get("aria-labelledby") or element.to_text().strip()
