"""The demonstration service as real processes, with everything they wrote, their ports and their end."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import ports
from shared.database import Database
from shared.messaging.envelope import schema_uri, source_of
from tests.shared.service.waiting import until

PARTITIONS = 3


@dataclass
class Running:
    """One process: what it prints goes to files, so that no pipe can fill."""

    process: subprocess.Popen[bytes]
    output: Path
    errors: Path
    ops: str
    api: str

    def lines(self) -> list[dict[str, Any]]:
        """The log lines so far."""
        return [json.loads(line) for line in self.output.read_text().splitlines() if line.endswith("}")]

    def events(self) -> list[str]:
        """The names of what was logged so far."""
        return [line["event"] for line in self.lines()]

    async def ask(self, path: str) -> tuple[int, dict[str, Any]]:
        """A health page: status and content; (0, {}) while nobody listens."""
        async with httpx.AsyncClient() as client:
            try:
                answer = await client.get(f"{self.ops}{path}", timeout=5)
            except httpx.TransportError:
                return 0, {}
        return answer.status_code, answer.json()

    async def ready(self, timeout_s: float = 30.0) -> None:
        """Wait until the process is ready and its parts have started."""

        async def started() -> bool:
            assert self.process.poll() is None, self.errors.read_text() + self.output.read_text()
            return "started" in self.events() and (await self.ask("/health/ready"))[0] == 200

        await until(started, timeout_s, f"{self.output}: not ready")

    async def end(self, number: signal.Signals | None = None, timeout_s: float = 20.0) -> tuple[int, float]:
        """Send a signal if one is given, wait for the end; gives the exit code and how long it took in seconds."""
        started = time.monotonic()
        if number is not None:
            self.process.send_signal(number)
        code = await asyncio.to_thread(self.process.wait, timeout_s)
        return code, time.monotonic() - started


@dataclass
class DemoWorld:
    """A name of its own on the shared broker, a database, and the processes started so far."""

    folder: Path
    bootstrap: str
    url: str
    suffix: str = field(default_factory=lambda: secrets.token_hex(5))
    running: list[Running] = field(default_factory=list)

    @property
    def service(self) -> str:
        """The service's name in this world."""
        return f"demo{self.suffix}"

    @property
    def topic(self) -> str:
        """The topic of stamps in this world."""
        return f"stamp{self.suffix}.added"

    def start(self, role: str, module: str = "tests.shared.demo", **settings: str) -> Running:
        """Start a process; ``settings`` are names without PAYUNG_."""
        ops_port, http_port = ports.choose(), ports.choose()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")}
        environment |= {
            "PAYUNG_TEST_SUFFIX": self.suffix,
            f"PAYUNG_{self.service.upper()}_DATABASE_URL": self.url,
            "PAYUNG_KAFKA_BOOTSTRAP": self.bootstrap,
            "PAYUNG_OPS_PORT": str(ops_port),
            "PAYUNG_HTTP_PORT": str(http_port),
            "PAYUNG_LOG_FORMAT": "json",
            "OTEL_BSP_SCHEDULE_DELAY": "300",
        }
        environment |= {f"PAYUNG_{name.upper()}": value for name, value in settings.items()}
        stem = self.folder / f"{role}-{len(self.running)}"
        output, errors = stem.with_suffix(".log"), stem.with_suffix(".err")
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen([sys.executable, "-m", module, role], env=environment, stdout=out, stderr=err)
        ops, api = f"http://127.0.0.1:{ops_port}", f"http://127.0.0.1:{http_port}"
        self.running.append(Running(process, output, errors, ops, api))
        return self.running[-1]

    async def create_topics(self) -> None:
        """Create the topics of this world."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(self.topic, PARTITIONS, 1), NewTopic(f"{self.service}.parked", 1, 1)])
        finally:
            await admin.close()

    async def send(self, *bodies: tuple[str, str, dict[str, object]]) -> None:
        """Send events as a relay would: (event id, booklet id, body)."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            for event_id, booklet, body in bodies:
                headers = {
                    "ce_specversion": "1.0",
                    "ce_id": event_id,
                    "ce_type": self.topic,
                    "ce_source": source_of(self.service),
                    "ce_time": "2026-11-20T04:00:00.000000+00:00",
                    "ce_subject": booklet,
                    "ce_dataschema": schema_uri(self.topic, 1),
                    "content-type": "application/json",
                }
                encoded = [(name, value.encode()) for name, value in headers.items()]
                value = json.dumps(body).encode()
                await producer.send_and_wait(self.topic, value, key=booklet.encode(), headers=encoded)
        finally:
            await producer.stop()

    async def committed(self) -> int:
        """Events of the topic that the service has committed as done, by Kafka's account."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.service, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
            return sum([await consumer.committed(place) or 0 for place in places])
        finally:
            await consumer.stop()

    async def value(self, query: str) -> Any:
        """One value from the database."""
        database = Database(self.url)
        try:
            async with database.transaction() as tx:
                return await tx.fetch_value(query)
        finally:
            await database.close()

    def close(self) -> None:
        """End whatever still runs."""
        for running in self.running:
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()
