"""How long relay and consumer wait before they try again what has failed but passes."""

from __future__ import annotations

from typing import Final

from shared.database.failures import is_read_only

# Finding out whether the database takes writes again costs next to nothing.
READ_ONLY_MAX_S: Final = 2.0


def longer_delay_s(delay_s: float, error: Exception, longest_s: float) -> float:
    """The wait after one of ``delay_s`` that ended in ``error``: twice as long, up to ``longest_s``."""
    return min(delay_s * 2, READ_ONLY_MAX_S if is_read_only(error) else longest_s)
