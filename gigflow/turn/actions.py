"""What is a person's turn: one list, for the home page, the counts and programs."""

from gigflow.core.db import Db
from gigflow.turn import hooks, store
from gigflow.turn.models import Item, Reader, in_order


def items_for(db: Db, reader: Reader) -> list[Item]:
    """Return everything that waits for somebody, group by group, the most urgent first. It costs one round trip,
    however many features say what waits.
    """
    sources = [source(reader) for source in hooks.waits]
    found = store.read(db, sources)
    return in_order(
        [item for source, rows in zip(sources, found, strict=True) for item in source.items(rows)]
    )
