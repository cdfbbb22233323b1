"""GigFlow as it was before its last step: it knows one index and one step less, and its schema of gigs asks for a field
that today's does not know. Run as a program, as wsgi.py is.
"""

import sys

import msgspec

from gigflow import schema
from gigflow.gigs.store import GIGS
from gigflow.server import supervisor

LEFT_OUT = "titles"


def main() -> int:
    """Run it."""
    older = msgspec.structs.replace(
        GIGS,
        indexes=tuple(index for index in GIGS.indexes if index.document["name"] != LEFT_OUT),
        schema={**(GIGS.schema or {}), "required": ["slogan"]},
    )
    schema.COLLECTIONS = tuple(older if each.name == GIGS.name else each for each in schema.COLLECTIONS)
    schema.STEPS = supervisor.STEPS = schema.STEPS[:-1]
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main())
