"""`python -m benchmarks NAME`: what a part costs here, beside plain code and raw clients; `all` runs a selection."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.contestant import BenchError
from benchmarks.record import record, write_page
from benchmarks.registry import BENCHES, SELECTION, Report
from benchmarks.run import terminated_like_interrupted
from deploy.local.errors import LocalRunError
from deploy.local.home import default_home
from deploy.sandbox.programme.offices import ProgrammeError
from shared.verification.platform import VerificationError

FAULTS, NOT_MEASURED, INTERRUPTED = 1, 2, 130
progress = Console(stderr=True, highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when our own code did something wrong, 2 when nothing could be measured."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        with terminated_like_interrupted():
            if given.name == "page":
                _say(f"Written: {write_page().name}")
                return 0
            if given.name == "all":
                return _run_all(parser, given)
            report = _run(given)
            if given.json:
                _print_json(report.as_json())
            return FAULTS if report.faults else 0
    except (BenchError, LocalRunError, ProgrammeError, VerificationError) as error:
        _say(str(error))
        return NOT_MEASURED
    except KeyboardInterrupt:
        _say("Stopped; what was made for the measurement is gone.")
        return INTERRUPTED


def _run(given: argparse.Namespace) -> Report:
    """One benchmark: shown, and recorded if that is wanted."""
    report = BENCHES[given.name].run(given, _say)
    if not given.json:
        report.show(Console())
    if given.record:
        _say(f"Recorded; written: {record(report.as_json()).name}")
    return report


def _run_all(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    """The selection, in its order, while time is left for the next one."""
    began_s = time.monotonic()
    reports: list[Report] = []
    for minutes, words in SELECTION:
        left = given.minutes - (time.monotonic() - began_s) / 60
        if left < minutes:
            _say(f"Left out for lack of time ({minutes} minutes): python -m benchmarks {' '.join(words)}")
            continue
        flags = [f"--{name}" for name in ("json", "record") if getattr(given, name)]
        reports.append(_run(parser.parse_args([*words, *flags, "--home", str(given.home)])))
    if given.json:
        _print_json({"name": "all", "results": [report.as_json() for report in reports]})
    return FAULTS if any(report.faults for report in reports) else 0


def _say(line: str) -> None:
    progress.print(line, markup=False, soft_wrap=True)


def _print_json(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    for name, bench in BENCHES.items():
        own = names.add_parser(name, help=bench.what)
        bench.options(own)
        _common_options(own)
    selection = names.add_parser("all", help="a selection of them, as many as fit into the time")
    selection.add_argument("--minutes", type=float, default=10.0)
    _common_options(selection)
    names.add_parser("page", help="write the page of recorded figures anew, after its notes have changed")
    return parser


def _common_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--record", action="store_true", help="keep the result, and write docs/performance.md anew")
    parser.add_argument("--home", type=Path, default=default_home())


if __name__ == "__main__":
    sys.exit(main())
