"""What a test costs is its own time and its children's, and what several tests share is nobody's in particular."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.suite.recording import Cost, Record, folder_of
from tests.suite.report import read_records

CONFTEST = """
import time
import pytest
from tests.suite import recording

pytest_addoption, pytest_configure = recording.add_options, recording.register

@pytest.fixture(scope="session")
def inner():
    time.sleep(0.2)
    yield
    time.sleep(0.2)

@pytest.fixture(scope="session")
def outer(request):
    request.getfixturevalue("inner")
    time.sleep(0.1)
"""
TESTS = """
import subprocess, sys, time

BURN = "import time\\nwhile time.process_time() < 0.3: pass"

def test_shares(outer):
    time.sleep(0.3)

def test_has_a_child():
    subprocess.run([sys.executable, "-c", BURN], check=True)
"""


def _recorded(folder: Path) -> Record:
    (folder / "tests" / "area").mkdir(parents=True)
    (folder / "tests" / "conftest.py").write_text(CONFTEST)
    (folder / "tests" / "area" / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)),
            *("--costs", str(folder / "costs"), "--part", "one", str(folder / "tests")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (record,) = read_records(folder / "costs")
    return record


def _only(costs: list[Cost], end: str) -> Cost:
    (found,) = (cost for cost in costs if cost.name.endswith(end))
    return found


def test_what_is_shared_stands_for_itself_and_children_count(tmp_path: Path) -> None:
    record = _recorded(tmp_path)
    assert (record.part, record.process, record.runs_tests) == ("one", "main", True)
    shares, child = _only(record.tests, "::test_shares"), _only(record.tests, "::test_has_a_child")
    inner, outer = _only(record.shared, " inner"), _only(record.shared, " outer")
    end = _only(record.shared, "shared")
    assert {cost.folder for cost in record.tests} == {"area"}
    assert inner.wall_s >= 0.2
    assert outer.wall_s >= 0.1
    assert shares.wall_s >= 0.3
    assert end.wall_s >= 0.2
    whole = record.ended_at - record.began_at
    every = [*record.tests, *record.shared]
    assert sum(cost.wall_s for cost in every) <= whole + 0.01, "no second is counted twice"
    assert child.cpu_s >= 0.25  # the kernel counts in hundredths
    assert sum(cost.cpu_s for cost in every) <= record.own_cpu_s + 0.05


def test_a_file_counts_for_the_first_folder_and_of_shared_for_the_second() -> None:
    assert folder_of("tests/subsidy/deep/test_x.py") == "subsidy"
    assert folder_of("tests/shared/messaging/test_x.py") == "shared/messaging"
    assert folder_of("tests/shared/test_x.py") == "shared"
    assert folder_of("tests/conftest.py") == "."
