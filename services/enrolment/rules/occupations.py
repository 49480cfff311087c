"""The programme's occupations. What leaves the service is the public code: a disability must not be read from a topic.

"Worker with a disability" (P19) is a status and specific personal data (UU 27/2022), so it travels as the code of a
common occupation; the true code stays in the vault (docs/adr/0021).
"""

from __future__ import annotations

import re
from typing import Final

from shared.reference import REFERENCE_FOLDER, read_table

OCCUPATIONS_FILE: Final = REFERENCE_FOLDER / "occupations.csv"
_COLUMNS: Final = ("code", "name_id", "name_en", "is_vulnerable", "sector", "public_code", "source", "confidence")
_FORM: Final = re.compile(r"[A-Z][0-9]{2,3}")


class Occupations:
    """The list by code."""

    def __init__(self) -> None:
        rows = read_table(OCCUPATIONS_FILE, _COLUMNS)
        self._vulnerable = frozenset(row["code"] for row in rows if row["is_vulnerable"] == "true")
        self._public = {row["code"]: row["public_code"] for row in rows}
        unknown = set(self._public.values()) - set(self._public)
        if unknown:
            raise ValueError(f"{OCCUPATIONS_FILE.name}: these public codes are not in the list: {sorted(unknown)}.")

    def is_listed(self, code: str) -> bool:
        """Whether the programme covers the occupation."""
        return code in self._vulnerable

    def public_code(self, code: str) -> str:
        """The code that topics, lists and screens show; a code that the list does not know shows as itself."""
        return self._public.get(code, code)


def is_well_formed(code: str) -> bool:
    """Whether ``code`` has the form of a code of the list: a letter and two or three digits."""
    return _FORM.fullmatch(code) is not None
