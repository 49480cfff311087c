"""Runs a program to its end and hands back what it said: the one place where short-lived programs are started."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.account import Account
from deploy.local.lifeline import KEEP


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    text: str = "",
    timeout_s: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run ``argv`` (no shell) with ``text`` on its standard input, as ``account`` if given.

    The caller looks at the exit code.

    Raises:
        OSError: the program cannot be started.
        subprocess.TimeoutExpired: it did not end in time and was killed.
    """
    is_other = account is not None and account.uid != KEEP
    return subprocess.run(  # noqa: S603 - our own fixed programs, never a shell
        argv,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=env,
        timeout=timeout_s,
        user=account.uid if account is not None and is_other else None,
        group=account.gid if account is not None and is_other else None,
        extra_groups=[] if is_other else None,
    )
