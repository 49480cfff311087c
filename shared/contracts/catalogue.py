"""The one list of topics: who may write, who reads, how long it is kept, who may see it.

Topics in Kafka, access rights, AsyncAPI, the pages under docs/events and the services' wiring are all made from it.
To find an event, look it up here and open ``events/<topic with underscores>.py``.
"""

from __future__ import annotations

from typing import Final

from shared.contracts.base import Event
from shared.contracts.events.contribution_credited import ContributionCredited
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.disbursement_approved import DisbursementApproved
from shared.contracts.events.disbursement_instructed import DisbursementInstructed
from shared.contracts.events.disbursement_settled import DisbursementSettled
from shared.contracts.events.disbursement_submitted import DisbursementSubmitted
from shared.contracts.events.employer_breach_suspected import EmployerBreachSuspected
from shared.contracts.events.employer_changed import EmployerChanged
from shared.contracts.events.employer_contact import EmployerContact
from shared.contracts.events.employer_fined import EmployerFined
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.employer_referred import EmployerReferred
from shared.contracts.events.employer_registered import EmployerRegistered
from shared.contracts.events.employer_reported import EmployerReported
from shared.contracts.events.employer_sanction_lifted import EmployerSanctionLifted
from shared.contracts.events.employer_sanction_requested import EmployerSanctionRequested
from shared.contracts.events.employer_settled import EmployerSettled
from shared.contracts.events.employer_warned import EmployerWarned
from shared.contracts.events.funding_changed import FundingChanged
from shared.contracts.events.funding_opened import FundingOpened
from shared.contracts.events.funding_running_out import FundingRunningOut
from shared.contracts.events.notification_delivered import NotificationDelivered
from shared.contracts.events.notification_failed import NotificationFailed
from shared.contracts.events.notification_sent import NotificationSent
from shared.contracts.events.parked import parked_by
from shared.contracts.events.subsidy_ended import SubsidyEnded
from shared.contracts.events.subsidy_granted import SubsidyGranted
from shared.contracts.events.worker_changed import WorkerChanged
from shared.contracts.events.worker_contact import WorkerContact
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_exited import WorkerExited
from shared.contracts.events.worker_lapsed import WorkerLapsed
from shared.contracts.events.worker_lapsing import WorkerLapsing
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.contracts.events.worker_verified import WorkerVerified
from shared.contracts.spec import Catalogue, CatalogueError, DataClass, TopicSpec

__all__ = ["CATALOGUE", "SERVICES", "Catalogue", "CatalogueError", "DataClass", "TopicSpec", "parked_topic"]

SERVICES: Final = ("enrolment", "subsidy", "compliance", "notification", "console")
"""Every service that the catalogue speaks of; `RUNNING_SERVICES` are those that have a program."""
ENROLMENT, SUBSIDY, COMPLIANCE, NOTIFICATION, CONSOLE = SERVICES
RUNNING_SERVICES: Final = (ENROLMENT, SUBSIDY, COMPLIANCE, NOTIFICATION)

# Longer than a contribution month, so that a whole month can be replayed; shorter than the inbox remembers
# (shared/messaging/retention.py), so that a replay never applies an event twice.
_BUSINESS_DAYS = 40
_OPERATIONS_DAYS = 30

# More partitions let more workers share a topic. Lowering the number is impossible, raising it moves keys.
_PER_WORKER = 12
_PER_EMPLOYER = 6
_SMALL = 3


def _topic(
    event: type[Event],
    partitions: int,
    owners: tuple[str, ...],
    readers: tuple[str, ...],
    *,
    data_class: DataClass = "public",
    retention_days: int = _BUSINESS_DAYS,
) -> TopicSpec:
    return TopicSpec(
        event.TOPIC, _meaning(event), event, owners, readers, partitions, retention_days, data_class=data_class
    )


def _contact(event: type[Event], partitions: int, owner: str) -> TopicSpec:
    """Sealed contact data: only notification may open them, and the latest of each person holds."""
    return TopicSpec(
        event.TOPIC,
        _meaning(event),
        event,
        (owner,),
        (NOTIFICATION,),
        partitions,
        retention_days=None,
        compacted=True,
        tombstones=True,
        data_class="restricted",
    )


def _meaning(event: type[Event]) -> str:
    """The first paragraph of the event's docstring, on one line."""
    return " ".join((event.__doc__ or "").strip().split("\n\n")[0].split())


def parked_topic(service: str, readers: tuple[str, ...] = ()) -> TopicSpec:
    """The topic on which ``service`` says what it has parked."""
    event = parked_by(service)
    return TopicSpec(
        event.TOPIC, _meaning(event), event, (service,), readers, 1, _OPERATIONS_DAYS, data_class="internal"
    )


