"""Runs a program to its end and hands back what it said: the one place where short-lived programs are started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local import lifeline
from deploy.local.account import Account


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    text: str = "",
    timeout_s: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run ``argv`` (no shell) with ``text`` on its standard input, as ``account`` if given.

    The caller looks at the exit code. The program ends with us, however we end: one that ran on would write into a
    home that somebody else has or that has been removed.

    Raises:
        OSError: the program cannot be started.
        subprocess.TimeoutExpired: it did not end in time and was killed.
    """
    program = shutil.which(argv[0])
    if program is None:
        raise FileNotFoundError(f"There is no program {argv[0]}.")
    uid, gid = (account.uid, account.gid) if account is not None else (lifeline.KEEP, lifeline.KEEP)
    tie = map(str, (os.getpid(), int(signal.SIGKILL), uid, gid))
    return subprocess.run(  # noqa: S603 - our own fixed programs, never a shell
        [sys.executable, "-I", "-S", lifeline.__file__, "exec", *tie, program, *argv[1:]],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=env,
        timeout=timeout_s,
    )
