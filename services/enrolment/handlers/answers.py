"""The job that takes BPJS's answers from the exchange folder: late, in parts, twice, or about people nobody asked for.

A file is recorded by name and content in the transaction of its effect, and moved away by a later run, after the
commit. An acceptance outranks a refusal in whatever order they come; what contradicts it becomes a case.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import structlog

from services.enrolment.handlers.privacy import KPJ_FIELD, Privacy
from services.enrolment.rules.answers import (
    ANSWER_COLUMNS,
    Answer,
    AnswerMalformedError,
    AnswerName,
    MemberStanding,
    after_acceptance,
    after_refusal,
    parse_answers,
    parse_name,
)
from services.enrolment.rules.cases import CaseKind
from services.enrolment.rules.membership import Acceptance, Status, on_accepted
from services.enrolment.store import Row, files, groups, people
from services.enrolment.store.cases import NewCase, open_cases
from shared.clock import local_date
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.exchange import REFUSED, Coming, Exchange, ExchangeError, RecordReader, RecordsError, coming
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.privacy import WrappedKey
from shared.service.jobs import item

log = structlog.get_logger(__name__)

IMPORT_ANSWERS: Final = "import-answers"
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
ROWS_PER_RUN: Final = 20_000
ROWS_AT_ONCE: Final = 5_000


@dataclass(slots=True)
class _Effects:
    """What the answers of a file come to."""

    standings: dict[UUID, MemberStanding] = field(default_factory=dict)
    enrolled: dict[UUID, date] = field(default_factory=dict)
    kpj: dict[UUID, str] = field(default_factory=dict)
    cases: list[NewCase] = field(default_factory=list)


class AnswerImporter:
    """Takes answers; one run imports files until some 20,000 rows are done."""

    def __init__(self, privacy: Privacy, exchange: Exchange) -> None:
        self._privacy = privacy
        self._exchange = exchange

    async def run(self, uow: UnitOfWork, _period_key: str) -> None:
        """Move away the files of earlier runs, then import what is new."""
        rows = 0
        for name in await asyncio.to_thread(self._exchange.incoming):
            try:
                digest = await asyncio.to_thread(self._exchange.digest, name, max_bytes=MAX_FILE_BYTES)
            except FileNotFoundError:
                continue
            except ExchangeError:
                # Each such file is a case of its own, and none says its name.
                digest = f"unread-{hashlib.sha256(name.encode()).hexdigest()}"
            except OSError as error:
                log.warning("file_cannot_be_read_now", file=name, error_type=type(error).__name__)
                continue
            states = await files.states_by_content(uow, name, IMPORT_ANSWERS, digest)
            if states.get(digest) == files.SET_ASIDE:
                continue
            meeting = coming(digest, states)
            if meeting is Coming.AGAIN:
                await self._put_away(name, is_refused=states[digest] == REFUSED)
            elif rows < ROWS_PER_RUN:
                with contextlib.suppress(FileNotFoundError), item(digest):  # somebody may have taken it away meanwhile
                    rows += await self._take(uow, name, digest, is_name_used=meeting is Coming.NAME_REUSED)

    async def _put_away(self, name: str, *, is_refused: bool) -> None:
        """Move a file away whose effect is committed; one that cannot be moved holds up no other."""
        try:
            await asyncio.to_thread(self._exchange.archive, name, refused=is_refused)
        except OSError as error:
            log.warning("file_cannot_be_moved", file=name, error_type=type(error).__name__)

    async def _take(self, uow: UnitOfWork, name: str, digest: str, *, is_name_used: bool) -> int:
        """Import a file that was not seen before, or refuse it in sight; gives its rows."""
        answered = parse_name(name)
        first_month: date | None = None
        reason: str | None = None
        answers: list[Answer] = []
        if answered is None:
            reason = "name-unknown"
        elif is_name_used:
            reason = Coming.NAME_REUSED.value
        else:
            first_month = await groups.list_first_month(uow, answered.group_id, answered.list_number)
            try:
                answers = await asyncio.to_thread(self._answers, name)
            except ExchangeError as error:
                reason = error.reason
            except RecordsError:
                reason = "form-broken"
            except AnswerMalformedError:
                reason = "row-malformed"
            latest = local_date(uow.moment) + timedelta(days=1)  # in another time zone it may be tomorrow
            if any(answer.accepted_on and answer.accepted_on > latest for answer in answers):
                reason = "accepted-in-the-future"
            if reason is None and first_month is None:
                reason = "list-unknown"
        if reason is not None:
            answers = []
        await files.add_file(uow, name, digest, reason=reason, rows=len(answers), moment=uow.moment)
        if reason is not None or answered is None or first_month is None:
            case = NewCase(CaseKind.FILE_REFUSED, digest, None, {"reason": reason, "kind": "group-answer"})
            await open_cases(uow, [case])
            return 1
        await self._apply(uow, answered, answers, first_month)
        return len(answers)

    def _answers(self, name: str) -> list[Answer]:
        answers: list[Answer] = []
        with self._exchange.open(name, max_bytes=MAX_FILE_BYTES) as file:
            reader = RecordReader(file, ANSWER_COLUMNS)
            while not reader.ended:
                rows = reader.read(ROWS_AT_ONCE)
                answers += parse_answers([dict(zip(ANSWER_COLUMNS, row, strict=True)) for row in rows])
        return answers

    async def _apply(self, uow: UnitOfWork, answered: AnswerName, answers: Sequence[Answer], first_month: date) -> None:
        wanted = sorted({answer.worker_id for answer in answers})
        found = await groups.lock_members(uow, answered.group_id, answered.list_number, wanted)
        members = {row["worker_id"]: row for row in found}
        effects = _Effects()
        for answer in answers:
            self._judge(effects, answered, answer, members.get(answer.worker_id))
        if effects.standings:
            noted = [
                (worker, now.state, now.reason, now.accepted_part, now.refused_part)
                for worker, now in effects.standings.items()
            ]
            await groups.note_answers(uow, answered.group_id, noted, local_date(uow.moment))
        if effects.enrolled:
            await self._enrol(uow, answered, effects, members, first_month)
        await open_cases(uow, effects.cases)

    def _judge(self, effects: _Effects, answered: AnswerName, answer: Answer, member: Row | None) -> None:
        worker_id = answer.worker_id
        reference = f"{answered.group_id}/{answered.list_number}/{worker_id}"
        if member is None:
            effects.cases.append(NewCase(CaseKind.ANSWER_FOR_UNLISTED, reference))
            return
        before = effects.standings.get(worker_id) or MemberStanding(
            member["state"], member["refusal_reason"], member["accepted_part"], member["refused_part"]
        )
        if answer.is_accepted:
            meaning = on_accepted(Status(member["status"]))
            if before.accepted_part is None and meaning is Acceptance.UNEXPECTED:
                effects.cases.append(NewCase(CaseKind.ACCEPTED_NOT_VERIFIED, reference, worker_id))
                return
            now = after_acceptance(before, answered.part)
            if before.accepted_part is None:
                if self._other_kpj(effects, answer, member):
                    effects.cases.append(NewCase(CaseKind.ANOTHER_KPJ, reference, worker_id))
                effects.kpj[worker_id] = answer.kpj
                if meaning is Acceptance.ENROLS and answer.accepted_on is not None:
                    effects.enrolled[worker_id] = answer.accepted_on
            elif self._other_kpj(effects, answer, member):
                effects.cases.append(NewCase(CaseKind.ANOTHER_KPJ, reference, worker_id))
        else:
            now = after_refusal(before, answered.part, answer.reason)
        effects.standings[worker_id] = now
        if now.is_contradicted:
            effects.cases.append(NewCase(CaseKind.REFUSED_AFTER_ACCEPTANCE, reference, worker_id))

    def _other_kpj(self, effects: _Effects, answer: Answer, member: Row) -> bool:
        here = effects.kpj.get(answer.worker_id)
        if here is not None:
            return here != answer.kpj
        stored = member["kpj_token"]
        return stored is not None and stored not in self._privacy.index.search_tokens(KPJ_FIELD, answer.kpj)

    async def _enrol(
        self,
        uow: UnitOfWork,
        answered: AnswerName,
        effects: _Effects,
        members: Mapping[UUID, Row],
        first_month: date,
    ) -> None:
        order = sorted(effects.enrolled)
        enrolled = [
            (
                worker_id,
                members[worker_id]["version"] + 1,
                members[worker_id]["enrolment_number"] + 1,
                # A return does not reach back into the time of the enrolment that ended.
                max(first_month, members[worker_id]["ended_on"] or first_month),
                effects.enrolled[worker_id],
            )
            for worker_id in order
        ]
        await people.enrol_workers(uow, answered.group_id, enrolled, uow.moment)
        await self._keep_kpj(uow, effects, members)
        programmes = tuple(await groups.programmes_of(uow, answered.group_id))
        for worker_id, version, number, cover_from, enrolled_on in enrolled:
            member = members[worker_id]
            uow.emit(
                WorkerEnrolled(
                    aggregate_version=version,
                    worker_id=member["worker_id"],
                    region_code=member["region_code"],
                    occupation_code=member["occupation_code"],
                    participant_kind=member["participant_kind"],
                    programmes=programmes,
                    enrolled_on=enrolled_on,
                    cover_from=Month.of(cover_from),
                    enrolment_number=number,
                    group_id=answered.group_id,
                )
            )

    async def _keep_kpj(self, uow: UnitOfWork, effects: _Effects, members: Mapping[UUID, Row]) -> None:
        """Seal the member numbers under each person's own key; whoever was erased keeps none."""
        numbers = {worker: kpj for worker, kpj in effects.kpj.items() if members[worker]["wrapped_key"] is not None}
        order = sorted(numbers)

        def sealed() -> tuple[list[bytes], list[bytes]]:
            keys = (WrappedKey(w, members[w]["kek_id"], members[w]["wrapped_key"]) for w in order)
            rows = [(key, {KPJ_FIELD: numbers[key.person_id]}) for key in keys]
            texts = [fields[KPJ_FIELD] for fields in self._privacy.vault.encrypt_many(rows)]
            return texts, self._privacy.index.tokens(KPJ_FIELD, (numbers[worker] for worker in order))

        if order:
            texts, tokens = await asyncio.to_thread(sealed)
            await people.set_kpj(uow, order, texts, tokens)
