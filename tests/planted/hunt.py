"""Hunts planted bugs with the simulation: seeds in order, until one shows what the bug must lead to."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.planted.bugs import BUGS
from tests.simulation.runner import open_simulator, run_async
from tests.simulation.server import Server

# The most seeds that each may live through, and the words of an anomaly by which it is known: its effect, not only
# that a table of the kit is empty.
BUDGETS: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "offset-before-database": (60, ("lost:", "fact ")),
    "acknowledge-first": (60, ("lost:", "fact ")),
    "no-inbox": (60, ("check enrolment amounts", "check notification", "told twice", "fact ")),
    "skip-locked": (150, ("reordered:",)),
    "error-swallowed": (150, ("fact contribution.paid",)),
    "fined-twice": (100, ("fine:", "check compliance fines")),
    "budget-outside": (100, ("overspent:", "check subsidy budget")),
}


@dataclass(frozen=True)
class Catch:
    """What became of a bug: ``anomaly`` is None when it lived through its budget."""

    bug: str
    seeds: int
    seconds: float
    anomaly: str | None


async def hunt(server: Server, templates: dict[str, str], bug: str, first: int = 1) -> Catch:
    """Run seeds with ``bug`` planted until it is caught or its budget is used up."""
    budget, words = BUDGETS[bug]
    started = time.perf_counter()
    with BUGS[bug]():
        async with open_simulator(server, templates) as simulator:
            for number in range(budget):
                verdict = await simulator.run(first + number)
                found = next((one for one in verdict.anomalies if one.startswith(words)), None)
                if found is not None:
                    return Catch(bug, number + 1, time.perf_counter() - started, found)
    return Catch(bug, budget, time.perf_counter() - started, None)


async def _hunt_all(server: Server, templates: dict[str, str], bugs: Sequence[str], firsts: Sequence[int]) -> None:
    for bug in bugs:
        for first in firsts:
            sys.stdout.write(json.dumps(asdict(await hunt(server, templates, bug, first))) + "\n")
            sys.stdout.flush()


def main() -> None:
    """Hunt the bugs of an order (JSON: socket, templates, bugs, the seeds to begin at); a line for each hunt."""
    order = json.loads(sys.argv[1])
    run_async(_hunt_all(Server(Path(order["socket"])), order["templates"], order["bugs"], order["firsts"]))


if __name__ == "__main__":
    main()
