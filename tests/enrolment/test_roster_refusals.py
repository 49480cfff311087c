"""Every code that a refused file can leave behind has its sentences, in words that fit rosters."""

from __future__ import annotations

import pytest

from services.enrolment.rules.roster.refusals import RosterRefusal, sentences
from shared.refusals import Refusal
from shared.sheets.refusals import FileRefusal

FACTS = {"row": "7", "columns": "nik"}


@pytest.mark.parametrize("refusal", [*RosterRefusal, *(one for one in FileRefusal if one.name != "LINE_TOO_LONG")])
def test_a_code_of_a_file_gives_its_sentences(refusal: Refusal) -> None:
    expected = (refusal.indonesian.format_map(FACTS), refusal.english.format_map(FACTS))
    assert sentences(refusal.code, FACTS) == expected


def test_a_line_too_long_speaks_of_one_person() -> None:
    assert RosterRefusal.LINE_TOO_LONG.code == FileRefusal.LINE_TOO_LONG.code
    assert "satu orang" in sentences("line-too-long", FACTS)[0]
