"""Makes newly registered people: what is stored of each, and what is told.

Per person: a vault entry, a decision by the rules with its receipt, and three events. Pure computing over what the
job has fetched; it runs in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.enrolment.handlers.privacy import NEAR_FIELD, PROFILE_FIELD, Privacy, near_value, profile_text
from services.enrolment.rules.eligibility import AUTOMATIC, REJECTED, Applicant, Decision, decide
from services.enrolment.rules.limits import Limits
from services.enrolment.rules.occupations import Occupations
from services.enrolment.rules.roster.rows import StagedPerson
from shared.contracts.base import Event
from shared.contracts.events.worker_contact import WorkerContact
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.contracts.events.worker_verified import WorkerVerified
from shared.ids import WorkerId
from shared.messaging.outbox import UnitOfWork
from shared.privacy import SealedPerson
from shared.privacy.contact import Contact, SealedContact

PARTICIPANT_KIND: Final = "bpu"
DECEASED: Final = "deceased"
WAGE_WORKER: Final = "wage-worker"
BY_ROSTER: Final = "roster"
BY_OFFICER: Final = "officer"
_DECIDED_BY: Final = "rules"
_REGISTERED_VERSION, _DECIDED_VERSION, _CONTACT_VERSION = 1, 2, 3


@dataclass(slots=True)
class NewPeople:
    """Rows for each table, in the tables' column orders, and what is needed to tell of them."""

    workers: list[tuple[Any, ...]] = field(default_factory=list)
    persons: list[tuple[Any, ...]] = field(default_factory=list)
    decisions: list[tuple[Any, ...]] = field(default_factory=list)
    history: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class PeopleMaker:
    """Makes people under the limits of the day: those of one roster, or without one those whom an officer enters."""

    def __init__(
        self, privacy: Privacy, occupations: Occupations, limits: Limits, roster_id: UUID | None, today: date
    ) -> None:
        self._privacy = privacy
        self._occupations = occupations
        self._limits = limits
        self._roster_id = roster_id
        self._today = today
        self._known_inputs: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}

    def make(
        self,
        uow: UnitOfWork,
        staged: Sequence[StagedPerson],
        tokens: Sequence[bytes],
        hits: Mapping[bytes, set[str]],
    ) -> NewPeople:
        """Everything to store and to tell of ``staged``; ``hits`` are the check lists that name a token."""
        roster_id, limits, today = self._roster_id, self._limits, self._today
        privacy = self._privacy
        ids = [uow.ids.next() for _ in staged]
        sealed = privacy.vault.encrypt_new_people(
            (worker_id, {PROFILE_FIELD: profile_text(person)}) for worker_id, person in zip(ids, staged, strict=True)
        )
        contacts = privacy.sealer.seal_many(
            (worker_id, Contact(person.name, person.phone or None, person.email or None))
            for worker_id, person in zip(ids, staged, strict=True)
        )
        near = privacy.index.tokens(NEAR_FIELD, (near_value(person) for person in staged))
        batch = NewPeople()
        for person, token, profile, contact, near_token in zip(staged, tokens, sealed, contacts, near, strict=True):
            kinds = hits.get(token, set())
            decision = decide(self._applicant(person, kinds), limits, today)
            decision_id = uow.ids.next()
            shown = _Shown(
                WorkerId(profile.key.person_id), person, self._occupations.public_code(person.occupation_code)
            )
            _add_rows(batch, roster_id, shown, profile, (token, near_token), (decision_id, decision), today)
            inputs = self._inputs(decision, kinds)
            batch.decisions.append(
                (
                    decision_id,
                    shown.worker_id,
                    decision.outcome,
                    list(decision.reasons),
                    AUTOMATIC,
                    _DECIDED_BY,
                    limits.version,
                    inputs,
                    today,
                    uow.moment,
                )
            )
            batch.events += _events(roster_id, shown, contact, (decision_id, decision), today)
        return batch

    def _inputs(self, decision: Decision, kinds: set[str]) -> str:
        """What the decision was made from, without personal data; the same for all who fail the same checks."""
        key = (decision.reasons, tuple(sorted(kinds)))
        known = self._known_inputs.get(key)
        if known is None:
            limits = _limits_of(self._limits)
            known = json.dumps({"checks": decision.checks, "limits": limits, "lists": key[1]})
            self._known_inputs[key] = known
        return known

    def _applicant(self, person: StagedPerson, kinds: set[str]) -> Applicant:
        return Applicant(
            birth_date=date.fromisoformat(person.birth_date),
            is_working=person.is_working,
            decile=person.decile,
            is_deceased=DECEASED in kinds,
            is_employed=WAGE_WORKER in kinds,
            is_occupation_listed=self._occupations.is_listed(person.occupation_code),
        )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A person and what of them may be shown."""

    worker_id: WorkerId
    person: StagedPerson
    occupation_code: str

    @property
    def region_code(self) -> str:
        return self.person.village_code[:4]


def _limits_of(limits: Limits) -> dict[str, int]:
    return {
        "min_age_years": limits.min_age_years,
        "below_age_years": limits.below_age_years,
        "max_decile": limits.max_decile,
    }


def _origin(roster_id: UUID | None) -> str:
    return BY_OFFICER if roster_id is None else BY_ROSTER


def _add_rows(
    batch: NewPeople,
    roster_id: UUID | None,
    shown: _Shown,
    profile: SealedPerson,
    tokens: tuple[bytes, bytes],
    decided: tuple[UUID, Decision],
    today: date,
) -> None:
    worker_id, person = shown.worker_id, shown.person
    decision_id, decision = decided
    batch.workers.append(
        (
            worker_id,
            _CONTACT_VERSION,
            decision.outcome,
            decision.outcome,
            decision_id,
            shown.region_code,
            person.village_code,
            shown.occupation_code,
            PARTICIPANT_KIND,
            today,
            roster_id,
            None if roster_id is None else person.row_number,
            0,
        )
    )
    batch.persons.append((worker_id, profile.key.kek_id, profile.key.wrapped, profile.fields[PROFILE_FIELD], *tokens))
    batch.history.append((worker_id, _REGISTERED_VERSION, "registered", today, _origin(roster_id)))
    batch.history.append((worker_id, _DECIDED_VERSION, decision.outcome, today, "decision"))


def _events(
    roster_id: UUID | None, shown: _Shown, contact: SealedContact, decided: tuple[UUID, Decision], today: date
) -> list[Event]:
    decision_id, decision = decided
    worker_id, region_code, occupation_code = shown.worker_id, shown.region_code, shown.occupation_code
    registered = WorkerRegistered(
        aggregate_version=_REGISTERED_VERSION,
        worker_id=worker_id,
        region_code=region_code,
        occupation_code=occupation_code,
        participant_kind=PARTICIPANT_KIND,
        registered_on=today,
        origin=_origin(roster_id),
        import_id=roster_id,
    )
    answer: Event
    if decision.outcome == REJECTED:
        answer = WorkerRejected(
            aggregate_version=_DECIDED_VERSION,
            worker_id=worker_id,
            region_code=region_code,
            occupation_code=occupation_code,
            rejected_on=today,
            reasons=decision.reasons,
            decision_id=decision_id,
            decision_kind=AUTOMATIC,
        )
    else:
        answer = WorkerVerified(
            aggregate_version=_DECIDED_VERSION,
            worker_id=worker_id,
            region_code=region_code,
            occupation_code=occupation_code,
            participant_kind=PARTICIPANT_KIND,
            verified_on=today,
            decision_id=decision_id,
            decision_kind=AUTOMATIC,
        )
    reached = WorkerContact(
        aggregate_version=_CONTACT_VERSION,
        worker_id=worker_id,
        key_reference=contact.key_reference,
        algorithm=contact.algorithm,
        ciphertext=contact.ciphertext,
        content_version=contact.content_version,
    )
    return [registered, answer, reached]
