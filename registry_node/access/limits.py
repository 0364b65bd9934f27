"""How often somebody may ask: a bucket of requests for each asker, in memory."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_ASKERS = 65_536
"""Askers that are remembered; beyond it the longest silent is forgotten."""

BURST = 2.0
"""Seconds of the rate that may come at once."""


@dataclass(slots=True)
class Rates:
    """Token buckets. A rate of zero is no limit."""

    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, asker: str, rate: float) -> float:
        """Takes one request of an asker that has `rate` a second; 0 when there was one, else the
        seconds until there is."""
        if rate <= 0:
            return 0.0
        now = self.clock()
        most = max(1.0, rate * BURST)
        left, seen = self._buckets.pop(asker, (most, now))
        left = min(most, left + (now - seen) * rate)
        spent = left >= 1
        self._buckets[asker] = (left - 1 if spent else left, now)
        if len(self._buckets) > _MOST_ASKERS:
            del self._buckets[next(iter(self._buckets))]
        return 0.0 if spent else (1 - left) / rate


def address_of(client: str, forwarded: str, proxies: int) -> str:
    """Where a request comes from: the connection, or what the last of `proxies` trusted proxies
    wrote into X-Forwarded-For. What stands left of that, anybody can have written."""
    if proxies <= 0:
        return client
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    return hops[-proxies] if len(hops) >= proxies else client


def network_of(address: str) -> str:
    """What is limited together: an IPv4 address, or the /64 that one IPv6 subscriber has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:  # noqa: PLR2004  # the protocol's name
        return str(parsed.ipv4_mapped if parsed.version == 6 else parsed)  # noqa: PLR2004
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


def is_loopback(address: str) -> bool:
    """Whether a request comes from this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
