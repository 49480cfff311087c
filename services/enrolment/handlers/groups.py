"""Two jobs that bring groups to BPJS: one cuts a list in the database, the other writes it into the exchange folder.

They are apart because a file must be written from what is committed: a crash then writes the same file again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from services.enrolment.handlers.privacy import Privacy, open_profiles
from services.enrolment.store import Row
from services.enrolment.store import groups as store
from shared.clock import local_date
from shared.exchange import Exchange, write_records
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service.jobs import item

LIST_COLUMNS: Final = (
    "worker_ref",
    "nik",
    "name",
    "birth_date",
    "sex",
    "regency_code",
    "occupation_code",
    "programmes",
    "income_band",
    "first_month",
)
CUT_LISTS: Final = "cut-group-lists"
WRITE_LISTS: Final = "write-group-lists"
ROWS_PER_LIST: Final = 50_000
_SEX_LETTERS: Final = {"male": "L", "female": "P"}


async def cut_lists(uow: UnitOfWork, _period_key: str) -> None:
    """Put waiting members on a list per group. Cover begins with the decree, and never in a month that is over."""
    this_month = Month.of(local_date(uow.moment)).first_day
    for group in await store.waiting_groups(uow, CUT_LISTS):
        with item(group["group_id"]):
            first_month: date = max(group["first_month"], this_month)
            await store.cut_list(uow, group, first_month, ROWS_PER_LIST, uow.moment)
            await store.withdraw_members(uow, group["group_id"], first_month, ROWS_PER_LIST)


class ListWriter:
    """Writes cut lists into the exchange folder."""

    def __init__(self, privacy: Privacy, exchange: Exchange) -> None:
        self._privacy = privacy
        self._exchange = exchange

    async def run(self, uow: UnitOfWork, _period_key: str) -> None:
        """Write the oldest list that is cut. The same list has the same bytes whenever it is written."""
        cut = await store.take_unwritten_list(uow, WRITE_LISTS)
        if cut is None:
            return
        with item(f"{cut['group_id']}/{cut['list_number']}"):
            people = await store.listed_people(uow, cut["group_id"], cut["list_number"])
            name = f"group-list_{cut['group_id']}_{cut['list_number']}.csv"
            await asyncio.to_thread(self._write, name, cut, people)
            await store.mark_written(uow, cut["group_id"], cut["list_number"], uow.moment)

    def _write(self, name: str, cut: Row, people: Sequence[Row]) -> None:
        self._exchange.write(name, write_records(LIST_COLUMNS, self._rows(cut, people)))

    def _rows(self, cut: Row, people: Sequence[Row]) -> Iterator[tuple[object, ...]]:
        programmes = "+".join(cut["programmes"])
        first_month = Month.of(cut["first_month"])
        for person, profile in zip(people, open_profiles(self._privacy.vault, people), strict=True):
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
                first_month,
            )
