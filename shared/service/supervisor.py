"""Runs the parts of a process side by side: they start together, and when one fails the process stops.

A part that ends by itself has failed too: every part runs until it is told to stop. A supervisor outside (systemd,
Kubernetes, `payung up`) starts the process anew, with nothing half-running left behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from shared.health import StuckError
from shared.service.exit_codes import ExitCode

log = structlog.get_logger(__name__)

CANCEL_WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Part:
    """Something that runs until the event is set; it finishes its running work then, and returns."""

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]


class PartEndedError(Exception):
    """A part returned although nobody had asked it to stop."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.safe_message = f"The part {name} ended by itself; parts run until they are stopped."


class Supervisor:
    """Runs ``parts``, and ``attendants`` (health pages, watchdog) from before their start until after their end."""

    def __init__(
        self,
        parts: Sequence[Part],
        attendants: Sequence[Part],
        *,
        graceful_timeout_s: float,
        stop: asyncio.Event,
        on_failure: Callable[[], None],
    ) -> None:
        self._parts = parts
        self._attendants = attendants
        self._graceful_timeout_s = graceful_timeout_s
        self._stop = stop
        self._on_failure = on_failure
        self._attendants_stop = asyncio.Event()
        self._code = ExitCode.CLEAN

    async def run(self, gate: Callable[[asyncio.Event], Awaitable[None]]) -> ExitCode:
        """Run until the stop event is set or something fails. The parts start when ``gate`` returns."""
        attendants = {self._start(part.name, part.run, self._attendants_stop) for part in self._attendants}
        opening = self._start("gate", gate, self._stop, may_end=True)
        await self._until_stop_or_end({opening} | attendants)
        parts: set[asyncio.Task[None]] = set()
        if opening.done() and not self._stop.is_set():
            parts = {self._start(part.name, part.run, self._stop) for part in self._parts}
            log.info("started", components=[part.name for part in self._parts])
            await self._until_stop_or_end(parts | attendants)
        self._stop.set()
        await self._drain(parts | {opening})
        self._attendants_stop.set()
        await self._drain(attendants)
        log.info("stopped", exit_code=int(self._code))
        return self._code

    def _start(
        self,
        name: str,
        run: Callable[[asyncio.Event], Awaitable[None]],
        stop: asyncio.Event,
        *,
        may_end: bool = False,
    ) -> asyncio.Task[None]:
        async def guarded() -> None:
            try:
                await run(stop)
            except asyncio.CancelledError:
                if not stop.is_set():  # not by us: something inside gave up
                    self._fail(name, PartEndedError(name))
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the process stops and says why
                self._fail(name, error)
            else:
                if not may_end and not stop.is_set():
                    self._fail(name, PartEndedError(name))

        return asyncio.create_task(guarded(), name=name)

    def _fail(self, name: str, error: Exception) -> None:
        self._code = ExitCode.STUCK if isinstance(error, StuckError) else ExitCode.FAILED
        log.error("part_failed", component=name, exc_info=error)
        self._on_failure()
        self._stop.set()

    async def _until_stop_or_end(self, tasks: set[asyncio.Task[None]]) -> None:
        stopping = asyncio.create_task(_wait_for(self._stop), name="stop")
        await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    async def _drain(self, tasks: set[asyncio.Task[None]]) -> None:
        """Let ``tasks`` finish within the graceful time-out, then cancel what is left."""
        if not tasks:
            return
        _, running = await asyncio.wait(tasks, timeout=self._graceful_timeout_s)
        if running:
            log.warning("cancelled_after_grace", components=sorted(task.get_name() for task in running))
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=CANCEL_WAIT_S)


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()
