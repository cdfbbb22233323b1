"""Markdown that strangers or the operator wrote, as HTML that is safe to show.

Two locks: markdown-it makes no HTML of theirs, and nh3 lets nothing through that is not named here.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import msgspec
import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from gigflow.core.texts import is_visible, without_turning

# No pictures (they would tell another site who reads it), no HTML.
_NEVER = ["image", "html_block", "html_inline"]
# What people write has no headings: the page has its own.
_writer = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    [*_NEVER, "heading", "lheading", "hr"]
)
# In a message nothing may vanish or turn into something else: no definition of a link's address, which is shown
# nowhere, and no code because somebody began a line with spaces.
_message_writer = (
    MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True})
    .enable("linkify")
    .disable([*_NEVER, "heading", "lheading", "hr", "code", "reference"])
)
if _message_writer.linkify is not None:
    # Only a whole address becomes a link: “node.js” and “v1.to” are words.
    _message_writer.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    for _scheme in ("ftp:", "mailto:", "//"):
        _message_writer.linkify.add(_scheme, None)
_page_writer = MarkdownIt("commonmark", {"html": False}).disable(_NEVER)
_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre"}
_SCHEMES = {"http", "https", "mailto"}
_UGC = "nofollow noopener ugc"
# What every element of its kind has. Anything that may have to be scrolled can be reached by the keyboard.
_SET = {"pre": {"tabindex": "0"}}
# Each paragraph and entry of a list runs as its own words do, addresses and code from left to right.
_SET_IN_MESSAGES = {
    "p": {"dir": "auto"},
    "li": {"dir": "auto"},
    "a": {"dir": "ltr"},
    "code": {"dir": "ltr"},
    "pre": {"dir": "ltr", "tabindex": "0"},
}
_LETTERS = re.compile(r"(?:%[89A-F][0-9A-F])+", re.IGNORECASE)  # beyond ASCII, as an address has them
_TOP, _LAST = 2, 6  # levels of headings below the page's own
# Messages that a process keeps as HTML: the worst one of 5,000 characters takes a twentieth of a second to make, and a
# thread shows many.
_MESSAGES_KEPT = 512


class Page(msgspec.Struct, frozen=True):
    """A page that the operator wrote: its own heading, if it begins with one, and what follows."""

    heading: str
    html: Markup


def markdown(text: str) -> Markup:
    """Return people's text as HTML: paragraphs, emphasis, lists, quotes, code, and links that lead nowhere unsafe."""
    tokens = _writer.parse(text)
    _drop_nameless_links(tokens)
    return _cleaned(_writer, tokens, _TAGS, _SCHEMES, _UGC)


@lru_cache(_MESSAGES_KEPT)
def message_markdown(text: str) -> Markup:
    """Return the text of a message as HTML: as `markdown` does, and addresses are links. Each link says its own
    address, so it cannot lie: `[my bank](https://example.org)` is “my bank (https://example.org)”. Each paragraph has
    the direction of its own words.
    """
    tokens = _message_writer.parse(text)
    for token in tokens:
        token.children = _with_addresses(token.children or [])
    return _cleaned(_message_writer, tokens, _TAGS, _SCHEMES, _UGC, _SET_IN_MESSAGES)


def page_of(text: str) -> Page:
    """Return the page of an operator's text. It keeps its headings, which stand below the one of the page and skip no
    level.
    """
    tokens = _page_writer.parse(text)
    heading = ""
    if tokens and (tokens[0].type, tokens[0].tag) == ("heading_open", "h1"):
        heading = without_turning("".join(each.content for each in tokens[1].children or []))
        tokens = tokens[3:]
    _settle_headings(tokens)
    _drop_nameless_links(tokens)
    tags = _TAGS | {"hr"} | {f"h{level}" for level in range(_TOP, _LAST + 1)}
    return Page(heading, _cleaned(_page_writer, tokens, tags, _SCHEMES | {"tel"}, "noopener"))


def _settle_headings(tokens: Sequence[Token]) -> None:
    above: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            while above and above[-1] >= level:
                above.pop()
            above.append(level)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(_TOP + len(above) - 1, _LAST)}"


def _cleaned(
    writer: MarkdownIt,
    tokens: Sequence[Token],
    tags: set[str],
    schemes: set[str],
    rel: str,
    set_values: dict[str, dict[str, str]] = _SET,
) -> Markup:
    html = nh3.clean(
        writer.renderer.render(tokens, writer.options, {}),
        tags=tags,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        set_tag_attribute_values=set_values,
        url_schemes=schemes,
        link_rel=rel,
    )
    # An entity (&#x202E;) is turned text only now.
    return Markup(without_turning(html))  # noqa: S704 - nh3 has just cleaned it


def _with_addresses(tokens: list[Token]) -> list[Token]:
    """Return the parts of a line with the address of each link as its words, behind those that it had. What leads
    nowhere safe is no link.
    """
    kept: list[Token] = []
    begin, opened = 0, None
    for token in tokens:
        if token.type == "link_open":
            begin, opened = len(kept), token
        elif token.type == "link_close" and opened is not None:
            kept[begin:] = _link(opened, kept[begin:], token)
            opened = None
        else:
            kept.append(token)
    return kept


def _link(opened: Token, said: list[Token], closed: Token) -> list[Token]:
    """Return a link that says its address, behind the words that it had if those are others."""
    href = str(opened.attrs["href"])
    shown = _readable(href)
    words = "".join(each.content for each in said).strip()
    if words and f"mailto:{words}" == href:
        shown = words
    address = [_text(shown)]
    if _scheme_of(href) in _SCHEMES:
        address = [opened, *address, closed]
    if opened.markup in ("linkify", "autolink") or not is_visible(words) or words in (href, shown):
        return address
    return [*said, _text(" ("), *address, _text(")")]


def _readable(href: str) -> str:
    """Return an address as people read it: with the letters of its path, but with the host as it is looked up, so that
    one that only looks like another can be told from it.
    """

    def letters(found: re.Match[str]) -> str:
        try:
            read = unquote(found[0], errors="strict")
        except UnicodeDecodeError:
            return found[0]
        return read if read.isprintable() else found[0]

    return _LETTERS.sub(letters, href)


def _scheme_of(href: str) -> str:
    try:
        return urlsplit(href).scheme
    except ValueError:
        return ""


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _drop_nameless_links(tokens: Sequence[Token]) -> None:
    for token in tokens:
        token.children = _without_nameless_links(token.children or [])


def _without_nameless_links(tokens: list[Token]) -> list[Token]:
    """Return the parts of a line without links that nobody could see or hear."""
    kept: list[Token] = []
    opened = None
    for token in tokens:
        kept.append(token)
        if token.type == "link_open":
            opened = len(kept) - 1
        elif token.type == "link_close" and opened is not None:
            if not is_visible("".join(each.content for each in kept[opened:])):
                del kept[opened:]
            opened = None
    return kept
