"""`payung faults`: months under kills, stops, cuts and full outboxes, then a judgement of every history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shared.cli import output

PROJECT = Path(__file__).resolve().parents[2]


def faults(
    kills: Annotated[int, typer.Option(min=1, help="So many SIGKILLs, over as many months as they take.")] = 100,
    workers: Annotated[int, typer.Option(min=50, help="Rows of each month's roster.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Decides what is broken when, and who the people are.")] = 1,
    limit_s: Annotated[float, typer.Option(help="No further month begins after so many seconds.")] = 2400.0,
    pace: Annotated[float, typer.Option(min=0.1, help="Stretches the pauses between faults.")] = 1.0,
    plant: Annotated[list[str] | None, typer.Option(help="A planted bug, MODULE:FUNCTION; it has to be found.")] = None,
    json: output.JsonOption = False,
) -> None:
    """Kill, stop, cut off and restart every process while months are paid; fails when anything is lost or doubled.

    It runs a platform of its own in a temporary folder, from the project's source code.
    """
    if not (PROJECT / "tests" / "faults").is_dir():
        output.fail("The faults are part of the source code. Run this in a clone of the project: make faults")
    import sys

    sys.path.insert(0, str(PROJECT))
    from importlib import import_module

    wanted = ["--kills", str(kills), "--workers", str(workers), "--seed", str(seed), "--limit-s", str(limit_s)]
    wanted += ["--pace", str(pace), *(word for name in plant or () for word in ("--plant", name))]
    raise typer.Exit(import_module("tests.faults.__main__").main([*wanted, *(["--json"] if json else [])]))
