"""What a service declares about its timed work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.messaging.outbox import UnitOfWork
from shared.service.jobs.items import ItemCases
from shared.service.jobs.schedules import Schedule

JobHandler = Callable[[UnitOfWork, str], Awaitable[bool | None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A job: ``handler(uow, period_key)`` runs once per period of ``schedule``, in the order of the periods.

    What the handler writes and emits is committed together with the mark that the period is done. A failed period
    is tried again, after ``retry_delay_s`` doubled each time up to ``retry_delay_max_s``; later ones wait behind it.

    A handler that has done a part of the period's work returns True: what it did is committed, the period stays due
    and is run again at once. So a month of a million workers is many short transactions and no long one.
    """

    name: str
    schedule: Schedule
    handler: JobHandler
    retry_delay_s: float = 5.0
    retry_delay_max_s: float = 900.0
    cases: ItemCases | None = None
