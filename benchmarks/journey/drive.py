"""Sends people to the desk by a schedule, whether or not it keeps up, and says how long each waited for the notice.

A person's time begins when the schedule says so, not when a connection was free, so a desk that stalls is charged for
everybody who came meanwhile (no coordinated omission). Arrivals are a Poisson process with a fixed seed.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

SETTLE_S: Final = 15.0

Register = Callable[[bytes], Awaitable[bytes]]


@dataclass
class Trip:
    """One rate: latencies in milliseconds, in order of arrival. ``missing`` have got no notice in time."""

    rate_per_s: float
    seconds: float
    accepted_ms: list[float] = field(default_factory=list)
    noticed_ms: list[float] = field(default_factory=list)
    missing: int = 0
    done_per_s: float = 0.0

    @property
    def is_sustained(self) -> bool:
        """Whether nobody waited longer at the end than at the beginning, within reason: the queue did not grow."""
        quarter = len(self.noticed_ms) // 4
        if self.missing or not quarter:
            return False
        first, last = percentile(self.noticed_ms[:quarter], 50), percentile(self.noticed_ms[-quarter:], 50)
        return last <= max(2 * first, 250.0)


@dataclass
class Way:
    """One way of doing the journey: what it did at each rate, and at full speed."""

    name: str
    what: str
    trips: list[Trip] = field(default_factory=list)
    full_per_s: float = 0.0

    def at(self, rate_per_s: float) -> Trip | None:
        """The trip at a rate, if it was measured."""
        return next((trip for trip in self.trips if trip.rate_per_s == rate_per_s), None)


def percentile(values: Sequence[float], part: float) -> float:
    """The nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part / 100))] if ordered else float("nan")


class Driver:
    """Takes people from ``bodies``; ``seen`` is filled by whoever watches the notices."""

    def __init__(self, register: Register, bodies: Iterator[bytes], seen: dict[UUID, float]) -> None:
        self._register = register
        self._bodies = bodies
        self._seen = seen

    async def at_rate(self, rate_per_s: float, seconds: float, seed: int = 1) -> Trip:
        """Open loop: ``rate_per_s`` people a second, on average."""
        chance = random.Random(seed)  # noqa: S311 - arrivals, not secrets
        moments = sorted(chance.uniform(0, seconds) for _ in range(int(rate_per_s * seconds)))
        trip = Trip(rate_per_s, seconds)
        begin_s = time.monotonic() + 0.1
        came: list[tuple[float, asyncio.Task[tuple[UUID, float]]]] = []
        for moment in moments:
            delay_s = begin_s + moment - time.monotonic()
            if delay_s > 0:
                await asyncio.sleep(delay_s)
            came.append((begin_s + moment, asyncio.create_task(self._visit(next(self._bodies)))))
        await self._settle(trip, came)
        trip.done_per_s = len(trip.noticed_ms) / seconds
        return trip

    async def at_full_speed(self, people_at_once: int, seconds: float) -> float:
        """Closed loop: as many people a second as get through; gives the rate of notices."""
        end_s = time.monotonic() + seconds
        began_s, before = time.monotonic(), len(self._seen)

        async def queue() -> None:
            while time.monotonic() < end_s:
                await self._visit(next(self._bodies))

        await asyncio.gather(*(queue() for _ in range(people_at_once)))
        rate = (len(self._seen) - before) / (time.monotonic() - began_s)
        await asyncio.sleep(1.0)  # let the last notices come
        return rate

    async def _visit(self, body: bytes) -> tuple[UUID, float]:
        answer = await self._register(body)
        return UUID(json.loads(answer)["worker_id"]), time.monotonic()

    async def _settle(self, trip: Trip, came: Sequence[tuple[float, asyncio.Task[tuple[UUID, float]]]]) -> None:
        visits = await asyncio.gather(*(task for _, task in came))
        give_up_at = time.monotonic() + SETTLE_S
        while time.monotonic() < give_up_at:
            if all(worker in self._seen for worker, _ in visits):
                break
            await asyncio.sleep(0.05)
        for (scheduled_s, _), (worker, accepted_s) in zip(came, visits, strict=True):
            trip.accepted_ms.append((accepted_s - scheduled_s) * 1000)
            noticed_s = self._seen.get(worker)
            if noticed_s is None:
                trip.missing += 1
            else:
                trip.noticed_ms.append((noticed_s - scheduled_s) * 1000)
