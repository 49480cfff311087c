"""The words in which a service declares its checks and facts (its ``checks.py``)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from shared.database import Transaction

MAX_BROKEN: Final = 20


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that breaks a rule: ``row`` names table and key, ``sentence`` says what is wrong. No personal data."""

    row: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Check:
    """A rule of one database. ``find`` gives at most `MAX_BROKEN` rows that break it; none when it holds."""

    name: str
    promise: str
    find: Callable[[Transaction], Awaitable[Sequence[Broken]]]


@dataclass(frozen=True, slots=True)
class Facts:
    """One side of something that services must agree on.

    ``stream`` gives (key, value) in ascending bytewise order of key (``ORDER BY key COLLATE "C"``), each key once;
    neither holds a tab, a line break or personal data. All ``source`` sides of a name together are what has
    happened; every ``copy`` must equal them.
    """

    name: str
    side: Literal["source", "copy"]
    stream: Callable[[Transaction], AsyncIterator[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Verification:
    """All that a service offers for verification."""

    checks: Sequence[Check] = ()
    facts: Sequence[Facts] = ()
