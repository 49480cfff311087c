"""Processes of single roles on a stack, as a deployment runs them: for a benchmark that needs some of the platform."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local import lifeline, ports
from deploy.local.child import Child
from deploy.local.daemon import child_of
from deploy.local.home import write_private
from deploy.local.service_processes import ServiceProcesses
from deploy.local.stack import Stack
from deploy.local.state import ProcessSpec, RunState
from deploy.sandbox.programme.offices import Addresses
from deploy.sandbox.programme.people import Person, as_table

PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class RoleProcesses:
    """The services of a stack; ``roles`` are pairs of service and role. ``beside`` them: token issuer and others.

    The issuer knows the demonstration's people and ``more_people``.
    """

    stack: Stack
    services: ServiceProcesses
    roles: Sequence[tuple[str, str]]
    beside: Sequence[str] = ("issuer",)
    more_people: Sequence[Person] = ()

    @classmethod
    def of(
        cls,
        stack: Stack,
        roles: Sequence[tuple[str, str]],
        beside: Sequence[str] = ("issuer",),
        more_people: Sequence[Person] = (),
    ) -> RoleProcesses:
        """Those of ``stack``, whose home nobody else runs."""
        state = RunState(
            supervisor_pid=os.getpid(),
            supervisor_started=str(lifeline.start_time(os.getpid())),
            broker_kind=stack.broker_kind,
            kafka_bootstrap=stack.kafka_bootstrap,
            has_own_postgres=stack.postgres is not None,
            database_urls=stack.database_urls,
        )
        return cls(stack, ServiceProcesses(stack.home, state), roles, beside, more_people)

    @property
    def addresses(self) -> Addresses:
        """Where issuer and APIs listen."""
        return self.services.addresses

    @contextlib.contextmanager
    def running(self) -> Iterator[Mapping[str, int]]:
        """All of them, ready; gives their process numbers by name. They are stopped with the block."""
        specs = [self._with_people(spec) for spec in self.services.specs() if spec.name in self.beside]
        specs += [self._spec(service, role) for service, role in self.roles]
        children = [child_of(spec, self.stack.home) for spec in specs]
        try:
            with ThreadPoolExecutor(len(children)) as pool:
                list(pool.map(Child.start, children))
            yield {child.name: child.pid for child in children if child.pid is not None}
        finally:
            with ThreadPoolExecutor(len(children)) as pool:
                list(pool.map(Child.stop, children))

    def _with_people(self, spec: ProcessSpec) -> ProcessSpec:
        """The issuer with a table of users of its own, where somebody is added; any other as it is."""
        if spec.name != "issuer" or not self.more_people:
            return spec
        path = self.stack.home.path / "bench-users.json"
        more = [{"subject": one.subject, "roles": one.roles, "areas": one.areas} for one in self.more_people]
        write_private(path, json.dumps([*as_table(), *more]))
        argv = list(spec.argv)
        argv[argv.index("--users") + 1] = str(path)
        return replace(spec, argv=argv)

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
