"""Tells Python's garbage collector what a long-running process is like.

A worker makes thousands of objects a batch and no cycles; looking for cycles among them and among everything the
imports have made costs a third of its time (33 µs of Python an event without, 23 with this, by
`python -m benchmarks consume`).
"""

from __future__ import annotations

import gc


def tune_garbage_collection() -> None:
    """What the imports have made stays for good; what a batch makes is freed by counting, so look for cycles rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
