"""`python -m deploy.bench relay|consume`: the benchmark without the `payung` command around it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from deploy.bench.contestant import BenchError
from deploy.bench.run import bench
from deploy.local.errors import LocalRunError
from deploy.local.home import default_home


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when order was broken or events were lost, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench", description=__doc__)
    parser.add_argument("name", choices=["relay", "consume"])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--home", type=Path, default=default_home())
    given = parser.parse_args(arguments)
    progress = Console(stderr=True, highlight=False)
    try:
        report = bench(given.name, events=given.events, repeats=given.repeats, home=given.home, say=progress.print)
    except (BenchError, LocalRunError) as error:
        progress.print(str(error), markup=False)
        return 2
    except KeyboardInterrupt:
        progress.print("Stopped; what was made for the measurement is gone.")
        return 130
    if given.json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) + "\n")
    else:
        report.show(Console())
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main())
