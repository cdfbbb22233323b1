"""Bytes made small for the way, where no proxy does it (decision 54).

Only what is the same for every reader, once: files, and the copies of public pages and lists. Where a secret of one
reader and words that another may choose are packed together, their common length betrays the secret (BREACH).
"""

import gzip
from functools import lru_cache

CODING = "gzip"
FEWEST = 512  # bytes; less than that is hardly any smaller
_VARY = "Vary"
_ACCEPT = "Accept-Encoding"


@lru_cache(maxsize=64)  # browsers have a handful of such headers
def takes_packed(accepted: str) -> bool:
    """Return whether a reader with this Accept-Encoding takes gzip. A wildcard does not count: hardly anybody sends it,
    and plain bytes suit them, too.
    """
    for offer in accepted.lower().split(","):
        name, *more = (part.strip() for part in offer.split(";"))
        if name == CODING:
            return all(part.partition("=")[0] != "q" or _is_wanted(part.partition("=")[2]) for part in more)
    return False


def _is_wanted(weight: str) -> bool:
    try:
        return float(weight) > 0
    except ValueError:
        return False


def pack(body: bytes) -> bytes | None:
    """Return the bytes packed, without a date in them; None if that saves nothing."""
    if len(body) < FEWEST:
        return None
    packed = gzip.compress(body, 6, mtime=0)
    return packed if len(packed) < len(body) else None


def varied(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers, and that the answer depends on what the reader takes."""
    others = [value for name, value in headers if name.title() == _VARY]
    rest = [pair for pair in headers if pair[0].title() != _VARY]
    return [*rest, (_VARY, ", ".join([*others, _ACCEPT]))]
