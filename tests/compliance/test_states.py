"""The words of compliance's records are those that its database takes."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from services.compliance.rules.states import FileKind, RowOutcome
from shared.contracts.values import SizeClass
from tests.compliance.office import Office

_DEFINITION = """
SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
WHERE c.contype = 'c' AND c.conrelid = $1::text::regclass AND a.attname = $2
"""


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("uploaded_file", "kind", list(FileKind)),
        ("file_row", "outcome", list(RowOutcome)),
        ("employer", "size_class", get_args(SizeClass)),
    ],
)
async def test_the_program_and_the_database_know_the_same_words(
    office: Office, table: str, column: str, words: list[str]
) -> None:
    definition = await office.world.value(_DEFINITION, table, column)
    assert set(re.findall(r"'([^']*)'", definition)) == set(words)
