"""The composition root of notification: which event goes to which handler, routes, jobs, and the channel."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter

from services.notification import http
from services.notification.adapters import VaultLetterWriter, channel_of
from services.notification.checks import VERIFICATION
from services.notification.handlers import contacts, notices
from services.notification.handlers.delivery import Delivery
from services.notification.jobs import jobs
from services.notification.rules.outcomes import Patience
from services.notification.rules.quiet_hours import parse_quiet_hours
from services.notification.rules.rulebook import load_rulebook
from services.notification.settings import NotificationSettings
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.employer_contact import EmployerContact
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.worker_contact import WorkerContact
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_lapsing import WorkerLapsing
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.privacy import ContactOpener, contact_vault
from shared.service import Context, Job, Service

RULEBOOK = load_rulebook()


def delivery_of(context: Context[NotificationSettings]) -> Delivery:
    """The delivery that the settings ask for."""
    settings = context.settings
    patience = Patience(
        settings.smtp_max_attempts,
        timedelta(seconds=settings.smtp_retry_first_s),
        timedelta(seconds=settings.smtp_retry_longest_s),
    )
    writer = VaultLetterWriter(ContactOpener(contact_vault(settings.contact_keys_path)), RULEBOOK.templates)
    quiet_hours = RULEBOOK.quiet_hours if settings.quiet_hours is None else parse_quiet_hours(settings.quiet_hours)
    return Delivery(context.outbox, channel_of(settings), writer, patience, quiet_hours)


def _jobs(context: Context[NotificationSettings]) -> list[Job]:
    return jobs(delivery_of(context), timedelta(seconds=context.settings.contact_patience_s))


def _router(_: Context[NotificationSettings]) -> APIRouter:
    return http.router()


SERVICE = Service(
    name="notification",
    title="Notification: do people know",
    catalogue=CATALOGUE,
    settings=NotificationSettings,
    migrations="services.notification.migrations",
    handlers={
        WorkerContact: contacts.on_worker_contact,
        EmployerContact: contacts.on_employer_contact,
        WorkerRegistered: notices.on_worker_registered,
        WorkerEnrolled: notices.on_worker_enrolled,
        ContributionPaid: notices.on_contribution_paid,
        WorkerLapsing: notices.on_worker_lapsing,
        EmployerLate: notices.on_employer_late,
    },
    routers=[_router],
    jobs=_jobs,
    problem_types=http.PROBLEMS,
    verification=VERIFICATION,
)
