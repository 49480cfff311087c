"""What the compliance office does: takes employers, wages and payments from files, assesses months, ages what is owed.

Employers pay what they see they owe, in time, late, in parts, too early or not at all, as the seed says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from services.compliance.adapters.sealing import KeysInUse
from services.compliance.handlers.ageing import age_on_command
from services.compliance.handlers.assessment import assess_month
from services.compliance.handlers.employers import import_employers
from services.compliance.handlers.payments import import_payments
from services.compliance.handlers.uploads import Upload
from services.compliance.handlers.wages import import_wages
from services.compliance.rules.reading import read_employers, read_payments, read_wages
from services.compliance.rules.rulebook import load_rulebook
from services.compliance.settings import ComplianceSettings
from shared.clock import local_date
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from tests.simulation.world import World

Kind = Literal["employer", "wage", "payment"]
RULEBOOK: Final = load_rulebook()
_AREAS: Final = ("64",)
_EMPLOYER_HEADER: Final = (
    "npp,nama,kode_kabupaten,skala,kelas_risiko,kbli,program,jumlah_pekerja,terdaftar_bpjs,tanggal_daftar,"
    "kontak_nama,kontak_telepon,kontak_email"
)
_WAGE_HEADER: Final = "npp,bulan,nik,upah_rupiah"
_PAYMENT_HEADER: Final = "npp,bulan,nomor_pembayaran,iuran_rupiah,denda_rupiah,tanggal_bayar"
_SIZES: Final = (
    ("mikro", "1", "56303", "JKK+JKM"),
    ("kecil", "2", "56303", "JKK+JKM+JHT"),
    ("menengah", "3", "01262", "JKK+JKM+JHT+JP"),
)


@dataclass(frozen=True)
class Firm:
    """An employer of the seed."""

    number: int
    workers: int

    @property
    def npp(self) -> str:
        """Its number at BPJS."""
        return f"KA{self.number:04d}"

    def row(self) -> str:
        """As the employers' file has it."""
        size, risk, line, programmes = _SIZES[self.number % len(_SIZES)]
        contact = f"Ibu Contoh {chr(65 + self.number)},0812000000{self.number:02d},firma{self.number}@example.id"
        name = f"PT Contoh {self.number}"
        return f"{self.npp},{name},6408,{size},{risk},{line},{programmes},{self.workers},ya,2020-01-15,{contact}"


async def upload_employers(world: World, firms: Sequence[Firm]) -> None:
    """The branch's list of employers."""
    await _upload(world, "employer", [_EMPLOYER_HEADER, *(firm.row() for firm in firms)])


async def upload_wages(world: World, firms: Sequence[Firm], month: Month, more_rupiah: int = 0) -> None:
    """What each firm paid whom; ``more_rupiah`` makes it a correction."""
    lines = [
        f"{firm.npp},{month},640801010190{firm.number * 10 + worker:04d},{4_000_000 + 700_000 * worker + more_rupiah}"
        for firm in firms
        for worker in range(1, firm.workers + 1)
    ]
    await _upload(world, "wage", [_WAGE_HEADER, *lines])


async def upload_payments(world: World, firms: Sequence[Firm], month: Month, percent: int, with_fine: bool) -> None:
    """Each firm pays so much of what it owes for the month today; of what is not assessed, a guess."""
    day = local_date(world.time.now())
    lines = []
    for firm in firms:
        owed_rupiah, fine_rupiah = await _owed(world, firm, month)
        number = world.next_number(f"payment {firm.npp} {month} {day}")
        amount_rupiah = owed_rupiah * percent // 100
        fine_rupiah = fine_rupiah if with_fine else 0
        if amount_rupiah + fine_rupiah:
            lines.append(f"{firm.npp},{month},P-{number},{amount_rupiah},{fine_rupiah},{day}")
    if lines:
        await _upload(world, "payment", [_PAYMENT_HEADER, *lines])


async def assess(world: World, month: Month) -> None:
    """An officer assesses the month."""
    await world.command(
        "compliance",
        f"{month} of employers is assessed",
        lambda uow: assess_month(uow, RULEBOOK, month, "officer", _AREAS),
    )


async def age(world: World, day: date) -> None:
    """The night's job."""
    world.jobs["compliance"].want("age-contributions", day.isoformat())


async def age_by_hand(world: World) -> None:
    """An officer does what the night's job has done already, or would do."""
    day = local_date(world.time.now())
    await world.command(
        "compliance", "ageing on command", lambda uow: age_on_command(uow, RULEBOOK, day, "officer", _AREAS)
    )


async def _owed(world: World, firm: Firm, month: Month) -> tuple[int, int]:
    rows = await world.nodes["compliance"].rows(
        "SELECT outstanding_rupiah, fine_outstanding_rupiah FROM contribution c JOIN employer e USING (employer_id)"
        " WHERE e.npp = $1 AND c.month = $2",
        firm.npp,
        str(month),
    )
    return (rows[0][0], rows[0][1]) if rows else (100_000, 0)


async def _upload(world: World, kind: Kind, lines: Sequence[str]) -> None:
    content = "\n".join(lines).encode()
    today = local_date(world.nodes["compliance"].clock.now())
    sealing = _sealing(world.nodes["compliance"].machine.settings)
    upload = Upload(hashlib.sha256(content).hexdigest(), "officer", _AREAS)

    async def work(uow: UnitOfWork) -> Any:
        if kind == "employer":
            return await import_employers(uow, upload, read_employers(content, RULEBOOK, today), sealing)
        if kind == "wage":
            return await import_wages(uow, upload, read_wages(content, today), sealing)
        return await import_payments(uow, upload, read_payments(content, today), RULEBOOK)

    await world.command("compliance", f"a file of {len(lines) - 1} {kind} rows is uploaded", work)


def _sealing(settings: Any) -> KeysInUse:
    assert isinstance(settings, ComplianceSettings)
    return KeysInUse.from_files(settings)
