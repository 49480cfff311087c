"""What a service is beyond its rules: a declaration of its subscriptions, routes and jobs, in its app.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from shared.clock import Clock
from shared.contracts.base import Event
from shared.contracts.spec import Catalogue
from shared.database import Database
from shared.ids import IdSource
from shared.messaging.consume.processor import Handler
from shared.messaging.outbox import Outbox
from shared.service.jobs import Job
from shared.settings import ServiceSettings
from shared.verification import Verification

if TYPE_CHECKING:
    from fastapi import APIRouter

    from shared.http.problems import ProblemType

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


@dataclass(frozen=True)
class Context(Generic[SettingsT]):
    """What a service's parts stand on. ``closing`` closes at the end what a factory has opened."""

    settings: SettingsT
    catalogue: Catalogue
    database: Database
    outbox: Outbox
    clock: Clock
    ids: IdSource
    closing: AsyncExitStack


Handlers = Mapping[type[Event], Handler]


@dataclass(frozen=True, kw_only=True)
class Service(Generic[SettingsT]):
    """A service as `run` starts it.

    ``handlers``, ``routers`` and ``jobs`` are given as they are, or as functions of the `Context` where they need
    settings or clients. ``migrations`` is the package with the migrations, ``log_keys`` are keys that only this
    service logs, ``verification`` is what `payung verify` asks.
    """

    name: str
    title: str
    catalogue: Catalogue
    settings: type[SettingsT]
    migrations: str
    handlers: Handlers | Callable[[Context[SettingsT]], Handlers] = field(default_factory=dict)
    routers: Sequence[Callable[[Context[SettingsT]], APIRouter]] = ()
    jobs: Sequence[Job] | Callable[[Context[SettingsT]], Sequence[Job]] = ()
    problem_types: Sequence[ProblemType] = ()
    log_keys: frozenset[str] = frozenset()
    verification: Verification = field(default_factory=Verification)

    def handlers_for(self, context: Context[SettingsT]) -> Handlers:
        """The handlers. Raises ValueError if one is for a topic that the catalogue does not let this service read."""
        handlers = self.handlers(context) if callable(self.handlers) else self.handlers
        for event_type in handlers:
            spec = self.catalogue.topic(event_type.TOPIC)
            if self.name not in spec.readers:
                raise ValueError(
                    f"{self.name} has a handler for {spec.name} but is not among its readers; "
                    "add it in the catalogue (shared/contracts/catalogue.py) or remove the handler."
                )
        return handlers

    def jobs_for(self, context: Context[SettingsT]) -> Sequence[Job]:
        """The jobs."""
        return self.jobs(context) if callable(self.jobs) else self.jobs

    def other_services(self) -> set[str]:
        """The neighbours that the catalogue knows, whose settings may stand in the same environment."""
        return set(self.catalogue.services) - {self.name}


AnyService = Service[Any]
AnyContext = Context[Any]
