"""`payung parked list | replay | drop`: events that could not be applied, and what to do about them."""

from __future__ import annotations

import asyncio
import getpass
import importlib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from deploy.cli import addresses, output

if TYPE_CHECKING:
    from shared.messaging.consume.parked_admin import ParkedEvents
    from shared.messaging.consume.replay import ReplayResult
    from shared.service.declaration import AnyService

app = typer.Typer(help="Events that wait for an operator.", no_args_is_help=True)

_SHOWN = 50
_LARGEST = 2**63 - 1  # PostgreSQL's bigint
ResultT = TypeVar("ResultT")
ServiceOption = Annotated[
    str,
    typer.Option("--service", "-s", help="The service that parked them, or module:attribute of its declaration."),
]
NoteOption = Annotated[str, typer.Option("--note", help="Why; kept for good with your name.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who does it. Default: the user of this machine.")]


@app.command("list")
def list_events(
    service: ServiceOption,
    all_: Annotated[bool, typer.Option("--all", help="Also those that were replayed or dropped.")] = False,
    topic: Annotated[str | None, typer.Option(help="Only of this topic.")] = None,
    after: Annotated[
        int, typer.Option(min=0, max=_LARGEST, help="Only after this number, to go on where a list ended.")
    ] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json: output.JsonOption = False,
) -> None:
    """What waits, in order of parking, with the reason and what to do."""

    async def work(parked: ParkedEvents) -> None:
        status = None if all_ else "parked"
        events = await parked.list_events(status=status, topic=topic, after_position=after, limit=limit)
        if json:
            told = [asdict(event) | {"holds_key": event.holds_key} for event in events]
            output.print_json({"service": service, "parked": told})
            return
        if not events:
            output.console.print("Nothing is parked.")
            return
        output.print_table(
            f"Parked at {service}",
            ("number", "topic", "key", "since (UTC)", "status", "key waits", "why, and what to do"),
            [
                (
                    *(e.position, e.topic, e.key, f"{e.parked_at:%Y-%m-%d %H:%M}", e.status),
                    *("yes" if e.holds_key else "no", f"{e.reason_code}: {e.reason}"),
                )
                for e in events
            ],
        )
        if len(events) == limit:
            output.console.print(f"\nMore: payung parked list -s {service} --after {events[-1].position}")

    _with_parked(service, work)


@app.command()
def replay(
    service: ServiceOption,
    note: NoteOption,
    topic: Annotated[str | None, typer.Option(help="Only keys of this topic.")] = None,
    key: Annotated[str | None, typer.Option(help="Only this key (with --topic).")] = None,
    by: ByOption = None,
    json: output.JsonOption = False,
) -> None:
    """Apply what waits, key by key in order. A key stops at the first event that still fails.

    Records that hold nobody are tried too, and stop nothing.
    """
    if key is not None and topic is None:
        output.fail("A key belongs to a topic: give --topic as well.")

    async def work(parked: ParkedEvents) -> dict[str, ReplayResult]:
        keys = [(topic, key)] if topic is not None and key is not None else await parked.keys_with_parked(topic)
        return {
            f"{of_topic} {of_key}": await parked.replay_key(of_topic, of_key, by=by or getpass.getuser(), note=note)
            for of_topic, of_key in keys
        }

    results = _with_parked(service, work)
    stopped = [(name, r.stopped_at, r.reason) for name, r in results.items() if r.stopped_at is not None]
    refused = [(name, number, why) for name, r in results.items() for number, why in r.refused.items()]
    if json:
        output.print_json({"keys": {name: asdict(result) for name, result in results.items()}})
    else:
        total = sum(result.replayed for result in results.values())
        output.console.print(f"{total} events of {len(results)} keys applied; {len(stopped)} keys still wait.")
        columns = ("topic and key", "number", "why, and what to do")
        if stopped:
            output.print_table("\nStill failing", columns, stopped)
        if refused:
            output.console.print(f"\n{len(refused)} records hold nobody back, and can only be dropped as they are.")
            output.print_table("Refused again", columns, refused[:_SHOWN])
    if stopped or refused:
        raise typer.Exit(1)


@app.command()
def drop(
    service: ServiceOption,
    number: Annotated[int, typer.Argument(min=1, max=_LARGEST, help="The event's number in `payung parked list`.")],
    note: NoteOption,
    by: ByOption = None,
    json: output.JsonOption = False,
) -> None:
    """Give up one event for good, with a reason. What waits behind it goes on with the next replay."""

    from shared.messaging.consume.parked_admin import NotParkedError

    async def work(parked: ParkedEvents) -> None:
        await parked.drop(number, by=by or getpass.getuser(), note=note)

    try:
        _with_parked(service, work)
    except NotParkedError as error:
        output.fail(str(error))
    if json:
        output.print_json({"dropped": number})
    else:
        output.console.print(f"Event {number} is dropped. Replay its key if more waits behind it.")


def _declaration(service: str) -> AnyService:
    """The service's declaration: SERVICE in services.<name>.app, or what ``module:attribute`` names."""
    module, _, attribute = service.partition(":") if ":" in service else (f"services.{service}.app", "", "SERVICE")
    try:
        found: AnyService = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError, TypeError):
        output.fail(f"There is no service {service}: {module} has no {attribute}. Give its name as in services/.")
    return found


def _with_parked(service: str, work: Callable[[ParkedEvents], Awaitable[ResultT]]) -> ResultT:
    from shared.clock import SystemClock
    from shared.database import Database, FailureKind, classify_failure
    from shared.ids import RandomIds
    from shared.messaging.consume.intake import Intake
    from shared.messaging.consume.parked_admin import NotParkedError, ParkedEvents
    from shared.messaging.outbox import Outbox
    from shared.service.declaration import Context
    from shared.settings import SettingsError, load_settings

    declaration = _declaration(service)
    url = addresses.database_url(declaration.name)
    known = addresses.own_settings(declaration.name) | {
        f"PAYUNG_{declaration.name.upper().replace('-', '_')}_DATABASE_URL": url,
        "PAYUNG_KAFKA_BOOTSTRAP": "127.0.0.1:9",  # not used: a replay speaks to the database alone
    }

    async def run() -> ResultT:
        settings = load_settings(declaration.settings, declaration.name, environment=known)
        clock, ids = SystemClock(), RandomIds()
        database = Database(url, application_name="payung-cli")
        outbox = Outbox(database, declaration.name, declaration.catalogue, clock, ids)
        async with AsyncExitStack() as closing:
            closing.push_async_callback(database.close)
            context = Context(settings, declaration.catalogue, database, outbox, clock, ids, closing)
            handlers = declaration.handlers_for(context)
            return await work(ParkedEvents(database, outbox, Intake(declaration.catalogue, clock), handlers))

    try:
        return asyncio.run(run())
    except SettingsError as error:
        output.fail(" ".join(error.sentences))
    except NotParkedError:
        raise
    except Exception as error:
        if classify_failure(error) is not FailureKind.TRANSIENT:
            raise
        output.fail(
            f"The database of {declaration.name} does not answer, is read-only or has not been migrated. "
            "Look at `payung status`."
        )
