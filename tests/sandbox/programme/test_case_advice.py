"""Every kind of case that a service can open has a sentence that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

from deploy.cli.standing import advice

SERVICES = Path(__file__).parents[3] / "services"
# A kind is the first argument of a case, a constant that is handed to open_cases, or an alternative of the API's type.
_LITERAL = re.compile(r'NewCase\(\s*"([a-z-]+)"')
_CONSTANT = re.compile(r"open_cases\(\s*\w+,\s*([A-Z][A-Z_]+)")
_ALTERNATIVES = re.compile(r"kind: Literal\[([^\]]+)\]")


def _kinds() -> set[str]:
    text = "\n".join(path.read_text() for path in sorted(SERVICES.rglob("*.py")))
    found = set(_LITERAL.findall(text))
    for name in set(_CONSTANT.findall(text)):
        found |= set(re.findall(rf'^{name}(?:: Final)? = "([a-z-]+)"', text, re.MULTILINE))
    compliance = (SERVICES / "compliance/http/models.py").read_text()
    for alternatives in _ALTERNATIVES.findall(compliance.split("class Case")[1].split("class ")[0]):
        found |= set(re.findall(r'"([a-z-]+)"', alternatives))
    return found


def test_each_kind_of_case_has_advice() -> None:
    kinds = _kinds()
    assert {"near-duplicate", "bill-mismatch", "overpaid"} <= kinds
    assert [kind for kind in sorted(kinds) if not advice(kind)] == []
