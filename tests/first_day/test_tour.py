"""The tour is walked as a newcomer does; what it says of files comes from the code, and no identity number is shown."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from deploy.local.home import Home
from deploy.local.service_processes import ServiceProcesses
from deploy.local.state import RunState
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from tools.tour.ground import PREFIX
from tools.tour.page import Page, masked, spelled
from tools.tour.sources import REPOSITORY, called_parts, parts, place
from tools.tour.walk import JOBS

TOUR = [sys.executable, "-m", "tools.tour"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a tour makes its home, and nobody else; short, since sockets lie below it."""
    with tempfile.TemporaryDirectory(prefix="t-") as made:
        yield Path(made)


def surroundings(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "PAYUNG_HOME": "/nowhere", "TMPDIR": str(folder)}


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(400)
def test_one_worker_goes_from_the_list_to_the_message(folder: Path) -> None:
    surrounding = surroundings(folder)
    done = subprocess.run(TOUR, cwd=REPOSITORY, env=surrounding, capture_output=True, text=True, check=False)
    told = done.stdout
    assert done.returncode == 0, told + done.stderr
    assert not list(folder.glob(f"{PREFIX}*")), "nothing is left behind"
    for said in ("worker.registered", "subsidy.granted", "worker.enrolled", "contribution.due", "contribution.paid"):
        assert f"topic    {said} " in told
    for table in ("enrolment.worker +", "subsidy.contribution +", "enrolment.cover_line +", "notification.message +"):
        assert f"table    {table}" in told
    assert told.count("letter   ") >= 2, "that cover has begun, and that the month is paid"
    files = set(re.findall(r"(\S+\.py):\d+", told))
    assert {file.split("/")[1] for file in files if file.startswith("services/")} >= {
        "enrolment", "subsidy", "notification",
    }  # fmt: skip
    assert all((REPOSITORY / file).is_file() for file in files)
    assert not re.findall(r"(?<!\d)\d{14,16}(?!\d)", told), "no number of an identity card"


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(200)
@pytest.mark.parametrize("after_s", [0.4, 1.0])  # while Kafka's storage is made, and while the broker starts
def test_whoever_ends_it_early_leaves_nothing_behind(after_s: float, folder: Path) -> None:
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(TOUR, cwd=REPOSITORY, env=surroundings(folder), **pipes) as tour:
        while not list(folder.glob(f"{PREFIX}*")):
            assert tour.poll() is None
            time.sleep(0.05)
        time.sleep(after_s)
        tour.send_signal(signal.SIGTERM)
        _, error = tour.communicate(timeout=150)
    assert tour.returncode == 130, error
    assert "Interrupted" in error
    assert not list(folder.glob(f"{PREFIX}*"))


@pytest.fixture
def processes(tmp_path: Path) -> ServiceProcesses:
    """Settings with which the parts of each service can be put together, without a broker or a database."""
    urls = dict.fromkeys(RUNNING_SERVICES, "postgresql://nobody:nothing@127.0.0.1:1/none")
    return ServiceProcesses(Home.open(tmp_path), RunState(0, "", "kafka", "127.0.0.1:1", False, urls))


async def test_every_job_route_handler_and_table_has_a_place(processes: ServiceProcesses) -> None:
    async with AsyncExitStack() as closing:
        known = {name: parts(name, processes.environment(name), closing) for name in RUNNING_SERVICES}
        for step in JOBS.values():
            for service, job in step:
                assert place(known[service].job(job)).startswith(f"services/{service}/")
        route = known["subsidy"].route("POST", "/v1/decrees")
        assert route is not None
        assert place(route).startswith("services/subsidy/http/decrees.py:")
        assert "services/subsidy/handlers/decrees.py" in {place(one).partition(":")[0] for one in called_parts(route)}
        assert known["subsidy"].route("POST", "/v1/nothing") is None
        handler = known["notification"].handler(WorkerEnrolled)
        assert place(handler).endswith(" on_worker_enrolled")
        table = known["enrolment"].table("cover_line")
        assert place(table).startswith("services/enrolment/tables/")
        assert known["enrolment"].table("outbox") is None


def test_no_identity_number_and_nothing_sealed_is_shown() -> None:
    lines: list[str] = []
    page = Page(lines.append)
    page.step("A step")
    page.detail(spelled({"nik": "6472014107800001", "sealed": "\\x0102ff", "empty": None, "rupiah": 16800}))
    page.fact("table", "6472014107800001")
    assert masked("6472014107800001") == "6472…01"
    assert lines == [
        "\n1  A step\n",
        "            nik=6472…01, sealed=(sealed, 3 bytes), rupiah=16800\n",
        "   table    6472…01\n",
    ]
    assert masked("ciphertext=" + "Aa1+" * 20 + "==") == "ciphertext=(sealed, 82 signs)"
