"""The judge of what really happened. It lives in `benchmarks.history`, since the benchmark judges by it too."""

from __future__ import annotations

from benchmarks.history import Verdict, applied, follow_topic, judge, written

__all__ = ["Verdict", "applied", "judge", "read_topic", "written"]


async def read_topic(bootstrap: str, topic: str, count: int) -> list[tuple[str, int]]:
    """All (key, version) pairs that a topic of ``count`` partitions holds now, each partition in log order."""
    return [pair async for pair in follow_topic(bootstrap, topic, count)]
