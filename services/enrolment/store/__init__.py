"""All SQL of enrolment, by subject."""

from __future__ import annotations

from typing import Any, Protocol


class Row(Protocol):
    """A row of an answer: its columns by name."""

    def __getitem__(self, column: str, /) -> Any:
        """The value of a column."""
        ...
