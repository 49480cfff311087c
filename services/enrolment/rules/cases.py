"""The kinds of cases that enrolment opens. A case stays once opened and is settled outside, with people or BPJS.

Those of items that fail close when the item has gone through.

Titles, advice and who settles them are in ``case_kinds.csv``.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

from shared.cases import CaseKinds, load_case_kinds


class CaseKind(StrEnum):
    """What a case is about. The values are in the database and in answers; they are never renamed."""

    NEAR_DUPLICATE = "near-duplicate"
    WAGE_WORKER = "wage-worker"
    ON_LIST_DECEASED = "on-list-deceased"
    ON_LIST_WAGE_WORKER = "on-list-wage-worker"
    GRANTED_NOT_VERIFIED = "granted-not-verified"
    FILE_REFUSED = "file-refused"
    ANSWER_FOR_UNLISTED = "answer-for-unlisted"
    ACCEPTED_NOT_VERIFIED = "accepted-not-verified"
    ANOTHER_KPJ = "another-kpj"
    REFUSED_AFTER_ACCEPTANCE = "refused-after-acceptance"
    ROSTER_FAILING = "roster-failing"
    LIST_FAILING = "list-failing"
    FILE_FAILING = "file-failing"


@cache
def case_kinds() -> CaseKinds[CaseKind]:
    """Every kind with its titles and advice, read once. Raises ValueError naming what to correct in the table."""
    return load_case_kinds(Path(__file__).with_name("case_kinds.csv"), CaseKind)
