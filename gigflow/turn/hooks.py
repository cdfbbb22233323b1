"""What the list of what is somebody's turn asks of the features that know it."""

from gigflow.core.hooks import many
from gigflow.turn.models import Reader, Source


@many
def waits(reader: Reader) -> Source:
    """Somebody looks at what is their turn: what a feature reads to say so, and the items that it makes of that. The
    counts in the navigation are those of the same list.
    """
