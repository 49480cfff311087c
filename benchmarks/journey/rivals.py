"""The other two ways, put up on the same stack: raw clients in this process, plain code in two processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.arena import Arena
from benchmarks.contestant import BenchError
from benchmarks.journey import plain
from benchmarks.journey.client import Desk
from benchmarks.journey.drive import Driver
from benchmarks.journey.floor import floor
from benchmarks.journey.notices import watching_notices
from benchmarks.journey.officers import Officer
from deploy.local import ports

PROJECT: Final = Path(__file__).resolve().parents[2]
_PARTITIONS: Final = 6
_START_S: Final = 30.0


@contextlib.asynccontextmanager
async def raw_driver(arena: Arena, bodies: Iterator[bytes]) -> AsyncIterator[Driver]:
    """Raw clients."""
    async with arena.database() as url, _topic(arena.bootstrap) as topic, floor(url, arena.bootstrap, topic) as made:
        yield Driver(made.register, bodies, made.seen)


@contextlib.asynccontextmanager
async def plain_driver(arena: Arena, bodies: Iterator[bytes]) -> AsyncIterator[Driver]:
    """Plain code."""
    async with arena.database() as url, _topic(arena.bootstrap) as topic:
        await plain.create_tables(url)
        port = ports.choose()
        given = {"url": url, "bootstrap": arena.bootstrap, "topic": topic, "port": port}
        async with _process("api", given), _process("worker", given):
            await _listening(port)
            desk = Desk(f"http://127.0.0.1:{port}", [Officer("nobody", "none")])
            await desk.open()
            async with watching_notices(url) as notices:
                yield Driver(desk.register, bodies, notices.seen)
            desk.close()


@contextlib.asynccontextmanager
async def _topic(bootstrap: str) -> AsyncIterator[str]:
    name = f"bench-journey-{secrets.token_hex(5)}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, _PARTITIONS, 1)])
        yield name
        await admin.delete_topics([name])
    finally:
        await admin.close()


@contextlib.asynccontextmanager
async def _process(role: str, given: dict[str, object]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.journey.plain", role),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])},
        start_new_session=True,
    )
    if process.stdin is None:
        raise BenchError("A process without standard input cannot be told what to do.")
    process.stdin.write(json.dumps(given).encode() + b"\n")
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(_START_S):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.1)
