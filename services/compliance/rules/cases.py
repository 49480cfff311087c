"""The kinds of cases that compliance shows: money of a payment that has found no debt. They are computed, never stored.

Titles, advice and who settles them are in ``case_kinds.csv``.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

from shared.cases import CaseKinds, load_case_kinds


class CaseKind(StrEnum):
    """What a case is about. The values stand in answers; they are never renamed."""

    WAITING_FOR_ASSESSMENT = "waiting-for-assessment"
    OVERPAID = "overpaid"


@cache
def case_kinds() -> CaseKinds[CaseKind]:
    """Every kind with its titles and advice, read once. Raises ValueError naming what to correct in the table."""
    return load_case_kinds(Path(__file__).with_name("case_kinds.csv"), CaseKind)
