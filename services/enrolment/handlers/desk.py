"""An officer registers one person: by the rules of a roster's row, with an answer at once (docs/adr/0035)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from services.enrolment.handlers.new_people import PeopleMaker
from services.enrolment.handlers.privacy import NEAR_FIELD, Privacy, near_value, nik_search_tokens
from services.enrolment.handlers.registration import near_duplicate
from services.enrolment.rules.limits import LimitsTable
from services.enrolment.rules.occupations import Occupations
from services.enrolment.rules.roster.header import OPTIONAL, REQUIRED
from services.enrolment.rules.roster.refusals import sentences
from services.enrolment.rules.roster.rows import RowChecker, StagedPerson
from services.enrolment.store import check_lists, people
from services.enrolment.store.cases import open_cases
from shared import audit
from shared.access.errors import RefusedError
from shared.clock import local_date
from shared.messaging.outbox import UnitOfWork

COLUMNS: Final = (*REQUIRED, *OPTIONAL)
_ONLY_ROW: Final = 1


class Decided(NamedTuple):
    """A registered worker and what the rules decided at once."""

    worker_id: UUID
    decision: str
    reasons: Sequence[str]


class RegistrationDesk:
    """Registers people one by one. ``regencies`` are those of the programme."""

    def __init__(
        self, privacy: Privacy, limits: LimitsTable, occupations: Occupations, regencies: frozenset[str]
    ) -> None:
        self._privacy = privacy
        self._limits = limits
        self._occupations = occupations
        self._regencies = regencies

    async def register(
        self, uow: UnitOfWork, entry: Mapping[str, str], officer: str, areas: Sequence[str]
    ) -> tuple[Decided, Sequence[str]]:
        """Register whom ``entry`` describes, by the names of a roster's columns; gives the decision and, as codes,
        what is odd about the entry.

        Raises RefusedError; then nothing of the transaction may be kept.
        """
        today = local_date(uow.moment)
        checker = RowChecker(COLUMNS, areas, self._regencies, today)
        row = checker.check(_ONLY_ROW, [entry.get(name, "") for name in COLUMNS])
        if row is None or row.person is None:
            raise _refused("nik-empty" if row is None or row.reason is None else row.reason)
        decided = await self._register(uow, row.person)
        details = {"decision": decided.decision, "notes": ";".join(row.notes)}
        await audit.record(uow, uow.moment, officer, "register-worker", f"worker {decided.worker_id}", details)
        return decided, row.notes

    async def _register(self, uow: UnitOfWork, person: StagedPerson) -> Decided:
        index, today = self._privacy.index, local_date(uow.moment)
        tokens = nik_search_tokens(index, [person.nik])[0]
        await check_lists.hold_lists(uow)
        before = await people.known_before(uow, tokens, index.token(NEAR_FIELD, near_value(person)))
        if before["is_known"]:
            raise RefusedError("worker-known")
        maker = PeopleMaker(self._privacy, self._occupations, self._limits.on(today), None, today)
        made = maker.make(uow, [person], tokens[:1], {tokens[0]: set(before["kinds"])})
        try:
            await people.add_person(uow, made.workers[0], made.persons[0], made.decisions[0], made.history)
        except people.NikTakenError:
            raise RefusedError("worker-known") from None
        uow.emit_all(made.events)
        _, worker_id, decision, reasons, *_ = made.decisions[0]
        if before["near_id"] is not None:
            await open_cases(uow, [near_duplicate(worker_id, before["near_id"])])
        return Decided(worker_id, decision, reasons)


def _refused(reason: str) -> RefusedError:
    """The entry cannot be a person's data; ``reason`` is a code of `rules/roster/refusals.py`."""
    indonesian, english = sentences(reason, {})
    return RefusedError("registration-refused", reason=reason, advice_id=indonesian, advice_en=english)
