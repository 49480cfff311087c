"""The processes of the month, one for each role that has something to do in it, as a deployment runs them.

Left out: enrolment's and notification's relays (the month makes them say nothing), workers of subsidy (nobody speaks
to it), and the jobs of enrolment and notification, which tidy up and hand messages over: other work than this.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.role_processes import RoleProcesses
from deploy.local.stack import Stack
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.verification.platform import Verified, verify

ROLES: Final = (
    ("subsidy", "api"),
    ("subsidy", "jobs"),
    ("subsidy", "relay"),
    ("enrolment", "worker"),
    ("notification", "worker"),
)
VERIFY_TIMEOUT_S: Final = 900.0
VERIFY_WAIT_S: Final = 60.0


def month_processes(stack: Stack) -> RoleProcesses:
    """Those of ``stack``, whose home nobody else runs; the issuer and the sandbox beside them."""
    return RoleProcesses.of(stack, ROLES, beside=("issuer", "bpjs-sandbox"))


def verify_all(processes: RoleProcesses) -> Verified:
    """What `payung verify` finds. Raises VerificationError."""

    def run(service: str, folder: Path) -> None:
        log = processes.stack.home.logs / f"{service}-verify.log"
        processes.services.run(service, ["verify", "--facts", str(folder)], log, VERIFY_TIMEOUT_S)

    return verify(RUNNING_SERVICES, run, wait_s=VERIFY_WAIT_S)
