"""The benchmark measures what it says and notices what it must: no speed is asked for, since machines differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from benchmarks import library
from benchmarks.arena import Arena
from benchmarks.assignment import Assignment
from benchmarks.contestant import BenchError, running
from benchmarks.history import Verdict
from benchmarks.report import Attempt, Report, Score, describe_machine
from benchmarks.run import measure
from deploy.local.stack import Stack

pytestmark = pytest.mark.alone

IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
RELAYED, CONSUMED = (50_000, 100_000) if IS_LONG else (2_000, 20_000)  # fewer are refused
KEYS = {"name", "events", "events_per_s", "inversions", "ratios"}
CLEAN = Verdict(events=10, repeats=0, inversions=0, lost=0, from_nothing=0)


def _check(printed: Mapping[str, Any], name: str, events: int) -> None:
    assert printed.keys() >= KEYS
    assert (printed["name"], printed["events"], printed["inversions"]) == (name, events, 0)
    assert (printed["lost"], printed["faults"]) == (0, [])
    assert printed["events_per_s"] > 0
    assert printed["ratios"].keys() == {"floor", "plain", "faststream_outbox"}
    assert printed["ratios"]["floor"] > 0
    assert printed["ratios"]["plain"] > 0


@pytest.mark.slow
@pytest.mark.timeout(600 if IS_LONG else 120)
async def test_relay_is_measured_beside_three_others(stack: Stack) -> None:
    report = await measure("relay", stack, events=RELAYED, repeats=1)
    printed = json.loads(json.dumps(report.as_json()))
    _check(printed, "relay", RELAYED)
    assert (printed["ratios"]["faststream_outbox"] is not None) == library.is_installed()
    assert [score.total("lost") for score in report.scores[:3]] == [0, 0, 0]


@pytest.mark.slow
@pytest.mark.timeout(600 if IS_LONG else 120)
async def test_consume_is_measured_beside_two_others(stack: Stack) -> None:
    report = await measure("consume", stack, events=CONSUMED, repeats=1)
    printed = json.loads(json.dumps(report.as_json()))
    _check(printed, "consume", CONSUMED)
    assert printed["ratios"]["faststream_outbox"] is None
    assert printed["repeated"] == 0


def _report(verdict: Verdict, name: str = "relay") -> Report:
    ours = Score("ours", "ours", 10, [Attempt(100.0, CLEAN), Attempt(300.0, verdict), Attempt(200.0, CLEAN)])
    floor, plain = Score("floor", "floor", 10, [Attempt(400.0)]), Score("plain", "plain", 10)
    machine = describe_machine("kafka", "18.4", 0.1)
    return Report(name, [ours, floor, plain], machine, [], repeats_are_faults=name == "consume")


def test_ratios_are_ours_by_theirs_of_medians() -> None:
    assert _report(CLEAN).as_json()["ratios"] == {"floor": 0.5, "plain": None, "faststream_outbox": None}


@pytest.mark.parametrize("fault", ["inversions", "lost", "from_nothing"])
def test_each_fault_of_any_attempt_is_named(fault: str) -> None:
    broken = Verdict(**{"events": 10, "repeats": 0, "inversions": 0, "lost": 0, "from_nothing": 0, fault: 1})
    assert len(_report(broken).faults) == 1
    assert _report(CLEAN).faults == []


def test_a_repeat_is_legal_in_kafka_and_a_fault_among_effects() -> None:
    repeated = Verdict(events=11, repeats=1, inversions=0, lost=0, from_nothing=0)
    assert _report(repeated, "relay").faults == []
    assert len(_report(repeated, "consume").faults) == 1


async def test_a_process_that_dies_is_reported_with_its_last_words(stack: Stack) -> None:
    nowhere = Assignment("floor-relay", Arena.of(stack).bootstrap, "postgresql://nobody@127.0.0.1:1/nothing", "none")
    with pytest.raises(BenchError, match=r"floor-relay ended by itself(.|\n)*Error"):
        async with running(nowhere):
            pytest.fail("It cannot be ready.")


def test_too_few_events_are_refused_in_a_sentence() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "benchmarks", "relay", "--events", "3"], capture_output=True, text=True, check=False
    )
    assert asked.returncode == 2
    assert "at least 1,000 events" in asked.stderr
