"""The parent's hand on measured processes: started, listened to, waited for within bounds, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from benchmarks.assignment import Assignment, Sample
from shared.invariants import require_some

PROJECT = Path(__file__).resolve().parents[1]
POLL_S = 0.01
# Contestants that get nowhere for so long have failed.
STALL_S = 60.0
STOP_WITHIN_S = 20.0
_PIPED = "The process was started with pipes."


class BenchError(Exception):
    """The benchmark could not be carried out; the text says why and what to do."""


class Contestant:
    """One process. Made by `running`."""

    def __init__(self, assignment: Assignment, process: asyncio.subprocess.Process, log: Path) -> None:
        self.role = assignment.role
        self.started_s = time.monotonic()
        self.samples: list[Sample] = []
        self._process = process
        self._log = log
        self._listener = asyncio.create_task(self._listen())

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def latest(self) -> Sample:
        """Its last word."""
        return self.samples[-1] if self.samples else Sample(0.0, 0, is_ready=False)

    async def _listen(self) -> None:
        async for line in require_some(self._process.stdout, _PIPED):
            self.samples.append(Sample.from_line(line))

    def check_alive(self) -> None:
        """Raise BenchError if it has ended."""
        if self._listener.done():
            raise BenchError(f"The process {self.role} ended by itself. The end of its log:\n{self.log_tail()}")

    async def stop(self) -> None:
        """End it: by the end of its standard input, or by force."""
        with contextlib.suppress(OSError):
            require_some(self._process.stdin, _PIPED).close()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._listener.cancel()

    def log_tail(self) -> str:
        """The end of what it wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-3000:].strip() or "(nothing)"


async def _start(assignment: Assignment, log: Path) -> Contestant:
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl+C is for the parent, which ends its children in order
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])},
        )
    require_some(process.stdin, _PIPED).write(assignment.to_line())
    return Contestant(assignment, process, log)


@contextlib.asynccontextmanager
async def running(*assignments: Assignment) -> AsyncIterator[Sequence[Contestant]]:
    """Processes for ``assignments``, all ready to begin; they are ended with the block."""
    contestants: list[Contestant] = []
    with tempfile.TemporaryDirectory(prefix="payung-bench-") as folder:
        try:
            for number, assignment in enumerate(assignments):
                contestants.append(await _start(assignment, Path(folder) / f"{number}.log"))
            await _until(contestants, lambda: all(one.latest.is_ready for one in contestants))
            yield contestants
        finally:
            await asyncio.gather(*(contestant.stop() for contestant in contestants))


async def until_done(contestants: Sequence[Contestant], events: int) -> float:
    """Wait until they have done ``events`` together since their start.

    Gives the moment of the last one (`time.monotonic`). Raises BenchError when one ends or all stand still.
    """
    await _until(contestants, lambda: sum(one.latest.done for one in contestants) >= events)
    return max(one.latest.at_s for one in contestants)


async def _until(contestants: Sequence[Contestant], is_reached: Callable[[], bool]) -> None:
    known, give_up_at = -1, 0.0
    while not is_reached():
        for contestant in contestants:
            contestant.check_alive()
        heard = sum(len(contestant.samples) for contestant in contestants)
        if heard != known:
            known, give_up_at = heard, time.monotonic() + STALL_S
        elif time.monotonic() > give_up_at:
            figures = ", ".join(f"{one.role} has done {one.latest.done}" for one in contestants)
            logs = "\n".join(one.log_tail() for one in contestants)
            raise BenchError(f"Nothing has moved for {STALL_S:.0f} s ({figures}). The ends of their logs:\n{logs}")
        await asyncio.sleep(POLL_S)
