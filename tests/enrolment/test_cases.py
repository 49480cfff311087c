"""A case's answer says what its kind means and what to do, so that nobody needs a table beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest

from services.enrolment.http.answers import CaseAnswer
from services.enrolment.rules.cases import CaseKind
from services.enrolment.rules.rulebook import load_rulebook


@pytest.mark.parametrize("kind", list(CaseKind))
def test_each_kind_is_answered_with_its_title_and_advice(kind: CaseKind) -> None:
    columns: dict[str, object] = {
        "case_id": uuid4(),
        "kind": kind.value,
        "reference": "x",
        "worker_id": None,
        "details": {},
    }
    row = SimpleNamespace(kind=kind.value, _mapping={**columns, "opened_at": datetime.now(UTC)})
    rulebook = load_rulebook()
    answer = CaseAnswer.of(row, rulebook)
    told = rulebook.case_kinds[kind]
    assert answer.kind is kind
    assert (answer.title_id, answer.title_en) == (told.title_id, told.title_en)
    assert (answer.advice_id, answer.advice_en) == (told.advice_id, told.advice_en)
