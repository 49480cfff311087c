"""What came out of `payung bench journey`: latencies by rate; a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from deploy.bench.journey.drive import Trip, percentile
from deploy.bench.month.profile import Usage

TARGET_RATE_PER_S: Final = 200
TARGET_P99_MS: Final = 250.0


@dataclass(frozen=True, slots=True)
class JourneyReport:
    """``trips`` are ours by rate; ``sustained`` is the highest rate at which no queue grew."""

    trips: Sequence[Trip]
    sustained: Trip | None
    full_per_s: float
    usage: Mapping[str, Usage]
    machine: Mapping[str, Any]
    remarks: Sequence[str]

    @property
    def faults(self) -> list[str]:
        """Notices that never came."""
        trips = [*self.trips, *([self.sustained] if self.sustained else [])]
        return [
            f"At {trip.rate_per_s:.0f}/s {trip.missing} people got no notice in time." for trip in trips if trip.missing
        ]

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints; latencies in milliseconds."""
        return {
            "name": "journey",
            "rates": [_figures(trip) for trip in self.trips],
            "sustained": None if self.sustained is None else _figures(self.sustained),
            "full_per_s": round(self.full_per_s),
            "cpu_s": {name: round(usage.cpu_s, 1) for name, usage in self.usage.items() if usage.cpu_s >= 0.1},
            "rss_max_mb": {name: round(usage.rss_max_mb) for name, usage in self.usage.items() if usage.cpu_s >= 0.1},
            "ratios": {},
            "machine": dict(self.machine),
            "remarks": list(self.remarks),
            "faults": self.faults,
        }

    def show(self, console: Console) -> None:
        """Print it for people."""
        table = Table(title="payung bench journey: registered → notice queued", title_justify="left")
        for heading in ("people/s", "accepted p50 ms", "p99", "notice queued p50 ms", "p99"):
            table.add_column(heading, justify="right")
        for trip in (*self.trips, *([self.sustained] if self.sustained else [])):
            accepted, noticed = trip.accepted_ms, trip.noticed_ms
            figures = (percentile(values, part) for values in (accepted, noticed) for part in (50, 99))
            mark = " (highest sustained)" if trip is self.sustained else ""
            table.add_row(f"{trip.rate_per_s:.0f}{mark}", *(f"{figure:,.0f}" for figure in figures))
        console.print(table)
        for remark in (*self.remarks, "Machine: " + ", ".join(f"{key} {value}" for key, value in self.machine.items())):
            console.print(remark, highlight=False)
        for fault in self.faults:
            console.print(f"[bold red]FAULT[/] {fault}", highlight=False)


def _figures(trip: Trip) -> dict[str, Any]:
    return {
        "rate_per_s": round(trip.rate_per_s),
        "people": len(trip.noticed_ms) + trip.missing,
        "accepted_p50_ms": round(percentile(trip.accepted_ms, 50), 1),
        "accepted_p99_ms": round(percentile(trip.accepted_ms, 99), 1),
        "p50_ms": round(percentile(trip.noticed_ms, 50), 1),
        "p99_ms": round(percentile(trip.noticed_ms, 99), 1),
        "max_ms": round(max(trip.noticed_ms, default=0.0), 1),
        "missing": trip.missing,
        "is_sustained": trip.is_sustained,
    }
