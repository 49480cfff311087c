"""The composition root of subsidy: which event goes to which handler, routes, jobs."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from services.subsidy import http, jobs
from services.subsidy.adapters.exchange import BranchFolder
from services.subsidy.checks import VERIFICATION
from services.subsidy.handlers import workers
from services.subsidy.rules.rulebook import load_rulebook
from services.subsidy.settings import SubsidySettings
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.events.worker_changed import WorkerChanged
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_exited import WorkerExited
from shared.contracts.events.worker_lapsed import WorkerLapsed
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.contracts.events.worker_verified import WorkerVerified
from shared.exchange import Exchange
from shared.service import Context, Job, Service

RULEBOOK = load_rulebook()


def _router(_: Context[SubsidySettings]) -> APIRouter:
    return http.router(RULEBOOK)


def _jobs(context: Context[SubsidySettings]) -> Sequence[Job]:
    settings = context.settings
    return jobs.jobs(RULEBOOK, BranchFolder(Exchange(settings.exchange_folder)), settings.answer_patience_s)


SERVICE = Service(
    name="subsidy",
    title="Subsidi iuran / Contribution subsidy",
    catalogue=CATALOGUE,
    settings=SubsidySettings,
    migrations="services.subsidy.migrations",
    handlers={
        WorkerVerified: workers.on_worker_verified,
        WorkerRejected: workers.on_worker_rejected,
        WorkerEnrolled: workers.on_worker_enrolled,
        WorkerChanged: workers.on_worker_changed,
        WorkerLapsed: workers.on_worker_lapsed,
        WorkerExited: workers.on_worker_exited,
        WorkerEmployed: workers.on_worker_employed,
    },
    routers=[_router],
    jobs=_jobs,
    problem_types=http.PROBLEMS,
    verification=VERIFICATION,
)
