"""What waits for somebody, read from the collections that know it."""

from collections.abc import Sequence

from gigflow.core.db import Db, Document
from gigflow.turn.models import Source


def read(db: Db, sources: Sequence[Source]) -> list[list[Document]]:
    """Return the rows of each source, in one round trip."""
    if not sources:
        return []
    found: list[list[Document]] = [[] for _ in sources]
    for row in db[sources[0].rows].aggregate(pipeline(sources)):
        found[row["source"]].append(row["row"])
    return found


def pipeline(sources: Sequence[Source]) -> list[Document]:
    """Return the one aggregation of all sources, over the collection of the first."""
    first, *others = (
        (source.rows, [*source.stages, _labelled(number)]) for number, source in enumerate(sources)
    )
    unions = [{"$unionWith": {"coll": rows.name, "pipeline": stages}} for rows, stages in others]
    return [*first[1], *unions]


def _labelled(number: int) -> Document:
    return {"$project": {"_id": 0, "source": {"$literal": number}, "row": "$$ROOT"}}
