"""The composition root of compliance: keys, routes, jobs, checks. It reads no topic yet."""

from __future__ import annotations

from fastapi import APIRouter

from services.compliance import http, jobs
from services.compliance.checks import VERIFICATION
from services.compliance.handlers.sealing import Sealing
from services.compliance.settings import ComplianceSettings
from shared.business_calendar import BusinessCalendar
from shared.contracts.catalogue import CATALOGUE
from shared.due_dates import DueDates
from shared.privacy import BlindIndex, ContactSealer, Keyring, Vault, contact_vault
from shared.reference import regencies
from shared.service import Context, Job, Service


def _router(context: Context[ComplianceSettings]) -> APIRouter:
    settings = context.settings
    keyring = Keyring.from_files(settings.encryption_keys_path, settings.index_keys_path)
    sealer = ContactSealer(contact_vault(settings.contact_keys_path))
    sealing = Sealing(Vault(keyring), BlindIndex(keyring), sealer)
    return http.router(context, sealing, DueDates(BusinessCalendar()), regencies())


def _jobs(context: Context[ComplianceSettings]) -> list[Job]:
    return jobs.jobs(context.settings.ageing_hour)


SERVICE = Service(
    name="compliance",
    title="Kepatuhan pemberi kerja / Employers' compliance",
    catalogue=CATALOGUE,
    settings=ComplianceSettings,
    migrations="services.compliance.migrations",
    routers=[_router],
    jobs=_jobs,
    problem_types=http.PROBLEM_TYPES,
    verification=VERIFICATION,
)
