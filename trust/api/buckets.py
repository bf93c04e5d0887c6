"""Token buckets: how much each client may ask."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

_MOST_CLIENTS = 20_000
_IPV6_NETWORK_BITS = 64


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Buckets:
    """Each client may spend `burst` at once, and `rate` a second in the long run. For one thread.

    Of more clients than are kept, those unseen the longest are forgotten: their buckets have mostly refilled.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client: str, cost: float, now: float) -> float:
        """Spend `cost`: 0 when it was there, else seconds until it will be. `now` in seconds, never falling."""
        cost = min(cost, self._burst)  # else no waiting would ever do
        bucket = self._buckets.get(client) or _Bucket(self._burst, now)
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[client] = bucket
        self._buckets.move_to_end(client)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        if bucket.left >= cost:
            bucket.left -= cost
            return 0.0
        return (cost - bucket.left) / self._rate


def client_of(host: str) -> str:
    """Who asks: an address, or of IPv6 the network that one customer has."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> _IPV6_NETWORK_BITS << _IPV6_NETWORK_BITS))
    return str(address)
