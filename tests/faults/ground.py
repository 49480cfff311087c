"""Broker and database under the platform, each reached through proxies of the nemesis: one for each service.

Kafka tells its clients where to connect, so it has a listener for each service that names that service's proxy; the
harness itself uses the ordinary listener and the ordinary port.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from deploy.local import broker, ports
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.kafka.server import bootstrap
from deploy.local.postgres import Databases, database_name
from deploy.local.postgres import server as postgres_server
from deploy.local.postgres.server import PORT_NAME
from deploy.local.spawner import Command
from deploy.local.stack import owning
from shared.contracts.catalogue import CATALOGUE, RUNNING_SERVICES
from shared.contracts.publishing.topic_config import ClusterSettings
from shared.contracts.publishing.topics import apply_topics
from tests.faults.proxy import FaultyProxy


@dataclass
class Ground:
    """What the platform stands on. ``kafka_proxies`` and ``postgres_proxies`` are by service."""

    home: Home
    kafka: Child
    postgres: Child
    kafka_bootstrap: str
    database_urls: dict[str, str]
    kafka_proxies: dict[str, FaultyProxy] = field(default_factory=dict)
    postgres_proxies: dict[str, FaultyProxy] = field(default_factory=dict)

    def proxied_bootstrap(self, service: str) -> str:
        """Where ``service`` reaches the broker."""
        return f"{ports.LOOPBACK}:{self.kafka_proxies[service].port}"

    def proxied_database(self, service: str) -> str:
        """Where ``service`` reaches its database."""
        direct = f":{self.home.port(PORT_NAME)}/"
        return self.database_urls[service].replace(direct, f":{self.postgres_proxies[service].port}/")

    @property
    def proxies(self) -> dict[str, FaultyProxy]:
        """All of them, by a name for the report."""
        return {f"{name} to Kafka": proxy for name, proxy in self.kafka_proxies.items()} | {
            f"{name} to PostgreSQL": proxy for name, proxy in self.postgres_proxies.items()
        }


@contextlib.asynccontextmanager
async def standing(path: Path, say: Callable[[str], None]) -> AsyncIterator[Ground]:
    """Broker and database with all topics and databases, in a home of their own, until the block ends.

    Raises:
        LocalRunError: something is missing or does not start; the text says what to do.
    """
    home = Home.open(path)
    if home.kafka.exists():
        raise LocalRunError(f"{path} holds another run, whose events would be judged as well. Choose a fresh folder.")
    with owning(home):
        # Settings of another run would lead us to its broker.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")}
        kind, kafka = await asyncio.to_thread(broker.prepare, home, clean | {broker.CHOICE: "kafka"}, say)
        postgres = await asyncio.to_thread(postgres_server, home)
        if kafka is None:
            raise LocalRunError(f"The faults need a broker of their own, and this is {kind}.")
        async with contextlib.AsyncExitStack() as proxies:
            ground = Ground(home, kafka, postgres, bootstrap(home), {})
            for service in RUNNING_SERVICES:
                behind = await asyncio.to_thread(home.keep_port, f"kafka-{service}", ports.choose)
                for target, known in (
                    (behind, ground.kafka_proxies),
                    (home.port(PORT_NAME) or 0, ground.postgres_proxies),
                ):
                    known[service] = await proxies.enter_async_context(FaultyProxy(ports.LOOPBACK, target))
            _listen_for_each(ground)
            try:
                await asyncio.to_thread(_start, ground)
                await _make_topics(ground)
                yield ground
            finally:
                await asyncio.to_thread(_stop, ground)


def _start(ground: Ground) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Child.start, (ground.kafka, ground.postgres)))
    urls = Databases(ground.home).ensure(database_name(name) for name in RUNNING_SERVICES)
    ground.database_urls |= {name: urls[database_name(name)] for name in RUNNING_SERVICES}


def _stop(ground: Ground) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Child.stop, (ground.kafka, ground.postgres)))


def _listen_for_each(ground: Ground) -> None:
    """Add a listener for each service to the broker's settings, whenever it starts."""
    ordinary = ground.kafka.command

    def command() -> Command:
        made = ordinary()
        path = Path(made.argv[-1])
        lines = dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
        for service, proxy in ground.kafka_proxies.items():
            listener = f"VIA_{service.upper()}"
            behind = ground.home.port(f"kafka-{service}")
            lines["listener.security.protocol.map"] += f",{listener}:PLAINTEXT"
            lines["listeners"] += f",{listener}://{ports.LOOPBACK}:{behind}"
            lines["advertised.listeners"] += f",{listener}://{ports.LOOPBACK}:{proxy.port}"
        path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
        return made

    ground.kafka.command = command


async def _make_topics(ground: Ground) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=ground.kafka_bootstrap, client_id="payung-faults")
    await admin.start()
    try:
        await apply_topics(admin, CATALOGUE, ClusterSettings(replication_factor=1, min_insync_replicas=1))
    finally:
        await admin.close()
