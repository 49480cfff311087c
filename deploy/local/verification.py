"""Runs the services' role `verify` for what runs in a home."""

from __future__ import annotations

from pathlib import Path

from deploy.local import supervisor
from deploy.local.home import Home
from deploy.local.service_processes import ServiceProcesses
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.verification.platform import VerificationError, Verified, verify

TIMEOUT_S = 600.0


def verify_home(path: Path, wait_s: float) -> Verified:
    """Recompute everything that the services of this home promise.

    Raises:
        VerificationError: nothing runs there, or a service could not be asked.
    """
    state = supervisor.status(path)
    if state is None:
        raise VerificationError("Nothing runs here. Start it with: make up")
    processes = ServiceProcesses(Home.open(path), state)

    def run(service: str, folder: Path) -> None:
        log = processes.home.logs / f"{service}-verify.log"
        processes.run(service, ["verify", "--facts", str(folder)], log, TIMEOUT_S)

    return verify(RUNNING_SERVICES, run, wait_s=wait_s)
