"""Which faults a seed has, and how often: every seed draws its own mixture, so that rare meetings happen somewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.simulation.chance import Chance

# The share of occasions at which a kind strikes where a seed has it; what each one does stands where it is asked for.
_RATES: Final[Mapping[str, float]] = {
    "crash": 0.04,
    "held": 0.08,
    "held-before-produce": 0.25,
    "locked-out": 0.004,
    "worker-locked-out": 0.04,
    "out-of-turn": 0.3,
    "refused": 0.1,
    "acknowledgement-lost": 0.1,
    "cut-short": 0.1,
    "other-order": 0.4,
    "late": 0.2,
    "again": 0.15,
    "few": 0.2,
    "rebalance": 0.05,
    "clock": 0.05,
    "bpjs-late": 0.15,
    "bpjs-twice": 0.15,
    "bpjs-wrong": 0.1,
    "bpjs-parts": 0.15,
}
# They change what the outside world does, so that the end is not that of an undisturbed year.
OUTSIDE: Final = frozenset({"bpjs-late", "bpjs-twice", "bpjs-wrong", "bpjs-parts", "clock"})


def rates_of(seed: int) -> dict[str, float]:
    """The seed's mixture: each kind in half of the seeds."""
    draw = Chance(seed, {})
    return {kind: rate for kind, rate in _RATES.items() if draw.maybe(f"has {kind}", 0.5)}
