"""Our own relay and consumer, with the settings that services get."""

from __future__ import annotations

import asyncio
import math

from benchmarks.assignment import Assignment
from benchmarks.world import WRITER
from shared.database import Database
from shared.messaging.consume.consumer import Consumer
from shared.messaging.publish.relay import Relay
from shared.messaging.tables import SLOT_COUNT

RELAYS = 2


class RelayWork:
    """One of two relays; ready when it holds its half of the slots."""

    def __init__(self, assignment: Assignment) -> None:
        self._database = Database(assignment.url)
        self._relay = Relay(self._database, WRITER, assignment.world.producer(assignment.bootstrap))

    @property
    def done(self) -> int:
        """Rows that Kafka has confirmed and that are deleted."""
        return self._relay.status.published

    @property
    def is_ready(self) -> bool:
        """Whether it holds its share, so that none is taken from it later."""
        return self._relay.status.held_slots == math.ceil(SLOT_COUNT / RELAYS)

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop`` is set."""
        await self._relay.run(stop)
        await self._database.close()


class ConsumeWork:
    """One worker."""

    is_ready = True

    def __init__(self, assignment: Assignment) -> None:
        world = assignment.world
        self._database = Database(assignment.url)
        settings = world.consumer(assignment.bootstrap, group_id=assignment.group)
        self._consumer = Consumer(world.processor(self._database), [world.moved.TOPIC], settings)

    @property
    def done(self) -> int:
        """Events whose effects are committed."""
        return self._consumer.status.applied

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop`` is set."""
        await self._consumer.run(stop)
        await self._database.close()
