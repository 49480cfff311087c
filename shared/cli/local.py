"""`payung up | down | status | doctor`: the embedded run on this machine (deploy/local)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from shared.cli import output
from shared.cli.topics import apply_catalogue

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder that keeps data and logs. Default: PAYUNG_HOME, else the user's data folder."),
]


def _home(home: Path | None) -> Path:
    from deploy.local.home import default_home

    return home or default_home()


def up(home: HomeOption = None, json: output.JsonOption = False) -> None:
    """Start the broker and the databases, create the topics, and leave all of it running."""
    from deploy.local import supervisor
    from deploy.local.errors import LocalRunError

    began = time.monotonic()
    try:
        with output.errors.status("Starting Kafka and PostgreSQL …") as progress:
            stack = supervisor.start(_home(home), say=lambda line: progress.update(escape(line)))
            progress.update("Creating the topics …")
            reports = apply_catalogue(stack.state.kafka_bootstrap)
    except LocalRunError as error:
        output.fail(str(error))
    created = sum(report.outcome == "created" for report in reports)
    elapsed_s = round(time.monotonic() - began, 1)
    facts = stack.state.as_json() | {
        "home": str(stack.home.path),
        "changed": stack.has_changed or created > 0,
        "topics": len(reports),
        "topics_created": created,
        "elapsed_s": elapsed_s,
    }
    if json:
        output.print_json(facts)
        return
    headline = "Payung's ground is up" if facts["changed"] else "It runs already; nothing changed"
    output.print_facts(
        f"{headline} ({elapsed_s} s)",
        {
            "Kafka": f"{stack.state.kafka_bootstrap}  ({stack.state.broker_kind})",
            "topics": f"{len(reports)}, {created} of them new",
            **{f"database {name}": url for name, url in facts["database_urls"].items()},
            "data and logs": stack.home.path,
        },
    )
    for notice in stack.state.notices:
        output.console.print(notice, style="yellow", markup=False)
    output.console.print("\nNext: payung events list · payung status · payung down", markup=False)


def down(home: HomeOption = None, json: output.JsonOption = False) -> None:
    """Stop what `payung up` has started. The data stays."""
    from deploy.local import supervisor
    from deploy.local.errors import LocalRunError

    try:
        stopped = supervisor.stop(_home(home))
    except LocalRunError as error:
        output.fail(str(error))
    if json:
        output.print_json({"stopped": stopped})
    else:
        output.console.print("Stopped. The data is kept for the next start." if stopped else "Nothing ran.")


def status(home: HomeOption = None, json: output.JsonOption = False) -> None:
    """Show what runs, where, and how it is. Ends with 1 when nothing runs or something is not healthy."""
    from deploy.local import supervisor

    state = supervisor.status(_home(home))
    if state is None:
        if json:
            output.print_json({"running": False})
            raise typer.Exit(1)
        output.fail("Nothing runs here. Start it with: make up")
    unwell = [process.name for process in state.processes if not process.healthy]
    if json:
        output.print_json({"running": True, **state.as_json()})
    else:
        urls = state.as_json()["database_urls"]
        output.print_facts(
            "Running",
            {
                "Kafka": f"{state.kafka_bootstrap}  ({state.broker_kind})",
                **{f"database {name}": url for name, url in urls.items()},
            },
        )
        if state.processes:
            output.print_table(
                "\nProcesses",
                ("name", "condition", "healthy", "pid", "restarts", "log"),
                [
                    (p.name, p.condition, "yes" if p.healthy else "NO", p.pid, p.restarts, p.log)
                    for p in state.processes
                ],
            )
        for notice in state.notices:
            output.console.print(notice, style="yellow", markup=False)
    if unwell:
        raise typer.Exit(1)


def doctor(home: HomeOption = None, json: output.JsonOption = False) -> None:
    """Say what is missing on this machine and the exact command that mends it."""
    from deploy.local.doctor import examine

    checks = examine(_home(home))
    worst = "fail" if any(check.verdict == "fail" for check in checks) else "ok"
    if json:
        output.print_json(
            {
                "verdict": worst,
                "checks": [
                    {"name": c.name, "verdict": c.verdict, "sentence": c.sentence, "mend": c.mend} for c in checks
                ],
            }
        )
    else:
        colours = {"ok": "green", "warn": "yellow", "fail": "red"}
        output.print_table(
            "",
            ("", "check", "finding", "to mend it, type"),
            [(output.plain(c.verdict, colours[c.verdict]), c.name, c.sentence, c.mend) for c in checks],
        )
    if worst == "fail":
        raise typer.Exit(1)
