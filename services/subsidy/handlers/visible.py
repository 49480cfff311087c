"""What a person may see: a record outside their area is as one that does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from shared.access.errors import NotVisibleError

RecordT = TypeVar("RecordT")


def visible(records: Sequence[RecordT]) -> RecordT:
    """The one that was looked for in somebody's area.

    Raises:
        NotVisibleError: where none was found.
    """
    if not records:
        raise NotVisibleError
    return records[0]
