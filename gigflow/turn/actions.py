"""What is a person's turn: one list, for the home page, the counts and programs."""

from gigflow.core.db import Db
from gigflow.turn import hooks, store
from gigflow.turn.models import Found, Item, Reader, in_order


def items_for(db: Db, reader: Reader) -> list[Item]:
    """Return everything that waits for somebody, group by group, the most urgent first."""
    return found_for(db, reader).items


def found_for(db: Db, reader: Reader) -> Found:
    """Return everything that waits for somebody, and the numbers that their pages show. It costs one round trip,
    however many features say what waits and what is counted.
    """
    sources = [source(reader) for source in hooks.waits]
    tallies = [tally(reader) for tally in hooks.tallies]
    found, counted = store.read(db, sources, tallies)
    items = [item for source, rows in zip(sources, found, strict=True) for item in source.items(rows)]
    return Found(in_order(items), counted)
