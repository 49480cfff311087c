"""The composition root of compliance: keys, tables of rules, routes, jobs, checks. It reads no topic yet."""

from __future__ import annotations

from fastapi import APIRouter

from services.compliance import http, jobs
from services.compliance.adapters.sealing import KeysInUse
from services.compliance.checks import verification
from services.compliance.rules.rulebook import load_rulebook
from services.compliance.settings import ComplianceSettings
from shared.contracts.catalogue import CATALOGUE
from shared.service import Context, Job, Service

RULEBOOK = load_rulebook()


def _router(context: Context[ComplianceSettings]) -> APIRouter:
    return http.router(context, RULEBOOK, KeysInUse.from_files(context.settings))


def _jobs(context: Context[ComplianceSettings]) -> list[Job]:
    return jobs.jobs(RULEBOOK, context.settings.ageing_hour)


SERVICE = Service(
    name="compliance",
    title="Kepatuhan pemberi kerja / Employers' compliance",
    catalogue=CATALOGUE,
    settings=ComplianceSettings,
    migrations="services.compliance.migrations",
    routers=[_router],
    jobs=_jobs,
    problem_types=http.PROBLEMS,
    verification=verification(RULEBOOK),
)
