"""What came out of `python -m benchmarks journey`: latencies by rate; a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console

from benchmarks.journey.drive import Trip, Way, percentile
from benchmarks.month.profile import Usage
from benchmarks.printing import make_table, print_faults, print_remarks

TARGET_RATE_PER_S: Final = 200
TARGET_P99_MS: Final = 250.0


@dataclass(frozen=True, slots=True)
class JourneyReport:
    """``ours`` at each rate; ``sustained`` is the highest rate at which no queue grew; ``others``: floor and plain."""

    ours: Way
    sustained: Trip | None
    others: Sequence[Way]
    usage: Mapping[str, Usage]
    machine: Mapping[str, Any]
    remarks: Sequence[str]

    @property
    def faults(self) -> list[str]:
        """Notices of ours that never came."""
        return [
            f"At {trip.rate_per_s:.0f}/s {trip.missing} people got no notice in time."
            for trip in self._ours()
            if trip.missing
        ]

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints; latencies in milliseconds, ratios of people per second at full speed."""
        return {
            "name": "journey",
            "rates": _by_rate(self.ours),
            "sustained": None if self.sustained is None else _figures(self.sustained),
            "full_per_s": {way.name: round(way.full_per_s) for way in (self.ours, *self.others)},
            "others": {way.name: _by_rate(way) for way in self.others},
            "cpu_s": {name: round(usage.cpu_s, 1) for name, usage in self.usage.items() if usage.cpu_s >= 0.1},
            "rss_max_mb": {name: round(usage.rss_max_mb) for name, usage in self.usage.items() if usage.cpu_s >= 0.1},
            "ratios": {
                way.name: round(self.ours.full_per_s / way.full_per_s, 3) for way in self.others if way.full_per_s
            },
            "machine": dict(self.machine),
            "remarks": list(self.remarks),
            "faults": self.faults,
        }

    def show(self, console: Console) -> None:
        """Print it for people."""
        table = make_table(
            "python -m benchmarks journey: registered → notice queued",
            ("what", "people/s", "accepted p50 ms", "p99", "notice queued p50 ms", "p99"),
        )
        rows = [("ours", trip) for trip in self.ours.trips]
        rows += [("ours, highest sustained", self.sustained)] if self.sustained else []
        rows += [(way.what, trip) for way in self.others for trip in way.trips]
        for what, trip in rows:
            figures = (percentile(values, part) for values in (trip.accepted_ms, trip.noticed_ms) for part in (50, 99))
            table.add_row(what, f"{trip.rate_per_s:.0f}", *(f"{figure:,.0f}" for figure in figures))
        console.print(table)
        speeds = ", ".join(f"{way.what} {way.full_per_s:.0f}/s" for way in (self.ours, *self.others))
        console.print(f"At full speed: {speeds}", highlight=False)
        print_remarks(console, self.remarks, self.machine)
        promised = self.ours.at(TARGET_RATE_PER_S)
        if promised is not None and percentile(promised.noticed_ms, 99) > TARGET_P99_MS:
            console.print(f"[yellow]Slower than the {TARGET_P99_MS:.0f} ms that are promised.[/]")
        print_faults(console, self.faults)

    def _ours(self) -> list[Trip]:
        return [*self.ours.trips, *([self.sustained] if self.sustained else [])]


def _by_rate(way: Way) -> dict[str, Any]:
    return {f"{trip.rate_per_s:.0f}": _figures(trip) for trip in way.trips}


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
