"""The composition root of enrolment: which event goes to which handler, routes, jobs, keys."""

from __future__ import annotations

from fastapi import APIRouter

from services.enrolment import http, jobs
from services.enrolment.adapters.exchange import BranchFolder
from services.enrolment.adapters.sealing import KeysInUse
from services.enrolment.checks import VERIFICATION
from services.enrolment.handlers import contributions, subsidies
from services.enrolment.handlers.answers import AnswerImporter
from services.enrolment.handlers.groups import ListWriter
from services.enrolment.handlers.lapse import LapseClock
from services.enrolment.handlers.registration.roster_job import RosterRegistrar
from services.enrolment.handlers.registration.single import SingleRegistration
from services.enrolment.handlers.roster_reading import RosterReader
from services.enrolment.rules.rulebook import load_rulebook
from services.enrolment.settings import EnrolmentSettings
from shared.contracts.catalogue import CATALOGUE, ENROLMENT
from shared.contracts.events.contribution_credited import ContributionCredited
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.subsidy_ended import SubsidyEnded
from shared.contracts.events.subsidy_granted import SubsidyGranted
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.exchange import Exchange
from shared.service import Context, Job, Service

RULEBOOK = load_rulebook()


def _router(context: Context[EnrolmentSettings]) -> APIRouter:
    sealing = KeysInUse.from_files(context.settings)
    return http.router(context.database, RULEBOOK, sealing, SingleRegistration(sealing, RULEBOOK))


def _jobs(context: Context[EnrolmentSettings]) -> list[Job]:
    sealing = KeysInUse.from_files(context.settings)
    folder = BranchFolder(Exchange(context.settings.exchange_folder))
    return jobs.jobs(
        RosterReader(sealing, RULEBOOK.regencies),
        RosterRegistrar(sealing, RULEBOOK),
        ListWriter(sealing, folder),
        AnswerImporter(sealing, folder),
        LapseClock(RULEBOOK.due_dates),
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
    problem_types=http.PROBLEMS,
    verification=VERIFICATION,
)
