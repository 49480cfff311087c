"""The simulation with a bug planted: ``python -m tests.planted.run no-inbox tests.simulation --seeds 1..50``."""

from __future__ import annotations

import runpy
import sys

from tests.planted.bugs import BUGS
from tests.planted.plants import plant
from tests.simulation import runner

SIMULATION = "tests.simulation"


def main() -> None:
    """Plant the bug of the first argument, here and in each process that the simulation starts, and become it."""
    if len(sys.argv) < 3 or sys.argv[1] not in BUGS:
        sys.exit(f"Give a bug ({', '.join(BUGS)}), the module {SIMULATION} and its arguments.")
    bug, module = sys.argv[1:3]
    if module != SIMULATION:
        function = f"tests.planted.plants:{bug.replace('-', '_')}"
        sys.exit(f"Only {SIMULATION} takes the bug along; tests.faults plants it with --plant {function}.")
    plant(bug)
    runner.BEGUN_AS[:] = ["tests.planted.run", bug, module]
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
