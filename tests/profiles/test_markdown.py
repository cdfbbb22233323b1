"""What people write about themselves is Markdown, and never markup of theirs (SECURITY 13; docs/ui.md)."""

import re
from urllib.parse import urlsplit

import pytest
from justhtml import Element

from tests.conftest import shared
from tests.support.client import Page, Person
from tests.support.hostile import HOSTILE, REPEATED
from tests.support.market import change_profile

alice = shared("Alice Owner")

TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre"}
ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}, "pre": {"tabindex"}}
BIO_MAX = 2000


def bio_page(person: Person, bio: str) -> Page:
    """The public page of this person, who says this of themselves."""
    change_profile(person, bio=bio)
    return person.page(f"/u/{person.id}")


def inside(page: Page) -> list[Element]:
    """The elements that the bio is made of."""
    return list(page.one(".rich").query("*"))


def check_bio(page: Page) -> None:
    """Nothing but words, emphasis, lists, quotes, code and links that lead nowhere unsafe."""
    for element in inside(page):
        assert element.name in TAGS
        assert element.attrs.keys() <= ATTRIBUTES.get(element.name, set())
        if element.name == "a":
            assert element.attrs["rel"] == "nofollow noopener ugc"
            assert urlsplit(element.attrs.get("href") or "").scheme in ("http", "https", "mailto", "")
            assert not re.search(r"[\s\x00-\x20]", element.attrs.get("href") or "")
    assert len(page.all("h1")) == 1


def test_words_are_not_turned_by_entities_either(alice: Person) -> None:
    page = bio_page(
        alice, "gpj&#x202E;exe &#8238;turned&#x2066; **b&#x202d;old** [x&#x202E;](https://example.org)"
    )
    assert not set(page.text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert "gpjexe turned bold x" in page.text


@pytest.mark.parametrize(
    ("bio", "html"),
    [
        ("One\n\ntwo", "<p>One</p>\n<p>two</p>"),
        ("One\ntwo", "<p>One<br>\ntwo</p>"),
        (
            "**bold**, *italic* and `code`",
            "<p><strong>bold</strong>, <em>italic</em> and <code>code</code></p>",
        ),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("```\na < b\n```", '<pre tabindex="0"><code>a &lt; b\n</code></pre>'),
        (
            "[my work](https://example.org/a?b=c&d=e)",
            '<p><a href="https://example.org/a?b=c&amp;d=e" rel="nofollow noopener ugc">my work</a></p>',
        ),
        (
            "<https://example.org>",
            '<p><a href="https://example.org" rel="nofollow noopener ugc">https://example.org</a></p>',
        ),
        (
            "[me][1]\n\n[1]: https://example.org",
            '<p><a href="https://example.org" rel="nofollow noopener ugc">me</a></p>',
        ),
        ("a & b < c &amp; &copy; &#106;", "<p>a &amp; b &lt; c &amp; © j</p>"),
        ("# No heading", "<p># No heading</p>"),
        ("No heading\n===", "<p>No heading<br>\n===</p>"),
        ("<b>no markup</b>", "<p>&lt;b&gt;no markup&lt;/b&gt;</p>"),
        ("{{ 7*7 }} {%raw%}", "<p>{{ 7*7 }} {%raw%}</p>"),
    ],
)
def test_what_is_written_and_what_is_shown(alice: Person, bio: str, html: str) -> None:
    change_profile(alice, bio=bio)
    text = alice.request("GET", f"/u/{alice.id}", hooks={"response": []}).text
    assert f'<div class="rich" dir="auto">{html}\n</div>' in text


@pytest.mark.parametrize("bio", HOSTILE)
def test_hostile_words_are_words(alice: Person, bio: str) -> None:
    """SECURITY 13: no element, attribute or address beyond those that are meant, in any spelling."""
    page = bio_page(alice, bio)
    check_bio(page)
    # Around it the page is as any other: nothing was closed, opened or added by it.
    plain = bio_page(alice, "plain")
    assert [element.name for element in inside(plain)] == ["p"]
    assert len(page.all("*")) - len(inside(page)) == len(plain.all("*")) - 1


@pytest.mark.parametrize("part", REPEATED)
def test_no_text_keeps_a_process_busy(alice: Person, part: str) -> None:
    """2,000 characters of whatever nests or repeats are shown within a second."""
    bombs = (part * (BIO_MAX // len(part)), "\n".join(part * n for n in range(1, 300)))
    for bomb in bombs:
        page = bio_page(alice, f"x{bomb}"[:BIO_MAX])
        check_bio(page)
        assert page.response.elapsed.total_seconds() < 1


def depth(element: Element) -> int:
    """How many elements stand around this one."""
    return 0 if element.parent is None else 1 + depth(element.parent)


def test_deep_nesting_has_an_end(alice: Person) -> None:
    for deep in (">" * BIO_MAX, "- " * (BIO_MAX // 2), "*a " * 600, "[" * 900 + "]" * 900):
        page = bio_page(alice, deep[:BIO_MAX])
        check_bio(page)
        assert max(map(depth, inside(page))) < 60
