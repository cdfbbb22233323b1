"""What tokens said that were found good, kept by their text until they end: reading one is a quarter of what a small
request costs.

It lets nobody in. A forged or changed token has another text and so is never found here, and the device and its key are
looked up at every request all the same (SECURITY 2).
"""

import threading
import time
from collections import OrderedDict
from typing import Generic, TypeVar

Said = TypeVar("Said")

TOKENS_MAX = 4_096  # of about 400 bytes


class KnownTokens(Generic[Said]):
    """What is known of the tokens that were seen last, `most` of them."""

    def __init__(self, most: int = TOKENS_MAX) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[Said, float]] = OrderedDict()

    def said_by(self, token: str) -> Said | None:
        """Return what a token said when it was read, or None if that is not known or it has ended since."""
        with self._lock:
            found = self._known.get(token)
            if found is None:
                return None
            said, ends_at = found
            if ends_at <= time.time():
                del self._known[token]
                return None
            self._known.move_to_end(token)
            return said

    def keep(self, token: str, said: Said, ends_at: float) -> None:
        """Keep what a good token said until it ends, in seconds of the epoch; the one seen longest ago makes room."""
        with self._lock:
            self._known[token] = said, ends_at
            self._known.move_to_end(token)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
