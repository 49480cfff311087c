"""300 employers with 20,000 wages are assessed in less than two seconds, with as many statements as one employer."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from shared.database import Transaction
from tests.compliance.office import KOPI, Office, wage_rows

EMPLOYERS, WORKERS = 300, 67
QUIET_LOAD = 4.0  # on a machine that is busy with other things, seconds say nothing
_PROGRAMMES = ("JKK+JKM", "JKK+JKM+JHT", "JKK+JKM+JHT+JP", "JKK+JKM+JHT+JP+JKP")


class Statements:
    """Counts statements, which do not depend on the machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        for name in ("fetch", "fetch_value", "run", "copy_rows"):
            self._watch(name, monkeypatch)

    def _watch(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        original = getattr(Transaction, name)

        async def counted(*arguments: object, **options: object) -> object:
            self.count += 1
            return await original(*arguments, **options)

        monkeypatch.setattr(Transaction, name, counted)

    def since(self) -> int:
        """Statements since the last time."""
        count, self.count = self.count, 0
        return count


async def test_a_month_of_300_employers(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = Statements(monkeypatch)
    await office.employers(KOPI)
    await office.wages(*wage_rows("KA0002", "2026-10", (3_000_000,)))
    statements.since()
    await office.assess("2026-10")
    for_one = statements.since()
    await office.employers(
        *(
            f"KB{number:06d},CV Contoh {number},64{(71, 72, 74, 8)[number % 4]:02d},menengah,{number % 5 + 1},41011,"
            f"{_PROGRAMMES[number % 4]},{WORKERS},ya,2021-01-04,Kontak {number},0812{number:08d},k{number}@example.id"
            for number in range(EMPLOYERS)
        )
    )
    wages = [3_000_007 + 131_071 * worker for worker in range(WORKERS)]
    rows = [
        row
        for number in range(EMPLOYERS)
        for row in wage_rows(f"KB{number:06d}", "2026-10", wages, 1 + number % 90 * 80)
    ]
    taken = await office.wages(*rows)
    assert (taken["rows"], taken["refused_rows"]) == (EMPLOYERS * WORKERS, 0)
    statements.since()
    began = time.perf_counter()
    done = await office.assess("2026-10")
    assessed_s = time.perf_counter() - began
    assert (done["assessed"], done["workers"]) == (EMPLOYERS, len(rows))
    assert statements.since() == for_one < 40
    assert assessed_s < 2 or os.getloadavg()[0] > QUIET_LOAD
    assert await office.broken(tmp_path) == set()
