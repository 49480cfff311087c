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


@app.command()
def relay(events: EventsOption = 200_000, repeats: RepeatsOption = 3, json: output.JsonOption = False) -> None:
    """Outbox to Kafka, two relays, order kept."""
    _run("relay", "--events", str(events), "--repeats", str(repeats), json=json)


@app.command()
def consume(events: EventsOption = 200_000, repeats: RepeatsOption = 3, json: output.JsonOption = False) -> None:
    """Kafka to state: inbox, set-based state and outbox, one worker."""
    _run("consume", "--events", str(events), "--repeats", str(repeats), json=json)


@app.command(name="import")
def import_(
    rows: Annotated[int, typer.Option("--rows", min=10_000, help="How many rows the roster has.")] = 100_000,
    repeats: RepeatsOption = 3,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the home behind, for its logs and databases.")] = False,
    json: output.JsonOption = False,
) -> None:
    """A roster over HTTP: read, validated, duplicates found, stored."""
    options = ["--rows", str(rows), "--repeats", str(repeats), *(["--keep"] if keep else [])]
    _run("import", *options, json=json)


@app.command()
def month(
    workers: Annotated[int, typer.Option("--workers", min=1000, help="How many workers' month is measured.")] = 100_000,
    repeats: MonthsOption = None,
    verify: Annotated[bool, typer.Option(help="Recompute every promise afterwards; not in the time.")] = True,
    baselines: Annotated[bool, typer.Option(help="Measure raw clients and plain code beside it.")] = True,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the home behind, for its logs and databases.")] = False,
    json: output.JsonOption = False,
) -> None:
    """A whole month through all services: assessed, billed, paid, covered, told."""
    options = ["--workers", str(workers)]
    options += ["--repeats", str(repeats)] if repeats else []
    options += ["--keep"] if keep else []
    options += [] if verify else ["--no-verify"]
    options += [] if baselines else ["--no-baselines"]
    _run("month", *options, json=json)


def _run(name: str, *options: str, json: bool) -> None:
    from deploy.bench.__main__ import main

    raise typer.Exit(main([name, *options, *(["--json"] if json else [])]))
