"""The states that the program names are those that the database allows, table by table."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from services.subsidy.rules import states
from services.subsidy.rules.assessment import UnfundedReason
from services.subsidy.rules.cases import CaseKind
from tests.subsidy.play import Play

STATES: dict[str, type[StrEnum]] = {
    "funding_line": states.LineState,
    "funding_amendment": states.AmendmentState,
    "decree": states.DecreeState,
    "month_run": states.RunState,
    "bill": states.BillState,
    "disbursement": states.DisbursementState,
    "exchange_file": states.FileState,
}
ALLOWED = """
SELECT conrelid::regclass::text AS table_name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE contype = 'c' AND pg_get_constraintdef(oid) ~ '[(]+state[)]*::text = ANY'
"""


async def test_each_state_is_one_that_the_database_allows_and_no_other(play: Play) -> None:
    allowed = {
        row["table_name"]: set(re.findall(r"'([a-z-]+)'", row["definition"])) for row in await play.world.rows(ALLOWED)
    }
    assert allowed == {table: set(named) for table, named in STATES.items()}


@pytest.mark.parametrize("kind", [CaseKind.BUDGET_EXHAUSTED, CaseKind.NO_ACCOUNT, CaseKind.PAYER_CONFLICT])
def test_a_case_of_a_month_without_payer_is_named_as_the_reason_is(kind: CaseKind) -> None:
    assert UnfundedReason(kind).value == kind.value
