"""What the run itself tells the person who started it, beside the log of the web processes."""

import sys
from contextlib import suppress


def say(sentence: str) -> None:
    """Write a sentence to standard error. If that is a file on a full disk, nobody reads it, and the run goes on."""
    with suppress(OSError):
        print(f"GigFlow: {sentence}", file=sys.stderr, flush=True)
