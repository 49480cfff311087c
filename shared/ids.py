"""Identifiers are time-ordered UUIDs (version 7), typed so that a worker's id cannot be passed for an employer's.

Time order keeps database indexes compact, and no identifier says anything about a person.
"""

from __future__ import annotations

from typing import NewType, Protocol
from uuid import UUID

import uuid_utils.compat

WorkerId = NewType("WorkerId", UUID)
EmployerId = NewType("EmployerId", UUID)
EventId = NewType("EventId", UUID)


class IdSource(Protocol):
    """Where handlers get fresh identifiers from."""

    def next(self) -> UUID:
        """A new UUIDv7, never given before."""
        ...


class RandomIds:
    """Real identifiers: 48 bits of time, the rest random."""

    def next(self) -> UUID:
        """A new UUIDv7."""
        return uuid_utils.compat.uuid7()
