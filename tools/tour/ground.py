"""A whole Payung in a temporary home: broker, databases, services, the pretended branch, a list of a few people."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import FrameType

from deploy.cli.main_job import start_services
from deploy.cli.topics import apply_catalogue
from deploy.local import supervisor
from deploy.local.errors import LocalRunError
from deploy.local.service_processes import ServiceProcesses
from deploy.local.stack import destroy
from deploy.sandbox.province import Wish, generate
from shared.clock import SystemClock, local_date
from shared.periods import Month
from tools.tour.page import Page

PREFIX = "payung-tour-"
WORKERS, SEED = 6, 3
END_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Ground:
    """What the tour walks on."""

    processes: ServiceProcesses
    sample: Path
    today: date


@contextmanager
def ground(page: Page) -> Iterator[Ground]:
    """Everything started, and stopped and removed afterwards, also after Ctrl-C or a SIGTERM.

    Raises:
        LocalRunError: something is missing or does not start; the text says what to do.
    """
    for name in [name for name in os.environ if name.startswith("PAYUNG_")]:
        del os.environ[name]  # settings of another Payung, whose data would be touched
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        page.say("Starting Kafka, PostgreSQL and the services in a home of their own (half a minute) ...")
        state = supervisor.start(home, say=page.say).state
        apply_catalogue(state.kafka_bootstrap)
        processes = start_services(home, lambda _step, _share: None)
        today = local_date(SystemClock().now())
        generate(Wish(WORKERS, 0, SEED, Month.of(today)), home / "sample")
        yield Ground(processes, home / "sample", today)
    finally:
        _remove(home)
        signal.signal(signal.SIGTERM, before)


def _remove(home: Path) -> None:
    """Stop everything and remove the home, again while something that was only starting still writes into it.

    Raises:
        LocalRunError, OSError: something would not end, or the home cannot be removed.
    """
    give_up_at = time.monotonic() + END_TIMEOUT_S
    while home.exists():
        try:
            supervisor.stop(home)
            destroy(home)
        except (LocalRunError, OSError):
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.2)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
