"""Identifiers of a seed: ordered in time like UUIDv7, and the same at every replay."""

from __future__ import annotations

import random
from uuid import UUID

from shared.clock import Clock
from shared.ids import fast_uuid

_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)


class SeededIds:
    """48 bits of the simulated time, then a count, the rest from the seed: in the order in which they were given."""

    def __init__(self, seed: int, owner: str, clock: Clock) -> None:
        self._random = random.Random(f"{seed} {owner}")
        self._clock = clock
        self._given = 0

    def next(self) -> UUID:
        """A new UUIDv7."""
        self._given += 1
        milliseconds = int(self._clock.now().timestamp() * 1000)
        high, low = self._given >> 20, self._given & 0xFFFFF
        bits = (milliseconds << 80) | (high << 64) | (low << 42) | self._random.getrandbits(42) | _VERSION_AND_VARIANT
        return fast_uuid(bits.to_bytes(16, "big"))
