"""What parent and child processes of the benchmark tell each other, one JSON line at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Protocol

from benchmarks.world import World


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a process is told on its standard input, where a password in ``url`` does not show in the process list.

    ``suffix`` names the world's topics. ``group`` is the Kafka group of a reader, ``part`` the share of a raw relay,
    ``more`` what only this role has to know.
    """

    role: str
    bootstrap: str
    url: str
    suffix: str
    group: str = ""
    part: int = 0
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The world that parent and child share."""
        return World(self.suffix)

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: str) -> Assignment:
        """The reverse of `to_line`."""
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class Sample:
    """How far a process was at ``at_s``, a moment of `time.monotonic`, which all processes of a machine share."""

    at_s: float
    done: int
    is_ready: bool

    def to_line(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Sample:
        """The reverse of `to_line`."""
        return cls(**json.loads(line))


class Work(Protocol):
    """What a process does: relay or consume, in its own way."""

    @property
    def done(self) -> int:
        """Events whose effects are durable: confirmed by Kafka and taken out of the table, or committed."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether it could begin at once."""
        ...

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set."""
        ...
