"""Runs many seeds, in as many processes as there are cores, over one server."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.local import lifeline
from tests.simulation.history import Simulator, Verdict
from tests.simulation.machines import make_templates, open_machines
from tests.simulation.server import Server, forgetful_server

RUN: Final = "run"
COMPARE: Final = "compare"
# The module of this run and what stands before its arguments: each of its processes begins in the same way.
BEGUN_AS: Final = ["tests.simulation"]
_NICE: Final = shutil.which("nice")
LETS_OTHERS_GO_FIRST: Final = (_NICE, "-n", "5") if _NICE else ()


@dataclass
class Tally:
    """What came of many seeds."""

    seeds: int = 0
    faults: int = 0
    seconds: float = 0.0
    failed: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        """Count one."""
        self.seeds += 1
        self.faults += len(verdict.struck)
        if verdict.anomalies:
            self.failed.append(verdict)


@contextlib.contextmanager
def arena() -> Iterator[tuple[Server, dict[str, str]]]:
    """A server with the templates in it."""
    with forgetful_server() as server:
        yield server, run_async(make_templates(server))


@contextlib.asynccontextmanager
async def open_simulator(server: Server, templates: dict[str, str]) -> AsyncIterator[Simulator]:
    """A simulator in this process."""
    with tempfile.TemporaryDirectory(prefix="payung-sim-", dir=server.socket_folder.parent) as folder:
        async with open_machines(server, templates, Path(folder)) as machines:
            yield Simulator(machines, Path(folder) / "world")


def run_async(work: Any) -> Any:
    """Run a coroutine to its end on the quickest loop that there is."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def run_spread(
    first: int,
    last: int,
    processes: int,
    tell: Callable[[Verdict], None],
    *,
    mode: str = RUN,
    stop_after: int = 20,
    also: Sequence[int] = (),
) -> Tally:
    """Run seeds ``first`` to ``last`` and ``also``, each ``processes``-th in one process.

    Stops after so many failed ones. The processes let everything else on the machine go first: no clock is looked at.
    """
    tally = Tally()
    started = asyncio.get_running_loop().time()
    with forgetful_server() as server:
        templates = await make_templates(server)
        shares = [range(first + number, last + 1, processes) for number in range(processes)]
        crew = [
            await _start(server, templates, share, also[number::processes], mode) for number, share in enumerate(shares)
        ]
        try:
            await asyncio.gather(*(_listen(member, tally, tell, stop_after) for member in crew))
        finally:
            for member in crew:
                with contextlib.suppress(ProcessLookupError):
                    member.kill()
                await member.wait()
    tally.seconds = asyncio.get_running_loop().time() - started
    return tally


async def _start(
    server: Server, templates: dict[str, str], seeds: range, also: Sequence[int], mode: str
) -> asyncio.subprocess.Process:
    order: dict[str, Any] = {"socket": str(server.socket_folder), "templates": templates, "mode": mode}
    order |= {"first": seeds.start, "end": seeds.stop, "step": seeds.step, "also": also}
    return await asyncio.create_subprocess_exec(
        *tied(*LETS_OTHERS_GO_FIRST, sys.executable, "-m", *BEGUN_AS, "--member", json.dumps(order)),
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )


def tied(*command: str) -> list[str]:
    """The command of a process that dies with this one, however that happens."""
    tie = [str(os.getpid()), str(int(signal.SIGKILL)), str(lifeline.KEEP), str(lifeline.KEEP)]
    return [sys.executable, "-I", "-S", lifeline.__file__, "exec", *tie, *command]


async def _listen(
    member: asyncio.subprocess.Process, tally: Tally, tell: Callable[[Verdict], None], stop_after: int
) -> None:
    assert member.stdout is not None
    async for line in member.stdout:
        if not line.startswith(b'{"seed"'):
            continue
        verdict = Verdict(**json.loads(line))
        tally.add(verdict)
        tell(verdict)
        if len(tally.failed) >= stop_after:
            member.kill()
    if await member.wait() not in (0, -9):
        raise RuntimeError(f"A process of the simulation ended with {member.returncode}; what it said stands above.")


def be_member(order: str) -> None:
    """Run the seeds of an order, one after the other, and print a line for each."""
    given = json.loads(order)
    seeds = [*given["also"], *range(given["first"], given["end"], given["step"])]
    run_async(_work(Server(Path(given["socket"])), given["templates"], seeds, given["mode"]))


async def _work(server: Server, templates: dict[str, str], seeds: Sequence[int], mode: str) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    async with open_simulator(server, templates) as simulator:
        for seed in seeds:
            verdict = await (simulator.compare(seed) if mode == COMPARE else simulator.run(seed))
            whole = asdict(verdict) | {"lines": verdict.lines if verdict.anomalies else [], "state": []}
            sys.stdout.write(json.dumps(whole) + "\n")
            sys.stdout.flush()
