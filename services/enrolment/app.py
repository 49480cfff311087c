"""The composition root of enrolment: which event goes to which handler, routes, jobs, keys."""

from __future__ import annotations

from fastapi import APIRouter

from services.enrolment import http, jobs
from services.enrolment.checks import VERIFICATION
from services.enrolment.handlers import contributions, subsidies
from services.enrolment.handlers.answers import AnswerImporter
from services.enrolment.handlers.desk import RegistrationDesk
from services.enrolment.handlers.groups import ListWriter
from services.enrolment.handlers.lapse import LapseClock
from services.enrolment.handlers.privacy import Privacy
from services.enrolment.handlers.reading import RosterReader
from services.enrolment.handlers.registering import RosterRegistrar
from services.enrolment.rules.limits import LimitsTable
from services.enrolment.rules.occupations import Occupations
from services.enrolment.settings import EnrolmentSettings
from shared.business_calendar import BusinessCalendar
from shared.contracts.catalogue import CATALOGUE, ENROLMENT
from shared.contracts.events.contribution_credited import ContributionCredited
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.subsidy_ended import SubsidyEnded
from shared.contracts.events.subsidy_granted import SubsidyGranted
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.due_dates import DueDates
from shared.exchange import Exchange
from shared.privacy import BlindIndex, Keyring, Vault
from shared.privacy.contact import ContactSealer, contact_vault
from shared.reference import regencies
from shared.service import Context, Job, Service


def _privacy(settings: EnrolmentSettings) -> Privacy:
    keyring = Keyring.from_files(settings.encryption_keys_path, settings.index_keys_path)
    sealer = ContactSealer(contact_vault(settings.contact_keys_path))
    return Privacy(Vault(keyring), BlindIndex(keyring), sealer)


def _router(context: Context[EnrolmentSettings]) -> APIRouter:
    privacy = _privacy(context.settings)
    desk = RegistrationDesk(privacy, LimitsTable(), Occupations(), regencies())
    return http.router(privacy, context.database, desk)


def _jobs(context: Context[EnrolmentSettings]) -> list[Job]:
    privacy, exchange = _privacy(context.settings), Exchange(context.settings.exchange_folder)
    return jobs.jobs(
        RosterReader(privacy, regencies()),
        RosterRegistrar(privacy, LimitsTable(), Occupations()),
        ListWriter(privacy, exchange),
        AnswerImporter(privacy, exchange),
        LapseClock(DueDates(BusinessCalendar())),
    )


SERVICE = Service(
    name=ENROLMENT,
    title="Kepesertaan / Enrolment: who is protected",
    catalogue=CATALOGUE,
    settings=EnrolmentSettings,
    migrations="services.enrolment.migrations",
    handlers={
        SubsidyGranted: subsidies.on_subsidy_granted,
        SubsidyEnded: subsidies.on_subsidy_ended,
        ContributionDue: contributions.on_contribution_due,
        ContributionPaid: contributions.on_contribution_paid,
        ContributionUnfunded: contributions.on_contribution_unfunded,
        ContributionCredited: contributions.on_contribution_credited,
        WorkerEmployed: contributions.on_worker_employed,
    },
    routers=[_router],
    jobs=_jobs,
    problem_types=http.PROBLEM_TYPES,
    verification=VERIFICATION,
)
