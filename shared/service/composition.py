"""Puts a process together from a service's declaration: which parts a role has, and which checks watch over them."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

import uvicorn
from faststream.security import SASLScram512

from shared.contracts.spec import Catalogue
from shared.health import Answer, Health, LoopTicker, Status, Watchdog
from shared.health.pages import ops_application
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.kafka_client import ConsumerSettings
from shared.messaging.consume.processor import BatchProcessor
from shared.messaging.publish.publisher import ProducerSettings
from shared.messaging.publish.relay import Relay, RelaySettings
from shared.messaging.retention import RetentionSettings, check_inbox_age
from shared.service.api import build_api
from shared.service.declaration import AnyContext, AnyService, Handlers
from shared.service.figures import StatusMirror, TimedConsumer, timed_handlers
from shared.service.housekeeping import Housekeeping
from shared.service.jobs import JobRunner
from shared.service.kafka_watch import KafkaWatch
from shared.service.probes import CommitProbe, DatabaseProbe, LagProbe, OutboxProbe, ParkedProbe, RelayProbe
from shared.service.schema_gate import SchemaGate
from shared.service.supervisor import Part
from shared.service.web_server import WebServer
from shared.settings import ServiceSettings, kafka_client_options


class Role(StrEnum):
    """What a process of a service does; each is scaled alone. `all` is for a laptop."""

    API = "api"
    WORKER = "worker"
    RELAY = "relay"
    JOBS = "jobs"
    ALL = "all"
    MIGRATE = "migrate"
    VERIFY = "verify"

    def includes(self, other: Role) -> bool:
        """Whether a process of this role does the work of ``other``."""
        return self is other or (self is Role.ALL and other not in {Role.MIGRATE, Role.VERIFY})


@dataclass
class Process:
    """The parts of one process, and what goes with them."""

    health: Health
    parts: list[Part] = field(default_factory=list)
    attendants: list[Part] = field(default_factory=list)
    mirror: StatusMirror = field(default_factory=StatusMirror)

    def add(self, part: Any) -> None:
        """Add something with ``name`` and ``run`` to the parts."""
        self.parts.append(Part(part.name, part.run))

    def attend(self, attendant: Any) -> None:
        """Add something with ``name`` and ``run`` to what runs from before the parts until after them."""
        self.attendants.append(Part(attendant.name, attendant.run))

    def add_kafka_watch(
        self, group_id: str, role: Role, context: AnyContext, topics: Sequence[str], consumer: TimedConsumer | None
    ) -> None:
        """Watch Kafka: the topics read if there is a worker, else those written."""
        settings = context.settings
        watch = KafkaWatch(
            kafka_client_options(settings),
            topics,
            group_id=group_id if consumer else None,
            period_s=settings.watch_period_s,
            # An API takes commands while Kafka is away; it must not be taken out of service then.
            failure_status=Status.WARNING if role is Role.ALL else Status.FAILED,
        )
        self.attend(watch)
        self.health.add(Answer.READY, watch)
        if consumer is not None:
            self.health.add(
                Answer.PROGRESSING,
                LagProbe(watch, settings.lag_age_limit_s),
                CommitProbe(watch, settings.commit_age_limit_s, consumer.owned_partitions),
            )


class NothingToDoError(Exception):
    """The service has nothing to do in this role."""

    def __init__(self, service: str, role: Role) -> None:
        super().__init__(service, role)
        self.safe_message = f"{service} has nothing to do as {role.value}: its app.py declares nothing for that role."


async def compose(service: AnyService, role: Role, context: AnyContext, gate: SchemaGate, version: str) -> Process:
    """Make the process of ``role``.

    Raises SettingsError, PortTakenError or NothingToDoError for what an operator has to mend, and ValueError for a
    wrong declaration.
    """
    settings = context.settings
    process = Process(Health(service=service.name, role=role.value))
    ticker = LoopTicker(settings.loop_stall_limit_s)
    process.attend(ticker)
    process.health.add(Answer.LIVE, ticker)
    process.health.add(Answer.READY, DatabaseProbe(context.database), gate)
    process.health.add(
        Answer.PROGRESSING,
        OutboxProbe(context.database, settings.outbox_age_limit_s, fails=role.includes(Role.RELAY)),
        ParkedProbe(context.database),
    )
    relay = _add_relay(service, context, process, gate) if role.includes(Role.RELAY) else None
    handlers = service.handlers_for(context) if role.includes(Role.WORKER) else {}
    topics = topics_read(context.catalogue, handlers)
    consumer = _add_worker(service, context, process, handlers, topics) if topics else None
    process.mirror = StatusMirror(consumer.status if consumer else None, relay.status if relay else None)
    if role.includes(Role.JOBS):
        _add_jobs(service, context, process)
    if role.includes(Role.API) and service.routers:
        process.add(await build_api(service, context, version))
    if not process.parts:
        raise NothingToDoError(service.name, role)
    if relay or consumer:
        written = [spec.name for spec in context.catalogue.owned_by(service.name)]
        process.add_kafka_watch(service.name, role, context, topics or written, consumer)
    watchdog = Watchdog(process.health, stuck_limit_s=settings.stuck_limit_s, period_s=settings.watch_period_s)
    process.attend(watchdog)
    process.attend(_ops_server(process, settings))
    return process


def _ops_server(process: Process, settings: ServiceSettings) -> WebServer:
    config = uvicorn.Config(
        cast(Any, ops_application(process.health, before_scrape=process.mirror.update)),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
    return WebServer("ops", config, host=settings.ops_host, port=settings.ops_port, port_setting="PAYUNG_OPS_PORT")


def client_id(service: AnyService, role: Role) -> str:
    """How a Kafka client of this process is called in the broker's logs and quotas."""
    return f"{service.name}-{role.value}-{socket.gethostname()}"


