"""Runs one relay or worker of the conformance world as a process of its own, so that tests can kill it.

``python -m tests.shared.messaging.process relay|worker --suffix S --bootstrap B --url U``; SIGTERM stops it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal

from shared.database import Database
from shared.messaging.consume.consumer import Consumer
from shared.messaging.publish.relay import Relay, RelaySettings
from tests.shared.messaging.kit import WRITER, World


async def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["relay", "worker"])
    parser.add_argument("--suffix", required=True)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--max-records", type=int, default=500)
    parser.add_argument("--batch-rows", type=int, default=1000)
    parser.add_argument("--session-timeout-ms", type=int, default=3000)
    arguments = parser.parse_args()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    world = World(arguments.suffix)
    database = Database(arguments.url)
    if arguments.role == "relay":
        settings = RelaySettings(batch_rows=arguments.batch_rows)
        await Relay(database, WRITER, world.producer(arguments.bootstrap), settings).run(stop)
    else:
        consumer = world.consumer(
            arguments.bootstrap,
            max_records=arguments.max_records,
            session_timeout_ms=arguments.session_timeout_ms,
            heartbeat_interval_ms=arguments.session_timeout_ms // 5,
        )
        await Consumer(world.processor(database), [world.moved.TOPIC], consumer).run(stop)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
