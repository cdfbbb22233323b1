"""The counters of SECURITY 8. `limits` counts; it is what Flask-Limiter stands on."""

import ipaddress
import time
from datetime import timedelta
from functools import cached_property, lru_cache

from flask import request
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, MongoDBStorage, Storage
from limits.strategies import FixedWindowRateLimiter
from pymongo.errors import PyMongoError

from gigflow.core.clock import Pace
from gigflow.core.errors import TooMany
from gigflow.settings.limits import counted_together
from gigflow.settings.settings import Settings

# What is counted, and whether all processes count together.
RULES = counted_together()
ADDRESSES_MAX = 4096  # that are remembered as they were read; it is done for every request


class Limits:
    """The counters of one process, and those in the database that all share."""

    def __init__(self, settings: Settings) -> None:
        self.mode = settings.rate_limits
        self.strict = self.mode == "strict" or (self.mode == "on" and settings.https)
        self.rules: dict[str, list[RateLimitItem]] = {
            name: parse_many(getattr(settings, f"limit_{name}")) for name in RULES
        }
        self.here = FixedWindowRateLimiter(MemoryStorage())
        self.settings = settings

    def spend(self, rule: str, *key: object) -> None:
        """Count one more of `rule` for `key`. Raises TooMany with the seconds until it is allowed again."""
        if self.mode == "off":
            return
        for item in self.rules[rule]:
            limiter = self._limiter(rule)
            words = [rule, *map(str, key)]
            try:
                allowed = limiter.hit(item, *words)
            except PyMongoError:
                # The shared counters are away: this process counts by itself rather than not at all.
                limiter = self.here
                allowed = limiter.hit(item, *words)
            if not allowed:
                reset = limiter.get_window_stats(item, *words).reset_time
                raise TooMany(max(1, int(reset - time.time()) + 1))

    def pace(self, rule: str) -> Pace:
        """Return what `rule` allows, for code that counts by itself: how many, and in how long a time."""
        if self.mode == "off":
            return ()
        return tuple((item.amount, timedelta(seconds=item.get_expiry())) for item in self.rules[rule])

    def spend_by_address(self, rule: str) -> None:
        """Count one more of `rule` for the client's address; on a laptop loopback is left out (docs/api.md)."""
        address = self.key_of(request.remote_addr or "unknown")
        if address:
            self.spend(rule, address)

    def key_of(self, address: str) -> str | None:
        """Return what a client's address is counted as; None if it is not counted, as loopback on a laptop
        (docs/api.md).
        """
        return address_key(address) if self.strict or not is_loopback(address) else None

    def allows(self, rule: str, *key: object) -> bool:
        """Count one more of `rule` for `key`, and say whether it is within the limit, for what is skipped silently."""
        try:
            self.spend(rule, *key)
        except TooMany:
            return False
        return True

    def most(self, bound: str) -> int | None:
        """Return how many there may be of something at a time, by the setting `limit_…` of its name; None if any
        number.
        """
        return None if self.mode == "off" else getattr(self.settings, f"limit_{bound}")

    def forgive(self, rule: str, *key: object) -> None:
        """Forget what was counted of `rule` for `key`: a sign-in that worked was no guess."""
        if self.mode == "off":
            return
        for item in self.rules[rule]:
            for limiter in (self._limiter(rule), self.here):
                try:
                    limiter.clear(item, rule, *map(str, key))
                except PyMongoError:
                    continue

    @cached_property
    def shared(self) -> FixedWindowRateLimiter:
        """The counters in the database, opened by the first sign-in, since most processes of the CLI have none."""
        return FixedWindowRateLimiter(_shared_storage(self.settings))

    def _limiter(self, rule: str) -> FixedWindowRateLimiter:
        return self.shared if RULES[rule] else self.here


def _shared_storage(settings: Settings) -> Storage:
    return MongoDBStorage(
        settings.mongo_uri,
        database_name=settings.mongo_db,
        counter_collection_name="limit_counters",
        window_collection_name="limit_windows",
        serverSelectionTimeoutMS=2000,
    )


@lru_cache(ADDRESSES_MAX)
def address_key(address: str) -> str:
    """Return one client, as far as an address can tell: an IPv4 address, or the /64 of an IPv6 one. A /64 is the least
    that anybody is given, and it has 2**64 addresses. Anything that is no address counts as it is written.
    """
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return f"{ipaddress.IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found) if found else address


@lru_cache(ADDRESSES_MAX)
def is_loopback(address: str) -> bool:
    """Return whether it is an address of this machine itself."""
    found = _address(address)
    return found is not None and found.is_loopback


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address; of an IPv4 one that is written as IPv6 (::ffff:192.0.2.1), the IPv4 one."""
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
