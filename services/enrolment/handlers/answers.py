"""The job that takes BPJS's answers from the exchange folder: late, in parts, twice, or about people nobody asked for.

A file is recorded by name and content in the transaction of its effect, and moved away by a later run, after the
commit. An acceptance outranks a refusal in whatever order they come; what contradicts it becomes a case.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from services.enrolment import store
from services.enrolment.handlers.branch_files import IncomingFiles
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.rules.answers import (
    Answer,
    AnswerFileRefusedError,
    AnswerName,
    MemberStanding,
    after_acceptance,
    after_refusal,
    parse_name,
)
from services.enrolment.rules.cases import CaseKind
from services.enrolment.rules.membership import Acceptance, on_accepted
from services.enrolment.rules.states import FileState, MembershipStatus, MemberState
from services.enrolment.store.cases import NewCase
from services.enrolment.store.members import Answered
from services.enrolment.tables import Enrolment
from shared.clock import local_date
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.database.records import NamedRow, record
from shared.exchange import Coming, coming
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service.jobs import item

IMPORT_ANSWERS: Final = "import-answers"
ROWS_PER_RUN: Final = 20_000


@dataclass(frozen=True, slots=True)
class _File:
    """A file of answers that can be used: which list it answers, from which month that list is, and what it says."""

    answered: AnswerName
    first_month: Month
    answers: Sequence[Answer]


@dataclass(slots=True)
class _Effects:
    """What the answers of a file come to."""

    standings: dict[UUID, MemberStanding] = field(default_factory=dict)
    enrolled: dict[UUID, date] = field(default_factory=dict)
    kpj: dict[UUID, str] = field(default_factory=dict)
    cases: list[NewCase] = field(default_factory=list)


class AnswerImporter:
    """Takes answers; one run imports files until some 20,000 rows are done."""

    def __init__(self, sealing: Sealing, files: IncomingFiles) -> None:
        self._sealing = sealing
        self._files = files

    async def run(self, uow: UnitOfWork, _period_key: str) -> None:
        """Move away the files of earlier runs, then import what is new."""
        rows = 0
        for name in await self._files.waiting():
            digest = await self._files.digest(name)
            if digest is None:
                continue
            states = await store.files.find_states(uow, name, IMPORT_ANSWERS, digest)
            if states.get(digest) == FileState.SET_ASIDE:
                continue
            meeting = coming(digest, states)
            if meeting is Coming.AGAIN:
                await self._files.put_away(name, is_refused=states[digest] == FileState.REFUSED)
            elif rows < ROWS_PER_RUN:
                with item(digest), contextlib.suppress(FileNotFoundError):  # somebody may have taken it away meanwhile
                    rows += await self._take(uow, name, digest, is_name_used=meeting is Coming.NAME_REUSED)

    async def _take(self, uow: UnitOfWork, name: str, digest: str, *, is_name_used: bool) -> int:
        """Import a file that was not seen before, or refuse it in sight; gives its rows."""
        try:
            file = await self._read(uow, name, is_name_used=is_name_used)
        except AnswerFileRefusedError as refused:
            await store.files.add(uow, name, digest, reason=refused.reason, rows=0)
            details = {"reason": refused.reason, "kind": "group-answer"}
            await store.cases.open(uow, [NewCase(CaseKind.FILE_REFUSED, digest, None, details)])
            return 1
        await store.files.add(uow, name, digest, reason=None, rows=len(file.answers))
        await self._apply(uow, file)
        return len(file.answers)

    async def _read(self, uow: UnitOfWork, name: str, *, is_name_used: bool) -> _File:
        """What a file says. Raises AnswerFileRefusedError where it cannot be used as a whole."""
        answered = parse_name(name)
        if answered is None:
            raise AnswerFileRefusedError("name-unknown")
        if is_name_used:
            raise AnswerFileRefusedError(Coming.NAME_REUSED.value)
        first_month = await store.group_lists.find_first_month(uow, answered.group_id, answered.list_number)
        answers = await self._files.read_answers(name)
        latest = local_date(uow.moment) + timedelta(days=1)  # in another time zone it may be tomorrow
        if any(answer.accepted_on and answer.accepted_on > latest for answer in answers):
            raise AnswerFileRefusedError("accepted-in-the-future")
        if first_month is None:
            raise AnswerFileRefusedError("list-unknown")
        return _File(answered, first_month, answers)

    async def _apply(self, uow: UnitOfWork, file: _File) -> None:
        answered = file.answered
        wanted = sorted({answer.worker_id for answer in file.answers})
        rows = await store.members.lock(uow, answered.group_id, answered.list_number, wanted)
        members = {row["worker_id"]: row for row in rows}
        effects = _Effects()
        for answer in file.answers:
            self._judge(effects, answered, answer, members.get(answer.worker_id))
        if effects.standings:
            noted = [
                Answered(worker_id, now.state, now.reason, now.accepted_part, now.refused_part)
                for worker_id, now in effects.standings.items()
            ]
            await store.members.note_answers(uow, answered.group_id, noted, local_date(uow.moment))
        if effects.enrolled:
            await self._enrol(uow, file, effects, members)
        await store.cases.open(uow, effects.cases)

    def _judge(self, effects: _Effects, answered: AnswerName, answer: Answer, member: NamedRow | None) -> None:
        worker_id = answer.worker_id
        reference = f"{answered.group_id}/{answered.list_number}/{worker_id}"
        if member is None:
            effects.cases.append(NewCase(CaseKind.ANSWER_FOR_UNLISTED, reference))
            return
        before = effects.standings.get(worker_id) or MemberStanding(
            MemberState(member["state"]), member["refusal_reason"], member["accepted_part"], member["refused_part"]
        )
        if answer.is_accepted:
            meaning = on_accepted(MembershipStatus(member["status"]))
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

    def _other_kpj(self, effects: _Effects, answer: Answer, member: NamedRow) -> bool:
        here = effects.kpj.get(answer.worker_id)
        if here is not None:
            return here != answer.kpj
        stored = member["kpj_token"]
        return stored is not None and not self._sealing.is_kpj(stored, answer.kpj)

    async def _enrol(self, uow: UnitOfWork, file: _File, effects: _Effects, members: Mapping[UUID, NamedRow]) -> None:
        group_id, first_month = file.answered.group_id, file.first_month
        enrolments = [
            record(
                Enrolment,
                {
                    "worker_id": worker_id,
                    "enrolment_number": members[worker_id]["enrolment_number"] + 1,
                    "group_id": group_id,
                    "cover_from": str(_cover_from(first_month, members[worker_id]["ended_on"])),
                    "enrolled_on": effects.enrolled[worker_id],
                    "recorded_at": uow.moment,
                    "ended_on": None,
                },
            )
            for worker_id in sorted(effects.enrolled)
        ]
        versions = {enrolment.worker_id: members[enrolment.worker_id]["version"] + 1 for enrolment in enrolments}
        await store.people.enrol(uow, enrolments, versions)
        await self._keep_kpj(uow, effects, members)
        programmes = tuple(await store.groups.find_programmes(uow, group_id))
        for enrolment in enrolments:
            member = members[enrolment.worker_id]
            uow.emit(
                WorkerEnrolled(
                    aggregate_version=versions[enrolment.worker_id],
                    worker_id=member["worker_id"],
                    region_code=member["region_code"],
                    occupation_code=member["occupation_code"],
                    participant_kind=member["participant_kind"],
                    programmes=programmes,
                    enrolled_on=enrolment.enrolled_on,
                    cover_from=Month.parse(enrolment.cover_from),
                    enrolment_number=enrolment.enrolment_number,
                    group_id=group_id,
                )
            )

    async def _keep_kpj(self, uow: UnitOfWork, effects: _Effects, members: Mapping[UUID, NamedRow]) -> None:
        """Seal the member numbers under each person's own key; whoever was erased keeps none."""
        keepers = [worker_id for worker_id in sorted(effects.kpj) if members[worker_id]["wrapped_key"] is not None]
        if keepers:
            numbers = [(members[worker_id], effects.kpj[worker_id]) for worker_id in keepers]
            sealed, tokens = await asyncio.to_thread(self._sealing.seal_kpj, numbers)
            await store.people.set_kpj(uow, keepers, sealed, tokens)


def _cover_from(first_month: Month, ended_on: date | None) -> Month:
    """The first covered month: a return does not reach back into the time of the enrolment that ended."""
    return first_month if ended_on is None else max(first_month, Month.of(ended_on))
