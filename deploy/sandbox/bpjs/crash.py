"""Named points at which a test kills the branch, to prove that nothing it owes is lost or given twice differently.

They do nothing unless ``PAYUNG_CRASH_BPJS=<name>`` and ``PAYUNG_TESTING=1`` are both set.
"""

from __future__ import annotations

import os
import signal

CRASH_POINTS = (
    "before_receive_commit",
    "after_receive_commit",
    "after_move",
    "after_plan_commit",
    "before_answer_rename",
    "after_answer_rename",
)


def crash_point(name: str) -> None:
    """Die here by SIGKILL if a test has armed this point."""
    if os.environ.get("PAYUNG_CRASH_BPJS") == name and os.environ.get("PAYUNG_TESTING") == "1":
        os.kill(os.getpid(), signal.SIGKILL)
