"""Behind a socket for both address families, each IPv4 client counts for itself."""

from __future__ import annotations

import pytest

from shared.clock import ManualClock
from shared.http.problems import ProblemError
from shared.http.rate_limit import RateLimiter, RateLimits


async def test_a_mapped_ipv4_client_does_not_use_up_the_others_share(clock: ManualClock) -> None:
    limiter = RateLimiter(RateLimits("2/minute", "9/minute"), clock)
    for _ in range(2):
        await limiter.count_address("::ffff:10.0.0.1")
    await limiter.count_address("::ffff:10.0.0.2")
    with pytest.raises(ProblemError):
        await limiter.count_address("10.0.0.1")
