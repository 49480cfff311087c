"""The whole platform as single processes: each service's roles apart, two relays and workers for some, the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from deploy.local.errors import LocalRunError
from deploy.local.service_processes import ServiceProcesses
from deploy.local.stack import database_variable
from deploy.local.state import ProcessSpec, RunState
from shared.contracts.catalogue import RUNNING_SERVICES
from tests.faults.forked import ForkedProcesses, Program
from tests.faults.ground import Ground
from tests.faults.kept import Kept
from tests.faults.tally import Tally

ROLES: Mapping[str, Mapping[str, int]] = {
    "enrolment": {"api": 1, "worker": 2, "relay": 2, "jobs": 1},
    "subsidy": {"api": 1, "worker": 2, "relay": 2, "jobs": 2},
    "compliance": {"api": 1, "relay": 1, "jobs": 1},
    "notification": {"api": 1, "worker": 1, "relay": 1, "jobs": 1},
}
POINTS: Mapping[str, tuple[str, ...]] = {
    "api": ("before_db_commit", "after_db_commit"),
    "worker": (
        *("before_db_commit", "after_db_commit", "before_offset_commit", "after_offset_commit"),
        *("before_park_commit", "after_park_commit"),
    ),
    "relay": ("before_produce", "after_produce", "after_outbox_delete"),
    "jobs": ("before_db_commit", "after_db_commit"),
    "sandbox": (
        *("before_receive_commit", "after_receive_commit", "after_move", "after_plan_commit"),
        *("before_answer_rename", "after_answer_rename"),
    ),
}
# Small batches: more commits to be killed between. A dead worker is missed after six seconds instead of fifteen.
SETTINGS = {
    "PAYUNG_TESTING": "1",
    "PAYUNG_OPS_PORT": "0",
    "PAYUNG_RELAY_BATCH_SIZE": "1000",
    "PAYUNG_CONSUMER_BATCH_SIZE": "1000",
    "PAYUNG_CONSUMER_SESSION_TIMEOUT_MS": "6000",
    "PAYUNG_LOG_FORMAT": "json",
}
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
READY_WITHIN_S = 90.0


@dataclass
class Platform:
    """The running processes by name, and the addresses of what answers HTTP."""

    ground: Ground
    forked: ForkedProcesses
    tally: Tally
    processes: ServiceProcesses
    plants: Sequence[str] = ()
    kept: dict[str, Kept] = field(default_factory=dict)

    def service_program(self, service: str, arguments: Sequence[str], more: Mapping[str, str], log: str) -> Program:
        """A role of a service, behind its proxies."""
        environment = {
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            **self.processes.environment(service),
            **SETTINGS,
            "PAYUNG_KAFKA_BOOTSTRAP": self.ground.proxied_bootstrap(service),
            database_variable(service): self.ground.proxied_database(service),
            **more,
        }
        place = self.ground.home.logs / f"{log}.log"
        plants = () if arguments[0] in {"migrate", "verify"} else self.plants
        return Program(f"services.{service}.app:SERVICE", arguments, environment, place, plants)

    async def run(self, service: str, arguments: Sequence[str], timeout_s: float = 300.0) -> int:
        """Run a role that ends by itself; gives its exit code."""
        return await self.forked.run(
            self.service_program(service, arguments, {}, f"{service}-{arguments[0]}"), timeout_s
        )

    def _add_service(self, service: str) -> None:
        for role, count in ROLES[service].items():
            for number in range(1, count + 1):
                name = f"{service} {role}" + (f" {number}" if count > 1 else "")
                self.kept[name] = Kept(
                    name,
                    f"{service} {role}",
                    self.forked,
                    self.tally,
                    lambda more, role=role, name=name: self.service_program(  # type: ignore[misc]
                        service, [role], more, name.replace(" ", "-")
                    ),
                    POINTS[role],
                    lambda point, passage: {"PAYUNG_CRASH_POINT": f"{point}:{passage}"},
                )

    def _add_helper(self, spec: ProcessSpec, target: str, points: tuple[str, ...]) -> None:
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"PAYUNG_TESTING": "1"}
        log = self.ground.home.logs / f"{spec.name}.log"
        self.kept[spec.name] = Kept(
            spec.name,
            spec.name,
            self.forked,
            self.tally,
            lambda more: Program(target, list(spec.argv[3:]), {**environment, **more}, log),
            points,
            lambda point, _: {"PAYUNG_CRASH_BPJS": point},
        )


@contextlib.asynccontextmanager
async def running(
    ground: Ground,
    forked: ForkedProcesses,
    tally: Tally,
    plants: Sequence[str] = (),
    before_start: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[Platform]:
    """The platform on ``ground``, migrated and answering, until the block ends.

    ``plants`` are functions ``module:name`` that each process of a service calls before it begins (planted bugs).
    ``before_start`` is called when the databases are migrated and nothing runs yet.
    """
    state = RunState(os.getpid(), "", "kafka", ground.kafka_bootstrap, True, ground.database_urls)
    platform = Platform(ground, forked, tally, ServiceProcesses(ground.home, state), plants)
    codes = await asyncio.gather(*(platform.run(service, ["migrate"]) for service in RUNNING_SERVICES))
    if any(codes):
        raise LocalRunError(f"A database could not be migrated. Look into {ground.home.logs}.")
    if before_start is not None:
        await before_start()
    for service in RUNNING_SERVICES:
        platform._add_service(service)
    by_name = {spec.name: spec for spec in platform.processes.specs()}
    platform._add_helper(by_name["issuer"], "deploy.local.issuer:main", ())
    platform._add_helper(by_name["bpjs-sandbox"], "deploy.sandbox.bpjs.__main__:main", POINTS["sandbox"])
    keeping = [asyncio.create_task(one.keep(), name=one.name) for one in platform.kept.values()]
    try:
        await _all_answer(platform)
        yield platform
    finally:
        await asyncio.gather(*(one.stop() for one in platform.kept.values()))
        await asyncio.gather(*keeping, return_exceptions=True)


async def _all_answer(platform: Platform) -> None:
    """Wait until issuer and APIs answer anything at all."""
    addresses = platform.processes.addresses
    urls = [f"{addresses.issuer}/jwks.json", *(f"{url}/v1/summary" for url in addresses.services.values())]
    async with httpx.AsyncClient(trust_env=False, timeout=2.0) as http, asyncio.timeout(READY_WITHIN_S):
        for url in urls:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    await http.get(url)
                    break
                await asyncio.sleep(0.1)
