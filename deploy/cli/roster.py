"""`payung roster generate`: a made-up East Kalimantan to try everything on, with a manifest of what must be found."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from deploy.cli import output
from shared.periods import Month

app = typer.Typer(help="Lists of workers.", no_args_is_help=True)


@app.callback()
def _roster() -> None:
    """Group of commands."""


@app.command()
def generate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write into; it is made when missing.")],
    workers: Annotated[int, typer.Option("--workers", help="Rows of the roster.")] = 10_000,
    employers: Annotated[int, typer.Option("--employers", help="Employers; 300 report about 17,000 wages.")] = 300,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    file_format: Annotated[Literal["csv", "xlsx"], typer.Option("--format", help="Format of the roster.")] = "csv",
    month: Annotated[str | None, typer.Option("--month", help="Month of wages and payments, YYYY-MM.")] = None,
    json: output.JsonOption = False,
) -> None:
    """Write a roster, check lists, employers, wages and payments. No person in them is real."""
    from deploy.sandbox.province import DEFAULT_MONTH, SampleError, Wish
    from deploy.sandbox.province import generate as make

    began = time.monotonic()
    try:
        wish = Wish(workers, employers, seed, Month.parse(month) if month else DEFAULT_MONTH, file_format)
        manifest = make(wish, out)
    except (SampleError, ValueError) as error:
        output.fail(str(error))
    elapsed_s = round(time.monotonic() - began, 2)
    if json:
        output.print_json({"folder": str(out), "elapsed_s": elapsed_s, **manifest})
        return
    expected = manifest["expected"]
    output.print_table(
        f"A made-up East Kalimantan in {out} ({elapsed_s} s)",
        ("file", "rows", "bytes"),
        [(name, file["rows"], file["bytes"]) for name, file in manifest["files"].items()],
    )
    output.print_facts(
        "\nWhat Payung must find in the roster",
        {
            "rows": expected["rows"],
            "refused when read": expected["refused"],
            "persons registered": expected["registered"],
            "rejected by the rules": expected["rejected"],
            "verified": expected["verified"],
            "cases of near duplicates": expected["near_duplicate_cases"],
        },
    )
