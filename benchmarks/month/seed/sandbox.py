"""The pretended BPJS branch knows everybody as a member."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.month.seed.people import BEGAN_MS, STEP_MS
from benchmarks.month.shape import Shape
from deploy.sandbox.bpjs.state import State

_MEMBER = "INSERT INTO member (worker_ref, nik_token) VALUES (?, ?)"


def worker_ref(i: int) -> str:
    """The identifier of person ``i``, as ``bench_id('worker', i)`` computes it in the databases."""
    digest = hashlib.md5(f"worker{i}".encode(), usedforsecurity=False).hexdigest()
    text = f"{BEGAN_MS + i * STEP_MS:012x}7{digest[:3]}8{digest[3:18]}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def sow(folder: Path, shape: Shape) -> None:
    """Write the members into the branch's memory in ``folder``."""
    state = State(folder)
    try:
        with state.transaction() as db:
            db.executemany(_MEMBER, _members(shape.total))
    finally:
        state.close()


def _members(total: int) -> Iterator[tuple[str, bytes]]:
    for i in range(1, total + 1):
        yield worker_ref(i), i.to_bytes(16, "big")
