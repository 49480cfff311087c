"""What came out of `python -m benchmarks import`: figures, ratios and faults; a table for people, JSON for programs."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console

from benchmarks.month.profile import Usage
from benchmarks.printing import make_table, print_faults, print_remarks
from benchmarks.roster_import.ours import Imported

TARGET_S: Final = 10.0
TARGET_ROWS: Final = 100_000
# What a process may grow by between a tenth of the roster and all of it; a copy of it would be several times that.
FLAT_WITHIN_MB: Final = 32.0


@dataclass(frozen=True, slots=True)
class Other:
    """How long another way took for so many rows."""

    rows: int
    seconds: float

    @property
    def rows_per_s(self) -> float:
        """Its rate."""
        return self.rows / self.seconds


@dataclass(frozen=True, slots=True)
class ImportReport:
    """``runs`` are our own; ``register_s`` is how long the last one took to be registered after its acceptance.

    ``small_mb`` is each process's peak memory after a roster of a tenth, ``usage`` its peak and processor time at the
    end.
    """

    runs: Sequence[Imported]
    registered: int
    register_s: float
    small_mb: Mapping[str, float]
    usage: Mapping[str, Usage]
    floor: Other
    plain: Other
    machine: Mapping[str, Any]
    remarks: Sequence[str]

    @property
    def rows(self) -> int:
        """Rows of one roster."""
        return self.runs[0].rows

    @property
    def elapsed_s(self) -> float:
        """The median."""
        return statistics.median(run.elapsed_s for run in self.runs)

    @property
    def rows_per_s(self) -> float:
        """The median's rate."""
        return self.rows / self.elapsed_s

    @property
    def growth_mb(self) -> dict[str, float]:
        """By how much each process's peak grew with ten times the rows."""
        return {name: self.usage[name].rss_max_mb - small for name, small in self.small_mb.items()}

    @property
    def faults(self) -> list[str]:
        """What was judged wrongly, or grew with the file."""
        found = [fault for run in self.runs for fault in run.faults]
        found += [
            f"{name} grew by {grown:.0f} MB with ten times the rows."
            for name, grown in self.growth_mb.items()
            if grown > FLAT_WITHIN_MB
        ]
        return found

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints: seconds, rows per second, megabytes; ratios as ours ÷ theirs in rows/s."""
        steps = ("upload_s", "read_s", "result_s")
        return {
            "name": "import",
            "rows": self.rows,
            "elapsed_s": round(self.elapsed_s, 2),
            "rows_per_s": round(self.rows_per_s),
            "steps": {step: round(statistics.median(getattr(run, step) for run in self.runs), 2) for step in steps}
            | {"register_s": round(self.register_s, 2)},
            "registered": self.registered,
            "runs_s": [round(run.elapsed_s, 2) for run in self.runs],
            "rss_max_mb": {name: round(self.usage[name].rss_max_mb) for name in self.small_mb},
            "rss_growth_mb": {name: round(grown, 1) for name, grown in self.growth_mb.items()},
            "cpu_s": {name: round(usage.cpu_s, 1) for name, usage in self.usage.items() if usage.cpu_s >= 0.1},
            "rates": {"floor": round(self.floor.rows_per_s), "plain": round(self.plain.rows_per_s)},
            "ratios": {
                "floor": round(self.rows_per_s / self.floor.rows_per_s, 3),
                "plain": round(self.rows_per_s / self.plain.rows_per_s, 1),
            },
            "machine": dict(self.machine),
            "remarks": list(self.remarks),
            "faults": self.faults,
        }

    def show(self, console: Console) -> None:
        """Print it for people."""
        figures = self.as_json()
        table = make_table(
            f"python -m benchmarks import: {self.rows:,} rows", ("what", "rows", "s", "rows/s", "ours ÷ theirs")
        )
        table.add_row(
            "ours: upload, read, validate, find duplicates, store",
            f"{self.rows:,}",
            f"{self.elapsed_s:.2f}",
            f"{self.rows_per_s:,.0f}",
            "",
        )
        others = (("floor: CSV and COPY, no rule", self.floor), ("plain: a model, a query, a commit a row", self.plain))
        for what, other in others:
            ratio = self.rows_per_s / other.rows_per_s
            row = (f"{other.rows:,}", f"{other.seconds:.2f}", f"{other.rows_per_s:,.0f}", f"{ratio:.2f}")
            table.add_row(what, *row)
        console.print(table)
        steps = figures["steps"]
        console.print(
            f"upload {steps['upload_s']} s, read {steps['read_s']} s; result file {steps['result_s']} s; after "
            f"acceptance {self.registered:,} people registered in {self.register_s:.1f} s",
            highlight=False,
        )
        memory = ", ".join(
            f"{name} {figures['rss_max_mb'][name]} MB ({grown:+.0f} against a tenth of the rows)"
            for name, grown in self.growth_mb.items()
        )
        console.print(f"peak memory: {memory}", highlight=False)
        print_remarks(console, self.remarks, self.machine)
        if self.rows == TARGET_ROWS and self.elapsed_s > TARGET_S:
            console.print(f"[yellow]Slower than the {TARGET_S:.0f} s that are promised.[/]")
        print_faults(console, self.faults)
