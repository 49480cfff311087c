"""`python -m benchmarks import`: puts the parts together."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import uvloop

from benchmarks.arena import Arena, own_stack
from benchmarks.contestant import BenchError
from benchmarks.month.profile import Profiler
from benchmarks.report import describe_machine
from benchmarks.role_processes import RoleProcesses
from benchmarks.roster_import.others import store_plainly, store_raw
from benchmarks.roster_import.ours import Imported, Sample, import_roster, make_sample, register_roster
from benchmarks.roster_import.result import ImportReport, Other
from benchmarks.run import postgresql_version
from deploy.local.stack import Say
from deploy.sandbox.programme.offices import Offices

FEWEST_ROWS: Final = 10_000
PLAIN_ROWS: Final = 2_000
ROLES: Final = (("enrolment", "api"), ("enrolment", "jobs"))
HTTP_TIMEOUT_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What to measure: ``rows`` of a roster, ``repeats`` different ones."""

    rows: int = 100_000
    repeats: int = 3
    keep: bool = False


def bench_import(wish: Wish, say: Say) -> ImportReport:
    """Measure on a stack of its own. Raises BenchError, ProgrammeError or LocalRunError with what to do."""
    if wish.rows < FEWEST_ROWS or wish.repeats < 1:
        raise BenchError(f"Give at least {FEWEST_ROWS:,} rows and one repeat; fewer say nothing.")
    load_before = os.getloadavg()[0]
    with (
        own_stack(say, keep=wish.keep) as stack,
        tempfile.TemporaryDirectory(prefix="payung-import-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        processes = RoleProcesses.of(stack, ROLES)
        processes.services.migrate()
        say(f"Making up {wish.repeats} rosters of {wish.rows:,} rows.")
        warm_up = make_sample(Path(folder) / "small", wish.rows // 10, seed=100)
        samples = [make_sample(Path(folder) / str(seed), wish.rows, seed) for seed in range(1, wish.repeats + 1)]
        return runner.run(_measure(processes, warm_up, samples, load_before, say))


async def _measure(
    processes: RoleProcesses, warm_up: Sample, samples: list[Sample], load_before: float, say: Say
) -> ImportReport:
    stack, arena = processes.stack, Arena.of(processes.stack)
    if stack.postgres is None:
        raise BenchError("The import is measured with a database server of its own.")
    with processes.running() as pids:
        async with httpx.AsyncClient(trust_env=False, timeout=HTTP_TIMEOUT_S) as http:
            offices = Offices(processes.addresses, http)
            await import_roster(offices, warm_up)
            small_mb = _peaks(pids)
            profiler = Profiler(pids, stack.postgres.pid or 0)
            profiler.start()
            runs = [await _run(offices, sample, say) for sample in samples]
            usage = profiler.stop()
            register_s = await register_roster(offices, runs[-1].roster_id)
    floor = [await _raw(arena, sample) for sample in samples]
    async with arena.database() as url:
        plain_s, plain_rows = await store_plainly(url, samples[0].file, PLAIN_ROWS)
    return ImportReport(
        runs=runs,
        registered=samples[-1].expected["registered"],
        register_s=register_s,
        small_mb={name: small_mb[name] for name, _ in _measured_names(pids)},
        usage=usage,
        floor=Other(samples[0].rows, sorted(floor)[len(floor) // 2]),
        plain=Other(plain_rows, plain_s),
        machine=describe_machine(stack.broker_kind, await postgresql_version(arena), load_before),
        remarks=[
            f"Median of {len(runs)} different rosters, after one of {warm_up.rows:,} rows; plain code was given "
            f"{plain_rows:,} rows."
        ],
    )


async def _run(offices: Offices, sample: Sample, say: Say) -> Imported:
    done = await import_roster(offices, sample)
    say(f"{sample.rows:,} rows in {done.elapsed_s:.2f} s (upload {done.upload_s:.2f}, read {done.read_s:.2f}).")
    return done


async def _raw(arena: Arena, sample: Sample) -> float:
    async with arena.database() as url:
        return await store_raw(url, sample.file)


def _measured_names(pids: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(name, pid) for name, pid in pids.items() if name.startswith("enrolment")]


def _peaks(pids: Mapping[str, int]) -> dict[str, float]:
    """Peak resident memory by process, in MB."""
    found = {}
    for name, pid in _measured_names(pids):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0")
        found[name] = int(line.split()[1]) / 1024
    return found
