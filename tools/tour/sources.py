"""Which file a piece of the running program comes from: asked of the code objects, so that it is never out of date."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from fastapi.routing import APIRoute
from sqlmodel import SQLModel
from starlette.routing import Match

from shared.clock import SystemClock
from shared.contracts.base import Event
from shared.database import Database
from shared.ids import RandomIds
from shared.messaging.outbox import Outbox
from shared.service import Context
from shared.service.declaration import AnyService
from shared.settings.loading import load_settings

REPOSITORY = Path(__file__).resolve().parents[2]


def place(thing: Any) -> str:
    """``path:line name`` of a function, method, class or object of a class."""
    thing = inspect.unwrap(getattr(thing, "__func__", thing))
    if not (inspect.isfunction(thing) or inspect.isclass(thing)):
        thing = type(thing)
    path = Path(inspect.getsourcefile(thing) or "").resolve().relative_to(REPOSITORY)
    return f"{path.as_posix()}:{inspect.getsourcelines(thing)[1]} {thing.__name__}"


def called_parts(thing: Any) -> Iterator[Callable[..., Any]]:
    """The handlers that a function names, also within the functions inside it."""
    function = inspect.unwrap(getattr(thing, "__func__", thing))
    if not inspect.isfunction(function):
        return
    seen: set[Callable[..., Any]] = {function}
    for name, named in _named(function.__code__, function.__globals__):
        module = getattr(named, "__module__", "") or ""
        if inspect.isfunction(named) and ".handlers" in module and named not in seen and not name.startswith("_"):
            seen.add(named)
            yield named


def _named(code: CodeType, known: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in code.co_names:
        thing = known.get(name)
        if isinstance(thing, ModuleType):
            yield from ((inner, getattr(thing, inner, None)) for inner in code.co_names)
        else:
            yield name, thing
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant, known)


class Parts:
    """The routes, jobs, handlers and tables of one service, put together as its processes do."""

    def __init__(self, name: str, context: Context[Any], service: AnyService) -> None:
        self.name = name
        self._handlers = service.handlers_for(context)
        self._jobs = {job.name: job.handler for job in service.jobs_for(context)}
        routers = [factory(context) for factory in service.routers]
        self._routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        self._tables = {table.__tablename__: table for table in _tables(f"services.{name}.tables")}

    def route(self, method: str, path: str) -> Callable[..., Any] | None:
        """The function behind a request."""
        scope = {"type": "http", "method": method, "path": path, "root_path": ""}
        return next((one.endpoint for one in self._routes if one.matches(scope)[0] is Match.FULL), None)

    def job(self, name: str) -> Any:
        """What a job calls. Raises KeyError where there is no such job."""
        return self._jobs[name]

    def handler(self, event_type: type[Event]) -> Callable[..., Any] | None:
        """What takes an event here."""
        return self._handlers.get(event_type)

    def table(self, name: str) -> type[SQLModel] | None:
        """The class of a table; None for the tables of the kit."""
        return self._tables.get(name)


def _tables(package: str) -> Iterator[Any]:
    root = importlib.import_module(package)
    names = [f"{package}.{found.name}" for found in pkgutil.iter_modules(getattr(root, "__path__", ()))]
    for module in [root, *map(importlib.import_module, names)]:
        for value in vars(module).values():
            if inspect.isclass(value) and issubclass(value, SQLModel) and hasattr(value, "__table__"):
                yield value


def parts(name: str, environment: Mapping[str, str], closing: AsyncExitStack) -> Parts:
    """The parts of service ``name`` with the settings of ``environment``; ``closing`` closes its database."""
    service: AnyService = importlib.import_module(f"services.{name}.app").SERVICE
    settings = load_settings(service.settings, name, environment=environment, other_services=service.other_services())
    database = Database(settings.database_url.get_secret_value())
    closing.push_async_callback(database.close)
    clock, ids = SystemClock(), RandomIds()
    outbox = Outbox(database, service.name, service.catalogue, clock, ids)
    return Parts(name, Context(settings, service.catalogue, database, outbox, clock, ids, closing), service)
