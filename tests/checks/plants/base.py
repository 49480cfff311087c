"""A small tree with a violation in it, and where the rule must find it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Plant:
    """``files`` maps paths to texts; ``at`` lists what ``rule`` must report (path:line): nothing for a look-alike."""

    rule: str
    what: str
    files: Mapping[str, str]
    at: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What pytest calls this plant."""
        return f"{self.rule}: {self.what}"


def one_file(rule: str, what: str, path: str, text: str, *lines: int) -> Plant:
    """A plant of one file; ``lines`` are the lines to report."""
    return Plant(rule, what, {path: dedent(text).lstrip("\n")}, tuple(f"{path}:{line}" for line in lines))
