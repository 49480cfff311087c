"""What a rule is and what it says: data, so that the registry is one table and every finding reads alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.checks.tree import Tree


@dataclass(frozen=True)
class Problem:
    """One place that breaks a rule. ``sentence`` says what to do; a ``mild`` one is printed and does not fail."""

    path: str
    line: int
    sentence: str
    mild: bool = False


@dataclass(frozen=True)
class Rule:
    """``name`` is what exemptions and plants refer to; ``meaning`` is one line for ``--list``."""

    name: str
    meaning: str
    find: Callable[[Tree], Iterator[Problem]]


@dataclass(frozen=True)
class Exemption:
    """One place that may break one rule, with the reason. An exemption that nothing needs is itself a finding."""

    rule: str
    path: str
    reason: str
