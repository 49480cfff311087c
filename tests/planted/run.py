"""Runs any module with a bug planted: ``python -m tests.planted.run no-inbox tests.simulation --seeds 1..50``."""

from __future__ import annotations

import runpy
import sys

from tests.planted.bugs import BUGS
from tests.planted.plants import plant


def main() -> None:
    """Plant the bug of the first argument and become the module of the second."""
    if len(sys.argv) < 3 or sys.argv[1] not in BUGS:
        sys.exit(f"Give a bug ({', '.join(BUGS)}), a module and its arguments.")
    plant(sys.argv[1])
    module = sys.argv[2]
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
