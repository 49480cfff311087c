"""Every planted bug is caught by the simulation within its budget of seeds, and a failing history is made small."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys

import pytest

from tests.planted import run
from tests.planted.hunt import BUDGETS, Catch
from tests.simulation.machines import make_templates
from tests.simulation.runner import LETS_OTHERS_GO_FIRST, tied
from tests.simulation.server import forgetful_server

PROCESSES = os.cpu_count() or 2
IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
FIRSTS = (1, 1001, 2001) if IS_LONG else (1,)  # the seeds at which a hunt begins


async def _hunted(order: dict[str, object]) -> list[Catch]:
    process = await asyncio.create_subprocess_exec(
        *tied(*LETS_OTHERS_GO_FIRST, sys.executable, "-m", "tests.planted.hunt", json.dumps(order)),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return [Catch(**json.loads(line)) for line in out.splitlines() if line.startswith(b'{"bug"')]


@pytest.mark.slow
@pytest.mark.timeout(1800 if IS_LONG else 600)
async def test_every_planted_bug_is_caught_within_its_budget() -> None:
    bugs = list(BUDGETS)
    with forgetful_server() as server:
        common = {"socket": str(server.socket_folder), "templates": await make_templates(server), "firsts": FIRSTS}
        shares = [bugs[number::PROCESSES] for number in range(PROCESSES)]
        found = await asyncio.gather(*(_hunted({**common, "bugs": share}) for share in shares if share))
    catches = [catch for part in found for catch in part]
    for catch in catches:
        print(f"{catch.bug}: simulation, {catch.seeds} seeds, {catch.seconds:.1f} s: {catch.anomaly}")  # noqa: T201 - for the log
    assert sorted(catch.bug for catch in catches) == sorted([*bugs] * len(FIRSTS))
    lived = [catch.bug for catch in catches if catch.anomaly is None]
    assert not lived, f"These bugs lived through their seeds: {', '.join(lived)}"


@pytest.mark.timeout(400)
async def test_a_failing_history_is_shrunk_and_can_be_replayed() -> None:
    for seed in range(1, 6):  # the first shows it today
        code, text = await _run("offset-before-database", "--seed", str(seed))
        if code:
            break
    assert code == 1, text
    assert "making its history small" in text
    assert 1 <= _faults(text) <= 6, text
    assert " dies at " in text
    assert "! lost: " in text


@pytest.mark.slow
@pytest.mark.timeout(3600 if IS_LONG else 400)
@pytest.mark.parametrize("bug", BUDGETS if IS_LONG else ("offset-before-database",))
async def test_many_seeds_have_the_bug_in_every_process(bug: str) -> None:
    """A run of many seeds works in processes of its own; a bug that stays behind in the first one is never seen."""
    last = BUDGETS[bug][0] if IS_LONG else 2
    code, text = await _run(bug, "--seeds", f"1..{last}", "--processes", "2")
    assert code == 1, text
    assert " replay: python -m tests.planted.run " in text


def test_what_plants_bugs_in_its_own_way_is_not_run_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["run", "no-inbox", "tests.faults", "--kills", "1"])
    with pytest.raises(SystemExit, match=re.escape("--plant tests.planted.plants:no_inbox")):
        run.main()


async def _run(bug: str, *arguments: str) -> tuple[int | None, str]:
    command = [sys.executable, "-m", "tests.planted.run", bug, "tests.simulation", *arguments]
    process = await asyncio.create_subprocess_exec(
        *tied(*command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


def _faults(text: str) -> int:
    found = re.search(r"^seed \d+: (\d+) faults, history [0-9a-f]+, \d+ anomalies$", text, re.MULTILINE)
    assert found is not None, text
    return int(found[1])
