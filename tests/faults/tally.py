"""Counts what the nemesis did and how processes ended, for the report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """Faults by where they hit.

    ``kills`` are SIGKILLs by process kind, at any moment or at a crash point; ``points`` counts the latter by point.
    ``ended`` are processes that ended by themselves, by kind and exit code: not wrong (they are started again), but
    worth a look.
    """

    kills: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)
    restarts: Counter[str] = field(default_factory=Counter)
    network: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)

    @property
    def total_kills(self) -> int:
        """All SIGKILLs."""
        return self.kills.total()

    def as_json(self) -> dict[str, Any]:
        """By name, each sorted, with the totals of kills first."""
        return {
            "kills": self.total_kills,
            "kills_by_process": _sorted(self.kills),
            "kills_by_point": _sorted(self.points),
            "stops": _sorted(self.stops),
            "restarts": _sorted(self.restarts),
            "network": _sorted(self.network),
            "outbox_filled": _sorted(self.held),
            "unreadable_events": _sorted(self.unreadable),
            "ended_by_themselves": _sorted(self.ended),
        }


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
