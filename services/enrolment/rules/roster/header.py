"""Which column is which. Officers write headings in several ways; what the programme needs has one name each.

The other headings by which a column is known are in ``headings.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.enrolment.rules.roster.refusals import RosterRefusal
from shared.reference import read_table
from shared.sheets.refusals import MAX_COLUMNS, FileRefusedError

REQUIRED: Final = (
    "nama", "nik", "tanggal_lahir", "jenis_kelamin", "kode_desa", "kode_pekerjaan", "status_bekerja", "desil",
)  # fmt: skip
OPTIONAL: Final = ("alamat", "telepon", "email")
_HEADINGS_FILE: Final = Path(__file__).with_name("headings.csv")
_SYNONYMS: Final = {row["heading"]: row["column"] for row in read_table(_HEADINGS_FILE, ("heading", "column"))}
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
