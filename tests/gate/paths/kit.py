"""The relay and the consumer, on real Kafka: what the kit costs whichever service uses it."""

from __future__ import annotations

import asyncio
from collections import Counter

from benchmarks.load import History, fill_outbox, fill_topic
from benchmarks.world import WRITER, World, create_tables
from shared.database import Database
from shared.messaging.consume.consumer import Consumer
from shared.messaging.publish.publisher import ProducerSettings
from shared.messaging.publish.relay import Relay, RelaySettings
from shared.messaging.tables import SLOT_COUNT
from tests.gate.cost import EVENTS, PER_EVENTS, Cost, Meter
from tests.gate.place import Place
from tests.gate.requests import counted_requests
from tests.gate.statements import counting_proxy

# What a consumer asks for once it reads; joining its group happens once and takes as many requests as it takes.
_READING = ("Fetch", "OffsetCommit")


async def measure(place: Place) -> dict[str, Cost]:
    """The costs of ``relay`` and ``consumer``."""
    world = World()
    await world.create_topics(place.stack.kafka_bootstrap)
    try:
        return {"relay": await relay_cost(place, world), "consumer": await _consumer(place, world)}
    finally:
        await world.delete_topics(place.stack.kafka_bootstrap)


async def relay_cost(place: Place, world: World, producer: ProducerSettings | None = None) -> Cost:
    """Rounds of a relay until the outbox is empty, after a first small one."""
    async with place.database() as url, counting_proxy(url) as (proxied, statements):
        database = Database(proxied)
        relay = Relay(database, WRITER, producer or world.producer(place.stack.kafka_bootstrap), RelaySettings())
        try:
            await create_tables(database)
            session = await database.dedicated_connection()
            slots, history = list(range(SLOT_COUNT)), History(world)
            with counted_requests() as requests:
                meter = Meter(statements, requests)
                for path, events in (("warm-up", 100), ("relay", EVENTS)):
                    await fill_outbox(world.writer(database), history, events)
                    left = events
                    with meter.measured(path):
                        while left:
                            left -= await relay.run_round(session, slots) or 0
            await session.close()
            return meter.costs["relay"]
        finally:
            await relay._publisher.close()
            await database.close()


async def _consumer(place: Place, world: World) -> Cost:
    """A worker from its start to the commit of the last offset; the database's part is counted for each service."""
    await fill_topic(place.stack.kafka_bootstrap, world, History(world), EVENTS)
    async with place.database() as url:
        database = Database(url)
        try:
            await create_tables(database)
            settings = world.consumer(place.stack.kafka_bootstrap)
            consumer = Consumer(world.processor(database), [world.moved.TOPIC], settings)
            stop = asyncio.Event()
            with counted_requests() as requests:
                running = asyncio.create_task(consumer.run(stop))
                async with asyncio.timeout(60):
                    while requests["OffsetCommit"] == 0 or consumer.status.applied < EVENTS:
                        if running.done():
                            break
                        await asyncio.sleep(0.02)
                stop.set()
                await running
            assert consumer.status.commit_failures == 0
            return Cost(PER_EVENTS, Counter(), Counter({api: requests[api] for api in _READING}))
        finally:
            await database.close()
