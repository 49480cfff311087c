"""Why a row of a file was refused, or taken with a remark: a stable code, and what the sender does next.

Officials read the Indonesian sentence in the row-by-row result; those of our own reasons are in ``reasons.csv``. No
sentence repeats what stands in the row.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shared.identity.nik import NikRefusal
from shared.identity.phone import PhoneRefusal
from shared.reference import read_table

_OWN: Final = Path(__file__).with_name("reasons.csv")
# A list that differs replaces the earlier one as a whole: one row sent alone would take away all the others.
WHOLE_LIST: Final = (
    "Sesudah diperbaiki, unggah lagi seluruh daftar upah pemberi kerja itu untuk bulan itu, jangan baris ini saja.",
    "After correcting it, upload the employer's whole list of that month again, never this row alone.",
)


def _all() -> dict[str, tuple[str, str]]:
    rows = read_table(_OWN, ("reason", "indonesian", "english"))
    sentences = {row["reason"]: (row["indonesian"], row["english"]) for row in rows}
    sentences |= {refusal.code: (refusal.indonesian, refusal.english) for refusal in NikRefusal}
    for refusal in PhoneRefusal:
        sentences[refusal.code] = (
            f"Baris diterima tanpa telepon. {refusal.indonesian}",
            f"The row is taken without the phone. {refusal.english}",
        )
    return sentences


SENTENCES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(_all())
"""Code to (Indonesian, English)."""
