"""Stopping in three steps: finish what runs, then cancel it, then end the process whatever hangs.

The last step is a thread's: it works when the event loop itself hangs, as aiokafka's stop can while no broker
answers (aiokafka#659). A second signal ends the process at once.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable

import structlog

from shared.service.exit_codes import ExitCode

log = structlog.get_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def end_process(code: int) -> None:
    """End now: no cleaning up, no waiting. The streams are flushed as far as that goes at once."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class HardStop:
    """A timer that ends the process when stopping takes too long. It says where each thread stands (code only)."""

    def __init__(self, timeout_s: float, end: Callable[[int], None] = end_process) -> None:
        self._timeout_s = timeout_s
        self._end = end
        self._timer: threading.Timer | None = None

    def start(self) -> None:
        """Begin to count; a second call changes nothing."""
        if self._timer is None:
            self._timer = threading.Timer(self._timeout_s, self._fire)
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        """Stop counting: for tests, whose process goes on."""
        if self._timer is not None:
            self._timer.cancel()

    def _fire(self) -> None:
        log.error("stop_hung", limit_s=self._timeout_s, exit_code=int(ExitCode.HUNG))
        try:
            faulthandler.dump_traceback(all_threads=True)
        finally:
            self._end(ExitCode.HUNG)


class StopSignals:
    """Turns the first SIGTERM or SIGINT into ``on_first``, and the second into the end of the process."""

    def __init__(self, on_first: Callable[[], None], end: Callable[[int], None] = end_process) -> None:
        self._on_first = on_first
        self._end = end
        self._seen = False

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen. The handlers go with the loop."""
        for number in SIGNALS:
            loop.add_signal_handler(number, self.receive, number)

    def receive(self, number: signal.Signals) -> None:
        """What happens on a signal."""
        if self._seen:
            log.warning("ended_by_second_signal", signal=number.name, exit_code=128 + number)
            self._end(128 + number)
            return
        self._seen = True
        log.info("stop_requested", signal=number.name)
        self._on_first()
