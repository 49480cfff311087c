"""What the three files say, once read: employers, wages, payments, and the columns that each file needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.compliance.rules.sheet import Outcome
from shared.contracts.values import SizeClass
from shared.periods import Month

EMPLOYER_COLUMNS: Final = (
    "npp", "nama", "kode_kabupaten", "skala", "kelas_risiko", "kbli", "program", "jumlah_pekerja", "terdaftar_bpjs",
    "tanggal_daftar", "kontak_nama", "kontak_telepon", "kontak_email",
)  # fmt: skip
WAGE_COLUMNS: Final = ("npp", "bulan", "nik", "upah_rupiah")
PAYMENT_COLUMNS: Final = ("npp", "bulan", "nomor_pembayaran", "iuran_rupiah", "denda_rupiah", "tanggal_bayar")


@dataclass(frozen=True, slots=True)
class EmployerProfile:
    """What of an employer may change. ``business_line`` is its KBLI, None where it is not known."""

    name: str
    region_code: str
    size_class: SizeClass
    risk_class: int
    business_line: str | None
    programmes: tuple[str, ...]
    worker_count: int
    bpjs_registered: bool


@dataclass(frozen=True, slots=True)
class EmployerRow:
    """An employer as the file tells it. ``remark`` is a code of `reasons` about a contact that was not kept."""

    number: int
    npp: str
    profile: EmployerProfile
    registered_on: date
    contact_name: str = field(repr=False)
    contact_phone: str | None = field(repr=False)
    contact_email: str | None = field(repr=False)
    remark: str | None = None

    @property
    def has_contact(self) -> bool:
        """Whether there is a way to reach the employer."""
        return self.contact_phone is not None or self.contact_email is not None


@dataclass(frozen=True, slots=True)
class WageRow:
    """One worker's wage of one month; the NIK lives no longer than the request."""

    number: int
    npp: str
    month: Month
    nik: str = field(repr=False)
    wage_rupiah: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment for one month, split into contribution and late fine as the receipt says."""

    number: int
    npp: str
    month: Month
    payment_number: str
    contribution_rupiah: int
    fine_rupiah: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class EmployerSheet:
    """The readable rows of an employers' file, and what became of the others."""

    rows: list[EmployerRow]
    refused: list[Outcome]


@dataclass(frozen=True, slots=True)
class WageSheet:
    """The readable rows of a wages' file; ``refused_groups`` are the (NPP, month) that lost a row."""

    rows: list[WageRow]
    refused: list[Outcome]
    refused_groups: list[tuple[str, Month]]


@dataclass(frozen=True, slots=True)
class PaymentSheet:
    """The readable rows of a payments' file, and what became of the others."""

    rows: list[PaymentRow]
    refused: list[Outcome]