def producer_security(settings: ServiceSettings) -> dict[str, Any]:
    """How a plain aiokafka client is secured."""
    options = kafka_client_options(settings)
    options.pop("bootstrap_servers")
    return options


def consumer_security(settings: ServiceSettings) -> dict[str, Any]:
    """The same for FastStream's broker, which takes an object of its own."""
    options = producer_security(settings)
    if options["security_protocol"] == "PLAINTEXT":
        return {}
    user, password = options["sasl_plain_username"], options["sasl_plain_password"]
    return {"security": SASLScram512(user, password, ssl_context=options["ssl_context"], use_ssl=True)}


def _add_relay(service: AnyService, context: AnyContext, process: Process, gate: SchemaGate) -> Relay:
    settings = context.settings
    producer = ProducerSettings(
        bootstrap_servers=settings.kafka_bootstrap,
        client_id=client_id(service, Role.RELAY),
        enable_idempotence=settings.relay_idempotent_producer,
        security=producer_security(settings),
    )
    tuning = RelaySettings(batch_rows=settings.relay_batch_size, poll_interval_s=settings.relay_poll_s)
    relay = Relay(context.database, service.name, producer, tuning)
    # What waits in a newer outbox may be written in a way that this program would send wrongly and delete.
    process.parts += [Part("relay", relay.run), Part("schema", gate.watch)]
    process.health.add(Answer.PROGRESSING, RelayProbe(relay.status, settings.outbox_age_limit_s))
    return relay


def _add_worker(
    service: AnyService, context: AnyContext, process: Process, handlers: Handlers, topics: Sequence[str]
) -> TimedConsumer:
    settings = context.settings
    check_inbox_age(RetentionSettings(), [context.catalogue.topic(topic) for topic in topics])
    intake = Intake(context.catalogue, context.clock)
    processor = BatchProcessor(context.outbox, intake, timed_handlers(handlers), lanes=settings.consumer_lanes)
    tuning = ConsumerSettings(
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=service.name,
        client_id=client_id(service, Role.WORKER),
        max_records=settings.consumer_batch_size,
        batch_timeout_ms=settings.consumer_batch_timeout_ms,
        session_timeout_ms=settings.consumer_session_timeout_ms,
        heartbeat_interval_ms=settings.consumer_session_timeout_ms // 5,
        # It waits for the batch and then for Kafka; both together fit into the process's time.
        graceful_timeout_s=settings.graceful_timeout_s / 2,
        security=consumer_security(settings),
    )
    consumer = TimedConsumer(processor, topics, tuning)
    process.parts.append(Part("worker", consumer.run))
    return consumer


def topics_read(catalogue: Catalogue, handlers: Handlers) -> list[str]:
    """The topics to subscribe to: those of ``handlers``, but for the planned ones, which are not in Kafka.

    Somebody who subscribes to a topic that is not there is told so at every look at the metadata, for ever.
    """
    named = {event_type.TOPIC for event_type in handlers}
    return sorted(topic for topic in named if not catalogue.topic(topic).planned)


def _add_jobs(service: AnyService, context: AnyContext, process: Process) -> None:
    jobs = service.jobs_for(context)
    if jobs:
        runner = JobRunner(context.outbox, jobs, context.clock, poll_s=context.settings.jobs_poll_s)
        process.add(runner)
        process.health.add(Answer.PROGRESSING, runner)
    process.add(Housekeeping(context.database, context.clock))
