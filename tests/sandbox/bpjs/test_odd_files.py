"""The pretended branch takes what it can read whatever else lies in its folders."""

from __future__ import annotations

from pathlib import Path

from tests.odd_entries import left_in, put_odd_entries
from tests.sandbox.bpjs.world import World


def test_odd_entries_hold_up_no_list(tmp_path: Path) -> None:
    world = World(tmp_path)
    out = tmp_path / "enrolment" / "out"
    odd = put_odd_entries(out, "group-list")
    name = world.send_list(range(1, 4))
    for _ in range(2):
        world.look()
    assert left_in(out) == ["lost+found", "refused"]
    assert left_in(tmp_path / "enrolment" / "sent") == [name]
    refused = left_in(out / "refused")
    assert len([path for path in refused if path.endswith(".reason.txt")]) == odd
    assert len(refused) == 2 * odd
