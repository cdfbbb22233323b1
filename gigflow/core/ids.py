"""Ids that sort by the moment they were made, whichever process made them.

The driver's ids count on within one process only: of two that were made in one second, the later may be the lower.
Lists are sorted by id, so an answer that one web process wrote came before the question that another had written.
"""

import os
import time

from bson import ObjectId

PARTS = 1 << 16  # of a second


class _Last:
    value = 0


def new_id() -> ObjectId:
    """Make an id above all others of this process, and above those that any process of this machine made 16 µs ago.

    Four bytes are seconds, as BSON has them; two are parts of the second, six are chance.
    """
    _Last.value = max(time.time_ns() * PARTS // 1_000_000_000, _Last.value + 1)
    return ObjectId(_Last.value.to_bytes(6) + os.urandom(6))
