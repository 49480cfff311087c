"""Named points at which a test can kill the process, to prove that nothing is lost or doubled there.

They do nothing unless ``PAYUNG_CRASH_POINT=<name>`` or ``<name>:<n>`` (die at the n-th passage) and
``PAYUNG_TESTING=1`` are both set. As with FoundationDB's
BUGGIFY, the fault lives beside the code that must bear it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

CRASH_POINTS = frozenset(
    {
        "before_db_commit",
        "after_db_commit",
        "before_offset_commit",
        "after_offset_commit",
        "before_produce",
        "after_produce",
        "after_outbox_delete",
        "before_park_commit",
        "after_park_commit",
        "before_replay_commit",
        "after_replay_commit",
    }
)


def _armed() -> tuple[str, int] | None:
    wanted = os.environ.get("PAYUNG_CRASH_POINT")
    if not wanted or os.environ.get("PAYUNG_TESTING") != "1":
        return None
    name, _, passage = wanted.partition(":")
    if name not in CRASH_POINTS:
        raise ValueError(f"PAYUNG_CRASH_POINT names no crash point; choose one of {', '.join(sorted(CRASH_POINTS))}.")
    return name, int(passage or 1)


_ARMED = _armed()
_passages = 0
_watcher: Callable[[str], None] | None = None


def watch_crash_points(watcher: Callable[[str], None] | None) -> None:
    """Have ``watcher`` called with the name of every point that is passed: a simulation in one process raises there."""
    global _watcher  # noqa: PLW0603 - one simulation per process
    _watcher = watcher


def crash_point(name: str) -> None:
    """Die here by SIGKILL if a test has armed this point; otherwise do nothing."""
    if _watcher is not None:
        _watcher(name)
    if _ARMED is None or _ARMED[0] != name:
        return
    global _passages  # noqa: PLW0603 - one counter for the one armed point of this process
    _passages += 1
    if _passages == _ARMED[1]:
        os.kill(os.getpid(), signal.SIGKILL)
