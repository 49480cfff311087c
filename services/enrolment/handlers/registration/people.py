"""Makes newly registered people: what is stored of each, and what is told.

Per person: a vault entry, a decision by the rules with its receipt, and three events. Pure computing over what the
caller has fetched; it runs in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.enrolment.handlers.sealing import PROFILE_FIELD, Sealing
from services.enrolment.rules.eligibility import Applicant, decide
from services.enrolment.rules.eligibility import Decision as Decided
from services.enrolment.rules.roster.rows import StagedPerson
from services.enrolment.rules.rulebook import Rulebook
from services.enrolment.rules.states import CheckListKind, DecisionKind, MembershipStatus, Origin, Outcome
from services.enrolment.tables import Decision, Person, Worker, WorkerHistory
from shared.contracts.base import Event
from shared.contracts.events.worker_contact import WorkerContact
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.contracts.events.worker_verified import WorkerVerified
from shared.database.records import record
from shared.ids import WorkerId
from shared.messaging.outbox import UnitOfWork
from shared.privacy import SealedPerson
from shared.privacy.contact import SealedContact

PARTICIPANT_KIND: Final = "bpu"
_AUTOMATIC: Final = DecisionKind.AUTOMATIC.value
_DECIDED_BY: Final = "rules"
_BY_DECISION: Final = "decision"
_REGISTERED_VERSION, _DECIDED_VERSION, _CONTACT_VERSION = 1, 2, 3


@dataclass(slots=True)
class NewPeople:
    """What to store of people, in their order, and what to tell of them."""

    workers: list[Worker] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    history: list[WorkerHistory] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class _Judged(NamedTuple):
    """A person with what was decided, and what of them may be shown."""

    worker_id: WorkerId
    staged: StagedPerson
    occupation_code: str
    decision_id: UUID
    decision: Decided

    @property
    def shown(self) -> dict[str, Any]:
        """What every event about a worker says."""
        return {
            "worker_id": self.worker_id,
            "region_code": self.staged.village_code[:4],
            "occupation_code": self.occupation_code,
        }


class PeopleMaker:
    """Makes people under the limits of the day: those of one roster, or without one those whom an officer enters."""

    def __init__(self, sealing: Sealing, rulebook: Rulebook, roster_id: UUID | None, today: date) -> None:
        self._sealing = sealing
        self._occupations = rulebook.occupations
        self._limits = rulebook.limits.on(today)
        self._roster_id = roster_id
        self._origin = Origin.OFFICER if roster_id is None else Origin.ROSTER
        self._today = today
        self._inputs_by_outcome: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}

    def make(
        self,
        uow: UnitOfWork,
        staged: Sequence[StagedPerson],
        tokens: Sequence[bytes],
        kinds_by_token: Mapping[bytes, set[str]],
    ) -> NewPeople:
        """Everything to store and to tell of ``staged``; ``kinds_by_token`` are the check lists that name a NIK."""
        identified = [(uow.ids.next(), person) for person in staged]
        profiles = self._sealing.seal_profiles(identified)
        contacts = self._sealing.seal_contacts(identified)
        near_tokens = self._sealing.near_tokens(staged)
        people = NewPeople()
        parts = zip(identified, tokens, profiles, contacts, near_tokens, strict=True)
        for (worker_id, person), token, profile, contact, near_token in parts:
            kinds = kinds_by_token.get(token, set())
            decision = decide(self._applicant(person, kinds), self._limits, self._today)
            code = self._occupations.public_code(person.occupation_code)
            judged = _Judged(WorkerId(worker_id), person, code, uow.ids.next(), decision)
            people.workers.append(self._worker(judged))
            people.persons.append(_person(profile, token, near_token))
            people.decisions.append(self._decision(uow, judged, self._inputs(decision, kinds)))
            people.history += self._history(judged)
            people.events += (self._registered(judged), self._decided(judged), _contact(worker_id, contact))
        return people

    def _inputs(self, decision: Decided, kinds: Iterable[str]) -> str:
        """What the decision was made from, without personal data; the same for all who fail the same checks."""
        key = (decision.reasons, tuple(sorted(kinds)))
        inputs = self._inputs_by_outcome.get(key)
        if inputs is None:
            limits = asdict(self._limits)
            del limits["version"]  # stands on the receipt itself
            inputs = json.dumps({"checks": decision.checks, "limits": limits, "lists": key[1]})
            self._inputs_by_outcome[key] = inputs
        return inputs

    def _applicant(self, person: StagedPerson, kinds: set[str]) -> Applicant:
        return Applicant(
            birth_date=date.fromisoformat(person.birth_date),
            is_working=person.is_working,
            decile=person.decile,
            is_deceased=CheckListKind.DECEASED in kinds,
            is_employed=CheckListKind.WAGE_WORKER in kinds,
            is_occupation_listed=self._occupations.is_listed(person.occupation_code),
        )

    def _worker(self, judged: _Judged) -> Worker:
        return record(
            Worker,
            {
                **judged.shown,
                "version": _CONTACT_VERSION,
                "status": judged.decision.outcome,
                "decision": judged.decision.outcome,
                "decision_id": judged.decision_id,
                "village_code": judged.staged.village_code,
                "participant_kind": PARTICIPANT_KIND,
                "registered_on": self._today,
                "roster_id": self._roster_id,
                "row_number": None if self._roster_id is None else judged.staged.row_number,
                "enrolment_number": 0,
                "cover_from": None,
            },
        )

    def _decision(self, uow: UnitOfWork, judged: _Judged, inputs: str) -> Decision:
        return record(
            Decision,
            {
                "decision_id": judged.decision_id,
                "worker_id": judged.worker_id,
                "outcome": judged.decision.outcome,
                "reasons": list(judged.decision.reasons),
                "kind": DecisionKind.AUTOMATIC,
                "decided_by": _DECIDED_BY,
                "rules_version": self._limits.version,
                "inputs": inputs,
                "decided_on": self._today,
                "decided_at": uow.moment,
            },
        )

    def _history(self, judged: _Judged) -> Iterable[WorkerHistory]:
        outcome = judged.decision.outcome
        entries = (
            (_REGISTERED_VERSION, MembershipStatus.REGISTERED, self._origin),
            (_DECIDED_VERSION, outcome, _BY_DECISION),
        )
        for version, status, cause in entries:
            entry = {"version": version, "status": status, "since": self._today, "cause": cause}
            yield record(WorkerHistory, {"worker_id": judged.worker_id, **entry})

    def _registered(self, judged: _Judged) -> WorkerRegistered:
        return WorkerRegistered(
            aggregate_version=_REGISTERED_VERSION,
            **judged.shown,
            participant_kind=PARTICIPANT_KIND,
            registered_on=self._today,
            origin=self._origin.value,
            import_id=self._roster_id,
        )

    def _decided(self, judged: _Judged) -> Event:
        if judged.decision.outcome is Outcome.REJECTED:
            return WorkerRejected(
                aggregate_version=_DECIDED_VERSION,
                **judged.shown,
                rejected_on=self._today,
                reasons=judged.decision.reasons,
                decision_id=judged.decision_id,
                decision_kind=_AUTOMATIC,
            )
        return WorkerVerified(
            aggregate_version=_DECIDED_VERSION,
            **judged.shown,
            participant_kind=PARTICIPANT_KIND,
            verified_on=self._today,
            decision_id=judged.decision_id,
            decision_kind=_AUTOMATIC,
        )


def _person(profile: SealedPerson, nik_token: bytes, near_token: bytes) -> Person:
    return record(
        Person,
        {
            "worker_id": profile.key.person_id,
            "kek_id": profile.key.kek_id,
            "wrapped_key": profile.key.wrapped,
            "profile": profile.fields[PROFILE_FIELD],
            "nik_token": nik_token,
            "near_token": near_token,
            "kpj": None,
            "kpj_token": None,
        },
    )


def _contact(worker_id: UUID, contact: SealedContact) -> WorkerContact:
    return WorkerContact(
        aggregate_version=_CONTACT_VERSION,
        worker_id=WorkerId(worker_id),
        key_reference=contact.key_reference,
        algorithm=contact.algorithm,
        ciphertext=contact.ciphertext,
        content_version=contact.content_version,
    )
