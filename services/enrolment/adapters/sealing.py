"""The keys of enrolment in use: people's data sealed in the vault and for the topic, NIKs turned into tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from pydantic_core import to_json

from services.enrolment.handlers.sealing import PROFILE_FIELD
from services.enrolment.rules.roster.rows import StagedPerson
from services.enrolment.tables import Roster
from shared.database.records import NamedRow
from shared.privacy import SealedPerson, WrappedKey
from shared.privacy.contact import Contact, SealedContact
from shared.privacy.service_keys import ServiceKeys

_NIK_FIELD: Final = "nik"
_NEAR_FIELD: Final = "name-and-birth-date"
_KPJ_FIELD: Final = "kpj"
# Profiles are padded to steps of this length, so that a ciphertext's length says little about a name.
_PAD_CHARACTERS: Final = 64
_NOT_LETTERS: Final = re.compile(r"[\W_]+")


class KeysInUse(ServiceKeys):
    """Vault and index of this service, and the sealer that notification has the keys to."""

    def nik_tokens(self, niks: Sequence[str]) -> list[bytes]:
        """The tokens under which NIKs are stored from now on."""
        return self.index.tokens(_NIK_FIELD, niks)

    def nik_search_tokens(self, niks: Sequence[str]) -> list[list[bytes]]:
        """For each NIK every token under which it may be stored, the current one first."""
        if len(self.index.search_tokens(_NIK_FIELD, "")) == 1:
            return [[token] for token in self.nik_tokens(niks)]
        return [self.index.search_tokens(_NIK_FIELD, nik) for nik in niks]

    def near_tokens(self, people: Iterable[StagedPerson]) -> list[bytes]:
        """The tokens of names with birth dates: equal for two entries that may be one person."""
        return self.index.tokens(_NEAR_FIELD, map(_near_value, people))

    def is_kpj(self, token: bytes, kpj: str) -> bool:
        """Whether a stored token is that of a member number of BPJS."""
        return token in self.index.search_tokens(_KPJ_FIELD, kpj)

    def seal_kpj(self, numbers: Sequence[tuple[NamedRow, str]]) -> tuple[list[bytes], list[bytes]]:
        """Member numbers sealed under their people's own keys (worker_id, kek_id, wrapped_key), and their tokens."""
        sealed = self.vault.encrypt_many([(_key(person), {_KPJ_FIELD: kpj}) for person, kpj in numbers])
        return [fields[_KPJ_FIELD] for fields in sealed], self.index.tokens(_KPJ_FIELD, (kpj for _, kpj in numbers))

    def seal_profiles(self, people: Iterable[tuple[UUID, StagedPerson]]) -> Iterable[SealedPerson]:
        """Everything that identifies or reaches people, each under a fresh key of its own."""
        return self.vault.encrypt_new_people(
            (worker_id, {PROFILE_FIELD: _profile_text(person)}) for worker_id, person in people
        )

    def seal_contacts(self, people: Iterable[tuple[UUID, StagedPerson]]) -> Iterable[SealedContact]:
        """How people are reached, for the restricted topic."""
        return self.contacts.seal_many(
            (worker_id, Contact(person.name, person.phone or None, person.email or None))
            for worker_id, person in people
        )

    def open_profiles(self, rows: Iterable[NamedRow]) -> list[dict[str, str] | None]:
        """The profiles of people (worker_id, kek_id, wrapped_key, profile), in order; None for who was erased."""
        opened = self.vault.decrypt_many((_key(row), {PROFILE_FIELD: row["profile"]}) for row in rows)
        return [None if texts is None else json.loads(texts[PROFILE_FIELD]) for texts in opened]

    def new_roster_key(self, roster_id: UUID) -> WrappedKey:
        """A fresh key for a roster's file and staged rows."""
        return self.vault.new_key(roster_id)

    def seal_block(self, roster: Roster, people: Sequence[StagedPerson]) -> bytes:
        """Accepted rows, sealed under their roster's key until they are registered."""
        return self.vault.encrypt(_roster_key(roster), f"block-{people[0].row_number}", to_json(people).decode())

    def open_block(self, roster: Roster, first_row: int, sealed: bytes) -> list[StagedPerson]:
        """The rows of a sealed block."""
        text = self.vault.decrypt(_roster_key(roster), f"block-{first_row}", sealed)
        return [StagedPerson._make(row) for row in json.loads(text)]

    def seal_chunk(self, key: WrappedKey, position: int, chunk: bytes) -> bytes:
        """A piece of a roster's file; Latin-1 gives each byte a letter of its own."""
        return self.vault.encrypt(key, f"chunk-{position}", chunk.decode("latin-1"))

    def open_chunk(self, roster: Roster, position: int, sealed: bytes) -> bytes:
        """The piece again."""
        return self.vault.decrypt(_roster_key(roster), f"chunk-{position}", sealed).encode("latin-1")


def _key(person: NamedRow) -> WrappedKey:
    return WrappedKey(person["worker_id"], person["kek_id"], person["wrapped_key"])


def _roster_key(roster: Roster) -> WrappedKey:
    return WrappedKey(roster.roster_id, roster.kek_id, roster.wrapped_key)


def _profile_text(person: StagedPerson) -> str:
    profile = person._asdict()
    for name in ("row_number", "is_working", "decile"):
        del profile[name]
    text = to_json(profile).decode()
    return text + " " * (-len(text) % _PAD_CHARACTERS)


def _near_value(person: StagedPerson) -> str:
    """Name and birth date as they are compared: letters only, so that spaces, dots and case do not matter."""
    letters = _NOT_LETTERS.sub("", person.name.casefold())
    return f"{letters}|{person.birth_date}"
