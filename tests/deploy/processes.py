"""What the tests of the embedded run ask the system about processes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from deploy.local import lifeline
from deploy.local.state import ProcessSpec, RunState

PYTHON = [sys.executable, "-I", "-S", "-c"]


def wait_until(is_true: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    """Whether it became true in time."""
    deadline = time.monotonic() + timeout_s
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(pids: Iterable[int]) -> list[int]:
    """Those that still run (zombies do not)."""
    return [pid for pid in pids if lifeline.start_time(pid) is not None]


def family(state: RunState) -> list[int]:
    """The supervisor and everything below it."""
    return [state.supervisor_pid, *lifeline.descendants(state.supervisor_pid)]


def watchdogs(pid: int) -> list[int]:
    """The watchdogs among the children of ``pid``."""
    found = []
    for child in lifeline.descendants(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # it may be gone since
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if lifeline.__file__.encode() in words and b"watch" in words:
                found.append(child)
    return found


def stubborn(name: str = "stubborn") -> ProcessSpec:
    """A process that will not hear TERM and has a child of its own that will not either."""
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    below = f"{PYTHON[:3]!r} + ['-c', {deaf + 'time.sleep(600)'!r}]"
    program = f"{deaf} import subprocess; subprocess.Popen({below}); time.sleep(600)"
    return ProcessSpec(name, [*PYTHON, program], stop_timeout_s=0.5)
