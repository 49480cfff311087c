"""One service on a real database, without Kafka: events are fed through the real consumer's processor and inbox.

Jobs run as the jobs role would run them, requests go through the real HTTP application, and what was emitted is read
from the outbox. The clock stands still until a test moves it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID, uuid4

import httpx
from pydantic import TypeAdapter

from shared.access.areas import AreaScope
from shared.access.roles import Role
from shared.clock import ManualClock
from shared.contracts.base import Event
from shared.database import Database
from shared.http import Principal, ProblemError, create_app
from shared.http.problem_catalogue import TOKEN_REFUSED
from shared.ids import RandomIds
from shared.messaging.columnar.packed_outbox import events_of
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.processor import BatchProcessor, Outcome
from shared.messaging.envelope import Headers, HeaderWriter, OutboxRow, key_of
from shared.messaging.outbox import Outbox
from shared.service import Context
from shared.service.declaration import AnyService
from shared.service.migrations import Migrations
from shared.service.verify import verify
from shared.settings import ServiceSettings
from shared.verification import Broken
from tests.shared.contracts.declared_values import not_promised

EventT = TypeVar("EventT", bound=Event)
NOW = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)  # 10 November 2026, 10:00 WITA, before the due date


class Record(NamedTuple):
    """A record as aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class _Tokens:
    """The token says who somebody is: ``subject|role,role|area,area``. Signatures have their own tests."""

    async def verify(self, token: str) -> Principal:
        parts = token.split("|")
        if len(parts) != 3:
            raise ProblemError(TOKEN_REFUSED)
        subject, roles, areas = parts
        return Principal(
            subject, frozenset(Role(role) for role in roles.split(",") if role), AreaScope.of(*areas.split(","))
        )


def person(subject: str, *roles: Role, areas: Sequence[str] = ("64",), key: str | None = None) -> dict[str, str]:
    """Headers of a request: who asks, with a new (or the given) Idempotency-Key."""
    token = f"{subject}|{','.join(roles)}|{','.join(areas)}"
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid4())}


