"""A validator's own sentence may hold the cleaned value; it is not shown then."""

from __future__ import annotations

import pytest

from shared.http.validation import describe_errors

NIK = "6472014101900001"


@pytest.mark.parametrize(
    "sent",
    [
        "6472 0141 0190 0001",
        "64.72.01.41.01.90.0001",
        "".join(chr(0xFF10 + int(digit)) for digit in NIK),
        {"nik": ["6472-0141-0190-0001"]},
        int(NIK),
    ],
)
def test_a_sentence_with_the_cleaned_number_is_withheld(sent: object) -> None:
    error = {"type": "value_error", "loc": ("body", "nik"), "input": sent, "ctx": {"error": ValueError(f"{NIK}: no.")}}
    (shown,) = describe_errors([error], frozenset({"nik"}))
    assert NIK not in str(shown)
    assert shown["code"] == "invalid"


def test_a_sentence_with_a_full_width_name_is_withheld() -> None:
    error = {
        "type": "value_error",
        "loc": ("body",),
        "input": "\uff33\uff29\uff34\uff29",
        "ctx": {"error": ValueError("Not Siti.")},
    }
    (shown,) = describe_errors([error], frozenset())
    assert "Siti" not in str(shown)


def test_a_sentence_about_nothing_that_was_sent_is_shown() -> None:
    error = {"type": "value_error", "loc": ("body",), "input": "16", "ctx": {"error": ValueError("Enter 16 digits.")}}
    (shown,) = describe_errors([error], frozenset())
    assert shown["detail_en"] == "Enter 16 digits."
