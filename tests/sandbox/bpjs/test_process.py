"""The branch as a process: killed at every point and started again, it owes nothing and has given nothing twice."""

from __future__ import annotations

import json
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from deploy.sandbox.bpjs.crash import CRASH_POINTS
from tests.deploy.processes import wait_until
from tests.sandbox.bpjs.world import BILL, DISBURSEMENT, GROUP, Forked, Process, World, listed

WORKERS = range(1, 301)
LIST_ANSWER = f"group-answer_{GROUP}_1.csv"


def undisturbed(root: Path) -> dict[str, bytes]:
    """What a branch that nobody kills answers to the same files."""
    world = World(root)
    journey(world, crash_at=None)
    return world.bytes_in()


def journey(world: World, crash_at: str | None) -> None:
    """A list, a bill and a payment; with ``crash_at`` the branch dies there once in each step."""
    for step in ("list", "bill", "payment"):
        if step == "list":
            world.send_list(WORKERS)
            expected = LIST_ANSWER
        elif step == "bill":
            world.request_bill(WORKERS)
            expected = f"bill_{BILL}.csv"
        else:
            (bill,) = world.answers("subsidy")[f"bill_{BILL}.csv"]
            world.pay(bill)
            expected = f"confirmation_{DISBURSEMENT}.csv"
        if crash_at is not None:
            assert Forked(world, crash_at).end() == -signal.SIGKILL
        Forked(world).wait_for(world, expected)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_killed_at_any_point_it_answers_the_same_after_a_restart(
    point: str, expected: dict[str, bytes], tmp_path: Path
) -> None:
    world = World(tmp_path)
    journey(world, crash_at=point)
    assert world.bytes_in() == expected
    assert not world.refusals()


def test_it_stops_on_sigterm_and_logs_no_personal_data(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.send_list([1, 2])
    world.subsidy.write("rekap_1.csv", ["x"])
    process = Process(world)
    process.wait_for(world, {LIST_ANSWER})
    lines = process.log()
    assert process.child.returncode == 0
    events = [line["event"] for line in lines]
    assert events[0] == "branch_open"
    assert events[-1] == "branch_closed"
    assert {"file_taken", "file_refused", "answer_written"} <= set(events)
    text = json.dumps(lines)
    for secret in (listed(1)[1], "Orang", "1990-01-01"):
        assert secret not in text
    assert not any("dropped_keys" in line for line in lines)


def test_no_nik_lies_in_its_state(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.send_list([1, 2])
    world.look()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert listed(1)[1].encode() not in stored
    assert b"Orang 1" not in stored


def test_two_branches_do_not_share_a_state(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.send_list([1])
    first = Process(world)
    first.wait_for(world, {LIST_ANSWER})
    second = Process(world)
    output, _ = second.child.communicate(timeout=20)
    assert second.child.returncode == 1
    assert "Another sandbox" in output
    first.stop()


def test_health_tells_that_it_looks(tmp_path: Path) -> None:
    world = World(tmp_path)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = Process(world, "--port", str(port))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def well() -> bool:
        try:
            with opener.open(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                return json.load(answer)["status"] == "ok"  # type: ignore[no-any-return]
        except OSError:
            return False

    assert wait_until(well)
    with pytest.raises(urllib.error.HTTPError):
        opener.open(f"http://127.0.0.1:{port}/other", timeout=2)
    process.stop()
