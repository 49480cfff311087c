"""Runs simulated years: ``python -m tests.simulation --seeds 1..500``, or one of them, ``--seed 17``, in words."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tests.simulation import runner
from tests.simulation.history import Verdict
from tests.simulation.machines import make_templates
from tests.simulation.server import forgetful_server
from tests.simulation.shrink import shrink


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when no seed has failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay one seed and print its history; a failing one is shrunk")
    parser.add_argument("--seeds", metavar="A..B", help="run these seeds")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--compare", action="store_true", help="each year with its faults against the same without")
    parser.add_argument("--no-shrink", action="store_true", help="print the whole history of a failing seed")
    parser.add_argument("--member", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.member:
        runner.be_member(given.member)
        return 0
    if given.seed is not None:
        return _replay(given.seed, is_compared=given.compare, shrunk=not given.no_shrink)
    if not given.seeds:
        parser.error("give --seed S or --seeds A..B")
    first, _, last = given.seeds.partition("..")
    mode = runner.COMPARE if given.compare else runner.RUN
    return _run_many(int(first), int(last or first), given.processes, mode)


def _run_many(first: int, last: int, processes: int, mode: str) -> int:
    def tell(verdict: Verdict) -> None:
        if verdict.anomalies:
            _say(f"seed {verdict.seed}: {verdict.anomalies[0]}")
            _say(f"  replay: python -m {' '.join(runner.BEGUN_AS)} --seed {verdict.seed}")

    tally = runner.run_async(runner.run_spread(first, last, processes, tell, mode=mode))
    rate = tally.seeds / tally.seconds
    _say(
        f"{tally.seeds} simulated years, {tally.faults} faults, {tally.seconds:.1f} s ({rate:.1f} a second), "
        f"{len(tally.failed)} failed"
    )
    return 1 if tally.failed else 0


def _replay(seed: int, *, is_compared: bool, shrunk: bool) -> int:
    async def work() -> Verdict:
        with forgetful_server() as server:
            templates = await make_templates(server)
            async with runner.open_simulator(server, templates) as simulator:
                run = simulator.compare if is_compared else simulator.run
                verdict = await run(seed)
                if verdict.anomalies and shrunk:
                    _say(f"seed {seed} fails; making its history small ...")
                    verdict = await shrink(run, verdict)
                return verdict

    verdict: Verdict = runner.run_async(work())
    for line in verdict.lines:
        _say(line)
    for anomaly in verdict.anomalies:
        _say(f"! {anomaly}")
    _say(
        f"seed {seed}: {len(verdict.struck)} faults, history {verdict.digest[:16]}, {len(verdict.anomalies)} anomalies"
    )
    return 1 if verdict.anomalies else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
