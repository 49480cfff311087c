"""`python -m deploy.bench NAME`: a benchmark without the `payung` command around it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from deploy.bench.contestant import BenchError
from deploy.bench.registry import BENCHES
from deploy.bench.run import terminated_like_interrupted
from deploy.local.errors import LocalRunError
from deploy.local.home import default_home
from deploy.programme.offices import ProgrammeError
from deploy.programme.verifying import VerificationError

FAULTS, NOT_MEASURED, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when our own code did something wrong, 2 when nothing could be measured."""
    given = _parser().parse_args(arguments)
    progress = Console(stderr=True, highlight=False)
    try:
        with terminated_like_interrupted():
            report = BENCHES[given.name].run(given, lambda line: progress.print(line, markup=False))
    except (BenchError, LocalRunError, ProgrammeError, VerificationError) as error:
        progress.print(str(error), markup=False)
        return NOT_MEASURED
    except KeyboardInterrupt:
        progress.print("Stopped; what was made for the measurement is gone.")
        return INTERRUPTED
    if given.json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) + "\n")
    else:
        report.show(Console())
    return FAULTS if report.faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    for name, bench in BENCHES.items():
        own = names.add_parser(name, help=bench.what)
        bench.options(own)
        own.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        own.add_argument("--home", type=Path, default=default_home())
    return parser


if __name__ == "__main__":
    sys.exit(main())
