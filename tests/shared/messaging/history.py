"""The judge of what really happened. It lives in `benchmarks.history`, since the benchmark judges by it too."""

from __future__ import annotations

from benchmarks.history import Verdict, applied, judge, read_topic, written

__all__ = ["Verdict", "applied", "judge", "read_topic", "written"]
