"""A short-lived program is like every other process of a home: it never outlives whoever runs it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import lifeline
from deploy.local.programs import run

PROJECT = Path(__file__).resolve().parents[2]
RUNNER = "import sys; from deploy.local.programs import run; run(['sh', '-c', sys.argv[1]])"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
@pytest.mark.parametrize("how", [subprocess.Popen.kill, subprocess.Popen.terminate])
def test_a_program_ends_when_whoever_runs_it_is_killed(
    how: Callable[[subprocess.Popen[bytes]], None], tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, f"echo $$ > {note}.new; mv {note}.new {note}; exec sleep 60"], cwd=PROJECT
    )
    give_up_at = time.monotonic() + 20
    while not note.exists():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    program = int(note.read_text())
    assert lifeline.start_time(program) is not None
    how(runner)
    runner.wait()
    while lifeline.start_time(program) is not None:
        assert time.monotonic() < give_up_at, "it runs on and writes where nobody expects it"
        time.sleep(0.02)


def test_what_it_says_its_input_and_its_exit_code_are_handed_back() -> None:
    told = run(["sh", "-c", 'cat; echo "$WORD" >&2; exit 7'], env={"WORD": "aside", "PATH": "/usr/bin:/bin"}, text="in")
    assert (told.stdout, told.stderr, told.returncode) == ("in", "aside\n", 7)


def test_a_program_that_is_not_there_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        run(["/nowhere/program"])
    with pytest.raises(FileNotFoundError):
        run(["no-program-of-this-name"])
