"""What waits for somebody, read from the collections that know it."""

from collections.abc import Sequence

from gigflow.core.db import Db, Declared, Document
from gigflow.turn.models import Source, Tally

Part = tuple[Declared, list[Document]]  # of the one aggregation: a collection, and what is read of it


def read(
    db: Db, sources: Sequence[Source], tallies: Sequence[Tally] = ()
) -> tuple[list[list[Document]], dict[str, int]]:
    """Return the rows of each source, and each number by its name, in one round trip."""
    found: list[list[Document]] = [[] for _ in sources]
    counted = dict.fromkeys((tally.name for tally in tallies), 0)
    parts = pipeline(sources, tallies)
    if parts is None:
        return found, counted
    rows, stages = parts
    for row in db[rows].aggregate(stages):
        if "tally" in row:
            counted[row["tally"]] = row["count"]
        else:
            found[row["source"]].append(row["row"])
    return found, counted


def pipeline(sources: Sequence[Source], tallies: Sequence[Tally] = ()) -> Part | None:
    """Return the one aggregation of all sources and tallies, over the collection of the first; None without any."""
    parts: list[Part] = [
        *((each.rows, [*each.stages, _labelled(number)]) for number, each in enumerate(sources)),
        *((each.rows, [*each.stages, *_counted(each.name)]) for each in tallies),
    ]
    if not parts:
        return None
    (rows, stages), *others = parts
    return rows, [*stages, *({"$unionWith": {"coll": each.name, "pipeline": more}} for each, more in others)]


def _labelled(number: int) -> Document:
    return {"$project": {"_id": 0, "source": {"$literal": number}, "row": "$$ROOT"}}


def _counted(name: str) -> list[Document]:
    return [{"$count": "count"}, {"$set": {"tally": {"$literal": name}}}]
