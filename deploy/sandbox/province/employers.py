"""Employers of the made-up province: sizes, risk classes, programmes, and the breaches that compliance must find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from deploy.sandbox.province.chance import Lot, between, choose, deal
from deploy.sandbox.province.people import email, phone
from deploy.sandbox.province.tables import BusinessLine, Regency, business_lines, names, regencies

EMPLOYER_COLUMNS = (
    "npp", "nama", "kode_kabupaten", "skala", "kelas_risiko", "kbli", "program", "jumlah_pekerja", "terdaftar_bpjs",
    "tanggal_daftar", "kontak_nama", "kontak_telepon", "kontak_email",
)  # fmt: skip

# Perpres 109/2013 Art. 6(3), domain facts 1.2.
COMPULSORY: Final = {
    "mikro": ("JKK", "JKM"),
    "kecil": ("JKK", "JKM", "JHT"),
    "menengah": ("JKK", "JKM", "JHT", "JP"),
    "besar": ("JKK", "JKM", "JHT", "JP"),
}


class Breach(StrEnum):
    """What an employer does wrong, by the names of the event contracts."""

    NONE = "none"
    PWBD = "pwbd"
    PDS_WORKERS = "pds-tk"
    PDS_WAGE = "pds-upah"
    PDS_PROGRAMME = "pds-program"


BREACHES_PERCENT: Final = {
    Breach.PWBD: 3,
    Breach.PDS_WORKERS: 5,
    Breach.PDS_WAGE: 6,
    Breach.PDS_PROGRAMME: 7,
}
_SIZES_PERCENT: Final = {"kecil": 33, "menengah": 16, "besar": 6}  # the rest is mikro
_HEADS: Final = {"mikro": (1, 8), "kecil": (8, 35), "menengah": (40, 170), "besar": (250, 900)}
_FORMS: Final = {"mikro": ("UD", "Toko", "Usaha"), "kecil": ("CV", "UD"), "menengah": ("PT", "CV"), "besar": ("PT",)}
LARGEST_HEADCOUNT: Final = _HEADS["besar"][1]


@dataclass(frozen=True)
class Employer:
    """One employer. ``workers`` work there, ``reported`` of them stand in the wage report."""

    npp: str
    name: str
    home: Regency
    size: str
    line: BusinessLine
    programmes: tuple[str, ...]
    workers: int
    reported: int
    registered_on: date
    breach: Breach
    contact: tuple[str, str, str]

    def row(self) -> tuple[object, ...]:
        """The employer as employers.csv has it."""
        return (
            self.npp,
            self.name,
            self.home.code,
            self.size,
            self.line.risk_class,
            self.line.kbli,
            "+".join(self.programmes),
            self.workers,
            "tidak" if self.breach is Breach.PWBD else "ya",
            self.registered_on.isoformat(),
            *self.contact,
        )


def make_employers(count: int, reference: date, chance: Callable[[], float]) -> list[Employer]:
    """``count`` employers in exact shares of sizes and breaches; those with nothing to breach keep the law."""
    homes = Lot((regency, regency.population) for regency in regencies())
    lines = Lot((line, line.weight) for line in business_lines())
    sizes = deal(_SIZES_PERCENT, "mikro", count, chance, deck_size=100)
    breaches = deal(BREACHES_PERCENT, Breach.NONE, count, chance, deck_size=100)
    return [
        _make(number, size, breach, (homes.draw(chance), lines.draw(chance)), reference, chance)
        for number, (size, breach) in enumerate(zip(sizes, breaches, strict=True), start=1)
    ]


def _make(
    number: int,
    size: str,
    breach: Breach,
    place: tuple[Regency, BusinessLine],
    reference: date,
    chance: Callable[[], float],
) -> Employer:
    home, line = place
    workers = between(*_HEADS[size], chance)
    reported = 0 if breach is Breach.PWBD else workers
    if breach is Breach.PDS_WORKERS:
        reported = max(1, workers * between(50, 85, chance) // 100)
        breach = breach if reported < workers else Breach.NONE
    programmes = compulsory = COMPULSORY[size]
    if breach is Breach.PDS_PROGRAMME:
        programmes = compulsory[: between(2, max(2, len(compulsory) - 1), chance)]
        # The smallest have nothing to leave out.
        breach = breach if programmes != compulsory else Breach.NONE
    words = (
        choose(_FORMS[size], chance),
        choose(names("company"), chance),
        choose(line.words, chance),
        choose(names("company_last"), chance),
    )
    contact_name = f"{choose(names('male'), chance)} {choose(names('last_male'), chance)}"
    contact = (contact_name, phone(chance), email(contact_name, number, chance))
    since = reference - timedelta(days=between(90, 4000, chance))
    return Employer(
        f"{choose(('KA', 'KB', 'KC'), chance)}{number:06d}",
        " ".join(words),
        home,
        size,
        line,
        programmes,
        workers,
        reported,
        since,
        breach,
        contact,
    )
