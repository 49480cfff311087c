"""What may not be in a history, by name, after Jepsen's Kafka workload. The evidence holds identifiers only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

SHOWN_PER_CLASS = 20


class Class(StrEnum):
    """The classes of anomalies."""

    LOST = "lost"  # accepted, committed or published, and its effect is nowhere
    DUPLICATE = "duplicate"  # one cause, two effects
    REORDERED = "reordered"  # two events of a key arrive first in another order than they were committed
    FROM_NOTHING = "out of nothing"  # an effect without a cause, or with another content than its cause
    STUCK = "stuck"  # something has not settled in the time that it had
    PROMISE = "promise"  # a check of `payung verify` does not hold


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One finding: its class, where it shows (topic, table, service), and the identifiers that lead to it."""

    kind: Class
    where: str
    evidence: str

    def as_json(self) -> dict[str, str]:
        """For the report."""
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass
class Findings:
    """Counts every anomaly and keeps the first few of each class as evidence."""

    counts: Counter[Class] = field(default_factory=Counter)
    shown: list[Anomaly] = field(default_factory=list)

    def add(self, anomalies: Iterable[Anomaly]) -> None:
        """Take note of ``anomalies``."""
        for anomaly in anomalies:
            if self.counts[anomaly.kind] < SHOWN_PER_CLASS:
                self.shown.append(anomaly)
            self.counts[anomaly.kind] += 1

    @property
    def total(self) -> int:
        """All anomalies of all classes."""
        return self.counts.total()

    def as_json(self) -> dict[str, Any]:
        """Counts of every class, also of those without any, and the evidence."""
        return {
            "anomalies": {kind.value: self.counts[kind] for kind in Class},
            "evidence": [anomaly.as_json() for anomaly in self.shown],
        }
