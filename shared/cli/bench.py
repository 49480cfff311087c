"""`payung bench`: what the programme costs here, beside plain code and raw clients in the same run."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli import output

app = typer.Typer(
    help="Measure this machine. Each figure stands beside a baseline of the same run.", no_args_is_help=True
)

EventsOption = Annotated[
    int, typer.Option("--events", min=20_000, help="How many events our own way is measured with.")
]
RepeatsOption = Annotated[int, typer.Option("--repeats", min=1, max=9, help="The median of so many runs is printed.")]
MonthsOption = Annotated[
    int | None,
    typer.Option("--repeats", min=1, max=9, help="Months to run; without it 3, and 1 of half a million workers."),
]
KeepOption = Annotated[
    bool, typer.Option("--keep", help="Leave the home behind, for a look at its logs and databases.")
]
RecordOption = Annotated[
    bool, typer.Option("--record", help="Keep the result, and write docs/performance.md anew from all that are kept.")
]


@app.command()
def relay(
    events: EventsOption = 200_000,
    repeats: RepeatsOption = 3,
    record: RecordOption = False,
    json: output.JsonOption = False,
) -> None:
    """Outbox to Kafka, two relays, order kept."""
    _run("relay", f"--events={events}", f"--repeats={repeats}", record=record, json=json)


@app.command()
def consume(
    events: EventsOption = 200_000,
    repeats: RepeatsOption = 3,
    record: RecordOption = False,
    json: output.JsonOption = False,
) -> None:
    """Kafka to state: inbox, set-based state and outbox, one worker."""
    _run("consume", f"--events={events}", f"--repeats={repeats}", record=record, json=json)


@app.command(name="import")
def import_(
    rows: Annotated[int, typer.Option("--rows", min=10_000, help="How many rows the roster has.")] = 100_000,
    repeats: RepeatsOption = 3,
    keep: KeepOption = False,
    record: RecordOption = False,
    json: output.JsonOption = False,
) -> None:
    """A roster over HTTP: read, validated, duplicates found, stored."""
    options = [f"--rows={rows}", f"--repeats={repeats}", *(["--keep"] if keep else [])]
    _run("import", *options, record=record, json=json)


@app.command()
def journey(
    seconds: Annotated[float, typer.Option("--seconds", min=2, help="How long each rate is measured.")] = 20.0,
    keep: KeepOption = False,
    record: RecordOption = False,
    json: output.JsonOption = False,
) -> None:
    """From an officer's registration to the person's queued notice: 50, 200 and 500 a second, and the most there is."""
    _run("journey", f"--seconds={seconds}", *(["--keep"] if keep else []), record=record, json=json)


@app.command()
def month(
    workers: Annotated[int, typer.Option("--workers", min=1000, help="How many workers' month is measured.")] = 100_000,
    repeats: MonthsOption = None,
    verify: Annotated[bool, typer.Option(help="Recompute every promise afterwards; not in the time.")] = True,
    baselines: Annotated[bool, typer.Option(help="Measure raw clients and plain code beside it.")] = True,
    keep: KeepOption = False,
    record: RecordOption = False,
    json: output.JsonOption = False,
) -> None:
    """A whole month through all services: assessed, billed, paid, covered, told."""
    options = [f"--workers={workers}"]
    options += [f"--repeats={repeats}"] if repeats else []
    options += ["--keep"] if keep else []
    options += [] if verify else ["--no-verify"]
    options += [] if baselines else ["--no-baselines"]
    _run("month", *options, record=record, json=json)


@app.command(name="all")
def all_(
    minutes: Annotated[float, typer.Option("--minutes", min=1, help="What does not fit in is left out.")] = 10,
    record: RecordOption = False,
    json: output.JsonOption = False,
) -> None:
    """A selection of them, in about ten minutes."""
    _run("all", f"--minutes={minutes}", record=record, json=json)


@app.command()
def page() -> None:
    """Write docs/performance.md anew from what is kept, after its notes have changed."""
    _run("page")


def _run(name: str, *options: str, record: bool = False, json: bool = False) -> None:
    from deploy.bench.__main__ import main

    flags = [*(["--record"] if record else []), *(["--json"] if json else [])]
    raise typer.Exit(main([name, *options, *flags]))
