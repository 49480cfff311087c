"""Runs every check that needs no running system and says each result in one line.

All of them run even when one fails, so that one look is enough; what a failing one has said comes after the list.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
BIN = REPOSITORY / ".venv" / "bin"
AT_ONCE = 2
LONGEST_S = 600


@dataclass(frozen=True)
class Check:
    """One command; ``mend`` is what to do when it fails. ``command[0]`` is a program of the environment."""

    name: str
    what: str
    command: tuple[str, ...]
    mend: str
    warns: bool = False  # a passing run may still print lines that somebody should see


CHECKS = (
    Check("style", "ruff", ("ruff", "check", "--quiet", "."), "make format, then see what is left"),
    Check("format", "ruff format", ("ruff", "format", "--check", "--quiet", "."), "make format"),
    Check(
        "types",
        "mypy --strict",
        ("mypy", "--no-error-summary", "services", "shared", "deploy", "benchmarks", "tests", "tools"),
        "give each place the type that it really has",
    ),
    Check(
        "imports",
        "import-linter",
        ("lint-imports", "--no-cache", "--no-logo"),
        "the arrows and their reasons are in pyproject.toml",
    ),
    Check(
        "rules",
        "house rules",
        ("python", "-m", "tests.checks"),
        "each line says what to do; python -m tests.checks --list explains the rules",
        warns=True,
    ),
    Check(
        "contracts",
        "schemas and catalogue",
        ("python", "-m", "shared.contracts", "check"),
        "the message says whether to regenerate or to make a new version",
    ),
)


@dataclass(frozen=True)
class Result:
    """How a check has ended; ``words`` is everything it has printed."""

    check: Check
    passed: bool
    seconds: float
    words: str


def run(check: Check) -> Result:
    """Run one check; a program that is missing or too slow is a failure like any other."""
    started = time.monotonic()
    program, *arguments = check.command
    # Without colours and wrapping, whatever the terminal: the words are shown as they are, also in a log file.
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(REPOSITORY)}
    try:
        done = subprocess.run(  # noqa: S603 - the commands are the table above
            [str(BIN / program), *arguments],
            cwd=REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )
        passed, words = done.returncode == 0, done.stdout + done.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        passed, words = False, f"{error}\n"
    return Result(check, passed, time.monotonic() - started, words)


def one_line(result: Result) -> str:
    """What the list says about one check."""
    mark = "ok    " if result.passed else "FAILED"
    warnings = len(result.words.splitlines()) if result.passed and result.check.warns else 0
    note = f"   {warnings} warnings: {' '.join(result.check.command)}" if warnings else ""
    return f"{mark} {result.check.name:<10} {result.check.what:<22} {result.seconds:5.1f} s{note}\n"


def main() -> int:
    """Run the chosen checks; 0 when all pass."""
    names = [check.name for check in CHECKS]
    parser = argparse.ArgumentParser(prog="tools/check.py", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="CHECK", help=f"only these: {', '.join(names)}")
    chosen = parser.parse_args().names or names
    unknown = sorted(set(chosen) - set(names))
    if unknown:
        parser.error(f"no such check: {', '.join(unknown)}; there are {', '.join(names)}")
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for result in pool.map(run, [check for check in CHECKS if check.name in chosen]):
            sys.stdout.write(one_line(result))
            sys.stdout.flush()
            if not result.passed:
                failed.append(result)
    for result in failed:
        sys.stdout.write(f"\n{result.check.name}: {result.check.mend}\n{result.words.rstrip()}\n")
    if failed:
        sys.stdout.write(f"\n{len(failed)} of {len(chosen)} checks failed.\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
