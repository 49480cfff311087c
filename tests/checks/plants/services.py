"""Plants about the shape of a service, its transactions, its SQL and its topics."""

from __future__ import annotations

from tests.checks.plants.base import Plant, one_file

_PARTS = ["__init__", "__main__", "app", "rules", "handlers", "store", "tables", "http", "jobs", "settings", "checks"]
_FLAT = {f"services/harbour/{part}.py": "" for part in _PARTS}
_PACKAGES = {
    "rules": ("rulebook",),
    "store": ("checks", "facts"),
    "http": ("router", "access", "bodies", "answers", "problems"),
}
_WHOLE = {path: text for path, text in _FLAT.items() if path.split("/")[-1].removesuffix(".py") not in _PACKAGES}
_WHOLE |= {
    f"services/harbour/{part}/{name}.py": "" for part, names in _PACKAGES.items() for name in ("__init__", *names)
}
_WHOLE |= {
    "services/harbour/migrations/env.py": "",
    "services/harbour/README.md": "",
    "services/harbour/Dockerfile": "",
}

_GROWN = {path: text for path, text in _WHOLE.items() if path != "services/harbour/jobs.py"}
_GROWN |= {"services/harbour/jobs/__init__.py": "", "services/harbour/jobs/nightly.py": ""}

_SHAPE = (
    Plant("service-shape", "a whole service is fine", _WHOLE),
    Plant("service-shape", "a part may grow into a package", _GROWN),
    Plant(
        "service-shape",
        "an unknown part",
        _WHOLE | {"services/harbour/helpers.py": ""},
        ("services/harbour/helpers.py:1",),
    ),
    Plant(
        "service-shape",
        "a missing part",
        {
            path: text
            for path, text in _WHOLE.items()
            if path not in {"services/harbour/settings.py", "services/harbour/Dockerfile"}
        },
        ("services/harbour/settings.py:1", "services/harbour/Dockerfile:1"),
    ),
    Plant(
        "service-shape",
        "a file of a part is missing",
        {path: text for path, text in _WHOLE.items() if not path.endswith(("http/access.py", "store/facts.py"))},
        ("services/harbour/http/access.py:1", "services/harbour/store/facts.py:1"),
    ),
    Plant(
        "service-shape",
        "the demonstration service needs no image and no files in its parts",
        {path.replace("services/harbour", "tests/shared/demo"): text for path, text in _FLAT.items()}
        | {"tests/shared/demo/migrations/env.py": ""},
    ),
    Plant("service-shape", "services/__init__.py is no service", {"services/__init__.py": ""}),
)

_COMMITS = (
    one_file(
        "commit-outside-shared",
        "methods and statements",
        "services/harbour/store.py",
        """
        async def save(uow):
            await uow.connection.commit()
            await uow.run("commit")
            async with uow.connection.begin_nested():
                pass
        """,
        2,
        3,
        4,
    ),
    one_file(
        "commit-outside-shared",
        "the demonstration service too",
        "tests/shared/demo/handlers.py",
        "async def on_x(uow, events): await uow.rollback()",
        1,
    ),
    one_file("commit-outside-shared", "shared may", "shared/database/database.py", "connection.commit()"),
    one_file(
        "commit-outside-shared",
        "words that only look alike",
        "services/harbour/store.py",
        """
        async def save(uow, commitments, beginning):
            commitments.commit_to(beginning)
            await uow.run("UPDATE berth SET commit_day = $1", 1)
        """,
    ),
)

_SQL = (
    one_file(
        "sql-outside-store",
        "library, question and text in a handler",
        "services/harbour/handlers.py",
        '''
        """SELECT is only spoken of here."""
        from sqlalchemy import select
        async def on_x(uow, events):
            await uow.execute(select(1))
            await uow.run("UPDATE berth SET free = true")
            query = f"SELECT 1 FROM {events}"
            rows = await uow.fetch(query)
        ''',
        2,
        4,
        5,
        6,
        7,
    ),
    one_file(
        "sql-outside-store",
        "store as a package may",
        "services/harbour/store/berths.py",
        """
        from sqlalchemy import select
        async def berths(tx): return await tx.fetch("SELECT 1")
        """,
    ),
    one_file(
        "sql-outside-store",
        "roles that run, and sentences",
        "services/harbour/app.py",
        """
        async def run(relay, stop):
            await relay.run(stop)
            raise ValueError("Select a harbour, then update it.")
        """,
    ),
)

