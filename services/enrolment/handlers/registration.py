"""Registers people whose rows are judged and whose NIKs are new, whether a roster or an officer brings them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.enrolment.handlers.new_people import PeopleMaker
from services.enrolment.rules.cases import CaseKind
from services.enrolment.rules.roster.rows import StagedPerson
from services.enrolment.store import check_lists, people
from services.enrolment.store.cases import NewCase, open_cases
from shared.messaging.outbox import UnitOfWork

_SLICE_PEOPLE: Final = 2_000


def near_duplicate(worker_id: UUID, other_id: UUID) -> NewCase:
    """Somebody has the name and the birth date of somebody else, under another NIK."""
    return NewCase(CaseKind.NEAR_DUPLICATE, str(worker_id), worker_id, {"other": str(other_id)})


async def register_people(
    uow: UnitOfWork, maker: PeopleMaker, staged: Sequence[StagedPerson], tokens: Sequence[bytes]
) -> None:
    """Store and tell of ``staged``, each with the token of its NIK; near duplicates become cases."""
    hits: dict[bytes, set[str]] = {}
    await check_lists.hold_lists(uow)
    for hit in await check_lists.hits(uow, tokens):
        hits.setdefault(bytes(hit["token"]), set()).add(hit["kind"])
    added: list[tuple[UUID, bytes]] = []
    for start in range(0, len(staged), _SLICE_PEOPLE):
        end = start + _SLICE_PEOPLE
        batch = await asyncio.to_thread(maker.make, uow, staged[start:end], tokens[start:end], hits)
        await people.add_people(uow, batch.workers, batch.persons, batch.decisions, batch.history)
        await asyncio.to_thread(uow.emit_all, batch.events)
        added += [(person[0], person[-1]) for person in batch.persons]
    near = await people.near_duplicates(uow, added)
    await open_cases(uow, [near_duplicate(row["worker_id"], row["other_id"]) for row in near])
