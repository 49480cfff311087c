"""The whole platform in a home of its own: real Kafka, real PostgreSQL, all services, the month run once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.local import supervisor
from deploy.local.home import Home
from deploy.local.service_processes import ServiceProcesses
from deploy.local.stack import destroy
from tests.pipeline.collector import SpanCollector, collecting

WORKERS, EMPLOYERS = 600, 40
RUN_TIMEOUT_S = 400


@dataclass(frozen=True)
class Platform:
    """A running platform and what its first `payung up` said."""

    home: Path
    first: dict[str, Any]
    collector: SpanCollector

    def payung(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the command as a person would, on this home."""
        return payung(self.home, *arguments, check=check)

    @property
    def processes(self) -> ServiceProcesses:
        """Its processes, addresses and settings."""
        state = supervisor.status(self.home)
        assert state is not None, "the platform runs"
        return ServiceProcesses(Home.open(self.home), state)

    @property
    def database_urls(self) -> dict[str, str]:
        """The services' databases."""
        return dict(self.processes.state.database_urls)


def payung(
    home: Path, *arguments: str, check: bool = True, settings: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `payung` with no settings but the home and ``settings``, which the processes that it starts inherit."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")}
    done = subprocess.run(
        [sys.executable, "-c", "from deploy.cli import main; main()", *arguments],
        env=clean | {"PAYUNG_HOME": str(home), "PAYUNG_CLI_TRACEBACK": "1"} | (settings or {}),
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    if check and done.returncode != 0:
        pytest.fail(f"payung {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}\n{done.stdout}")
    return done


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """One platform for the session's tests; they leave it as they found it, or add to it."""
    home = Path(tempfile.mkdtemp(prefix="payung-test-"))
    try:
        size = ("--workers", str(WORKERS), "--employers", str(EMPLOYERS), "--seed", "7")
        with collecting() as collector:
            traces = {"PAYUNG_OTLP_ENDPOINT": collector.endpoint, "PAYUNG_TRACE_SAMPLE_RATIO": "1"}
            first = json.loads(payung(home, "up", *size, "--json", settings=traces).stdout)
            yield Platform(home, first, collector)
            supervisor.stop(home)
    finally:
        supervisor.stop(home)
        destroy(home)
        shutil.rmtree(home, ignore_errors=True)
