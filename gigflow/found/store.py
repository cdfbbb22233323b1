"""Where the files of the sitemap begin, in the database: all processes hand out the same addresses."""

from contextlib import suppress

from pymongo.errors import DuplicateKeyError

from gigflow.core.db import Db, Declared, from_document, object_schema, to_document
from gigflow.found.models import Parts

SITEMAPS = Declared("sitemaps", (), object_schema({"starts": "array", "looked_at": "date"}))
COLLECTIONS = (SITEMAPS,)


def get_parts(db: Db, kind: str) -> Parts | None:
    """Return where the files of a kind begin, or None if nobody has looked yet."""
    found = db[SITEMAPS].find_one({"_id": kind})
    return from_document(found, Parts) if found else None


def keep_parts(db: Db, parts: Parts, before: Parts | None) -> None:
    """Keep these parts, unless another process has looked since `before`."""
    if before is None:
        with suppress(DuplicateKeyError):  # another process was first, and saw the same
            db[SITEMAPS].insert_one(to_document(parts))
        return
    known = {"_id": parts.kind, "looked_at": before.looked_at}
    db[SITEMAPS].replace_one(known, to_document(parts))
