"""A process whose part does not let itself be stopped: ``asks`` ignores cancellation, ``computes`` blocks the loop."""

from __future__ import annotations

import asyncio
import sys
import time

from shared.service.stopping import HardStop, StopSignals
from shared.service.supervisor import Part, Supervisor
from shared.telemetry.logging import configure_logging


async def _asks(stop: asyncio.Event) -> None:
    """Like a client's stop that waits for a broker which is gone, and begins again when cancelled."""
    await stop.wait()
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue


async def _computes(stop: asyncio.Event) -> None:
    await stop.wait()
    time.sleep(60)  # noqa: ASYNC251 - the fault under test


async def _nothing_to_wait_for(_: asyncio.Event) -> None:
    return


async def _main(kind: str) -> int:
    configure_logging(service="stubborn", role=kind, log_format="json")
    stop = asyncio.Event()
    hard_stop = HardStop(timeout_s=0.8)

    def begin_to_stop() -> None:
        hard_stop.start()
        stop.set()

    StopSignals(begin_to_stop).install(asyncio.get_running_loop())
    part = Part("stubborn", {"asks": _asks, "computes": _computes}[kind])
    supervisor = Supervisor([part], [], graceful_timeout_s=0.2, stop=stop, on_failure=begin_to_stop)
    return await supervisor.run(_nothing_to_wait_for)


sys.exit(asyncio.run(_main(sys.argv[1])))
