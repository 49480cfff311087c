"""Puts the commands together."""

from __future__ import annotations

import typer

from shared.cli import bench, events, local, parked, topics

app = typer.Typer(
    name="payung",
    help="Payung carries the programme that pays vulnerable workers' social insurance. "
    "Each command explains itself with --help.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)
app.command("up")(local.up)
app.command("down")(local.down)
app.command("status")(local.status)
app.command("doctor")(local.doctor)
app.add_typer(topics.app, name="topics")
app.add_typer(events.app, name="events")
app.add_typer(parked.app, name="parked")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """The console script `payung`."""
    app()
