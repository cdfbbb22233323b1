"""What help consists of, with the pages that the operator writes: Markdown files in VAR_DIR/pages."""

import logging
from pathlib import Path
from stat import S_ISREG

import msgspec
from flask import url_for

from gigflow.web.markdown import Page, page_of
from gigflow.web.runtime import runtime

log = logging.getLogger(__name__)

# Each with its heading and the line that the first page shows.
TOPICS = {
    "how-it-works": ("How it works", "From a job or a service to the accepted work, step by step."),
    "fees": ("Fees", "What is paid, who pays it, and when."),
    "rules": ("Dates and rules", "Every number that binds both sides."),
    "disputes": ("Cancelling and disputes", "What happens if the two of you do not agree."),
    "safety": ("Safety", "What protects your money and your account."),
}
WRITTEN = {"about": "About", "terms": "Terms", "privacy": "Privacy", "contact": "Contact"}
SAYS_ENOUGH = {"about"}  # also where the operator has written nothing

# What stands in a file beyond this is not shown.
BYTES_MAX = 100_000


class _Kept(msgspec.Struct, frozen=True):
    """What a file was like when it was read, and the page that it made, if it made one."""

    state: str
    page: Page | None


# By the path; only the names of WRITTEN are asked for.
_kept: dict[Path, _Kept] = {}


def addresses() -> list[str]:
    """Return the addresses of the pages of help, and of those that say enough to be found."""
    found = [url_for("help.index"), *(url_for("help.show", topic=topic) for topic in TOPICS)]
    names = [name for name in WRITTEN if name in SAYS_ENOUGH or written_page(name)]
    return found + [url_for("help.written", name=name) for name in names]


def written_page(name: str) -> Page | None:
    """Return what the operator has written for a page, None if there is no file with words in it. A change of the file
    shows at once. What is wrong with it is logged once for each state of the file.
    """
    path = runtime().settings.var_dir / "pages" / f"{name}.md"
    known = _kept.get(path)
    try:
        about = path.stat()
        state = f"{about.st_dev} {about.st_ino} {about.st_mtime_ns} {about.st_size}"
        if known is None or known.state != state:
            known = _kept[path] = _Kept(state, _read(path, S_ISREG(about.st_mode)))
    except FileNotFoundError:
        _kept.pop(path, None)
        return None
    except OSError as error:
        if known is None or known.state != str(error):
            log.warning("%s cannot be read, and the usual words are shown: %s", path, error.strerror)
            known = _kept[path] = _Kept(str(error), None)
    return known.page


def _read(path: Path, is_file: bool) -> Page | None:
    if not is_file:  # a pipe would keep the reader waiting
        log.warning("%s is not a file, and the usual words are shown", path)
        return None
    with path.open("rb") as file:
        data = file.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        log.warning("%s is larger than %d bytes, and what is beyond is not shown", path, BYTES_MAX)
        data = data[:BYTES_MAX]
        data = data[: data.rfind(b"\n") + 1 or BYTES_MAX]
    try:
        text = data.decode()
    except UnicodeDecodeError:
        log.warning("%s is not in UTF-8, and what cannot be read is shown as \ufffd", path)
        text = data.decode("utf-8", "replace")
    text = text.lstrip("\ufeff").strip()
    return page_of(text) if text else None
