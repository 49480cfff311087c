"""The bugs as the faults harness plants them: ``--plant tests.planted.plants:no_inbox``, for a process's whole life."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Final

from tests.planted.bugs import BUGS

_PLANTED: Final = ExitStack()  # never closed: what is let go of is pulled out
Plant = Callable[[str, Sequence[str]], None]


def plant(name: str) -> None:
    """Plant a bug in this process for good. Raises KeyError for a name that is none."""
    _PLANTED.enter_context(BUGS[name]())


def _plant(name: str) -> Plant:
    def planted(_target: str, _arguments: Sequence[str]) -> None:
        plant(name)

    return planted


offset_before_database = _plant("offset-before-database")
acknowledge_first = _plant("acknowledge-first")
no_inbox = _plant("no-inbox")
skip_locked = _plant("skip-locked")
error_swallowed = _plant("error-swallowed")
fined_twice = _plant("fined-twice")
budget_outside = _plant("budget-outside")
