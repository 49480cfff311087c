"""What a run of the nemesis has shown, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.faults.anomalies import Class, Findings
from tests.faults.tally import Tally


@dataclass
class Report:
    """A run. ``replay`` is the command that makes the same decisions again."""

    seed: int
    workers: int
    replay: str
    months: int = 0
    elapsed_s: float = 0.0
    events: int = 0
    repeats: int = 0
    commands: int = 0
    attempts: int = 0
    unanswered: int = 0
    statuses: Mapping[int, int] = field(default_factory=dict)
    checks: int = 0
    facts: int = 0
    plants: tuple[str, ...] = ()
    tally: Tally = field(default_factory=Tally)
    findings: Findings = field(default_factory=Findings)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.findings.total == 0

    def as_json(self) -> dict[str, Any]:
        """One object."""
        return {
            "name": "faults",
            "ok": self.ok,
            "seed": self.seed,
            "replay": self.replay,
            "months": self.months,
            "workers": self.workers,
            "elapsed_s": round(self.elapsed_s, 1),
            **self.tally.as_json(),
            "events": self.events,
            "repeats": self.repeats,
            "commands": self.commands,
            "attempts": self.attempts,
            "unanswered": self.unanswered,
            "http_statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "verify": {"checks": self.checks, "facts": self.facts},
            "planted": list(self.plants),
            **self.findings.as_json(),
        }

    def show(self, console: Console) -> None:
        """A table of what was broken, what was judged, and what was found."""
        table = Table(
            title="python -m tests.faults", title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0)
        )
        table.add_column("")
        table.add_column("", justify="right")
        for name, count in self._rows():
            table.add_row(name, f"{count:,}" if isinstance(count, int) else count)
        console.print(table)
        for anomaly in self.findings.shown:
            console.print(f"[red]{anomaly.kind}[/red]  {anomaly.where}  {anomaly.evidence}", soft_wrap=True)
        console.print(f"Again: {self.replay}", soft_wrap=True)

    def _rows(self) -> list[tuple[str, int | str]]:
        tally = self.tally
        rows: list[tuple[str, int | str]] = [
            ("months lived through", self.months),
            ("workers a month", self.workers),
            ("time", f"{self.elapsed_s:,.0f} s"),
            ("[bold]kills[/bold]", tally.total_kills),
            *((f"  {name}", count) for name, count in sorted(tally.kills.items())),
            ("[bold]of them at a crash point[/bold]", tally.points.total()),
            *((f"  {name}", count) for name, count in sorted(tally.points.items())),
            ("[bold]stopped and continued[/bold]", tally.stops.total()),
            ("[bold]restarted (SIGTERM)[/bold]", tally.restarts.total()),
            ("[bold]connections disturbed[/bold]", tally.network.total()),
            ("[bold]outboxes filled[/bold]", tally.held.total()),
            ("[bold]unreadable events put in[/bold]", tally.unreadable.total()),
            ("[bold]ended by themselves[/bold]", tally.ended.total()),
            *((f"  {name}", count) for name, count in sorted(tally.ended.items())),
            ("[bold]judged[/bold]", ""),
            ("  events in topics", self.events),
            ("  of them repeats (legal)", self.repeats),
            ("  commands", self.commands),
            ("  attempts without an answer", self.unanswered),
            ("  checks and facts of payung verify", f"{self.checks:,} / {self.facts:,}"),
            ("[bold]anomalies[/bold]", self.findings.total),
        ]
        return rows + [(f"  {kind.value}", self.findings.counts[kind]) for kind in Class]
