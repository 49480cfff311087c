"""Registers people whose rows are judged and whose NIKs are new."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.enrolment import store
from services.enrolment.handlers.registration.people import PeopleMaker
from services.enrolment.rules.cases import CaseKind
from services.enrolment.rules.roster.rows import StagedPerson
from services.enrolment.store.cases import NewCase
from services.enrolment.tables import Person
from shared.messaging.outbox import UnitOfWork

_SLICE_PEOPLE: Final = 2_000


def near_duplicate(worker_id: UUID, other_id: UUID) -> NewCase:
    """Somebody has the name and the birth date of somebody else, under another NIK."""
    return NewCase(CaseKind.NEAR_DUPLICATE, str(worker_id), worker_id, {"other": str(other_id)})


async def register_people(
    uow: UnitOfWork, maker: PeopleMaker, staged: Sequence[StagedPerson], tokens: Sequence[bytes]
) -> None:
    """Store and tell of ``staged``, each with the token of its NIK; near duplicates become cases."""
    await store.check_lists.hold(uow)
    kinds_by_token = await store.check_lists.find_kinds(uow, tokens)
    added: list[Person] = []
    for start in range(0, len(staged), _SLICE_PEOPLE):
        end = start + _SLICE_PEOPLE
        people = await asyncio.to_thread(maker.make, uow, staged[start:end], tokens[start:end], kinds_by_token)
        await store.people.add(uow, people.workers, people.persons, people.decisions, people.history)
        await asyncio.to_thread(uow.emit_all, people.events)
        added += people.persons
    near = await store.people.find_near(uow, added)
    await store.cases.open(uow, [near_duplicate(row["worker_id"], row["other_id"]) for row in near])
