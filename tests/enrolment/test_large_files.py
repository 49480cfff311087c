"""Large files get a clear answer, in memory that does not grow with them. ``PAYUNG_FAULTS=long``: 300 MB, else 3 MB."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.access.roles import Role
from tests.enrolment.kit import HEADER, Row, show
from tests.service_world import ServiceWorld, person

World = ServiceWorld[Any]
IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
MEGABYTES = 300 if IS_LONG else 3
MOST_GROWTH_MB = 160
QUICKLY_S = 60.0


def _write(path: Path, pieces: Iterator[bytes]) -> Path:
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            if file.tell() > MEGABYTES * 1_000_000:
                return path
    return path


def _people() -> Iterator[bytes]:
    """A real roster; long addresses, so that there are fewer people to check than bytes to pass."""
    yield (",".join(HEADER) + "\n").encode()
    number = 0
    while True:
        lines = (Row(at, {"alamat": "Jalan Poros Desa " * 50}).cells for at in range(number, number + 500))
        yield "".join(",".join(cells) + "\n" for cells in lines).encode()
        number += 500


def _grown_mb(before: int) -> float:
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


async def _send(world: World, path: Path) -> dict[str, Any]:
    async with world.api() as client:
        with path.open("rb") as file:
            headers = person("officer-1", Role.ENUMERATOR)
            answer = await client.post("/v1/rosters", files={"file": ("daftar.csv", file)}, headers=headers)
    assert answer.status_code in (200, 202), answer.text
    return dict(answer.json())


async def test_a_large_roster_is_taken_and_read_in_flat_memory(world: World, tmp_path: Path) -> None:
    path = _write(tmp_path / "daftar.csv", _people())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = await _send(world, path)
    assert taken["state"] == "received"
    with path.open("rb") as file:
        lines = sum(1 for _ in file) - 1
    state, runs = "received", 0
    while state in ("received", "reading"):
        await world.run_job("read-rosters")
        runs += 1
        state = await world.value("SELECT state FROM roster WHERE roster_id = $1", UUID(taken["roster_id"]))
    async with world.api() as client:
        roster = await show(client, taken["roster_id"])
    assert (roster["state"], roster["rows"]) == ("read", lines)
    assert runs >= MEGABYTES // 40, "no run reads it all"
    assert _grown_mb(before) < MOST_GROWTH_MB


async def test_a_large_file_of_garbage_is_refused_quickly_with_a_sentence(world: World, tmp_path: Path) -> None:
    noise = os.urandom(1_000_000)
    garbage: dict[str, Callable[[], Iterator[bytes]]] = {
        "file-not-a-table": lambda: iter(lambda: noise, b""),
        "line-too-long": lambda: iter(lambda: b"x" * 1_000_000, b""),
        "columns-missing": lambda: iter(lambda: b"ini,bukan,daftar\n" * 50_000, b""),
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for reason, pieces in garbage.items():
        path = _write(tmp_path / "sampah.csv", pieces())
        started = time.monotonic()
        told = await _send(world, path)
        assert (told["state"], told["reason"]) == ("refused", reason)
        assert "unggah lagi" in told["reason_id"]
        assert time.monotonic() - started < QUICKLY_S
    assert await world.value("SELECT count(*) FROM roster_chunk") == 0, "nothing of it is kept"
    assert _grown_mb(before) < MOST_GROWTH_MB
