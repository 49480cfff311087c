"""The composition root of the stamp book: which event goes to which handler, routes, jobs."""

from __future__ import annotations

from fastapi import APIRouter

from shared.service import Context, Job, Service
from shared.service.declaration import Handlers
from tests.shared.demo import http, jobs
from tests.shared.demo.checks import VERIFICATION
from tests.shared.demo.handlers import StampHandlers
from tests.shared.demo.settings import DemoSettings
from tests.shared.demo_contracts import CATALOGUE, SERVICE_NAME, StampAdded


def _handlers(context: Context[DemoSettings]) -> Handlers:
    return {StampAdded: StampHandlers(context.settings.ink_dries_s).on_stamp_added}


def _router(context: Context[DemoSettings]) -> APIRouter:
    return http.router(context.settings.stamps_per_booklet)


def _jobs(context: Context[DemoSettings]) -> list[Job]:
    return jobs.jobs(context.settings.closing_hour)


SERVICE = Service(
    name=SERVICE_NAME,
    title="Stamp book, the demonstration service",
    catalogue=CATALOGUE,
    settings=DemoSettings,
    migrations="tests.shared.demo.migrations",
    handlers=_handlers,
    routers=[_router],
    jobs=_jobs,
    problem_types=[http.BOOKLET_FULL],
    verification=VERIFICATION,
)
