"""Markdown that strangers wrote, as HTML that is safe to show.

Two locks: markdown-it makes no HTML of theirs, and nh3 lets nothing through that is not named here.
"""

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from gigflow.core.texts import is_visible, without_turning

# No headings (the page has its own), no pictures (they would tell another site who reads it), no HTML.
_writer = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["heading", "lheading", "image", "html_block", "html_inline", "hr"]
)
_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre"}


def markdown(text: str) -> Markup:
    """Return people's text as HTML: paragraphs, emphasis, lists, quotes, code, and links that lead nowhere unsafe."""
    tokens = _writer.parse(text)
    for token in tokens:
        token.children = _without_nameless_links(token.children or [])
    html = nh3.clean(
        _writer.renderer.render(tokens, _writer.options, {}),
        tags=_TAGS,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        # Anything that may have to be scrolled can be reached by the keyboard.
        set_tag_attribute_values={"pre": {"tabindex": "0"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
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
