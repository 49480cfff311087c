"""Runs the tests that a change touches whenever a file changes: ``make watch``; Ctrl-C ends it.

It begins with what differs from the last commit. A run takes the nearest twelve files at most, without what is marked
slow or alone, and is ended after five minutes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from grimp.exceptions import SourceSyntaxError

from tests.suite.affected import MOST_FILES, ROOT, affected, importers, is_test

LOOK_EVERY_S: Final = 0.5
LONGEST_S: Final = 300.0
NOTHING_TO_RUN: Final = 5  # pytest's answer when everything was left out
Times = Mapping[str, float]


def git(*words: str) -> list[str]:
    """The lines that git prints."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def look() -> Times:
    """When each file of the project was last written; ignored ones are none."""
    times: dict[str, float] = {}
    for path in git("ls-files", "--cached", "--others", "--exclude-standard"):
        with suppress(OSError):
            times[path] = (ROOT / path).stat().st_mtime
    return times


def changed_since_commit() -> list[str]:
    """What differs from the last commit, or is new."""
    return sorted({*git("diff", "--name-only", "HEAD"), *git("ls-files", "--others", "--exclude-standard")})


def differing(before: Times, after: Times) -> list[str]:
    """Files that were written, made or removed in between."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def run(tests: Sequence[str]) -> str:
    """Run these files; says how that ended."""
    command = [sys.executable, "-m", "pytest", "-m", "not slow and not alone", *tests]
    try:
        code = subprocess.run(command, cwd=ROOT, check=False, timeout=LONGEST_S).returncode
    except subprocess.TimeoutExpired:
        return f"ended after {LONGEST_S:.0f} s"
    return {0: "passed", NOTHING_TO_RUN: "only slow ones, left to make test"}.get(code, "FAILED")


def answer(changed: Sequence[str], say: Callable[[str], None], run: Callable[[Sequence[str]], str] = run) -> None:
    """Run what the changed files touch, and say what."""
    tests = [path for path in look() if is_test(path)]
    found = affected(changed, tests, importers())
    if not found:
        say(f"watch: no test is near {', '.join(changed)}")
        return
    left = f", {len(found) - MOST_FILES} farther ones left to make test" if len(found) > MOST_FILES else ""
    say(f"watch: {len(found[:MOST_FILES])} files{left}: {' '.join(found[:MOST_FILES])}")
    say(f"watch: {run(found[:MOST_FILES])}")


def main() -> None:
    """Until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        changed, before = changed_since_commit(), look()
        while True:
            if changed:
                try:
                    answer(changed, _say)
                except SourceSyntaxError as error:  # somebody is in the middle of a line
                    _say(f"watch: {error}")
            else:
                _say("watch: nothing differs from the last commit; waiting for a change")
            changed = []
            while not changed:
                time.sleep(LOOK_EVERY_S)
                after = look()
                changed, before = differing(before, after), after


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
