"""A crowd of employers with their workers, reports and payments, for compliance, which the gate does not drive."""

from __future__ import annotations

from tests.compliance.office import Office, wage_rows

_MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10")
_WORKERS = 3


async def year(office: Office, number: int, first: int, count: int) -> None:
    """``count`` employers register, report a month, are assessed, pay in part, are late, correct and pay the rest."""
    month = _MONTHS[number % len(_MONTHS)]
    names = [f"KB{place:06d}" for place in range(first, first + count)]
    await office.employers(*(_employer(npp, place) for place, npp in enumerate(names, start=first)))
    await office.employers(*(_employer(npp, place + 1) for place, npp in enumerate(names, start=first)))
    wages = [3_000_000 + 1_000 * worker for worker in range(_WORKERS)]
    await office.wages(*(row for npp in names for row in wage_rows(npp, month, wages)))
    await office.assess(month)
    await office.payments(*(f"{npp},{month},P{npp}A,1000,0,2026-11-02" for npp in names))
    await office.age("2026-11-10")
    taken = await office.wages(*(row for npp in names for row in wage_rows(npp, month, [*wages, 3_500_000])))
    await office.assess(month)
    await office.payments(*(f"{npp},{month},P{npp}B,900000,0,2026-11-09" for npp in names))
    await office.world.run_job("age-contributions", "2026-11-10")
    await office.result(taken["file_id"])
    found = (await office.get("/v1/employers"))["items"][0]
    pages = (
        "cases",
        "summary",
        f"employers/{found['employer_id']}",
        f"files/{taken['file_id']}",
        f"files?content_sha256={'0' * 64}",
    )
    for page in pages:
        await office.get(f"/v1/{page}")


def _employer(npp: str, place: int) -> str:
    return (
        f"{npp},CV Contoh {place},6472,menengah,{place % 5 + 1},41011,JKK+JKM+JHT,{_WORKERS},ya,2021-01-04,"
        f"Kontak {place},0812{place:08d},k{place}@example.id"
    )
