"""Makes a failing history small: leaves out faults and steps, more and more of them, while it still fails.

Delta debugging (Zeller, Hildebrandt 2002) over two lists, faults first. A history fails alike when one of the same
kind of anomaly is left, whatever the identifiers in it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.simulation.history import Cut, Simulator, Verdict

ItemT = TypeVar("ItemT")


async def shrink(simulator: Simulator, failed: Verdict, limit_s: float = 120.0) -> tuple[Cut, Verdict]:
    """The smallest failing history that was found within ``limit_s``, and its verdict."""
    until = time.monotonic() + limit_s
    kinds = {_kind(one) for one in failed.anomalies}
    best = [failed]

    async def fails(cut: Cut) -> bool:
        verdict = await simulator.run(failed.seed, cut)
        if not kinds & {_kind(one) for one in verdict.anomalies}:
            return False
        best[0] = verdict
        return True

    async def without_faults(kept: Sequence[str]) -> bool:
        return await fails(Cut(frozenset(kept)))

    faults = await _fewest(failed.struck, without_faults, until)
    cut = Cut(frozenset(faults))

    async def without_steps(kept: Sequence[int]) -> bool:
        return await fails(replace(cut, left_out=frozenset(range(failed.steps)) - frozenset(kept)))

    steps = await _fewest(range(failed.steps), without_steps, until)
    cut = replace(cut, left_out=frozenset(range(failed.steps)) - frozenset(steps))
    return cut, await simulator.run(failed.seed, cut)


async def _fewest(
    items: Sequence[ItemT], fails: Callable[[Sequence[ItemT]], Awaitable[bool]], until: float
) -> list[ItemT]:
    """A part of ``items`` of which nothing can be left out, or what was reached at ``until``."""
    kept, parts = list(items), 2
    if not kept or await fails([]):
        return []
    while len(kept) > 1 and time.monotonic() < until:
        size = -(-len(kept) // parts)
        for start in range(0, len(kept), size):
            fewer = kept[:start] + kept[start + size :]
            if fewer and await fails(fewer):
                kept, parts = fewer, max(2, parts - 1)
                break
        else:
            if size == 1:
                break
            parts = min(len(kept), parts * 2)
    return kept


def _kind(anomaly: str) -> str:
    """What kind of anomaly it is, without identifiers."""
    words = anomaly.split()
    return " ".join(words[:3]) if words[0] == "check" else words[0]
