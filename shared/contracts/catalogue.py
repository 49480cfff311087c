"""The one list of topics: who may write, who reads, how long it is kept, who may see it.

Topics in Kafka, AsyncAPI, the pages under docs/events and the services' wiring are all made from it. What is only
meant to come is marked: a planned topic is written by nobody and is not made in Kafka, a planned reader has no
handler. `make check` and the tests compare both with the services' code, so a mark goes when the thing comes.
To find an event, look it up here and open ``events/<topic with underscores>.py``.
"""

from __future__ import annotations

import dataclasses
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
    readers: tuple[str, ...] = (),
    *,
    later: tuple[str, ...],
    data_class: DataClass = "public",
    retention_days: int = _BUSINESS_DAYS,
) -> TopicSpec:
    """A topic that is written. ``later`` are the services that are meant to read it and have no handler for it yet."""
    return TopicSpec(
        event.TOPIC,
        _meaning(event),
        event,
        owners,
        readers,
        partitions,
        retention_days,
        data_class=data_class,
        planned_readers=later,
    )


def _planned(
    event: type[Event],
    partitions: int,
    owners: tuple[str, ...],
    readers: tuple[str, ...] = (),
    *,
    later: tuple[str, ...],
    data_class: DataClass = "public",
) -> TopicSpec:
    """A topic that nobody writes yet. ``readers`` have their handler ready, and subscribe when the topic is there."""
    written = _topic(event, partitions, owners, readers, later=later, data_class=data_class)
    return dataclasses.replace(written, planned=True)


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


def parked_topic(
    service: str, readers: tuple[str, ...] = (), *, later: tuple[str, ...] = (), planned: bool = False
) -> TopicSpec:
    """The topic on which ``service`` says what it has parked."""
    event = parked_by(service)
    return TopicSpec(
        event.TOPIC,
        _meaning(event),
        event,
        (service,),
        readers,
        1,
        _OPERATIONS_DAYS,
        data_class="internal",
        planned=planned,
        planned_readers=later,
    )


_ENROLMENT_TOPICS = (
    _topic(WorkerRegistered, _PER_WORKER, (ENROLMENT,), (NOTIFICATION,), later=(CONSOLE,)),
    _topic(WorkerVerified, _PER_WORKER, (ENROLMENT,), (SUBSIDY,), later=(CONSOLE,)),
    _topic(WorkerRejected, _PER_WORKER, (ENROLMENT,), (SUBSIDY,), later=(NOTIFICATION, CONSOLE)),
    _topic(WorkerEnrolled, _PER_WORKER, (ENROLMENT,), (SUBSIDY, NOTIFICATION), later=(COMPLIANCE, CONSOLE)),
    _planned(WorkerChanged, _PER_WORKER, (ENROLMENT,), (SUBSIDY,), later=(COMPLIANCE, NOTIFICATION, CONSOLE)),
    _topic(WorkerLapsing, _PER_WORKER, (ENROLMENT,), (NOTIFICATION,), later=(SUBSIDY, CONSOLE)),
    _topic(WorkerLapsed, _PER_WORKER, (ENROLMENT,), (SUBSIDY,), later=(COMPLIANCE, NOTIFICATION, CONSOLE)),
    _planned(WorkerExited, _PER_WORKER, (ENROLMENT,), (SUBSIDY,), later=(COMPLIANCE, NOTIFICATION, CONSOLE)),
    _contact(WorkerContact, _PER_WORKER, ENROLMENT),
)

