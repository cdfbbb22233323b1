"""The sitemap: files of a bounded size by ranges of ids, so that a million gigs cost one file's walk at a time."""

import gzip
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.core.clock import iso
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.found import store
from gigflow.found.models import FILE_MOST, FIRST, Entry, Kind, Parts
from gigflow.gigs import actions as gigs

KINDS: tuple[Kind, ...] = ("service", "job", "person")
LOOK_EVERY = timedelta(hours=1)
FILES_KEPT = 16  # in each process, compressed: about 100 KB each
KEPT_FOR = 3600.0  # seconds

_SET = '<?xml version="1.0" encoding="UTF-8"?>\n<{0} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{1}</{0}>\n'


def starts_of(db: Db, kind: Kind, now: datetime) -> list[ObjectId]:
    """Return where the files of a kind begin. At most once an hour it is looked where the last one is full by now, by
    an index alone.
    """
    known = store.get_parts(db, kind)
    if known and known.looked_at > now - LOOK_EVERY:
        return known.starts
    starts = list(known.starts) if known else [FIRST]
    while (following := _start_after(db, kind, starts[-1])) is not None:
        starts.append(following)
    store.keep_parts(db, Parts(kind=kind, starts=starts, looked_at=now), known)
    return starts


def entries_of(db: Db, kind: Kind, start: ObjectId, now: datetime) -> list[Entry]:
    """Return the addresses of the file that begins with this id. Raises NotFound if none does."""
    starts = starts_of(db, kind, now)
    if start not in starts:
        raise NotFound("There is no such part of the sitemap.")
    place = starts.index(start) + 1
    end = starts[place] if place < len(starts) else None
    if kind == "person":
        return [Entry(f"/u/{user_id}") for user_id in accounts.shown_people(db, start, end)]
    return [Entry(address, changed_at) for address, changed_at in gigs.listed_gigs(db, kind, start, end)]


def index_xml(base: str, names: Iterable[str]) -> str:
    """Return the index that names every file."""
    rows = "".join(f"<sitemap><loc>{escape(base)}/sitemaps/{name}.xml</loc></sitemap>\n" for name in names)
    return _SET.format("sitemapindex", rows)


def file_xml(base: str, entries: Iterable[Entry]) -> str:
    """Return one file."""
    base = escape(base)
    rows = "".join(
        f"<url><loc>{base}{escape(entry.path)}</loc>"
        f"{f'<lastmod>{iso(entry.changed_at)}</lastmod>' if entry.changed_at else ''}</url>\n"
        for entry in entries
    )
    return _SET.format("urlset", rows)


def _start_after(db: Db, kind: Kind, start: ObjectId) -> ObjectId | None:
    if kind == "person":
        return accounts.person_after(db, start, FILE_MOST)
    return gigs.listed_after(db, kind, start, FILE_MOST)


class Files:
    """The files that this process has written lately, compressed; one is written at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str], write: Callable[[], str]) -> bytes:
        """Return a file from what is kept, or write it."""
        with self._lock:
            kept = self._kept.get(key)
            if kept and time.monotonic() - kept[0] < KEPT_FOR:
                self._kept.move_to_end(key)
                return kept[1]
            data = gzip.compress(write().encode(), 6, mtime=0)
            self._kept[key] = (time.monotonic(), data)
            self._kept.move_to_end(key)
            while len(self._kept) > FILES_KEPT:
                self._kept.popitem(last=False)
            return data
