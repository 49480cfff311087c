"""Which column is which. Officers write headings in several ways; what the programme needs has one name each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from services.enrolment.rules.roster.refusals import RosterRefusal
from shared.sheets.refusals import MAX_COLUMNS, FileRefusedError

REQUIRED: Final = (
    "nama",
    "nik",
    "tanggal_lahir",
    "jenis_kelamin",
    "kode_desa",
    "kode_pekerjaan",
    "status_bekerja",
    "desil",
)
OPTIONAL: Final = ("alamat", "telepon", "email")
_SYNONYMS: Final = {
    "nama_lengkap": "nama",
    "nama_pekerja": "nama",
    "no_nik": "nik",
    "nomor_nik": "nik",
    "nomor_induk_kependudukan": "nik",
    "no_ktp": "nik",
    "tgl_lahir": "tanggal_lahir",
    "kelamin": "jenis_kelamin",
    "jk": "jenis_kelamin",
    "l_p": "jenis_kelamin",
    "kode_desa_kelurahan": "kode_desa",
    "kode_kelurahan": "kode_desa",
    "pekerjaan": "kode_pekerjaan",
    "kode_pekerjaan_ktp": "kode_pekerjaan",
    "bekerja": "status_bekerja",
    "status_kerja": "status_bekerja",
    "desil_dtsen": "desil",
    "alamat_lengkap": "alamat",
    "hp": "telepon",
    "no_hp": "telepon",
    "nomor_hp": "telepon",
    "no_telepon": "telepon",
    "nomor_telepon": "telepon",
    "no_telp": "telepon",
    "telp": "telepon",
    "e_mail": "email",
    "surel": "email",
}
_NOT_A_WORD: Final = re.compile(r"[^a-z0-9]+")


def name_columns(header: Sequence[str], required: Sequence[str] = REQUIRED) -> list[str]:
    """For each heading the name of the column, empty for one that is not needed.

    Empty headings at the end do not count. Raises FileRefusedError naming the columns that are missing or doubled.
    """
    headings = list(header)
    while headings and not headings[-1].strip():  # spreadsheets add empty columns at the end
        headings.pop()
    if len(headings) > MAX_COLUMNS:
        raise FileRefusedError(RosterRefusal.COLUMNS_TOO_MANY)
    names = [_name(heading) for heading in headings]
    missing = [name for name in required if name not in names]
    if missing:
        raise FileRefusedError(RosterRefusal.COLUMNS_MISSING, {"columns": ", ".join(missing)})
    doubled = sorted({name for name in names if name and names.count(name) > 1})
    if doubled:
        raise FileRefusedError(RosterRefusal.COLUMNS_DOUBLED, {"columns": ", ".join(doubled)})
    return names


def _name(heading: str) -> str:
    word = _NOT_A_WORD.sub("_", heading.strip().lower()).strip("_")
    name = _SYNONYMS.get(word, word)
    return name if name in REQUIRED or name in OPTIONAL else ""
