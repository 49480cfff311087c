"""The words of compliance's records; the database holds them as text and its constraints list the same words.

A contribution has no state word: whether it is owed, late or settled is said by its amounts and its days. Nor has a
payment (what is left of it says it) or a wage report (one revision is current).
"""

from __future__ import annotations

from enum import StrEnum


class FileKind(StrEnum):
    """What an uploaded file holds."""

    EMPLOYERS = "employers"
    WAGES = "wages"
    PAYMENTS = "payments"


class RowOutcome(StrEnum):
    """What became of a row of a file. ``KNOWN``: it says nothing new."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    REFUSED = "refused"
