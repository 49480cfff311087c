"""`payung bench relay | consume`: events per second here, beside plain code and raw clients in the same run."""

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


@app.command()
def relay(events: EventsOption = 200_000, repeats: RepeatsOption = 3, json: output.JsonOption = False) -> None:
    """Outbox to Kafka, two relays, order kept."""
    _run("relay", events, repeats, json=json)


@app.command()
def consume(events: EventsOption = 200_000, repeats: RepeatsOption = 3, json: output.JsonOption = False) -> None:
    """Kafka to state: inbox, set-based state and outbox, one worker."""
    _run("consume", events, repeats, json=json)


def _run(name: str, events: int, repeats: int, *, json: bool) -> None:
    from deploy.bench.__main__ import main

    wanted = [name, "--events", str(events), "--repeats", str(repeats), *(["--json"] if json else [])]
    raise typer.Exit(main(wanted))
