"""Simulated years with faults, and that a seed is a history: the same at every replay.

The long form (`make prove`) lives 5,000 years. A seed that fails is replayed in words by the command printed.
"""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from tests.simulation import runner
from tests.simulation.faults import rates_of
from tests.simulation.history import Verdict

IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
# Every kind of fault is in half of the seeds: each meets each other in about thirty of these years.
SEEDS = 5_000 if IS_LONG else 120
COMPARED = 240 if IS_LONG else 12
FOUND = (310,)  # showed a fault of the programme once
PROCESSES = os.cpu_count() or 2
A_DAY_S = 86_400


async def _told(tally: runner.Tally, option: str = "") -> str:
    """Every failed seed with its replay, and the shrunk history of the first one."""
    if not tally.failed:
        return ""
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(tally.failed[0].seed), *option.split()]
    process = await asyncio.create_subprocess_exec(*runner.tied(*command), stdout=asyncio.subprocess.PIPE)
    shrunk, _ = await process.communicate()
    lines = [
        f"seed {one.seed}: {one.anomalies[0]}\n  replay: python -m tests.simulation --seed {one.seed} {option}"
        for one in tally.failed
    ]
    return "\n".join([*lines, shrunk.decode()])


@pytest.mark.slow
@pytest.mark.timeout(A_DAY_S if IS_LONG else 600)
async def test_years_with_faults_break_no_promise() -> None:
    tally = await runner.run_spread(1, SEEDS, PROCESSES, lambda _: None, also=FOUND)
    print(f"simulation: {tally.seeds} years, {tally.faults} faults, {tally.seconds:.1f} s")  # noqa: T201 - for the log of the suite
    assert not tally.failed, await _told(tally)
    assert tally.seeds == SEEDS + len(FOUND)
    assert tally.faults > SEEDS * 20, "the years are too quiet to show anything"


@pytest.mark.timeout(A_DAY_S if IS_LONG else 600)
async def test_a_disturbed_year_ends_like_an_undisturbed_one() -> None:
    tally = await runner.run_spread(1, COMPARED, PROCESSES, lambda _: None, mode=runner.COMPARE)
    print(f"simulation: {tally.seeds} years twice, {tally.faults} faults, {tally.seconds:.1f} s")  # noqa: T201 - for the log of the suite
    assert not tally.failed, await _told(tally, "--compare")
    assert tally.seeds == COMPARED


@pytest.mark.timeout(300)
async def test_the_same_seed_is_the_same_history() -> None:
    """In processes and databases of their own, one after the other and the other way round."""
    first: dict[int, Verdict] = {}
    second: dict[int, Verdict] = {}
    await runner.run_spread(1, 6, 1, lambda one: first.update({one.seed: one}))
    await runner.run_spread(3, 6, 2, lambda one: second.update({one.seed: one}))
    assert len(second) == 4
    assert {seed: first[seed].digest for seed in second} == {seed: one.digest for seed, one in second.items()}
    assert {seed: first[seed].struck for seed in second} == {seed: one.struck for seed, one in second.items()}
    assert len({one.digest for one in first.values()}) == len(first), "another seed is another history"


def test_every_kind_of_fault_is_drawn_by_some_seed_and_left_out_by_others() -> None:
    mixtures = [frozenset(rates_of(seed)) for seed in range(1, 101)]
    every = frozenset().union(*mixtures)
    assert len(every) >= 18
    for kind in every:
        assert 20 <= sum(kind in mixture for mixture in mixtures) <= 80, kind
