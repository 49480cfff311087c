"""The start and the end of a service's process: ``python -m services.<name> <role>``.

Everything that an operator can get wrong is answered with a sentence on standard error and an exit code of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import importlib.metadata
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import structlog

from shared.clock import Clock, SystemClock
from shared.database import Database, FailureKind, classify_failure
from shared.ids import IdSource, RandomIds
from shared.messaging.outbox import Outbox
from shared.service.composition import NothingToDoError, Role, compose
from shared.service.declaration import AnyService, Context
from shared.service.exit_codes import ExitCode
from shared.service.garbage import tune_garbage_collection
from shared.service.migrations import MigrationError, Migrations
from shared.service.schema_gate import SchemaGate
from shared.service.stopping import HardStop, StopSignals
from shared.service.supervisor import Supervisor
from shared.service.verify import verify
from shared.service.web_server import PortTakenError
from shared.settings import ServiceSettings, SettingsError, load_settings, redacted_settings
from shared.telemetry import configure_logging, configure_tracing, current_traceparent, metrics, shut_down_tracing
from shared.telemetry.library_logs import take_over_loggers

log = structlog.get_logger(__name__)

# A database that is only just starting is waited for.
DATABASE_PATIENCE_S = 60.0
DATABASE_PAUSE_S = 2.0

ROLE_HELP = """roles:
  api      answers HTTP requests
  worker   applies events of other services
  relay    carries this service's events from its outbox to Kafka
  jobs     does timed work
  all      the four of them in one process, for a laptop
  migrate  brings the database to this program's schema, and ends
  verify   recomputes what the database promises, writes a report and facts into --facts, and ends

exit codes: 0 stopped as asked, 1 a part failed, 64 wrong command line, 70 stopping hung, 75 stuck (start it again),
78 wrong settings. The log says why.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(ExitCode.USAGE, f"{message}. Choose one of the roles; --help explains them.\n")


