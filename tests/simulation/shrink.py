"""Makes a failing history small: leaves out faults and steps, more and more of them, while it still fails.

Delta debugging (Zeller, Hildebrandt 2002) over two lists, faults first. A history fails alike when one of the same
kind of anomaly is left, whatever the identifiers in it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tests.simulation.history import Cut, Verdict

ItemT = TypeVar("ItemT")


Run = Callable[[int, Cut], Awaitable[Verdict]]


async def shrink(run: Run, failed: Verdict, limit_s: float = 120.0) -> Verdict:
    """The verdict on the smallest failing history that was found within ``limit_s``; ``run`` runs a seed cut short."""
    until = time.monotonic() + limit_s
    kind = _kind(failed.anomalies[0])
    every = range(failed.steps)
    seen = failed

    def cut_to(faults: Sequence[str], steps: Sequence[int]) -> Cut:
        return Cut(frozenset(faults), frozenset(every) - frozenset(steps))

    async def fails(faults: Sequence[str], steps: Sequence[int]) -> bool:
        nonlocal seen
        verdict = await run(failed.seed, cut_to(faults, steps))
        if kind not in {_kind(one) for one in verdict.anomalies}:
            return False
        seen = verdict
        return True

    # A short history runs quickly, so its end goes first.
    length = await _shortest(failed.steps, lambda length: fails(failed.struck, every[:length]))
    steps: Sequence[int] = every[:length]
    struck = seen.struck
    faults = await _fewest(struck, lambda kept: fails(kept, steps), until)
    steps = await _fewest(steps, lambda kept: fails(faults, kept), until)
    return await run(failed.seed, cut_to(faults, steps))


async def _shortest(longest: int, fails: Callable[[int], Awaitable[bool]]) -> int:
    """A length that fails while one less does not, by halving; ``longest`` fails."""
    least = 0
    while least < longest:
        middle = (least + longest) // 2
        if await fails(middle):
            longest = middle
        else:
            least = middle + 1
    return longest


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
