"""Bytes made small for the way, where no proxy does it (decision 54).

Only what is the same for every reader: files, the copies of public pages and lists, and the page of somebody who has no
cookie. Where a secret of one reader and words that another may choose are packed together, their common length betrays
the secret (BREACH).
"""

import gzip
from functools import lru_cache

from flask import Response, request

CODING = "gzip"
# A page with a form's token sets a cookie, so it is nobody else's; this would keep it plain all the same.
FORM_TOKEN = b"csrf_token"
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


def pack_page(response: Response) -> Response:
    """Return the page packed if it depends on its address alone: its reader has shown no cookie and is given none, and
    the address asks nothing.
    """
    is_page = (request.method, response.status_code, response.mimetype) == ("GET", 200, "text/html")
    is_somebodys = any(name in request.headers for name in ("Cookie", "Authorization"))
    if not is_page or is_somebodys or "Set-Cookie" in response.headers or request.query_string:
        return response
    body = response.get_data()
    if FORM_TOKEN in body:
        return response
    response.vary.add(_ACCEPT)
    small = pack(body) if takes_packed(request.headers.get(_ACCEPT, "")) else None
    if small:
        response.set_data(small)
        response.headers["Content-Encoding"] = CODING
    return response


def varied(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers, and that the answer depends on what the reader takes."""
    others = [value for name, value in headers if name.title() == _VARY]
    rest = [pair for pair in headers if pair[0].title() != _VARY]
    return [*rest, (_VARY, ", ".join([*others, *([] if _ACCEPT in ", ".join(others) else [_ACCEPT])]))]
