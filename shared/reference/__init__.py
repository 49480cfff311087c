"""Facts that come from laws and decrees as tables, so that a new decree is a new row with its citation, not new code.

Every row names its source; ``read_table`` refuses a file whose columns are not the expected ones.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

REFERENCE_FOLDER = Path(__file__).parent


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV table with exactly ``columns``; values are text, stripped.

    Raises ValueError naming the file, the line and what to correct.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise ValueError(
                f"{path.name} must start with the header line {','.join(columns)}; correct its first line."
            )
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(f"{path.name} line {reader.line_num} must have {len(columns)} columns; quote commas.")
            rows.append({name: value.strip() for name, value in row.items()})
    return rows


@cache
def regencies() -> frozenset[str]:
    """Kemendagri codes (four digits) of the ten regencies and cities of East Kalimantan, read once.

    From ``regions_kaltim.csv``, whose rows cite their sources; the province itself (64) is not among them.
    Raises ValueError like `read_table`.
    """
    rows = read_table(REFERENCE_FOLDER / "regions_kaltim.csv", ("code", "name", "type", "source", "confidence"))
    return frozenset(row["code"] for row in rows if len(row["code"]) == 4)
