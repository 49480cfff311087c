"""The conformance suite's world. It lives in `benchmarks.world`, since the benchmark runs in the same one."""

from __future__ import annotations

from benchmarks.world import (
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
