"""The job that registers the people of an accepted roster, thousands in one transaction.

The first who brings a NIK is registered; whoever has it already is refused at the row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from services.enrolment import store
from services.enrolment.handlers.registration.people import PeopleMaker
from services.enrolment.handlers.registration.storing import register_people
from services.enrolment.handlers.sealing import Sealing
from services.enrolment.rules.roster.refusals import RowRefusal
from services.enrolment.rules.roster.rows import StagedPerson
from services.enrolment.rules.rulebook import Rulebook
from services.enrolment.rules.states import RosterState
from services.enrolment.tables import Roster
from shared.clock import local_date
from shared.database.records import NamedRow
from shared.messaging.outbox import UnitOfWork
from shared.service.jobs import item

REGISTER_ROSTERS: Final = "register-rosters"
BLOCKS_PER_RUN: Final = 10


class RosterRegistrar:
    """Registers accepted rosters, the oldest first."""

    def __init__(self, sealing: Sealing, rulebook: Rulebook) -> None:
        self._sealing = sealing
        self._rulebook = rulebook

    async def run(self, uow: UnitOfWork, _period_key: str) -> bool:
        """Register the next people of the oldest accepted roster that is not set aside. True if there may be more.

        Raises ItemFailedError with the roster that cannot be registered.
        """
        wanted = (RosterState.ACCEPTED, RosterState.REGISTERING)
        roster = await store.rosters.take(uow, REGISTER_ROSTERS, *wanted)
        if roster is None:
            return False
        with item(roster.roster_id):
            await self._register(uow, roster)
        return True

    async def _register(self, uow: UnitOfWork, roster: Roster) -> None:
        blocks = await store.roster_rows.find_blocks(uow, roster.roster_id, roster.registered_through, BLOCKS_PER_RUN)
        if blocks:
            staged, tokens = await self._without_known(uow, roster, await self._staged(uow, roster, blocks))
            if staged:
                maker = PeopleMaker(self._sealing, self._rulebook, roster.roster_id, local_date(uow.moment))
                await register_people(uow, maker, staged, tokens)
            await store.rosters.advance(uow, roster.roster_id, blocks[-1]["last_row"])
        if len(blocks) < BLOCKS_PER_RUN:
            await store.rosters.finish_registering(uow, roster.roster_id, uow.moment)

    async def _staged(self, uow: UnitOfWork, roster: Roster, blocks: Sequence[NamedRow]) -> list[StagedPerson]:
        """The people of these blocks whose rows are still acceptable."""
        first, last = blocks[0]["first_row"], blocks[-1]["last_row"]
        accepted = await store.roster_rows.find_accepted(uow, roster.roster_id, first, last)

        def opened() -> list[StagedPerson]:
            people = (self._sealing.open_block(roster, block["first_row"], block["sealed"]) for block in blocks)
            return [person for block in people for person in block if person.row_number in accepted]

        return await asyncio.to_thread(opened)

    async def _without_known(
        self, uow: UnitOfWork, roster: Roster, staged: list[StagedPerson]
    ) -> tuple[list[StagedPerson], list[bytes]]:
        """Who is not registered yet, with the tokens; the others are refused as duplicates."""
        tokens = await asyncio.to_thread(self._sealing.nik_search_tokens, [person.nik for person in staged])
        tokens_by_row = {person.row_number: every for person, every in zip(staged, tokens, strict=True)}
        duplicates = await store.people.find_known_rows(uow, tokens_by_row)
        fresh: dict[bytes, StagedPerson] = {}
        for person in staged:
            if person.row_number not in duplicates:
                current = tokens_by_row[person.row_number][0]
                if fresh.setdefault(current, person) is not person:
                    duplicates.add(person.row_number)
        await store.roster_rows.refuse(uow, roster.roster_id, sorted(duplicates), RowRefusal.DUPLICATE.code)
        return list(fresh.values()), list(fresh)
