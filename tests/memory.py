"""How much more memory this process had in use at most while it did something."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OWN = Path("/proc/self")


class Peak:
    """``grown_mb`` is known when the block has ended."""

    grown_mb: float = 0.0


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Measure the block: the peak of resident memory within it, above what there was before."""
    peak = Peak()
    gc.collect()
    (_OWN / "clear_refs").write_text("5")  # the peak begins anew
    before_mb = _status_mb("VmRSS")
    yield peak
    peak.grown_mb = _status_mb("VmHWM") - before_mb


def _status_mb(name: str) -> float:
    found = (_OWN / "status").read_text().split(f"{name}:")[1]
    return int(found.split()[0]) / 1024
