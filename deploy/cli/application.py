"""Puts the commands together."""

from __future__ import annotations

import os
import sys

import typer

from deploy.cli import bpjs, events, local, output, parked, roster, topics, up, verify
from shared.telemetry.safe_errors import describe_error

app = typer.Typer(
    name="payung",
    help="Payung carries the programme that pays vulnerable workers' social insurance. "
    "Each command explains itself with --help.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)
app.command("up")(up.up)
app.command("down")(local.down)
app.command("status")(local.status)
app.command("doctor")(local.doctor)
app.command("verify")(verify.verify)
app.add_typer(topics.app, name="topics")
app.add_typer(events.app, name="events")
app.add_typer(parked.app, name="parked")
app.add_typer(roster.app, name="roster")
app.add_typer(bpjs.app, name="bpjs")


def main() -> None:
    """The console script `payung`.

    A failure that nobody has foreseen is a sentence, too: a traceback may quote data. It names the place; set
    PAYUNG_CLI_TRACEBACK=1 to see the traceback.
    """
    try:
        app()
    except Exception as error:
        if os.environ.get("PAYUNG_CLI_TRACEBACK"):
            raise
        facts = describe_error(error)
        output.say_error(
            f"The command failed in a way that is not foreseen ({facts['type']} at {facts.get('at', 'unknown')}). "
            "Report this line; PAYUNG_CLI_TRACEBACK=1 shows more, possibly with personal data."
        )
        sys.exit(1)
