"""Two jobs that bring groups to BPJS: one cuts a list in the database, the other writes it into the exchange folder.

They are apart because a file must be written from what is committed: a crash then writes the same file again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from services.enrolment import store
from services.enrolment.handlers.branch_files import OutgoingFiles
from services.enrolment.handlers.sealing import Sealing
from shared.clock import local_date
from shared.database.records import NamedRow
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service.jobs import item

CUT_LISTS: Final = "cut-group-lists"
WRITE_LISTS: Final = "write-group-lists"
ROWS_PER_LIST: Final = 50_000
_SEX_LETTERS: Final = {"male": "L", "female": "P"}


async def cut_lists(uow: UnitOfWork, _period_key: str) -> None:
    """Put waiting members on a list per group. Cover begins with the decree, and never in a month that is over."""
    this_month = Month.of(local_date(uow.moment))
    for group in await store.groups.lock_waiting(uow, CUT_LISTS):
        with item(group.group_id):
            first_month = max(Month.parse(group.first_month), this_month)
            await store.group_lists.cut(uow, group, first_month, ROWS_PER_LIST)
            await store.members.withdraw(uow, group.group_id, first_month, ROWS_PER_LIST)


class ListWriter:
    """Writes cut lists into the exchange folder."""

    def __init__(self, sealing: Sealing, files: OutgoingFiles) -> None:
        self._sealing = sealing
        self._files = files

    async def run(self, uow: UnitOfWork, _period_key: str) -> None:
        """Write the oldest list that is cut. The same list has the same bytes whenever it is written."""
        cut = await store.group_lists.take_unwritten(uow, WRITE_LISTS)
        if cut is None:
            return
        group_id, list_number = cut["group_id"], cut["list_number"]
        with item(f"{group_id}/{list_number}"):
            people = await store.group_lists.find_people(uow, group_id, list_number)
            await self._files.write_list(f"group-list_{group_id}_{list_number}.csv", self._rows(cut, people))
            await store.group_lists.mark_written(uow, group_id, list_number, uow.moment)

    def _rows(self, cut: NamedRow, people: Sequence[NamedRow]) -> Iterator[tuple[object, ...]]:
        programmes = "+".join(cut["programmes"])
        for person, profile in zip(people, self._sealing.open_profiles(people), strict=True):
            if profile is None:
                continue  # erased since; BPJS gets no answer wanted for them
            yield (
                person["worker_id"],
                profile["nik"],
                profile["name"],
                profile["birth_date"],
                _SEX_LETTERS[profile["sex"]],
                person["region_code"],
                person["occupation_code"],
                programmes,
                cut["income_band"],
                cut["first_month"],
            )
