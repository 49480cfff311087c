"""An officer registers one person: by the rules of a roster's row, with an answer at once (docs/adr/0035)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.enrolment import store
from services.enrolment.handlers.registration.people import PeopleMaker
from services.enrolment.handlers.registration.storing import near_duplicate
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.rules.roster.header import OPTIONAL, REQUIRED
from services.enrolment.rules.roster.refusals import sentences
from services.enrolment.rules.roster.rows import RowChecker, StagedPerson
from services.enrolment.rules.rulebook import Rulebook
from services.enrolment.store.people import NikTakenError
from services.enrolment.tables import Decision
from shared import audit
from shared.access.errors import RefusedError
from shared.clock import local_date
from shared.identity.nik import NikRefusal
from shared.messaging.outbox import UnitOfWork

COLUMNS: Final = (*REQUIRED, *OPTIONAL)
_ONLY_ROW: Final = 1


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered worker, what the rules decided at once, and as codes what is odd about the entry."""

    worker_id: UUID
    decision: str
    reasons: Sequence[str]
    notes: Sequence[str]


class SingleRegistration:
    """Registers people one by one."""

    def __init__(self, sealing: Sealing, rulebook: Rulebook) -> None:
        self._sealing = sealing
        self._rulebook = rulebook

    async def register(
        self, uow: UnitOfWork, entry: Mapping[str, str], officer: str, areas: Sequence[str]
    ) -> Registered:
        """Register whom ``entry`` describes, by the names of a roster's columns.

        Raises:
            RefusedError: "registration-refused" for what cannot be a person's data, "worker-known" for a NIK that is
                registered. Then nothing of the transaction may be kept.
        """
        checker = RowChecker(COLUMNS, areas, self._rulebook.regencies, local_date(uow.moment))
        row = checker.check(_ONLY_ROW, [entry.get(name, "") for name in COLUMNS])
        if row is None or row.person is None:
            raise _refused(NikRefusal.EMPTY.code if row is None or row.reason is None else row.reason)
        decision = await self._register(uow, row.person)
        registered = Registered(decision.worker_id, decision.outcome, decision.reasons, row.notes)
        details = {"decision": registered.decision, "notes": ";".join(row.notes)}
        await audit.record(uow, uow.moment, officer, "register-worker", f"worker {registered.worker_id}", details)
        return registered

    async def _register(self, uow: UnitOfWork, person: StagedPerson) -> Decision:
        tokens, near_token = self._sealing.nik_search_tokens([person.nik])[0], self._sealing.near_tokens([person])[0]
        await store.check_lists.hold(uow)
        before = await store.people.look_up(uow, tokens, near_token)
        if before["is_known"]:
            raise RefusedError("worker-known")
        maker = PeopleMaker(self._sealing, self._rulebook, None, local_date(uow.moment))
        people = maker.make(uow, [person], tokens[:1], {tokens[0]: set(before["kinds"])})
        try:
            await store.people.add_one(uow, people.workers[0], people.persons[0], people.decisions[0], people.history)
        except NikTakenError:
            raise RefusedError("worker-known") from None
        uow.emit_all(people.events)
        decision = people.decisions[0]
        if before["near_id"] is not None:
            await store.cases.open(uow, [near_duplicate(decision.worker_id, before["near_id"])])
        return decision


def _refused(reason: str) -> RefusedError:
    """The entry cannot be a person's data; ``reason`` is a code of `rules/roster/refusals.py`."""
    indonesian, english = sentences(reason, {})
    return RefusedError("registration-refused", reason=reason, advice_id=indonesian, advice_en=english)
