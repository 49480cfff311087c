"""How often somebody may ask: by address before the token is looked at, by person after it is verified.

Counters live in this process by default, bounded in number; with several replicas each counts for itself. Any
storage of the library `limits` (Redis, for one) can take its place and then counts for all.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter

from shared.clock import Clock
from shared.http.problem_catalogue import TOO_MANY_REQUESTS
from shared.http.problems import ProblemError

_LOG = structlog.get_logger("payung.http")
_IPV6_SITE_BITS = 64


class BoundedMemoryStorage(Storage):
    """Counters in memory, at most ``max_counters``; the one unused for longest goes first.

    The library's own memory storage looks through all counters on every request, so that a flood from many
    addresses makes each request dearer. This one does a constant amount of work.
    """

    STORAGE_SCHEME = None  # not for URIs

    def __init__(self, clock: Clock, max_counters: int = 100_000) -> None:
        super().__init__()
        self._clock = clock
        self._max_counters = max_counters
        self._counters: OrderedDict[str, tuple[int, float]] = OrderedDict()  # key -> count, end of window

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing can go wrong in memory."""
        return ValueError

    def _now(self) -> float:
        return self._clock.now().timestamp()

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter, which starts anew when its window is over."""
        count, ends_at = self._counters.pop(key, (0, 0.0))
        if ends_at <= self._now():
            count, ends_at = 0, self._now() + expiry
        self._counters[key] = (count + amount, ends_at)
        while len(self._counters) > self._max_counters:
            self._counters.popitem(last=False)
        return count + amount

    async def get(self, key: str) -> int:
        """The count in the running window."""
        count, ends_at = self._counters.get(key, (0, 0.0))
        return count if ends_at > self._now() else 0

    async def get_expiry(self, key: str) -> float:
        """When the running window ends, in seconds since 1970."""
        return self._counters.get(key, (0, self._now()))[1]

    async def check(self) -> bool:
        """Always well."""
        return True

    async def reset(self) -> int | None:
        """Forget all counters; gives how many there were."""
        count = len(self._counters)
        self._counters.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forget one counter."""
        self._counters.pop(key, None)


@dataclass(frozen=True)
class RateLimits:
    """Limits in the library's notation, such as ``600/minute``. ``storage`` None keeps counters in this process."""

    per_address: str = "6000/minute"  # the console asks for all its users from one address
    per_subject: str = "600/minute"
    storage: Storage | None = None


class RateLimiter:
    """Counts requests and raises the 429 problem with the seconds to wait."""

    def __init__(self, limits: RateLimits, clock: Clock) -> None:
        self._clock = clock
        self._per_address = parse(limits.per_address)
        self._per_subject = parse(limits.per_subject)
        self._windows = FixedWindowRateLimiter(limits.storage or BoundedMemoryStorage(clock))

    async def count_address(self, address: str | None) -> None:
        """Count a request from a network address; for IPv6 the whole site (/64) counts as one."""
        await self._count(self._per_address, "address", _site_of(address))

    async def count_subject(self, subject: str) -> None:
        """Count a request of a signed-in person or program."""
        await self._count(self._per_subject, "subject", subject)

    async def _count(self, limit: RateLimitItem, kind: str, who: str) -> None:
        try:
            within = await self._windows.hit(limit, kind, who)
            if within:
                return
            ends_at = (await self._windows.get_window_stats(limit, kind, who)).reset_time
        except (OSError, TimeoutError, ValueError) as error:
            # Counters out of reach must not stop the programme's work: the other limits still hold.
            _LOG.warning("rate_limit_storage_failed", error_type=type(error).__name__)
            return
        wait_s = max(1, math.ceil(ends_at - self._clock.now().timestamp()))
        raise ProblemError(
            TOO_MANY_REQUESTS,
            headers={"Retry-After": str(wait_s)},
            limit=limit.amount,
            window_s=limit.get_expiry(),
            wait_s=wait_s,
        )


def _site_of(address: str | None) -> str:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped  # how a socket for both families shows IPv4; all of them lie in one /64
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _IPV6_SITE_BITS), strict=False).network_address)