def _parse(service: AnyService, arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog=f"python -m {service.migrations.removesuffix('.migrations')}",
        description=service.title,
        epilog=ROLE_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("role", choices=[role.value for role in Role], metavar="role", help="see below")
    parser.add_argument("--to", metavar="REVISION", default="head", help="migrate only up to this revision")
    parser.add_argument("--facts", metavar="FOLDER", type=Path, help="where verify writes its report and facts")
    given = parser.parse_args(arguments)
    if given.role == Role.VERIFY.value and given.facts is None:
        parser.error("verify needs --facts FOLDER")
    return given


def run(service: AnyService, arguments: Sequence[str] | None = None) -> int:
    """Run ``service`` in the role that ``arguments`` (the command line by default) name; gives the exit code.

    It takes over the process: signals, logging, the event loop. Use it as ``sys.exit(run(SERVICE))``.
    """
    given = _parse(service, sys.argv[1:] if arguments is None else arguments)
    role = Role(given.role)
    version = importlib.metadata.version("payung")
    try:
        settings = load_settings(service.settings, service.name, other_services=service.other_services())
    except SettingsError as error:
        sys.stderr.write("".join(f"{sentence}\n" for sentence in error.sentences))
        return ExitCode.SETTINGS
    configure_logging(
        service=service.name,
        role=role.value,
        version=version,
        level=settings.log_level,
        log_format=settings.log_format,
        extra_keys=service.log_keys,
    )
    faulthandler.enable()
    metrics.BUILD.labels(service.name, role.value, version).set(1)
    log.info("starting", settings=redacted_settings(settings))
    if role is Role.MIGRATE:
        work = _migrate(service, settings, given.to)
    elif role is Role.VERIFY:
        work = _verify(service, settings, given.facts)
    else:
        work = _serve(service, role, settings, version)
    tune_garbage_collection()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return _answer_for(runner, work)


def _answer_for(runner: asyncio.Runner, work: Any) -> int:
    try:
        code: int = runner.run(work)
    except SettingsError as error:
        log.error("settings_refused", sentence=error.safe_message)  # noqa: TRY400 - the sentence says it all
        sys.stderr.write("".join(f"{sentence}\n" for sentence in error.sentences))
        return ExitCode.SETTINGS
    except (PortTakenError, MigrationError, NothingToDoError) as error:
        log.error("cannot_start", sentence=error.safe_message)  # noqa: TRY400
        sys.stderr.write(f"{error.safe_message}\n")
        return ExitCode.FAILED
    except KeyboardInterrupt:  # while migrating: what was not committed is undone
        log.warning("ended_by_signal", signal="SIGINT", exit_code=int(ExitCode.KILLED_BY_INTERRUPT))
        return ExitCode.KILLED_BY_INTERRUPT
    except Exception:
        log.exception("process_failed")  # the last place: never a traceback with data in it
        return ExitCode.FAILED
    return code


def _loop_factory() -> Any:
    try:
        import uvloop  # noqa: PLC0415 - absent on some systems
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _migrate(service: AnyService, settings: ServiceSettings, target: str) -> int:
    migrations = Migrations(service.migrations)
    url = settings.database_url.get_secret_value()
    give_up_at = time.monotonic() + DATABASE_PATIENCE_S
    while True:
        try:
            done = await migrations.upgrade(url, target)
        except Exception as error:
            if classify_failure(error) is not FailureKind.TRANSIENT or time.monotonic() > give_up_at:
                raise
            log.warning("database_does_not_answer", error_type=type(error).__name__, retry_in_s=DATABASE_PAUSE_S)
            await asyncio.sleep(DATABASE_PAUSE_S)
        else:
            event = "migrated" if done.steps else "nothing_to_migrate"
            log.info(event, revisions=list(done.steps), database_revision=done.after)
            return ExitCode.CLEAN


async def _verify(service: AnyService, settings: ServiceSettings, folder: Path) -> int:
    database = Database(settings.database_url.get_secret_value(), application_name=f"{service.name} verify")
    try:
        return await verify(service, database, folder)
    finally:
        await database.close()


async def _serve(service: AnyService, role: Role, settings: ServiceSettings, version: str) -> int:
    tracing = configure_tracing(
        service=service.name,
        role=role.value,
        version=version,
        endpoint=settings.otlp_endpoint,
        sample_ratio=settings.trace_sample_ratio,
    )
    database = Database(
        settings.database_url.get_secret_value(),
        application_name=f"{service.name} {role.value}",
        pool_size=settings.database_pool_size,
        connect_timeout_s=5.0,
    )
    try:
        return await serve(service, role, settings, database, version=version)
    finally:
        await database.close()
        if tracing is not None:
            await asyncio.to_thread(shut_down_tracing, tracing)


async def serve(
    service: AnyService,
    role: Role,
    settings: ServiceSettings,
    database: Database,
    *,
    version: str = "",
    clock: Clock | None = None,
    ids: IdSource | None = None,
) -> ExitCode:
    """Compose and run the parts of ``role`` until a signal or a failure. Must run in the main thread."""
    own_clock, own_ids = clock or SystemClock(), ids or RandomIds()
    stop = asyncio.Event()
    async with AsyncExitStack() as closing:
        outbox = Outbox(database, service.name, service.catalogue, own_clock, own_ids, current_traceparent)
        context = Context(settings, service.catalogue, database, outbox, own_clock, own_ids, closing)
        gate = SchemaGate(database, Migrations(service.migrations))
        process = await compose(service, role, context, gate, version)
        take_over_loggers()  # of libraries that were imported or opened meanwhile
        hard_stop = HardStop(settings.hard_stop_timeout_s)

        def begin_to_stop() -> None:
            process.health.start_draining()
            hard_stop.start()
            stop.set()

        StopSignals(begin_to_stop).install(asyncio.get_running_loop())
        supervisor = Supervisor(
            process.parts,
            process.attendants,
            graceful_timeout_s=settings.graceful_timeout_s,
            stop=stop,
            on_failure=begin_to_stop,
        )
        return await supervisor.run(gate.wait)
