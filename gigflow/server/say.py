"""What the run itself tells the person who started it, next to the log of the web processes."""

import sys
from contextlib import suppress


def tell(line: str) -> None:
    """Write a line to standard output, which may also be a file on a full disk."""
    with suppress(OSError):
        print(line, flush=True)


def say(sentence: str) -> None:
    """Write a sentence to standard error. If that is a file on a full disk, nobody reads it, and the run goes on."""
    with suppress(OSError):
        print(f"GigFlow: {sentence}", file=sys.stderr, flush=True)
