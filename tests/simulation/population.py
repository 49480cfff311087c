"""The people of a seed: a handful, as rows of a roster, with what real lists have wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.simulation.chance import Chance

HEADER: Final = (
    "nama", "nik", "tanggal_lahir", "jenis_kelamin", "kode_desa", "kode_pekerjaan", "telepon", "status_bekerja",
    "desil",
)  # fmt: skip
_REGENCIES: Final = ("6402", "6408", "6472")


@dataclass(frozen=True)
class Person:
    """One row."""

    number: int
    regency: str
    nik: str
    year: int
    decile: int
    phone: str

    def cells(self) -> tuple[str, ...]:
        """As the roster has it."""
        name = f"Warga {chr(65 + self.number % 26)}{chr(97 + self.number // 26)}"
        village = f"{self.regency}01{2001 + self.number}"
        birth = f"{self.year}-06-{self.number % 28 + 1:02d}"
        return (name, self.nik, birth, "L", village, "K11", self.phone, "ya", str(self.decile))


def people(chance: Chance, first: int, count: int) -> list[Person]:
    """``count`` people numbered from ``first``."""
    return [_person(chance, number) for number in range(first, first + count)]


def _person(chance: Chance, number: int) -> Person:
    year = 1970 + chance.number(f"year of {number}", 30)
    regency = chance.choose(f"regency of {number}", _REGENCIES)
    nik = f"{regency}01{number % 28 + 1:02d}06{year % 100:02d}{number + 1:04d}"
    if chance.maybe(f"nik of {number} is short", 0.05):
        nik = nik[:-1]
    decile = 9 if chance.maybe(f"{number} is not poor", 0.08) else 2
    return Person(number, regency, nik, year, decile, f"0812{34500000 + number:08d}")


def roster(rows: Sequence[Person]) -> bytes:
    """The file."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(row.cells() for row in rows)
    return buffer.getvalue().encode()


class MemoryFile:
    """An uploaded file."""

    def __init__(self, content: bytes) -> None:
        self._buffer = io.BytesIO(content)

    async def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        return self._buffer.read(size)

    async def seek(self, offset: int) -> None:
        """Go to a place."""
        self._buffer.seek(offset)
