"""The main job on a laptop: ground, services, sample world, the month, verification. Repeating it changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx

from deploy.local import supervisor
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.service_processes import ServiceProcesses
from deploy.local.verification import verify_home
from deploy.sandbox.programme.journey import Outcome, run
from deploy.sandbox.programme.offices import Addresses, Offices
from deploy.sandbox.programme.plan import Plan, make_plan, overdue_month
from deploy.sandbox.province import MANIFEST, Wish, generate
from shared.clock import SystemClock, local_date
from shared.periods import Month
from shared.verification.platform import Verified

START_TIMEOUT_S = 120.0
VERIFY_WAIT_S = 30.0
Report = Callable[[str, float], None]


@dataclass(frozen=True)
class World:
    """The size of the sample world."""

    workers: int = 10_000
    employers: int = 300
    seed: int = 1


@dataclass(frozen=True)
class Done:
    """What the main job did, and where what runs can be reached."""

    plan: Plan
    outcome: Outcome
    verified: Verified
    addresses: Addresses
    start_s: float
    sample_s: float
    elapsed_s: float


def start_services(home: Path, report: Report) -> ServiceProcesses:
    """Start the services on a ground that runs already, or find them running.

    Raises:
        LocalRunError: nothing runs there, or a service does not start; the text says what to do.
    """
    state = supervisor.status(home)
    if state is None:
        raise LocalRunError("Nothing runs here. Start it with: make up")
    processes = ServiceProcesses(Home.open(home), state)
    processes.leave_taken_ports()
    specs = processes.specs()
    healthy = {one.name for one in state.processes if one.healthy}
    if not {spec.name for spec in specs} <= healthy:
        report("Basis data disiapkan (databases)", 0.1)
        processes.migrate()
        report("Layanan dinyalakan (services)", 0.5)
    supervisor.hold(home, specs, timeout_s=START_TIMEOUT_S)
    return processes


def sample_folder(home: Path, world: World, month: Month) -> Path:
    """The sample world's files with the wages of ``month``, made once and kept.

    Its people stay those of the first month that was made here: a later month is another report of theirs, and no
    second list of people.
    """
    parent, name = home / "sample", f"{world.workers}-{world.employers}-{world.seed}-"
    folder = parent / f"{name}{month}"
    if not (folder / MANIFEST).exists():
        made = min((path.parent.name for path in parent.glob(f"{name}*/{MANIFEST}")), default=folder.name)
        people_of = Month.parse(made.removeprefix(name))
        generate(Wish(world.workers, world.employers, world.seed, month, people_of=people_of), folder)
    return folder


def carry_out(home: Path, world: World, began_at: float, report: Report) -> Done:
    """Do the main job for the present month; ``began_at`` (time.monotonic) is when the person began to wait.

    Raises:
        LocalRunError, ProgrammeError, VerificationError: a part did not go through; the text says what to do.
    """
    started = time.monotonic()
    processes = start_services(home, report)
    start_s = time.monotonic() - started
    today = local_date(SystemClock().now())
    reported = overdue_month(today)
    making = time.monotonic()
    report("Contoh dunia (sample world)", 0.9)
    folder = sample_folder(home, world, reported)
    sample_s = time.monotonic() - making
    plan = make_plan(folder, Month.of(today))
    outcome = asyncio.run(_journey(processes.addresses, plan, today, report))
    report("Verifikasi (verify)", 0.95)
    verified = verify_home(home, VERIFY_WAIT_S)
    report("Selesai (done)", 1.0)
    elapsed_s = time.monotonic() - began_at
    return Done(plan, outcome, verified, processes.addresses, start_s, sample_s, elapsed_s)


async def _journey(addresses: Addresses, plan: Plan, today: date, report: Report) -> Outcome:
    # No proxy: everything is on this machine.
    async with httpx.AsyncClient(trust_env=False, timeout=120.0) as http:
        return await run(Offices(addresses, http), plan, today, report)
