"""The month's benchmark does whole months, counts them, and stands beside two others; no speed is asked for."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from benchmarks.month.bench import Wish, bench_month
from benchmarks.month.measure import Measured, MonthRun
from benchmarks.month.profile import MachineTime, Usage
from benchmarks.month.result import Baseline, MonthReport
from benchmarks.month.shape import PER_MILLE, make_shape
from benchmarks.month.watch import STEPS, Timing
from benchmarks.report import describe_machine
from shared.periods import Month
from shared.verification import Broken
from shared.verification.platform import Finding, Verified

pytestmark = pytest.mark.alone

IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
MEASURED, MEASURED_PLAINLY = (20_000, 500) if IS_LONG else (1000, 50)
WORKERS = 2000  # of the reports made here
KEYS = {
    "name",
    "workers",
    "elapsed_s",
    "steps",
    "rss_max_mb",
    "cpu_us_per_worker",
    "ratios",
    "verify",
    "machine",
    "faults",
}


@pytest.mark.slow
@pytest.mark.timeout(900 if IS_LONG else 180)
def test_a_month_goes_through_every_service_and_verifies() -> None:
    said: list[str] = []
    report = bench_month(
        Wish(workers=MEASURED, repeats=1, plain_workers=MEASURED_PLAINLY, warm_up_workers=0), said.append
    )
    printed: dict[str, Any] = json.loads(json.dumps(report.as_json()))
    assert printed.keys() >= KEYS
    assert (printed["name"], printed["workers"], printed["faults"]) == ("month", MEASURED, [])
    assert printed["counts"] == {"due_in_cover": MEASURED, "cover": MEASURED, "notices": MEASURED}
    assert printed["verify"]["ok"]
    assert printed["verify"]["facts"] > 8 * MEASURED
    assert tuple(printed["steps"]) == STEPS
    assert all(0 <= step["began_s"] <= step["done_s"] <= printed["elapsed_s"] for step in printed["steps"].values())
    processes = {"subsidy-api", "subsidy-jobs", "subsidy-relay", "enrolment-worker", "notification-worker", "kafka"}
    assert (
        processes | {"postgres: subsidy", "postgres: enrolment", "postgres: notification"}
        <= printed["rss_max_mb"].keys()
    )
    assert all(printed["cpu_us_per_worker"][name] > 0 for name in processes)
    assert printed["ratios"]["floor"] > 0
    assert printed["ratios"]["plain"] > 0
    assert (printed["baselines"]["floor"]["workers"], printed["baselines"]["plain"]["workers"]) == (
        MEASURED,
        MEASURED_PLAINLY,
    )


def _report(**changes: Any) -> MonthReport:
    """Three months of 10, 30 and 20 seconds, verified."""
    timings = {step: Timing(0.0, 5.0) for step in STEPS}
    counts = {"due_in_cover": WORKERS, "cover": WORKERS, "notices": WORKERS}
    usage = {"subsidy-jobs": Usage(4.0, 100.0), "bench itself": Usage(1.0, 50.0)}
    machine_time = MachineTime(7.0, 1.0, 0.0)
    months = [
        MonthRun(Month(2026, 1 + at), s, timings, usage, counts, machine_time, 9000)
        for at, s in enumerate((10.0, 30.0, 20.0))
    ]
    shape = make_shape(WORKERS, 100, Month(2026, 3), 3)
    measured = Measured(shape, months, 1.0, Verified((), 9), 1.0)
    machine = describe_machine("kafka", "18.4", 0.1)
    baselines = [Baseline("floor", "floor", 1000, 5.0, 9.0), Baseline("plain", "plain", 100, 30.0, 40.0)]
    return MonthReport(replace(measured, **changes), machine, baselines)


def test_figures_are_those_of_the_median_month_for_each_worker() -> None:
    printed = _report().as_json()
    assert (printed["elapsed_s"], printed["us_per_worker"], printed["runs_s"]) == (20.0, 10_000.0, [10.0, 30.0, 20.0])
    assert printed["ratios"] == {"floor": 2.0, "plain": 30.0}
    assert printed["cpu_us_per_worker"] == {"total": 2000.0, "subsidy-jobs": 2000.0, "bench itself": 500.0}
    assert printed["cores_busy"] == 0.2
    assert printed["cores"] == {"of_others": 0.1, "waiting_for_disk": 0.05, "taken_away": 0.0}


def test_a_missing_row_and_a_broken_promise_are_faults() -> None:
    months = _report().measured.months
    short = replace(months[1], counts=months[1].counts | {"notices": WORKERS - 1})
    broken = Verified((Finding("subsidy", "claims", "once", (Broken("row", "twice"),)),), 9)
    assert _report().faults == []
    assert _report(months=[months[0], short, months[2]]).faults == [
        "2026-02: 1,999 of 2,000 workers are through messages queued."
    ]
    assert _report(verified=broken).faults == ["Verification does not hold: claims."]


def test_it_can_be_shown() -> None:
    console = Console(record=True, width=160)
    _report().show(console)
    assert "2,000 workers in 20.0 s" in console.export_text()


def test_lines_share_out_everybody_once() -> None:
    shape = make_shape(WORKERS, 100, Month(2026, 1), 3)
    assert [str(month) for month in shape.months] == ["2025-11", "2025-12", "2026-01"]
    places = [range(line.low, line.high) for line in shape.lines]
    assert sorted(place for line in places for place in line) == list(range(PER_MILLE))
    assert (
        len({line.identifier(what) for line in shape.all_lines for what in ("decree", "group", "funding-line")}) == 36
    )
