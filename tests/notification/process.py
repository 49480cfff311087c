"""Runs the delivery as the jobs role would, in a process of its own that a test kills.

Processes are forked from a server that has imported everything, since a fresh interpreter takes seconds.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from contextlib import AsyncExitStack
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from services.notification.app import SERVICE
from services.notification.settings import NotificationSettings
from shared.clock import SystemClock
from shared.database import Database
from shared.ids import RandomIds
from shared.messaging import crash
from shared.messaging.outbox import Outbox
from shared.service import Context
from shared.service.jobs import table
from shared.telemetry.logging import configure_logging


async def _work(url: str, settings: NotificationSettings) -> None:
    database, clock = Database(url, pool_size=3), SystemClock()
    outbox = Outbox(database, SERVICE.name, SERVICE.catalogue, clock, RandomIds())
    async with AsyncExitStack() as closing:
        context = Context(settings, SERVICE.catalogue, database, outbox, clock, outbox.ids, closing)
        [job] = [job for job in SERVICE.jobs_for(context) if job.name == "deliver"]
        while True:
            # As the runner does, but without waiting for the next second.
            async with outbox.unit_of_work() as lock:
                if await table.try_lock(lock, job.name):
                    await job.handler(lock, "now")
            async with database.transaction() as tx:
                left = await tx.fetch_value(
                    "SELECT (SELECT count(*) FROM message WHERE state = 'queued' AND not_before <= now())"
                    " + (SELECT count(*) FROM delivery_batch WHERE closed_at IS NULL)"
                )
            if not left:
                break
            await asyncio.sleep(0.05)
    await database.close()


def _run(url: str, settings: dict[str, Any], point: str | None, log_path: Path) -> None:
    with log_path.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    if point:
        os.environ |= {"PAYUNG_TESTING": "1", "PAYUNG_CRASH_POINT": point}
    crash._ARMED, crash._passages = crash._armed(), 0
    configure_logging(service="notification", role="jobs", level="DEBUG", log_format="json")
    asyncio.run(_work(url, NotificationSettings(**settings)))


def start(url: str, settings: dict[str, Any], log_path: Path, point: str | None = None) -> BaseProcess:
    """Start a process that delivers until nothing is queued; ``point`` arms a crash point in it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_run, args=(url, settings, point, log_path), daemon=True)
    process.start()
    return process


async def end_of(process: BaseProcess, timeout_s: float = 60.0) -> int:
    """Wait for its end; gives the exit code, negative for a signal."""
    await asyncio.to_thread(process.join, timeout_s)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError("The delivery did not end.")
    return process.exitcode
