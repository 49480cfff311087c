"""300 employers with 20,000 wages are read in seconds and assessed in less than two."""

from __future__ import annotations

import time
from pathlib import Path

from tests.compliance.office import Office, nik, wage_rows

EMPLOYERS, WORKERS = 300, 67
_PROGRAMMES = ("JKK+JKM", "JKK+JKM+JHT", "JKK+JKM+JHT+JP", "JKK+JKM+JHT+JP+JKP")


async def test_a_month_of_300_employers(office: Office, tmp_path: Path) -> None:
    await office.employers(
        *(
            f"KB{number:06d},CV Contoh {number},64{(71, 72, 74, 8)[number % 4]:02d},menengah,{number % 5 + 1},41011,"
            f"{_PROGRAMMES[number % 4]},{WORKERS},ya,2021-01-04,Kontak {number},0812{number:08d},k{number}@example.id"
            for number in range(EMPLOYERS)
        )
    )
    rows = [
        row
        for number in range(EMPLOYERS)
        for row in wage_rows(
            f"KB{number:06d}",
            "2026-10",
            (3_000_007 + 131_071 * worker for worker in range(WORKERS)),
            1 + number % 90 * 80,
        )
    ]
    assert len(set(rows)) == len(rows) == EMPLOYERS * WORKERS
    assert nik(1) != nik(2)
    began = time.perf_counter()
    taken = await office.wages(*rows)
    uploaded_s = time.perf_counter() - began
    assert (taken["rows"], taken["refused_rows"]) == (len(rows), 0)
    began = time.perf_counter()
    done = await office.assess("2026-10")
    assessed_s = time.perf_counter() - began
    print(f"\nupload {uploaded_s:.2f} s, assessment {assessed_s:.2f} s")
    assert (done["assessed"], done["workers"]) == (EMPLOYERS, len(rows))
    assert assessed_s < 2
    assert uploaded_s < 5
    began = time.perf_counter()
    assert await office.broken(tmp_path) == set()
    print(f"verification {time.perf_counter() - began:.2f} s")
