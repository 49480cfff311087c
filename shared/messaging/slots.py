"""Who publishes what: relays share the outbox by hash slots, each slot under a session advisory lock.

One relay at a time reads a slot, so the order of a key is never broken; a relay that dies frees its slots with its
session. The number of relays is read from shared "member" locks, so there is no table to go stale.
"""

from __future__ import annotations

import math
import zlib

import asyncpg

from shared.messaging.tables import SLOT_COUNT

# Advisory lock classes of the kit (first of the two keys), unlikely to meet anybody else's.
MEMBER_LOCK_CLASS = 0x5041_594D  # "PAYM"
SLOT_LOCK_CLASS = 0x5041_5953  # "PAYS"

_COUNT_MEMBERS = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND classid = $1::bigint::oid AND objsubid = 2 AND granted AND mode = 'ShareLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def slot_of(key: bytes) -> int:
    """The slot of an event's key. By the high bits of its checksum: the low ones choose the partition."""
    return (zlib.crc32(key) >> 16) % SLOT_COUNT


class SlotOwner:
    """The slots that one relay holds on one database session."""

    def __init__(self, connection: asyncpg.Connection, slot_count: int = SLOT_COUNT) -> None:
        self._connection = connection
        self._slot_count = slot_count
        self.slots: list[int] = []

    async def join(self) -> None:
        """Become one of the relays that share the slots."""
        await self._connection.execute("SELECT pg_advisory_lock_shared($1, 0)", MEMBER_LOCK_CLASS)

    async def rebalance(self) -> bool:
        """Give back what is over the fair share and take free slots up to it. Gives whether anything changed.

        Call it only between rounds, when nothing read from a held slot is still on its way.
        """
        members = max(1, int(await self._connection.fetchval(_COUNT_MEMBERS, MEMBER_LOCK_CLASS)))
        fair_share = math.ceil(self._slot_count / members)
        before = list(self.slots)
        while len(self.slots) > fair_share:
            await self._unlock(self.slots.pop())
        if len(self.slots) < fair_share:
            await self._take(fair_share - len(self.slots))
        return before != self.slots

    async def _take(self, wanted: int) -> None:
        held = set(self.slots)
        for slot in range(self._slot_count):
            if wanted == 0:
                return
            if slot in held:
                continue
            if await self._connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", SLOT_LOCK_CLASS, slot):
                self.slots.append(slot)
                wanted -= 1

    async def _unlock(self, slot: int) -> None:
        await self._connection.execute("SELECT pg_advisory_unlock($1, $2)", SLOT_LOCK_CLASS, slot)

    async def leave(self) -> None:
        """Give everything back, so that the others need not wait for this session to end."""
        await self._connection.execute("SELECT pg_advisory_unlock_all()")
        self.slots.clear()
