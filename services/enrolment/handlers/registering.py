"""The job that registers the people of an accepted roster, thousands in one transaction.

The first who brings a NIK is registered; whoever has it already is refused at the row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.enrolment.handlers.new_people import PeopleMaker
from services.enrolment.handlers.privacy import Privacy, nik_search_tokens, open_block
from services.enrolment.handlers.registration import register_people
from services.enrolment.rules.limits import LimitsTable
from services.enrolment.rules.occupations import Occupations
from services.enrolment.rules.roster.rows import StagedPerson
from services.enrolment.store import Row, people, roster_rows, rosters
from shared.clock import local_date
from shared.messaging.outbox import UnitOfWork
from shared.privacy import WrappedKey
from shared.service.jobs import item

REGISTER_ROSTERS: Final = "register-rosters"
BLOCKS_PER_RUN: Final = 10


class RosterRegistrar:
    """Registers accepted rosters, the oldest first."""

    def __init__(self, privacy: Privacy, limits: LimitsTable, occupations: Occupations) -> None:
        self._privacy = privacy
        self._limits = limits
        self._occupations = occupations

    async def run(self, uow: UnitOfWork, _period_key: str) -> bool:
        """Register the next people of the oldest accepted roster that is not set aside. True if there may be more.

        Raises ItemFailedError with the roster that cannot be registered.
        """
        roster = await rosters.take_roster(uow, REGISTER_ROSTERS, "accepted", "registering")
        if roster is None:
            return False
        with item(roster["roster_id"]):
            await self._register(uow, roster)
        return True

    async def _register(self, uow: UnitOfWork, roster: Row) -> None:
        roster_id: UUID = roster["roster_id"]
        blocks = await roster_rows.blocks_after(uow, roster_id, roster["registered_through"], BLOCKS_PER_RUN)
        if not blocks:
            await rosters.finish_registering(uow, roster_id, uow.moment)
            return
        staged = await self._staged(uow, roster, blocks)
        staged, tokens = await self._without_known(uow, roster_id, staged)
        if staged:
            today = local_date(uow.moment)
            maker = PeopleMaker(self._privacy, self._occupations, self._limits.on(today), roster_id, today)
            await register_people(uow, maker, staged, tokens)
        await rosters.advance(uow, roster_id, blocks[-1]["last_row"])
        if len(blocks) < BLOCKS_PER_RUN:
            await rosters.finish_registering(uow, roster_id, uow.moment)

    async def _staged(self, uow: UnitOfWork, roster: Row, blocks: Sequence[Row]) -> list[StagedPerson]:
        """The people of these blocks whose rows are still acceptable."""
        key = WrappedKey(roster["roster_id"], roster["kek_id"], roster["wrapped_key"])
        first, last = blocks[0]["first_row"], blocks[-1]["last_row"]
        wanted = await roster_rows.accepted_rows(uow, roster["roster_id"], first, last)

        def opened() -> list[StagedPerson]:
            vault = self._privacy.vault
            every = (
                person for block in blocks for person in open_block(vault, key, block["first_row"], block["sealed"])
            )
            return [person for person in every if person.row_number in wanted]

        return await asyncio.to_thread(opened)

    async def _without_known(
        self, uow: UnitOfWork, roster_id: UUID, staged: list[StagedPerson]
    ) -> tuple[list[StagedPerson], list[bytes]]:
        """Who is not registered yet, with the tokens; the others are refused as duplicates."""
        niks = [person.nik for person in staged]
        tokens = await asyncio.to_thread(nik_search_tokens, self._privacy.index, niks)
        searched = {person.row_number: every for person, every in zip(staged, tokens, strict=True)}
        known = await people.known_rows(uow, searched)
        seen: set[bytes] = set()
        fresh: list[StagedPerson] = []
        for person in staged:
            token = searched[person.row_number][0]
            if person.row_number in known or token in seen:
                known.add(person.row_number)
                continue
            seen.add(token)
            fresh.append(person)
        await roster_rows.refuse_rows(uow, roster_id, sorted(known), "duplicate")
        return fresh, [searched[person.row_number][0] for person in fresh]
