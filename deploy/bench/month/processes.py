"""The processes of the month, one for each role that has something to do in it, as a deployment runs them.

Left out: enrolment's and notification's relays (the month makes them say nothing), workers of subsidy (nobody speaks
to it), and the jobs of enrolment and notification, which tidy up and hand messages over: other work than this.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local import lifeline, ports
from deploy.local.child import Child
from deploy.local.daemon import child_of
from deploy.local.service_processes import RUNNING_SERVICES, ServiceProcesses
from deploy.local.stack import Stack
from deploy.local.state import ProcessSpec, RunState
from deploy.programme.offices import Addresses
from deploy.programme.verifying import Verified, verify

PROJECT = Path(__file__).resolve().parents[3]
ROLES: Final = (
    ("subsidy", "api"),
    ("subsidy", "jobs"),
    ("subsidy", "relay"),
    ("enrolment", "worker"),
    ("notification", "worker"),
)
_BESIDE: Final = ("issuer", "bpjs-sandbox")
VERIFY_TIMEOUT_S = 900.0
VERIFY_WAIT_S = 60.0


@dataclass(frozen=True)
class MonthProcesses:
    """The services of a stack: migrated, started by role, verified."""

    stack: Stack
    services: ServiceProcesses

    @classmethod
    def of(cls, stack: Stack) -> MonthProcesses:
        """Those of ``stack``, whose home nobody else runs."""
        state = RunState(
            supervisor_pid=os.getpid(),
            supervisor_started=str(lifeline.start_time(os.getpid())),
            broker_kind=stack.broker_kind,
            kafka_bootstrap=stack.kafka_bootstrap,
            has_own_postgres=stack.postgres is not None,
            database_urls=stack.database_urls,
        )
        return cls(stack, ServiceProcesses(stack.home, state))

    @property
    def addresses(self) -> Addresses:
        """Where issuer and APIs listen."""
        return self.services.addresses

    @property
    def branch(self) -> Path:
        """Where the sandbox keeps what it knows."""
        return self.stack.home.path / "bpjs"

    @contextlib.contextmanager
    def running(self) -> Iterator[Mapping[str, int]]:
        """All processes, ready; gives their numbers by name. They are stopped with the block."""
        specs = [spec for spec in self.services.specs() if spec.name in _BESIDE]
        specs += [self._spec(service, role) for service, role in ROLES]
        children = [child_of(spec, self.stack.home) for spec in specs]
        try:
            with ThreadPoolExecutor(len(children)) as pool:
                list(pool.map(Child.start, children))
            yield {child.name: child.pid for child in children if child.pid is not None}
        finally:
            with ThreadPoolExecutor(len(children)) as pool:
                list(pool.map(Child.stop, children))

    def verify(self) -> Verified:
        """What `payung verify` finds. Raises VerificationError."""

        def run(service: str, folder: Path) -> None:
            log = self.stack.home.logs / f"{service}-verify.log"
            self.services.run(service, ["verify", "--facts", str(folder)], log, VERIFY_TIMEOUT_S)

        return verify(RUNNING_SERVICES, run, wait_s=VERIFY_WAIT_S)

    def _spec(self, service: str, role: str) -> ProcessSpec:
        name = f"{service}-{role}"
        port = self.stack.home.keep_port(f"{name}-ops", lambda known: known or ports.choose())
        project = os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])
        return ProcessSpec(
            name=name,
            argv=[sys.executable, "-m", f"services.{service}", role],
            env=self.services.environment(service) | {"PAYUNG_OPS_PORT": str(port), "PYTHONPATH": project},
            health_url=f"http://{ports.LOOPBACK}:{port}/health/ready",
            stop_timeout_s=30.0,
        )
