"""Markdown that strangers or the operator wrote, as HTML that is safe to show.

Two locks: markdown-it makes no HTML of theirs, and nh3 lets nothing through that is not named here.
"""

from collections.abc import Sequence

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
_page_writer = MarkdownIt("commonmark", {"html": False}).disable(_NEVER)
_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre"}
_TOP, _LAST = 2, 6  # levels of headings below the page's own


class Page(msgspec.Struct, frozen=True):
    """A page that the operator wrote: its own heading, if it begins with one, and what follows."""

    heading: str
    html: Markup


def markdown(text: str) -> Markup:
    """Return people's text as HTML: paragraphs, emphasis, lists, quotes, code, and links that lead nowhere unsafe."""
    tokens = _writer.parse(text)
    return _cleaned(_writer, tokens, _TAGS, {"http", "https", "mailto"}, "nofollow noopener ugc")


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
    tags = _TAGS | {"hr"} | {f"h{level}" for level in range(_TOP, _LAST + 1)}
    return Page(heading, _cleaned(_page_writer, tokens, tags, {"http", "https", "mailto", "tel"}, "noopener"))


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
    writer: MarkdownIt, tokens: Sequence[Token], tags: set[str], schemes: set[str], rel: str
) -> Markup:
    for token in tokens:
        token.children = _without_nameless_links(token.children or [])
    html = nh3.clean(
        writer.renderer.render(tokens, writer.options, {}),
        tags=tags,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        # Anything that may have to be scrolled can be reached by the keyboard.
        set_tag_attribute_values={"pre": {"tabindex": "0"}},
        url_schemes=schemes,
        link_rel=rel,
    )
    # An entity (&#x202E;) is turned text only now.
    return Markup(without_turning(html))  # noqa: S704 - nh3 has just cleaned it


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
