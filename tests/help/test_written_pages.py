"""Pages that an operator writes, VAR_DIR/pages/*.md: shown at once, safe, bounded, named in the log if they are bad."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gigflow.help.views import BYTES_MAX
from gigflow.web.markdown import page_of
from tests.support.client import Client
from tests.support.server import Server
from tests.support.waiting import wait_for


@pytest.fixture
def folder(server: Server) -> Iterator[Path]:
    """Where the operator of the worker's server puts pages."""
    there = server.var_dir / "pages"
    there.mkdir(exist_ok=True)
    yield there
    for path in there.iterdir():
        path.unlink() if not path.is_dir() else path.rmdir()


def place(folder: Path, name: str) -> Path:
    """The file of a page."""
    return folder / f"{name}.md"


def sitemap(visitor: Client) -> str:
    return visitor.get("/sitemaps/pages.xml").text


def test_a_file_takes_the_place_of_the_usual_words(visitor: Client, folder: Path) -> None:
    usual = visitor.page("/terms")
    assert usual.texts("h1") == ["Terms"]
    assert (len(usual.all("meta[content=noindex]")), "/terms<" in sitemap(visitor)) == (1, False)
    place(folder, "terms").write_text("# Terms of *Acme*\n\n**Be kind.**\n")
    written = visitor.page("/terms")
    assert (written.texts("h1"), written.texts(".article")) == (["Terms of Acme"], ["Be kind."])
    assert (len(written.all("meta[content=noindex]")), "/terms<" in sitemap(visitor)) == (0, True)
    place(folder, "terms").write_text("Be kind, and pay.")
    assert visitor.page("/terms").texts(".article") == ["Be kind, and pay."]
    place(folder, "terms").unlink()
    assert visitor.page("/terms").text == usual.text


def test_help_leads_to_the_operator_if_they_said_how(visitor: Client, folder: Path) -> None:
    assert "/contact" not in [link.attrs["href"] for link in visitor.page("/help").all("main a")]
    place(folder, "contact").write_text("Write to help@example.org.")
    assert "/contact" in [link.attrs["href"] for link in visitor.page("/help").all("main a")]


def test_nothing_in_a_file_acts(visitor: Client, folder: Path) -> None:
    place(folder, "contact").write_text(
        "<script>alert(1)</script>\n\n[x](javascript:alert(1)) [call](tel:+4930123) ![p](https://example.org/p.png)"
    )
    page = visitor.page("/contact")
    assert [link.attrs["href"] for link in page.all(".article a")] == [
        "tel:+4930123",
        "https://example.org/p.png",
    ]
    assert page.all(".article script") == page.all(".article img") == []
    assert "<script>alert(1)</script>" in page.text


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("## One\n\n#### Deep\n\n## Two", ["h2", "h3", "h2"]),
        ("# Title\n\n# One\n\n###### Deep\n\n### Less", ["h2", "h3", "h3"]),
        ("One\n===\n\nTwo\n---", ["h2"]),
    ],
)
def test_headings_skip_no_level(text: str, tags: list[str]) -> None:
    html = page_of(text).html
    assert [piece[:2] for piece in html.split("<") if piece.startswith("h")] == tags


@pytest.mark.parametrize(
    ("data", "told", "shown"),
    [
        (b"caf\xe9", "is not in UTF-8", "caf\ufffd"),
        (b"All of it.\n\n" + b"word " * BYTES_MAX, "is larger than", "All of it."),
        (None, "is not a file", "have not published a statement"),
    ],
    ids=["encoding", "size", "folder"],
)
def test_a_bad_file_is_named_once(
    server: Server, visitor: Client, folder: Path, data: bytes | None, told: str, shown: str
) -> None:
    path = place(folder, "privacy")
    path.mkdir() if data is None else path.write_bytes(data)
    pages = [visitor.page("/privacy") for _ in range(2)]
    assert all(shown in page.text and len(page.text) < BYTES_MAX + 10_000 for page in pages)
    wait_for(lambda: told in server.log_path.read_text(), what="the log")
    assert server.log_path.read_text().count(told) == 1
