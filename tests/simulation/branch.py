"""The BPJS branch in memory: reads what services put out, and answers as branches do, also late, in parts and twice.

It works over the real exchange folders. Its book (members, bills, money received) is the outside witness of what was
paid: a worker's month that it books twice is found there, whatever the services believe.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from services.enrolment.rules.answers import ANSWER_COLUMNS
from services.subsidy.adapters.exchange import BILL_COLUMNS, CONFIRMATION_COLUMNS
from shared.clock import Clock, local_date
from shared.exchange import write_records
from tests.simulation.chance import Chance
from tests.simulation.story import Story

Row = Mapping[str, str]
_FIRST_KPJ: Final = 26_000_000_000


@dataclass
class _Bill:
    rows: Sequence[Row]
    kode: str
    paid_by: str | None = None


@dataclass(order=True)
class _Owed:
    at: datetime
    number: int
    give: Callable[[], None] = field(compare=False)


class Branch:
    """One branch for both desks: ``folders`` are the exchange folders by service; ``came`` hears of answers."""

    name = "BPJS"

    def __init__(
        self,
        folders: Mapping[str, Path],
        chance: Chance,
        clock: Clock,
        story: Story,
        came: Callable[[str], None],
    ) -> None:
        self._folders, self._chance, self._clock, self._story, self._came = folders, chance, clock, story, came
        self.members: dict[str, int] = {}
        self.bills: dict[str, _Bill] = {}
        self.booked: dict[tuple[str, str], str] = {}
        self.booked_twice: list[tuple[str, str]] = []
        self._owed: list[_Owed] = []
        self._given = 0
        self.mail = True  # whether something may lie in an out folder

    def die(self) -> None:
        """It keeps its book."""

    def is_ready(self) -> bool:
        """Whether a file waits or an answer is due."""
        return self.mail or any(owed.at <= self._clock.now() for owed in self._owed)

    def owes(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._owed)

    def hurry(self) -> None:
        """Answer everything at the next look."""
        for owed in self._owed:
            owed.at = min(owed.at, self._clock.now())

    async def turn(self) -> None:
        """Take what lies there and give what is due."""
        self.mail = False
        for service in self._folders:
            for path in self._waiting(service):
                rows = _read(path)
                kind, _, reference = path.stem.partition("_")
                path.unlink()
                self._story.tell(f"BPJS takes {kind} of {len(rows)}")
                {"group-list": self._list, "bill-request": self._bill, "payment": self._payment}[kind](reference, rows)
        for owed in sorted(self._owed):
            if owed.at <= self._clock.now():
                self._owed.remove(owed)
                owed.give()

    def _waiting(self, service: str) -> list[Path]:
        folder = self._folders[service] / "out"
        return [folder / name for name in sorted(os.listdir(folder)) if name.endswith(".csv")]

    def _today(self) -> date:
        return local_date(self._clock.now())

    def _owe(self, kind: str, give: Callable[[], None]) -> None:
        """Answer now, or some days later."""
        name = self._chance.strikes("bpjs-late", kind)
        days = 1 + self._chance.number(f"days {name}", 20) if name else 0
        if name:
            self._story.tell(f"BPJS will answer the {kind} in {days} days")
        self._given += 1
        self._owed.append(_Owed(self._clock.now() + timedelta(days=days), self._given, give))

    def _put(self, service: str, name: str, columns: Sequence[str], rows: Sequence[Any], total: int | None) -> None:
        lines = write_records(columns, rows) if total is None else write_records(columns, rows, total_rupiah=total)
        content = "".join(f"{line}\n" for line in lines)
        (self._folders[service] / "in" / f"{name}.csv").write_text(content, encoding="utf-8")
        self._came(service)
        self._story.tell(f"BPJS gives {name.partition('_')[0]} of {len(rows)}")
        if self._chance.strikes("bpjs-twice", name.partition("_")[0]):
            (self._folders[service] / "in" / f"{name}_9.csv").write_text(content, encoding="utf-8")
            self._story.tell("BPJS gives the same again under another name")

    # --- lists -------------------------------------------------------------------------------------------------

    def _list(self, reference: str, rows: Sequence[Row]) -> None:
        for part, some in enumerate(self._parts("group-answer", rows)):
            suffix = f"_{part + 1}" if part else ""
            self._owe("group-list", partial(self._answer_list, reference + suffix, some))

    def _answer_list(self, reference: str, rows: Sequence[Row]) -> None:
        answers: list[tuple[object, ...]] = []
        for row in rows:
            if self._chance.maybe(f"BPJS rejects {row['nik']}", 0.06):
                answers.append((row["worker_ref"], "rejected", "", "population-data-differs", ""))
            else:
                kpj = _FIRST_KPJ + self.members.setdefault(row["nik"], len(self.members) + 1)
                answers.append((row["worker_ref"], "accepted", f"{kpj:011d}", "", self._today()))
        self._put("enrolment", f"group-answer_{reference}", ANSWER_COLUMNS, answers, None)

    def _parts(self, kind: str, rows: Sequence[Row]) -> list[Sequence[Row]]:
        name = self._chance.strikes("bpjs-parts", kind) if len(rows) > 1 else None
        if name is None:
            return [rows]
        at = 1 + self._chance.number(f"cut {name}", len(rows) - 1)
        return [rows[:at], rows[at:]]

    # --- bills and money ---------------------------------------------------------------------------------------

    def _bill(self, reference: str, rows: Sequence[Row]) -> None:
        known = self.bills.get(reference)
        if known is None:
            number = len(self.bills) + 1
            known = self.bills[reference] = _Bill(rows, f"{rows[0]['month'][2:].replace('-', '')}{number:08d}")
        if self._chance.strikes("bpjs-wrong", "bill"):
            self._owe("bill", lambda: self._answer_bill(reference, "_1", 16_800))
        self._owe("bill", lambda: self._answer_bill(reference, "", 0))

    def _answer_bill(self, reference: str, suffix: str, wrong_by_rupiah: int) -> None:
        bill = self.bills[reference]
        jkk, jkm = (sum(int(row[name]) for row in bill.rows) for name in ("jkk_rupiah", "jkm_rupiah"))
        jkm += wrong_by_rupiah
        first = bill.rows[0]
        month = first["month"]
        total = jkk + jkm
        row = (reference, bill.kode, first["group_id"], month, len(bill.rows), jkk, jkm, total, f"{month}-15")
        self._put("subsidy", f"bill_{reference}{suffix}", BILL_COLUMNS, [row], total)

    def _payment(self, reference: str, rows: Sequence[Row]) -> None:
        order = rows[0]
        bill = self.bills[order["bill_id"]]
        assert bill.kode == order["kode_iuran"], "A payment names the kode iuran of its bill."
        if bill.paid_by not in (None, reference):
            self.booked_twice.append((reference, order["bill_id"]))
        if bill.paid_by is None:
            bill.paid_by = reference
            for row in bill.rows:
                place = (row["worker_ref"], row["month"])
                if place in self.booked:
                    self.booked_twice.append(place)
                self.booked[place] = reference
        if self._chance.strikes("bpjs-wrong", "confirmation"):
            self._owe("confirmation", lambda: self._confirm(reference, "_1", order, bill.rows, 16_800))
        for part, some in enumerate(self._parts("confirmation", bill.rows)):
            suffix = f"_{part + 2}" if part else ""
            self._owe(
                "confirmation",
                partial(self._confirm, reference, suffix, order, some, 0),
            )

    def _confirm(self, reference: str, suffix: str, order: Row, rows: Sequence[Row], wrong_by_rupiah: int) -> None:
        kept = ("worker_ref", "month", "jkk_rupiah", "jkm_rupiah")
        days = (order["paid_on"], self._today())
        lines = [(order["kode_iuran"], *(row[name] for name in kept), *days) for row in rows]
        total = sum(int(row["jkk_rupiah"]) + int(row["jkm_rupiah"]) for row in rows) + wrong_by_rupiah
        self._put("subsidy", f"confirmation_{reference}{suffix}", CONFIRMATION_COLUMNS, lines, total)


def _read(path: Path) -> list[Row]:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[-1].startswith("TRAILER,"), f"{path.name} is not complete"
    return list(csv.DictReader(io.StringIO("\n".join(lines[:-1]))))