@dataclass
class ServiceWorld(Generic[EventT]):
    """The service, its database and the ways in and out. Make one with `service_world`."""

    service: AnyService
    database: Database
    context: Context[Any]
    clock: ManualClock
    _offsets: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def outbox(self) -> Outbox:
        """The service's way to its database."""
        return self.context.outbox

    def record(self, event: Event, *, event_id: UUID | None = None, occurred_at: datetime | None = None) -> Record:
        """The Kafka record of ``event``, written by the first owner of its topic (compliance for employers)."""
        spec = self.service.catalogue.topic(event.TOPIC)
        owner = spec.owners[0]
        if getattr(event, "payer_kind", None) == "employer":
            owner = "compliance"
        key, moment = key_of(event), occurred_at or self.clock.now()
        row = OutboxRow(0, 0, event_id or uuid4(), event.TOPIC, event.VERSION, key, moment, None, event.to_json_bytes())
        headers = HeaderWriter(owner).headers(row)
        return Record(event.TOPIC, 0, next(self._offsets), key.encode(), row.body, headers)

    def tombstone(self, event_type: type[Event], key: str) -> Record:
        """A deletion mark on a compacted topic."""
        owner = self.service.catalogue.topic(event_type.TOPIC).owners[0]
        row = OutboxRow(0, 0, uuid4(), event_type.TOPIC, event_type.VERSION, key, self.clock.now(), None, None)
        return Record(event_type.TOPIC, 0, next(self._offsets), key.encode(), None, HeaderWriter(owner).headers(row))

    async def feed(self, *events: Event | Record) -> Outcome:
        """Apply ``events`` as one batch, each once; a `Record` given twice is a repetition."""
        records = [event if isinstance(event, Record) else self.record(event) for event in events]
        processor = BatchProcessor(
            self.outbox, Intake(self.service.catalogue, self.clock), self.service.handlers_for(self.context), lanes=1
        )
        return await processor.process(records)

    async def emitted(self, event_type: type[EventT]) -> list[EventT]:
        """The events of this type that wait in the outbox, oldest first. None holds a value that is not declared."""
        rows = await self.rows(
            "SELECT slot, position, event_id, topic, schema_version, key, occurred_at, traceparent, body, packed"
            " FROM outbox WHERE topic = $1 AND schema_version = $2 ORDER BY position",
            event_type.TOPIC,
            event_type.VERSION,
        )
        events = [event for *values, packed in rows for event in events_of(OutboxRow(*values), packed)]
        read = [event_type.from_json_bytes(event.body) for event in events if event.body is not None]
        assert not [sentence for event in read[:1000] for sentence in not_promised(event)]
        return read

    async def run_job(self, name: str, period_key: str = "test") -> None:
        """Run the job ``name`` once, in a unit of work."""
        jobs = {job.name: job for job in self.service.jobs_for(self.context)}
        async with self.outbox.unit_of_work() as work:
            await jobs[name].handler(work, period_key)

    async def run_jobs(self, *names: str, rounds: int = 1) -> None:
        """Run jobs in order, ``rounds`` times over; all of the service's without ``names``."""
        wanted = names or tuple(job.name for job in self.service.jobs_for(self.context))
        for _ in range(rounds):
            for name in wanted:
                await self.run_job(name)

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """Rows of a query."""
        async with self.database.transaction() as tx:
            return await tx.fetch(query, *arguments)

    async def value(self, query: str, *arguments: Any) -> Any:
        """One value of a query."""
        async with self.database.transaction() as tx:
            return await tx.fetch_value(query, *arguments)

    async def break_by_hand(self, statement: str, *arguments: Any) -> None:
        """Change rows as nobody should: constraints' triggers are off."""
        async with self.database.transaction() as tx:
            await tx.run(statement, *arguments)

    async def verify(self, folder: Path) -> dict[str, list[Broken]]:
        """Run the service's checks; by name, what is broken."""
        await verify(self.service, self.database, folder)
        report = json.loads((folder / f"{self.service.name}.json").read_text())
        return {check["name"]: [Broken(**one) for one in check["broken"]] for check in report["checks"]}

    async def facts(self, name: str, side: str, folder: Path) -> dict[str, str]:
        """A fact of the service, after `verify` into the same folder."""
        text = (folder / f"{name}.{side}.{self.service.name}.tsv").read_text()
        lines = [line.split("\t") for line in text.splitlines()]
        assert [key for key, _ in lines] == sorted(key for key, _ in lines), "facts must be sorted by key"
        return dict(lines)

    @contextlib.asynccontextmanager
    async def api(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client of the service's HTTP application in this process; use `person` for headers."""
        app = create_app(
            service=self.service.name,
            title=self.service.title,
            routers=[factory(self.context) for factory in self.service.routers],
            database=self.database,
            verifier=_Tokens(),
            clock=self.clock,
            unit_of_work=self.outbox.unit_of_work,
            problem_types=self.service.problem_types,
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://service", timeout=60) as client:
            yield client


@contextlib.asynccontextmanager
async def service_world(
    service: AnyService, database_url: str, *, now: datetime = NOW, **settings: Any
) -> AsyncIterator[ServiceWorld[Any]]:
    """``service`` on an empty database at ``database_url``, migrated; ``settings`` are its own fields.

    In a test: ``async with service_world(SERVICE, database_url, exchange_folder=tmp_path) as world``.
    """
    await Migrations(service.migrations).upgrade(database_url)
    common = {"database_url": database_url, "kafka_bootstrap": "127.0.0.1:1", **settings}
    made: ServiceSettings = TypeAdapter(service.settings).validate_python(service.settings(**common))
    database, clock = Database(database_url, pool_size=8), ManualClock(now)
    outbox = Outbox(database, service.name, service.catalogue, clock, RandomIds())
    try:
        async with AsyncExitStack() as closing:
            context = Context(made, service.catalogue, database, outbox, clock, outbox.ids, closing)
            yield ServiceWorld(service, database, context, clock)
    finally:
        await database.close()


def key_files(folder: Path, *names: str) -> Mapping[str, Path]:
    """Fresh key files by name, such as ``encryption_keys_path``."""
    from shared.privacy import new_key_line

    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / name for name in names}
    for name, path in paths.items():
        path.write_text(new_key_line(f"{name.split('_')[0]}-1"))
    return paths
