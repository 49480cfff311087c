"""`payung down | status | doctor`: what runs on this machine (deploy/local), and how to end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli import output

if TYPE_CHECKING:
    from deploy.local.progress import Complaint
    from deploy.local.state import RunState

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder that keeps data and logs. Default: PAYUNG_HOME, else the user's data folder."),
]


def home_folder(home: Path | None) -> Path:
    """The folder that was asked for, else this user's own."""
    from deploy.local.home import default_home

    return home or default_home()


def down(home: HomeOption = None, json: output.JsonOption = False) -> None:
    """Stop what `payung up` has started. The data stays."""
    from deploy.local import supervisor
    from deploy.local.errors import LocalRunError

    try:
        stopped = supervisor.stop(home_folder(home))
    except LocalRunError as error:
        output.fail(str(error))
    if json:
        output.print_json({"stopped": stopped})
    else:
        output.console.print("Stopped. The data is kept for the next start." if stopped else "Nothing ran.")


def status(home: HomeOption = None, json: output.JsonOption = False) -> None:
    """Show what runs, where, how it is and what does not get on.

    Ends with 1 when nothing runs, something is not healthy, or work does not get done.
    """
    from deploy.local import supervisor

    state = supervisor.status(home_folder(home))
    if state is None:
        if json:
            output.print_json({"running": False})
            raise typer.Exit(1)
        output.fail("Nothing runs here. Start it with: make up")
    unwell = [process.name for process in state.processes if not process.healthy]
    standing = _standing(home_folder(home), state)
    complaints = _complaints(home_folder(home), state)
    if json:
        told = [asdict(one) for one in complaints]
        output.print_json({"running": True, **state.as_json(), "programme": standing, "not_progressing": told})
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
        _print_standing(standing)
        _print_complaints(complaints)
        for notice in state.notices:
            output.console.print(notice, style="yellow", markup=False)
    if unwell or any(one.is_failure for one in complaints):
        raise typer.Exit(1)


def _standing(home: Path, state: RunState) -> dict[str, Any]:
    """What the services count, where they run; empty where only the ground does."""
    import asyncio

    from deploy.cli.standing import ask
    from deploy.local.home import Home
    from deploy.local.service_processes import ServiceProcesses

    if "issuer" not in {process.name for process in state.processes}:
        return {}
    return asyncio.run(ask(ServiceProcesses(Home(home), state).addresses))


def _complaints(home: Path, state: RunState) -> list[Complaint]:
    """What does not get on, in the words of the services."""
    from deploy.local.home import Home
    from deploy.local.progress import complaints
    from deploy.local.service_processes import ServiceProcesses

    if "issuer" not in {process.name for process in state.processes}:
        return []
    return complaints(ServiceProcesses(Home(home), state).ops_addresses)


def _print_complaints(complaints: Sequence[Complaint]) -> None:
    if complaints:
        columns = ("service", "check", "", "yang perlu dilakukan (what to do)")
        rows = [(one.service, one.check, one.status, one.advice) for one in complaints]
        output.print_table("\nTidak lancar (does not get on)", columns, rows)


def _print_standing(standing: dict[str, Any]) -> None:
    from deploy.cli.standing import as_rows, case_rows

    if standing:
        output.print_table("\nProgramme", ("service", "", "count"), as_rows(standing))
    cases = case_rows(standing)
    if cases:
        columns = ("service", "kind", "count", "for example", "yang perlu dilakukan (what to do)")
        output.print_table("\nPerlu diperiksa (cases)", columns, cases)


def doctor(home: HomeOption = None, json: output.JsonOption = False) -> None:
    """Say what is missing on this machine and the exact command that mends it."""
    from deploy.local.doctor import examine

    checks = examine(home_folder(home))
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
