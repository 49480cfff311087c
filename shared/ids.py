"""Identifiers are time-ordered UUIDs (version 7), typed so that a worker's id cannot be passed for an employer's.

Time order keeps database indexes compact, and no identifier says anything about a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NewType, Protocol
from uuid import UUID

import uuid_utils
from asyncpg.pgproto.pgproto import UUID as DriverUUID  # noqa: N811 - the driver's own subclass of uuid.UUID

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
        return fast_uuid(uuid_utils.uuid7().bytes)


def fast_uuid(value: str | bytes) -> UUID:
    """Read an identifier from text or 16 bytes, as the database driver's subclass of `uuid.UUID`.

    It is read, written and hashed several times faster than the standard library's, which counts when a batch has
    thousands. Raises ValueError for anything that is no UUID.
    """
    identifier: UUID = DriverUUID(value)  # type: ignore[type-var]  # its stub wants one or the other
    return identifier


def fast_uuids(texts: Iterable[str]) -> list[UUID]:
    """`fast_uuid` of each of ``texts``."""
    identifiers: list[UUID] = list(map(DriverUUID, texts))
    return identifiers
