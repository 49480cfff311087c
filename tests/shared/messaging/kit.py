"""The conformance suite's world. It lives in `deploy.bench.world`, since the benchmark runs in the same one."""

from __future__ import annotations

from deploy.bench.world import (
    READER,
    WRITER,
    CounterMoved,
    CounterSeen,
    World,
    create_counters,
    create_tables,
    move_counters,
)

__all__ = [
    "READER",
    "WRITER",
    "CounterMoved",
    "CounterSeen",
    "World",
    "create_counters",
    "create_tables",
    "move_counters",
]
