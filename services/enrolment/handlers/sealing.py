"""What handlers ask of the keys: people's data sealed and opened, NIKs turned into tokens (``adapters/sealing.py``).

Everything here computes without pause; callers run it in a thread, in slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol
from uuid import UUID

from services.enrolment.rules.roster.rows import StagedPerson
from services.enrolment.tables import Roster
from shared.database.records import NamedRow
from shared.privacy import SealedPerson, WrappedKey
from shared.privacy.contact import SealedContact

PROFILE_FIELD: Final = "profile"


class Tokens(Protocol):
    """What is found again without being readable."""

    def nik_tokens(self, niks: Sequence[str]) -> list[bytes]:
        """The tokens under which NIKs are stored from now on."""
        ...

    def nik_search_tokens(self, niks: Sequence[str]) -> list[list[bytes]]:
        """For each NIK every token under which it may be stored, the current one first.

        There is more than one only while an index key is being replaced.
        """
        ...

    def near_tokens(self, people: Iterable[StagedPerson]) -> list[bytes]:
        """The tokens of names with birth dates: equal for two entries that may be one person."""
        ...

    def is_kpj(self, token: bytes, kpj: str) -> bool:
        """Whether a stored token is that of a member number of BPJS."""
        ...


class People(Protocol):
    """What identifies or reaches people, each under a key of their own."""

    def seal_profiles(self, people: Iterable[tuple[UUID, StagedPerson]]) -> Iterable[SealedPerson]:
        """Everything that identifies or reaches people (field `PROFILE_FIELD`), each under a fresh key."""
        ...

    def open_profiles(self, rows: Iterable[NamedRow]) -> list[dict[str, str] | None]:
        """The profiles of people (worker_id, kek_id, wrapped_key, profile), in order; None for who was erased."""
        ...

    def seal_kpj(self, numbers: Sequence[tuple[NamedRow, str]]) -> tuple[list[bytes], list[bytes]]:
        """Member numbers sealed under their people's own keys (worker_id, kek_id, wrapped_key), and their tokens."""
        ...

    def seal_contacts(self, people: Iterable[tuple[UUID, StagedPerson]]) -> Iterable[SealedContact]:
        """How people are reached, for the restricted topic."""
        ...


class Rosters(Protocol):
    """A roster's file and its staged rows, under the roster's key."""

    def new_roster_key(self, roster_id: UUID) -> WrappedKey:
        """A fresh key for a roster's file and staged rows."""
        ...

    def seal_chunk(self, key: WrappedKey, position: int, chunk: bytes) -> bytes:
        """A piece of a roster's file."""
        ...

    def open_chunk(self, roster: Roster, position: int, sealed: bytes) -> bytes:
        """The piece again."""
        ...

    def seal_block(self, roster: Roster, people: Sequence[StagedPerson]) -> bytes:
        """Accepted rows, sealed until they are registered."""
        ...

    def open_block(self, roster: Roster, first_row: int, sealed: bytes) -> list[StagedPerson]:
        """The rows of a sealed block."""
        ...


class Sealing(Tokens, People, Rosters, Protocol):
    """The keys of enrolment in use."""
