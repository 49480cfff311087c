"""How every benchmark shows its outcome to people: tables whose figures stand to the right, remarks, faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def make_table(title: str, headings: Sequence[str]) -> Table:
    """A table whose first column is words and whose others are figures."""
    table = Table(title=title, title_justify="left")
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="right" if position else "left")
    return table


def print_remarks(console: Console, remarks: Sequence[str], machine: Mapping[str, Any]) -> None:
    """The remarks, and what the figures depend on."""
    for remark in (*remarks, "Machine: " + ", ".join(f"{key} {value}" for key, value in machine.items())):
        console.print(remark, highlight=False)


def print_faults(console: Console, faults: Sequence[str]) -> None:
    """What our own code did wrong, a line each."""
    for fault in faults:
        console.print(f"[bold red]FAULT[/] {fault}", highlight=False)