_ENROLMENT_TOPICS = (
    _topic(WorkerRegistered, _PER_WORKER, (ENROLMENT,), (NOTIFICATION, CONSOLE)),
    _topic(WorkerVerified, _PER_WORKER, (ENROLMENT,), (SUBSIDY, CONSOLE)),
    _topic(WorkerRejected, _PER_WORKER, (ENROLMENT,), (SUBSIDY, NOTIFICATION, CONSOLE)),
    _topic(WorkerEnrolled, _PER_WORKER, (ENROLMENT,), (SUBSIDY, COMPLIANCE, NOTIFICATION, CONSOLE)),
    _topic(WorkerChanged, _PER_WORKER, (ENROLMENT,), (SUBSIDY, COMPLIANCE, NOTIFICATION, CONSOLE)),
    _topic(WorkerLapsing, _PER_WORKER, (ENROLMENT,), (SUBSIDY, NOTIFICATION, CONSOLE)),
    _topic(WorkerLapsed, _PER_WORKER, (ENROLMENT,), (SUBSIDY, COMPLIANCE, NOTIFICATION, CONSOLE)),
    _topic(WorkerExited, _PER_WORKER, (ENROLMENT,), (SUBSIDY, COMPLIANCE, NOTIFICATION, CONSOLE)),
    _contact(WorkerContact, _PER_WORKER, ENROLMENT),
)

_SUBSIDY_TOPICS = (
    _topic(FundingOpened, _SMALL, (SUBSIDY,), (CONSOLE,)),
    _topic(FundingChanged, _SMALL, (SUBSIDY,), (CONSOLE,)),
    _topic(FundingRunningOut, _SMALL, (SUBSIDY,), (NOTIFICATION, CONSOLE)),
    _topic(SubsidyGranted, _PER_WORKER, (SUBSIDY,), (ENROLMENT, COMPLIANCE, NOTIFICATION, CONSOLE)),
    _topic(SubsidyEnded, _PER_WORKER, (SUBSIDY,), (ENROLMENT, COMPLIANCE, NOTIFICATION, CONSOLE)),
    _topic(ContributionDue, _PER_WORKER, (SUBSIDY, COMPLIANCE), (ENROLMENT, NOTIFICATION, CONSOLE)),
    _topic(ContributionPaid, _PER_WORKER, (SUBSIDY, COMPLIANCE), (ENROLMENT, NOTIFICATION, CONSOLE)),
    _topic(ContributionUnfunded, _PER_WORKER, (SUBSIDY,), (ENROLMENT, NOTIFICATION, CONSOLE)),
    _topic(ContributionCredited, _PER_WORKER, (SUBSIDY,), (ENROLMENT, NOTIFICATION, CONSOLE)),
    _topic(DisbursementSubmitted, _SMALL, (SUBSIDY,), (CONSOLE,), data_class="internal"),
    _topic(DisbursementApproved, _SMALL, (SUBSIDY,), (CONSOLE,), data_class="internal"),
    _topic(DisbursementInstructed, _SMALL, (SUBSIDY,), (CONSOLE,), data_class="internal"),
    _topic(DisbursementSettled, _SMALL, (SUBSIDY,), (CONSOLE,), data_class="internal"),
)

_COMPLIANCE_TOPICS = (
    _topic(EmployerRegistered, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION, CONSOLE)),
    _topic(EmployerChanged, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION, CONSOLE)),
    _topic(EmployerReported, _PER_EMPLOYER, (COMPLIANCE,), (CONSOLE,), data_class="internal"),
    _topic(EmployerLate, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION, CONSOLE)),
    _topic(EmployerSettled, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION, CONSOLE)),
    _topic(EmployerBreachSuspected, _PER_EMPLOYER, (COMPLIANCE,), (CONSOLE,), data_class="internal"),
    _topic(EmployerWarned, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION, CONSOLE), data_class="internal"),
    _topic(EmployerFined, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION, CONSOLE), data_class="internal"),
    _topic(EmployerReferred, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION, CONSOLE), data_class="internal"),
    _topic(EmployerSanctionRequested, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION, CONSOLE)),
    _topic(EmployerSanctionLifted, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION, CONSOLE)),
    _topic(WorkerEmployed, _PER_WORKER, (COMPLIANCE,), (ENROLMENT, SUBSIDY, CONSOLE), data_class="internal"),
    _contact(EmployerContact, _PER_EMPLOYER, COMPLIANCE),
)

_NOTIFICATION_TOPICS = tuple(
    _topic(event, _PER_WORKER, (NOTIFICATION,), (CONSOLE,), data_class="internal", retention_days=_OPERATIONS_DAYS)
    for event in (NotificationSent, NotificationDelivered, NotificationFailed)
)

CATALOGUE: Final = Catalogue(
    (
        *_ENROLMENT_TOPICS,
        *_SUBSIDY_TOPICS,
        *_COMPLIANCE_TOPICS,
        *_NOTIFICATION_TOPICS,
        *(parked_topic(service, readers=(CONSOLE,)) for service in SERVICES),
    ),
    services=SERVICES,
)
"""Payung's topics."""
