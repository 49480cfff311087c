"""Rosters, files and steps that the tests of enrolment share."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.access.roles import Role
from shared.contracts.events.subsidy_granted import SubsidyGranted
from shared.exchange import write_records
from shared.ids import WorkerId
from shared.periods import Month
from tests.service_world import ServiceWorld, person

HEADER = (
    "nama",
    "nik",
    "tanggal_lahir",
    "jenis_kelamin",
    "alamat",
    "kode_desa",
    "kode_pekerjaan",
    "telepon",
    "email",
    "status_bekerja",
    "desil",
)
GROUP, DECREE, LINE = (UUID(int=number) for number in (0xA1, 0xA2, 0xA3))
UPLOADER = "officer-1"
CHECKER = "officer-2"


@dataclass(frozen=True)
class Row:
    """A row of a roster; everything fits unless a test changes it."""

    number: int
    values: dict[str, str] = field(default_factory=dict)

    @property
    def nik(self) -> str:
        return self.cells[1]

    @property
    def cells(self) -> tuple[str, ...]:
        day = self.number % 28 + 1
        year = 1970 + self.number % 30
        plain = {
            "nama": f"Warga Nomor {_letters(self.number)}",
            "nik": f"640201{day:02d}06{year % 100:02d}{self.number % 9999 + 1:04d}",
            "tanggal_lahir": f"{year}-06-{day:02d}",
            "jenis_kelamin": "L",
            "alamat": "RT 3",
            "kode_desa": f"64020{1 + self.number // 9999 % 9}{2001 + self.number % 50}",
            "kode_pekerjaan": "K11",
            "telepon": f"0812{34500000 + self.number:08d}",
            "email": "",
            "status_bekerja": "ya",
            "desil": "2",
        }
        return tuple({**plain, **self.values}[name] for name in HEADER)


def _letters(number: int) -> str:
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(97 + rest) + text
    return text.capitalize()


def rows(count: int, start: int = 0) -> list[Row]:
    return [Row(number) for number in range(start, start + count)]


def changed(row: Row, **values: str) -> Row:
    return replace(row, values={**row.values, **values})


def roster_csv(
    lines: Sequence[Row], *, header: Sequence[str] = HEADER, delimiter: str = ",", line_end: str = "\n"
) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(line.cells for line in lines)
    return buffer.getvalue().encode()


async def upload(
    client: httpx.AsyncClient,
    content: bytes,
    *,
    name: str = "daftar.csv",
    who: str = UPLOADER,
    areas: Sequence[str] = ("64",),
    key: str | None = None,
) -> httpx.Response:
    headers = person(who, Role.ENUMERATOR, areas=areas, key=key)
    return await client.post("/v1/rosters", files={"file": (name, content)}, headers=headers)


async def show(client: httpx.AsyncClient, roster_id: str, areas: Sequence[str] = ("64",)) -> dict[str, Any]:
    answer = await client.get(f"/v1/rosters/{roster_id}", headers=person(CHECKER, Role.VERIFIER, areas=areas))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def accept(client: httpx.AsyncClient, roster_id: str, who: str = CHECKER) -> httpx.Response:
    return await client.post(f"/v1/rosters/{roster_id}/acceptance", headers=person(who, Role.VERIFIER))


async def read(world: ServiceWorld[Any], content: bytes, **how: Any) -> dict[str, Any]:
    """Upload and read; gives the roster."""
    async with world.api() as client:
        taken = await upload(client, content, **how)
        assert taken.status_code in (200, 202), taken.text
        for _ in range(5):
            await world.run_job("read-rosters")
            roster = await show(client, taken.json()["roster_id"])
            if roster["state"] != "reading":
                break
        return roster


async def result(world: ServiceWorld[Any], roster_id: str) -> list[dict[str, str]]:
    async with world.api() as client:
        headers = person(CHECKER, Role.VERIFIER)
        answer = await client.get(f"/v1/rosters/{roster_id}/result", headers=headers)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


async def register(world: ServiceWorld[Any], lines: Sequence[Row]) -> list[UUID]:
    """Upload, read, accept and register; gives the workers in the order of their rows."""
    roster = await read(world, roster_csv(lines))
    assert roster["state"] == "read", roster
    async with world.api() as client:
        accepted = await accept(client, roster["roster_id"])
        assert accepted.status_code == 202, accepted.text
    while (
        await world.value("SELECT state FROM roster WHERE roster_id = $1", UUID(roster["roster_id"]))
    ) != "registered":
        await world.run_job("register-rosters")
    found = await world.rows(
        "SELECT worker_id FROM worker WHERE roster_id = $1 ORDER BY row_number", UUID(roster["roster_id"])
    )
    return [row["worker_id"] for row in found]


def granted(worker_id: UUID, *, group_id: UUID | None = GROUP, version: int = 1, **values: Any) -> SubsidyGranted:
    return SubsidyGranted.example().model_copy(
        update={
            "worker_id": WorkerId(worker_id),
            "grant_id": UUID(int=worker_id.int ^ DECREE.int),
            "decree_id": DECREE,
            "funding_line_id": LINE,
            "group_id": group_id,
            "first_month": Month(2026, 10),
            "last_month": Month(2026, 12),
            "aggregate_version": version,
            **values,
        }
    )


async def list_members(world: ServiceWorld[Any]) -> None:
    """Cut and write lists until nobody waits."""
    await world.run_job("cut-group-lists")
    await world.run_job("write-group-lists")


ANSWER_COLUMNS = ("worker_ref", "status", "kpj", "reason", "accepted_on")


def answer_lines(answers: Sequence[tuple[Any, ...]]) -> bytes:
    return ("\n".join(write_records(ANSWER_COLUMNS, answers)) + "\n").encode()


def accepted_row(worker_id: UUID, kpj: int | None = None, day: str = "2026-11-10") -> tuple[Any, ...]:
    return (worker_id, "accepted", f"{kpj or worker_id.int % 10**11:011d}", "", day)


def rejected_row(worker_id: UUID, reason: str = "nik-mismatch") -> tuple[Any, ...]:
    return (worker_id, "rejected", "", reason, "")


def put_answer(folder: Path, content: bytes, *, number: int = 1, suffix: str = "", group_id: UUID = GROUP) -> str:
    name = f"group-answer_{group_id}_{number}{suffix}.csv"
    (folder / "in").mkdir(parents=True, exist_ok=True)
    (folder / "in" / name).write_bytes(content)
    return name


async def enrol(world: ServiceWorld[Any], folder: Path, workers: Sequence[UUID]) -> None:
    """Grant, list and accept ``workers``."""
    await world.feed(*(granted(worker) for worker in workers))
    await list_members(world)
    number = await world.value("SELECT lists FROM member_group WHERE group_id = $1", GROUP)
    put_answer(folder, answer_lines([accepted_row(worker) for worker in workers]), number=number)
    await world.run_job("import-answers")
    await world.run_job("import-answers")


def fresh_id() -> UUID:
    return uuid4()
