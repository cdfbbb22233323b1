"""Markdown that strangers wrote, as HTML that is safe to show.

Two locks: markdown-it makes no HTML of theirs, and nh3 lets nothing through that is not named here.
"""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

# No headings (the page has its own), no pictures (they would tell another site who reads it), no HTML.
_writer = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["heading", "lheading", "image", "html_block", "html_inline", "hr"]
)
_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre"}


def markdown(text: str) -> Markup:
    """A text of people as HTML: paragraphs, emphasis, lists, quotes, code, and links that lead nowhere unsafe."""
    html = nh3.clean(
        _writer.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
    )
    return Markup(html)  # noqa: S704 - nh3 has just cleaned it
