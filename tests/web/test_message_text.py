"""The text of a message: Markdown whose links say where they lead, and never markup of its author's (SECURITY 13)."""

import time
from urllib.parse import urlsplit

import pytest
from justhtml import Element, JustHTML

from gigflow.web.markdown import message_markdown
from tests.support.hostile import HOSTILE, REPEATED

TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre"}
ATTRIBUTES = {
    "p": {"dir": "auto"},
    "li": {"dir": "auto"},
    "code": {"dir": "ltr"},
    "pre": {"dir": "ltr", "tabindex": "0"},
}
LINK = {"dir": "ltr", "rel": "nofollow noopener ugc"}
TEXT_MAX = 5_000
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
PATHS = ("", "x", "http://a.b/", "> ")


def inside(text: str) -> list[Element]:
    """The elements that a message is made of."""
    (message,) = JustHTML(f'<div id="m">{message_markdown(text)}</div>', sanitize=False).query("#m")
    return list(message.query("*"))


def check_message(text: str) -> None:
    """Nothing but words, emphasis, lists, quotes, code, and links that say where they lead and lead nowhere unsafe."""
    html = str(message_markdown(text))
    assert not set(html) & TURNING
    assert html.count("<div") == html.count("</div") == 0
    for element in inside(text):
        assert element.name in TAGS
        if element.name != "a":
            assert {**element.attrs} == {**ATTRIBUTES.get(element.name, {}), **start_of(element)}
            continue
        if "href" not in element.attrs:  # an address that no browser could read: words
            continue
        href = element.attrs["href"] or ""
        assert {**element.attrs} == LINK | {"href": href}
        parts = urlsplit(href)
        assert parts.scheme in ("http", "https", "mailto")
        assert parts.netloc in element.to_text()


def start_of(element: Element) -> dict[str, str | None]:
    """Where a numbered list begins."""
    return {"start": element.attrs["start"]} if "start" in element.attrs else {}


def link(href: str, words: str | None = None) -> str:
    return f'<a href="{href}" dir="ltr" rel="nofollow noopener ugc">{words or href}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\ntwo\n\nthree", 'One<br>\ntwo</p>\n<p dir="auto">three'),
        ("**bold**, *italic*", "<strong>bold</strong>, <em>italic</em>"),
        ("`a < b`", '<code dir="ltr">a &lt; b</code>'),
        ("See https://example.org/a?b=c, please.", f"See {link('https://example.org/a?b=c')}, please."),
        ("(http://example.org/a_(b))", f"({link('http://example.org/a_(b)')})"),
        ("<https://example.org>", link("https://example.org")),
        ("<a@example.org>", link("mailto:a@example.org", "a@example.org")),
        ("[my bank](https://evil.test/x)", f"my bank ({link('https://evil.test/x')})"),
        ("[https://bank.test](https://evil.test)", f"https://bank.test ({link('https://evil.test')})"),
        ("[**my** `bank`](https://evil.test)", f'<strong>my</strong> <code dir="ltr">bank</code> ({link("https://evil.test")})'),
        ("[https://evil.test](https://evil.test)", link("https://evil.test")),
        ("[](https://evil.test) [&#8203;](https://evil.test)", f"{link('https://evil.test')} {link('https://evil.test')}"),
        ('[a](https://example.org "title")', f"a ({link('https://example.org')})"),
        ("[a](/logout) [b](#main) [c](//evil.test)", "a (/logout) b (#main) c (//evil.test)"),
        ("[a](ftp://example.org) [b](tel:112)", "a (ftp://example.org) b (tel:112)"),
        ("https://bücher.test/ž", link("https://xn--bcher-kva.test/%C5%BE", "https://xn--bcher-kva.test/ž")),
        ("https://аррӏе.test", link("https://xn--80ak6aa92e.test")),
        ("https://a.test/%E2%80%AE%20%2F%C3", link("https://a.test/%E2%80%AE%20%2F%C3")),
        ("node.js, v1.to, a@example.org, www.example.org", "node.js, v1.to, a@example.org, www.example.org"),
        ("ftp://example.org //example.org mailto:a@b.c", "ftp://example.org //example.org mailto:a@b.c"),
        ("`https://example.org`", '<code dir="ltr">https://example.org</code>'),
        ("# No heading", "# No heading"),
        ("No heading\n===", "No heading<br>\n==="),
        ("a\n\n---", 'a</p>\n<p dir="auto">---'),
        ("[foo]: https://example.org", f"[foo]: {link('https://example.org')}"),
        ("    not code", "not code"),
        ("![x](https://evil.test/pixel.png)", f"!x ({link('https://evil.test/pixel.png')})"),
        ("<b>no markup</b> {{ 7*7 }}", "&lt;b&gt;no markup&lt;/b&gt; {{ 7*7 }}"),
    ],
)  # fmt: skip
def test_what_a_message_says_and_what_is_shown(text: str, html: str) -> None:
    assert str(message_markdown(text)).strip() == f'<p dir="auto">{html}</p>'
    check_message(text)


def test_a_link_in_a_message_says_where_it_leads() -> None:
    """Whatever its author called it."""
    (found,) = [each for each in inside("[my bank](https://evil.test/x)") if each.name == "a"]
    assert found.to_text() == found.attrs["href"] == "https://evil.test/x"


def test_blocks_have_their_direction() -> None:
    """Each paragraph and each entry of a list by its own words; code from left to right."""
    text = "- שלום\n- b\n\n> said\n\n```\nx = 1\n```"
    html = str(message_markdown(text)).replace('tabindex="0" dir="ltr"', 'dir="ltr" tabindex="0"')
    assert html == (
        '<ul>\n<li dir="auto">שלום</li>\n<li dir="auto">b</li>\n</ul>\n'
        '<blockquote>\n<p dir="auto">said</p>\n</blockquote>\n'
        '<pre dir="ltr" tabindex="0"><code dir="ltr">x = 1\n</code></pre>\n'
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words_in_a_message(text: str) -> None:
    """SECURITY 13: no element, attribute or address beyond those that are meant, in any spelling."""
    check_message(text)
    check_message(f"https://example.org/{text} {text}")
    check_message(f"[x](https://example.org/{text})")


@pytest.mark.parametrize(
    "part",
    [
        *REPEATED,
        *("http://", "https://a:", "http://(((", "http://a.b/(", "http://a.b/[", "http://a.b/.", "http://a.b,"),
        *("http://xn--", "http://ab-", "http://1.1.1.1:", " http://é.ö/ü", "http://u:p@", "[http://a.b](http://c.d)"),
    ],
)  # fmt: skip
def test_no_message_keeps_a_process_busy(part: str) -> None:
    """5,000 characters of whatever nests or repeats cost at most a few times what the dearest plain Markdown does."""
    for bomb in (part * (TEXT_MAX // len(part)), "\n".join(part * n for n in range(1, 300))):
        for before in PATHS:
            begin = time.process_time()
            message_markdown(f"{before}{bomb}"[:TEXT_MAX])
            assert time.process_time() - begin < 0.5
    check_message(bomb[:TEXT_MAX])


def test_a_message_is_made_once() -> None:
    """A thread shows the same messages again and again."""
    known = message_markdown.cache_info().hits
    assert message_markdown("Hello, Bob!") is message_markdown("Hello, Bob!")
    assert message_markdown.cache_info().hits > known
