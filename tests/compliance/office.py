"""What an office does all day: upload files, assess months, age what is unpaid, look at the figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx

from shared.access.roles import Role
from tests.service_world import ServiceWorld, person

EMPLOYER_HEADER = (
    "npp,nama,kode_kabupaten,skala,kelas_risiko,kbli,program,jumlah_pekerja,terdaftar_bpjs,tanggal_daftar,"
    "kontak_nama,kontak_telepon,kontak_email"
)
WAGE_HEADER = "npp,bulan,nik,upah_rupiah"
PAYMENT_HEADER = "npp,bulan,nomor_pembayaran,iuran_rupiah,denda_rupiah,tanggal_bayar"
SAWIT = (
    "KA0001,PT Sawit Contoh,6408,menengah,3,01262,JKK+JKM+JHT+JP,3,ya,2020-01-15,Ibu Contoh,0812-0000-0001,a@example.id"
)
KOPI = "KA0002,Warung Kopi Contoh,6472,mikro,1,56303,JKK+JKM,1,ya,2022-03-01,,,"


def nik(number: int) -> str:
    """A NIK that can be one, of nobody."""
    return f"640801010190{number:04d}"


@dataclass
class Office:
    """Compliance and a client of its API."""

    world: ServiceWorld[Any]
    client: httpx.AsyncClient
    contact_keys: Path

    async def upload(
        self,
        kind: str,
        content: str | bytes,
        *,
        subject: str = "officer",
        areas: Sequence[str] = ("64",),
        **options: Any,
    ) -> httpx.Response:
        """Send a file: kind is employer, wage or payment."""
        body = content.encode() if isinstance(content, str) else content
        return await self.client.post(
            f"/v1/{kind}-files",
            files={"file": ("berkas.csv", body, "text/csv")},
            headers=person(subject, options.pop("role", Role.COMPLIANCE_OFFICER), areas=areas, **options),
        )

    async def employers(self, *rows: str) -> dict[str, Any]:
        """Upload employers."""
        return _body(await self.upload("employer", "\n".join((EMPLOYER_HEADER, *rows))))

    async def wages(self, *rows: str) -> dict[str, Any]:
        """Upload wages."""
        return _body(await self.upload("wage", "\n".join((WAGE_HEADER, *rows))))

    async def payments(self, *rows: str) -> dict[str, Any]:
        """Upload payments."""
        return _body(await self.upload("payment", "\n".join((PAYMENT_HEADER, *rows))))

    async def assess(self, month: str, **who: Any) -> dict[str, Any]:
        """Assess a month."""
        answer = await self.client.post("/v1/assessments", json={"month": month}, headers=officer(**who))
        return _body(answer)

    async def age(self, as_of: str, **who: Any) -> dict[str, Any]:
        """Age what is unpaid."""
        answer = await self.client.post("/v1/ageing-runs", json={"as_of": as_of}, headers=officer(**who))
        return _body(answer)

    async def get(self, path: str, **who: Any) -> Any:
        """Look at something."""
        return (await self.client.get(path, headers=officer(**who))).raise_for_status().json()

    async def result(self, file_id: str) -> list[str]:
        """What became of the rows of a file, a line each, without the header."""
        answer = await self.client.get(f"/v1/files/{file_id}/result", headers=officer())
        return answer.raise_for_status().text.splitlines()[1:]

    def travel(self, day: date) -> None:
        """Go to 10:00 WITA of a day."""
        self.world.clock.set(datetime(day.year, day.month, day.day, 2, tzinfo=UTC))

    async def contribution(self, npp: str, month: str) -> Any:
        """The row of a contribution."""
        rows = await self.world.rows(
            "SELECT c.* FROM contribution c JOIN employer e USING (employer_id) WHERE e.npp = $1 AND c.month = $2",
            npp,
            month,
        )
        return rows[0]

    async def broken(self, folder: Path) -> set[str]:
        """The names of the checks that do not hold."""
        return {name for name, found in (await self.world.verify(folder)).items() if found}


def _body(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.raise_for_status().json()
    return body


def officer(areas: Sequence[str] = ("64",), role: Role = Role.COMPLIANCE_OFFICER) -> dict[str, str]:
    """Headers of a compliance officer."""
    return person("officer", role, areas=areas)


def wage_rows(npp: str, month: str, wages: Iterable[int], first: int = 1) -> list[str]:
    """Rows of a wages' file for workers numbered from ``first``."""
    return [f"{npp},{month},{nik(number)},{wage}" for number, wage in enumerate(wages, start=first)]
