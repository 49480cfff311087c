"""The composition root of notification: which event goes to which handler, routes, jobs, and the channel."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter

from services.notification import http
from services.notification.checks import VERIFICATION
from services.notification.handlers import contacts, notices
from services.notification.jobs import Channel, Delivery, LetterWriter, Mailbox, MailServer, Smtp, jobs
from services.notification.rules import Patience, load_quiet_hours, load_templates, parse_quiet_hours
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

# Read when the program starts, so that a wrong wording stops it there and not at the first message.
TEMPLATES = load_templates()
QUIET_HOURS = load_quiet_hours()


def channel_of(settings: NotificationSettings) -> Channel:
    """The channel that the settings ask for, which they have checked to be complete."""
    if settings.channel == "mailbox" and settings.mailbox_folder is not None:
        return Mailbox(settings.mailbox_folder, settings.mailbox_batch_size)
    if settings.smtp_host is None or settings.smtp_sender is None:
        raise ValueError("The channel's settings are incomplete.")
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_sender,
        settings.smtp_security,
        settings.smtp_ca_file,
        settings.smtp_user,
        settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        settings.smtp_timeout_s,
        settings.smtp_connections,
    )
    return Smtp(server, settings.smtp_batch_size)


def _jobs(context: Context[NotificationSettings]) -> list[Job]:
    settings = context.settings
    patience = Patience(
        settings.smtp_max_attempts,
        timedelta(seconds=settings.smtp_retry_first_s),
        timedelta(seconds=settings.smtp_retry_longest_s),
    )
    opener = ContactOpener(contact_vault(settings.contact_keys_path))
    quiet_hours = QUIET_HOURS if settings.quiet_hours is None else parse_quiet_hours(settings.quiet_hours)
    delivery = Delivery(context.outbox, channel_of(settings), LetterWriter(opener, TEMPLATES), patience, quiet_hours)
    return jobs(delivery, timedelta(seconds=settings.contact_patience_s))


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
    problem_types=[http.MESSAGE_UNKNOWN],
    verification=VERIFICATION,
)
