"""Opens what outlives seeds in one process: databases from templates, keys, folders, an event loop without threads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from services.compliance.app import SERVICE as COMPLIANCE
from services.enrolment.app import SERVICE as ENROLMENT
from services.notification.app import SERVICE as NOTIFICATION
from services.subsidy.app import SERVICE as SUBSIDY
from shared.privacy import new_key_line
from shared.service.declaration import AnyService
from tests.simulation import databases
from tests.simulation.node import Machine
from tests.simulation.server import Server, fresh_name

SERVICES: Final[tuple[AnyService, ...]] = (COMPLIANCE, ENROLMENT, NOTIFICATION, SUBSIDY)
ResultT = TypeVar("ResultT")


class _Inline(ThreadPoolExecutor):
    """Does at once what would go to a thread: with one actor at a time there is nobody to wait for."""

    def submit(self, fn: Callable[..., ResultT], /, *arguments: Any, **named: Any) -> Future[ResultT]:
        done: Future[ResultT] = Future()
        try:
            done.set_result(fn(*arguments, **named))
        except BaseException as error:
            done.set_exception(error)
        return done


async def make_templates(server: Server) -> dict[str, str]:
    """A template database for each service, by service."""
    return {service.name: await databases.make_template(server, service) for service in SERVICES}


@contextlib.asynccontextmanager
async def open_machines(
    server: Server, templates: Mapping[str, str], folder: Path
) -> AsyncIterator[dict[str, Machine]]:
    """The machines of one process; ``folder`` is its own."""
    asyncio.get_running_loop().set_default_executor(_Inline(1))
    quiet()
    keys = _keys(folder / "keys")
    settings: dict[str, dict[str, Any]] = {
        "compliance": dict(keys),
        "enrolment": {**keys, "exchange_folder": folder / "world" / "enrolment"},
        "notification": {
            "contact_keys_path": keys["contact_keys_path"],
            "mailbox_folder": folder / "world" / "mailbox",
        },
        "subsidy": {"exchange_folder": folder / "world" / "subsidy"},
    }
    machines: dict[str, Machine] = {}
    async with contextlib.AsyncExitStack() as closing:
        for service in SERVICES:
            name = fresh_name(f"sim_{service.name}_{os.getpid()}")
            await databases.copy_template(server, templates[service.name], name)
            machine = Machine(service, server.url(name), settings[service.name])
            closing.push_async_callback(machine.close)
            await machine.open()
            machines[service.name] = machine
        yield machines


def quiet() -> None:
    """Services log what goes wrong, and here nearly everything does."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        cache_logger_on_first_use=False,
    )


def _keys(folder: Path) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = {f"{name}_keys_path": folder / name for name in ("encryption", "index", "contact")}
    for name, path in paths.items():
        path.write_text(new_key_line(f"{name.partition('_')[0]}-1"))
    return paths
