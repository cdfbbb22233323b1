"""What the list of what is somebody's turn asks of the features that know it."""

from gigflow.core.hooks import many
from gigflow.turn.models import Reader, Source, Tally


@many
def waits(reader: Reader) -> Source:
    """Somebody looks at what is their turn: what a feature reads to say so, and the items that it makes of that. The
    counts in the navigation are those of the same list.
    """


@many
def tallies(reader: Reader) -> Tally:
    """Somebody opens a page: a number that each page of a member shows. It is counted in the round trip that reads what
    waits for them.
    """
