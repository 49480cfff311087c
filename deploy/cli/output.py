"""How the command speaks: tables for people, one JSON object for programs, sentences for what went wrong."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

# Redirected output has no width of its own; 80 would break identifiers.
_WIDTH = None if sys.stdout.isatty() else 160
console = Console(highlight=False, width=_WIDTH)
errors = Console(stderr=True, highlight=False)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


def print_json(value: Any) -> None:
    """Print ``value`` as one JSON object, for programs."""
    # ASCII: what comes from a topic may hold half a character, which no output can encode.
    sys.stdout.write(json.dumps(value, default=str, indent=2) + "\n")


def plain(value: object, style: str = "") -> Text:
    """``value`` as it is: its brackets are no markup, and what could steer a terminal shows as ``\ufffd``."""
    shown = "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in str(value))
    return Text(shown, style=style)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table for people. Cells are shown as they are; a cell made with `plain` may have a style."""
    table = Table(
        title=plain(title), title_justify="left", header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for position, column in enumerate(columns):
        # The first column names the thing: whole, so that it can be copied into the next command.
        table.add_column(column, overflow="fold", no_wrap=position == 0)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else plain("" if cell is None else cell) for cell in row))
    console.print(table)


def print_facts(title: str, facts: Mapping[str, object]) -> None:
    """Print names and values, one a line."""
    print_table(title, ("", ""), facts.items())


Report = Callable[[str, float], None]


def silent(_: str, __: float) -> None:
    """Report nothing."""


@contextlib.contextmanager
def progress() -> Iterator[Report]:
    """A bar on standard error for long work: call it with the step and how much of it is done (0 to 1).

    Where nobody watches (no terminal), each step is a line.
    """
    if not errors.is_terminal:
        said: set[str] = set()

        def say(step: str, _: float) -> None:
            if step not in said:
                said.add(step)
                errors.print(plain(f"… {step}"), soft_wrap=True)

        yield say
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as bars:
        task = bars.add_task("", total=1.0)
        yield lambda step, share: bars.update(task, description=step, completed=share)


def fail(sentence: str) -> NoReturn:
    """Say what is wrong and what to do, with ``--json`` also as an object for the program, and end with 1."""
    say_error(sentence)
    raise typer.Exit(1)


def say_error(sentence: str) -> None:
    """Say what is wrong, to people and, with ``--json``, to the program that reads the output."""
    # Not wrapped: what is to be copied stays whole.
    errors.print(plain(sentence, style="red"), soft_wrap=True)
    if "--json" in sys.argv[1:]:
        sys.stdout.write(json.dumps({"error": sentence}) + "\n")