_KAFKA = (
    one_file(
        "kafka-settings-outside-messaging",
        "a service with a client of its own",
        "services/harbour/app.py",
        """
        from faststream.kafka import KafkaBroker
        broker = KafkaBroker(allow_auto_create_topics=True)
        """,
        1,
        2,
    ),
    one_file(
        "kafka-settings-outside-messaging",
        "a setting in another part of shared",
        "shared/http/events.py",
        """
        import faststream
        from faststream import AckPolicy
        subscriber(auto_offset_reset="latest", ack_policy=faststream.AckPolicy.ACK)
        """,
        2,
        3,
        3,
        3,
    ),
    one_file(
        "kafka-settings-outside-messaging",
        "a reader that commits by itself",
        "deploy/cli/events.py",
        "AIOKafkaConsumer(enable_auto_commit=True)",
        1,
    ),
    one_file(
        "kafka-settings-outside-messaging",
        "a tool that only looks, and our own settings",
        "shared/service/composition.py",
        """
        from shared.messaging.publish.publisher import ProducerSettings
        ProducerSettings(enable_idempotence=settings.relay_idempotent_producer)
        AIOKafkaConsumer(enable_auto_commit=False, auto_offset_reset="earliest")
        """,
    ),
    one_file(
        "kafka-settings-outside-messaging",
        "their home",
        "shared/messaging/consume/kafka_client.py",
        "from faststream import AckPolicy\nsubscriber(ack_policy=AckPolicy.MANUAL)\n",
    ),
)

_EVENTS = (
    one_file(
        "events-outside-catalogue",
        "a reader that writes",
        "services/notification/handlers.py",
        """
        from shared.contracts.events.worker_enrolled import WorkerEnrolled
        async def on_x(uow, events):
            uow.emit(WorkerEnrolled(worker_id=1))
        """,
        3,
    ),
    one_file(
        "events-outside-catalogue",
        "a reader of something that is for others",
        "services/harbour/handlers.py",
        """
        from shared.contracts.events.worker_registered import WorkerRegistered
        from shared.messaging import Received
        TOPIC = "worker.registered"
        async def on_worker_registered(uow, events: list[Received[WorkerRegistered]]): ...
        """,
        1,
        3,
        4,
    ),
    one_file(
        "events-outside-catalogue",
        "the owner",
        "services/enrolment/handlers.py",
        """
        from shared.contracts.events.worker_registered import WorkerRegistered
        async def register(uow):
            uow.emit(WorkerRegistered(worker_id=1))
        """,
    ),
    one_file(
        "events-outside-catalogue",
        "the owner of what is only planned, and a reader that is only planned",
        "services/compliance/handlers.py",
        """
        from shared.contracts.events.employer_fined import EmployerFined
        from shared.contracts.events.worker_lapsed import WorkerLapsed
        from shared.messaging.envelope import Received
        async def fine(uow, events: list[Received[WorkerLapsed]]):
            uow.emit(EmployerFined(employer_id=1))
        """,
        2,
        4,
        5,
    ),
    one_file(
        "events-outside-catalogue",
        "a handler that is ready for what is planned",
        "services/subsidy/handlers.py",
        """
        from shared.contracts.events.worker_exited import WorkerExited
        from shared.messaging.envelope import Received
        async def on_worker_exited(uow, events: list[Received[WorkerExited]]): ...
        """,
    ),
)

_SENT = "NotificationSent(), NotificationDelivered(), NotificationFailed()"
_READ = (
    "WorkerContact: a, EmployerContact: a, WorkerRegistered: a, WorkerEnrolled: a, ContributionPaid: a, "
    "WorkerLapsing: a, EmployerLate: a"
)


def _imports(words: str) -> str:
    names = {word.split(":")[0].split("(")[0].strip() for word in words.split(",")}
    return "".join(f"from shared.contracts.events.some import {name}; " for name in sorted(names)) + "\n"


def _notification(made: str, read: str) -> dict[str, str]:
    return {
        "services/notification/handlers.py": f"{_imports(made)}def tell(uow): uow.emit_all([{made}])\n",
        "services/notification/app.py": f"{_imports(read)}SERVICE = Service(handlers={{{read}}})\n",
    }


_USED = (
    Plant("events-never-used", "a service that does all that is said of it", _notification(_SENT, _READ)),
    Plant(
        "events-never-used",
        "an event that nothing makes",
        _notification(_SENT.replace("NotificationSent(), ", ""), _READ),
        ("services/notification/app.py:1",),
    ),
    Plant(
        "events-never-used",
        "a reader without a handler",
        _notification(_SENT, _READ.replace("EmployerLate: a", "EmployerChanged: a")),
        ("services/notification/app.py:1",),
    ),
)

PLANTS: tuple[Plant, ...] = (*_SHAPE, *_COMMITS, *_SQL, *_KAFKA, *_EVENTS, *_USED)
