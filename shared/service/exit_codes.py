"""How a service's process ends, so that orchestrators and people can tell the cases apart (docs/operations.md).

Where a number has a meaning in BSD's sysexits.h, it has that one here.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """A process's exit status."""

    CLEAN = 0  # stopped as asked, running work finished
    FAILED = 1  # a part ended with an error; the log says which
    USAGE = 64  # no such role
    HUNG = 70  # stopping took longer than the hard limit
    STUCK = 75  # the watchdog found no progress; a new process will get on
    SETTINGS = 78  # settings missing or wrong; the sentences on standard error say which
    KILLED_BY_INTERRUPT = 130  # a second SIGINT: ended at once
    KILLED_BY_TERMINATE = 143  # a second SIGTERM: ended at once
