"""Figures reach the documents by the command alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.contestant import BenchError
from benchmarks.record import DOCS, page_text, record
from benchmarks.report import describe_machine

NOTES = "## What helped\n\nThis did.\n"


def _docs(folder: Path) -> Path:
    (folder / "performance").mkdir()
    (folder / "performance" / "notes.md").write_text(NOTES, encoding="utf-8")
    return folder


def _month(workers: int, us_per_worker: float) -> dict[str, Any]:
    return {
        "name": "month",
        "workers": workers,
        "elapsed_s": workers * us_per_worker / 1e6,
        "us_per_worker": us_per_worker,
        "steps": {"assess": {"began_s": 0.0, "done_s": 1.0, "took_s": 1.0}},
        "rss_max_mb": {"subsidy-jobs": 150, "kafka": 900, "postgres: subsidy": 300},
        "cpu_us_per_worker": {"total": 300.0, "subsidy-jobs": 100.0},
        "cores_busy": 1.9,
        "ratios": {"floor": 1.5, "plain": 30.0},
        "baselines": {
            "floor": {"what": "raw", "workers": 10, "elapsed_s": 1.0, "us_per_worker": 5.0, "cpu_us_per_worker": 200.0}
        },
        "verify": {"ok": True, "facts": 90, "checks": 7, "broken": []},
        "machine": describe_machine("kafka", "18.4", 0.1),
        "faults": [],
    }


def test_the_page_is_what_the_recorded_results_make() -> None:
    assert (DOCS / "performance.md").read_text(encoding="utf-8") == page_text(), "Run: python -m benchmarks page"


def test_recorded_results_carry_no_path_and_no_host_name() -> None:
    for path in (DOCS / "performance").glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert "/tmp" not in text
        assert "/work" not in text
        assert json.loads(text)["faults"] == []


def test_a_month_of_each_size_is_kept_and_set_beside_the_others(tmp_path: Path) -> None:
    docs = _docs(tmp_path)
    for facts in (_month(1_000_000, 165.0), _month(10_000, 150.0), _month(10_000, 160.0)):
        page = record(facts, docs)
    assert sorted(path.name for path in (docs / "performance").glob("*.json")) == [
        "month-10000.json",
        "month-1000000.json",
    ]
    text = page.read_text(encoding="utf-8")
    assert "A worker of 1,000,000 costs 1.03 × one of 10,000." in text
    assert "| 300.0 | 1.5 | 30.0 | 150 MB (subsidy-jobs) |" in text  # by processor time, too
    assert text.endswith(NOTES)


def test_every_figure_of_another_benchmark_is_shown(tmp_path: Path) -> None:
    facts = {
        "name": "journey",
        "p99_ms": {"200": 12.5},
        "ratios": {"floor": 1.1},
        "machine": describe_machine("kafka", "18.4", 0.1),
        "remarks": ["A remark."],
        "faults": [],
    }
    text = record(facts, _docs(tmp_path)).read_text(encoding="utf-8")
    assert "| p99_ms.200 | 12.5 |" in text
    assert "- A remark." in text


def test_what_is_wrong_is_not_recorded(tmp_path: Path) -> None:
    docs = _docs(tmp_path)
    with pytest.raises(BenchError, match="faults"):
        record(_month(10_000, 150.0) | {"faults": ["A row is missing."]}, docs)
    with pytest.raises(BenchError, match="no documents"):
        record(_month(10_000, 150.0), docs / "elsewhere")
    assert list((docs / "performance").glob("*.json")) == []
