"""Each service's table of kinds agrees with its enumeration; one that does not is refused when it is loaded."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from services.compliance.rules import cases as compliance
from services.enrolment.rules import cases as enrolment
from services.subsidy.rules import cases as subsidy
from shared.access.roles import Role
from shared.cases import CaseKinds, load_case_kinds
from shared.cases.kinds import COLUMNS

TABLES = {module.__name__.split(".")[1]: module.case_kinds() for module in (compliance, enrolment, subsidy)}


class Kind(StrEnum):
    STORM = "storm"
    FOG = "fog"


def load(folder: Path, *rows: str) -> CaseKinds[Kind]:
    path = folder / "case_kinds.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return load_case_kinds(path, Kind)


def row(kind: str, settled_by: str = "verifier") -> str:
    return f"{kind},Judul,Title,Lakukan ini.,Do this.,{settled_by}"


def test_a_kind_is_found_by_its_member_and_by_its_text(tmp_path: Path) -> None:
    kinds = load(tmp_path, row("storm", "verifier|treasurer"), row("fog"))
    assert kinds[Kind.STORM].settled_by == ("verifier", "treasurer")
    assert kinds["storm"] is kinds[Kind.STORM]
    assert list(kinds) == [Kind.STORM, Kind.FOG]
    assert kinds.texts("fog") == {
        "title_id": "Judul",
        "title_en": "Title",
        "advice_id": "Lakukan ini.",
        "advice_en": "Do this.",
    }


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("storm")], "lacks fog"),
        ([row("storm"), row("fog"), row("calm")], "'calm' is no Kind"),
        ([row("storm"), row("fog"), row("fog")], "'fog' twice"),
        ([row("storm"), row("fog", "")], "'fog' has an empty cell"),
    ],
)
def test_a_table_that_disagrees_is_refused(tmp_path: Path, rows: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        load(tmp_path, *rows)


@pytest.mark.parametrize("service", sorted(TABLES))
def test_each_kind_of_a_service_says_what_to_do_and_who_settles_it(service: str) -> None:
    for kind, told in TABLES[service].items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind)
        assert {Role(name) for name in told.settled_by}
        assert told.advice_id.endswith(".")
        assert told.advice_en.endswith(".")