_SUBSIDY_TOPICS = (
    _topic(FundingOpened, _SMALL, (SUBSIDY,), later=(CONSOLE,)),
    _topic(FundingChanged, _SMALL, (SUBSIDY,), later=(CONSOLE,)),
    _topic(FundingRunningOut, _SMALL, (SUBSIDY,), later=(NOTIFICATION, CONSOLE)),
    _topic(SubsidyGranted, _PER_WORKER, (SUBSIDY,), (ENROLMENT,), later=(COMPLIANCE, NOTIFICATION, CONSOLE)),
    _planned(SubsidyEnded, _PER_WORKER, (SUBSIDY,), (ENROLMENT,), later=(COMPLIANCE, NOTIFICATION, CONSOLE)),
    _topic(ContributionDue, _PER_WORKER, (SUBSIDY, COMPLIANCE), (ENROLMENT,), later=(NOTIFICATION, CONSOLE)),
    _topic(ContributionPaid, _PER_WORKER, (SUBSIDY, COMPLIANCE), (ENROLMENT, NOTIFICATION), later=(CONSOLE,)),
    _topic(ContributionUnfunded, _PER_WORKER, (SUBSIDY,), (ENROLMENT,), later=(NOTIFICATION, CONSOLE)),
    _planned(ContributionCredited, _PER_WORKER, (SUBSIDY,), (ENROLMENT,), later=(NOTIFICATION, CONSOLE)),
    _topic(DisbursementSubmitted, _SMALL, (SUBSIDY,), later=(CONSOLE,), data_class="internal"),
    _topic(DisbursementApproved, _SMALL, (SUBSIDY,), later=(CONSOLE,), data_class="internal"),
    _topic(DisbursementInstructed, _SMALL, (SUBSIDY,), later=(CONSOLE,), data_class="internal"),
    _topic(DisbursementSettled, _SMALL, (SUBSIDY,), later=(CONSOLE,), data_class="internal"),
)

_COMPLIANCE_TOPICS = (
    _topic(EmployerRegistered, _PER_EMPLOYER, (COMPLIANCE,), later=(NOTIFICATION, CONSOLE)),
    _topic(EmployerChanged, _PER_EMPLOYER, (COMPLIANCE,), later=(NOTIFICATION, CONSOLE)),
    _topic(EmployerReported, _PER_EMPLOYER, (COMPLIANCE,), later=(CONSOLE,), data_class="internal"),
    _topic(EmployerLate, _PER_EMPLOYER, (COMPLIANCE,), (NOTIFICATION,), later=(CONSOLE,)),
    _topic(EmployerSettled, _PER_EMPLOYER, (COMPLIANCE,), later=(NOTIFICATION, CONSOLE)),
    _planned(EmployerBreachSuspected, _PER_EMPLOYER, (COMPLIANCE,), later=(CONSOLE,), data_class="internal"),
    _planned(EmployerWarned, _PER_EMPLOYER, (COMPLIANCE,), later=(NOTIFICATION, CONSOLE), data_class="internal"),
    _planned(EmployerFined, _PER_EMPLOYER, (COMPLIANCE,), later=(NOTIFICATION, CONSOLE), data_class="internal"),
    _planned(EmployerReferred, _PER_EMPLOYER, (COMPLIANCE,), later=(NOTIFICATION, CONSOLE), data_class="internal"),
    _planned(EmployerSanctionRequested, _PER_EMPLOYER, (COMPLIANCE,), later=(NOTIFICATION, CONSOLE)),
    _planned(EmployerSanctionLifted, _PER_EMPLOYER, (COMPLIANCE,), later=(NOTIFICATION, CONSOLE)),
    _planned(WorkerEmployed, _PER_WORKER, (COMPLIANCE,), (ENROLMENT, SUBSIDY), later=(CONSOLE,), data_class="internal"),
    _contact(EmployerContact, _PER_EMPLOYER, COMPLIANCE),
)

_NOTIFICATION_TOPICS = tuple(
    _topic(
        event, _PER_WORKER, (NOTIFICATION,), later=(CONSOLE,), data_class="internal", retention_days=_OPERATIONS_DAYS
    )
    for event in (NotificationSent, NotificationDelivered, NotificationFailed)
)

_PARKED_TOPICS = (
    # Whoever reads nothing parks nothing.
    *(parked_topic(service, later=(CONSOLE,)) for service in (ENROLMENT, SUBSIDY)),
    parked_topic(COMPLIANCE, later=(CONSOLE,), planned=True),
    parked_topic(NOTIFICATION, later=(CONSOLE,)),
    parked_topic(CONSOLE, later=(CONSOLE,), planned=True),
)

CATALOGUE: Final = Catalogue(
    (*_ENROLMENT_TOPICS, *_SUBSIDY_TOPICS, *_COMPLIANCE_TOPICS, *_NOTIFICATION_TOPICS, *_PARKED_TOPICS),
    services=SERVICES,
)
"""Payung's topics."""
