"""`python -m tests.faults`: months under kills, stops, cuts and full outboxes, and a judgement of all histories."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from deploy.local.errors import LocalRunError
from deploy.local.stack import destroy
from tests.faults.run import Wish, run_faults


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when nothing is wrong, 1 with evidence when something is, 2 when it could not be run."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="so many SIGKILLs, over as many months as they take")
    parser.add_argument("--workers", type=int, default=20_000, help="rows of each month's roster")
    parser.add_argument("--seed", type=int, default=1, help="decides what is broken when, and who the people are")
    parser.add_argument("--limit-s", type=float, default=2400.0, help="no further month begins after so many seconds")
    parser.add_argument("--pace", type=float, default=1.0, help="stretches the pauses of the nemesis")
    parser.add_argument("--plant", action="append", default=[], metavar="MODULE:FUNCTION", help="a planted bug")
    parser.add_argument("--machine-lock", type=Path, help="a lock file to hold while it runs")
    parser.add_argument("--home", type=Path, help="where to run; kept. Without it: a temporary folder, gone afterwards")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    given = parser.parse_args(arguments)
    preload = tuple(plant.partition(":")[0] for plant in given.plant)
    wish = Wish(
        given.kills,
        given.workers,
        given.seed,
        given.limit_s,
        given.pace,
        tuple(given.plant),
        preload,
        given.machine_lock,
    )
    progress = Console(stderr=True, highlight=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl+C
    home = given.home or Path(tempfile.mkdtemp(prefix="payung-faults-"))
    try:
        report = asyncio.run(run_faults(wish, home, lambda line: progress.print(line, markup=False)))
    except LocalRunError as error:
        progress.print(str(error), markup=False)
        return 2
    except KeyboardInterrupt:
        progress.print("Stopped.")
        return 130
    finally:
        if given.home is None:
            destroy(home)
            shutil.rmtree(home, ignore_errors=True)
    if given.json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        report.show(Console())
    return int(not report.ok)


if __name__ == "__main__":
    sys.exit(main())
