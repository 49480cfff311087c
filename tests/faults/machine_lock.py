"""Lets other heavy work of the machine go in between two months: a lock file is held during each of them.

While somebody else has it, the whole platform is frozen, broker and database included, as when a laptop is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from tests.faults.platform import Platform


@contextlib.asynccontextmanager
async def machine_lock(lock: Path | None, platform: Platform | None = None) -> AsyncIterator[None]:
    """Hold ``lock`` for the block; ``platform`` does nothing at all while it waits. Without a lock: at once."""
    if lock is None:
        yield
        return
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            async with _frozen(platform):
                await asyncio.to_thread(_wait_for, file)
        yield


def _wait_for(file: BinaryIO) -> None:
    fcntl.flock(file, fcntl.LOCK_EX)


@contextlib.asynccontextmanager
async def _frozen(platform: Platform | None) -> AsyncIterator[None]:
    if platform is None:
        yield
        return
    ground = (platform.ground.postgres, platform.ground.kafka)
    for one in platform.kept.values():
        one.signal(signal.SIGSTOP)
    for child in ground:
        await asyncio.to_thread(child.pause)
    try:
        yield
    finally:
        for child in ground:
            await asyncio.to_thread(child.resume)
        for one in platform.kept.values():
            one.signal(signal.SIGCONT)
