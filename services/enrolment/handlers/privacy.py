"""What protects people's data, in one hand: the vault, the blind index and the seal of contacts.

Everything here computes without pause; callers run it in a thread, in slices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic_core import to_json

from services.enrolment.rules.roster.rows import StagedPerson
from services.enrolment.store import Row
from shared.privacy import BlindIndex, Vault, WrappedKey
from shared.privacy.contact import ContactSealer

NIK_FIELD: Final = "nik"
NEAR_FIELD: Final = "name-and-birth-date"
KPJ_FIELD: Final = "kpj"
PROFILE_FIELD: Final = "profile"
# Profiles are padded to steps of this length, so that a ciphertext's length says little about a name.
_PAD_CHARACTERS: Final = 64
_NOT_LETTERS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Privacy:
    """The service's own vault and index, and the contacts' seal."""

    vault: Vault
    index: BlindIndex
    sealer: ContactSealer


def nik_search_tokens(index: BlindIndex, niks: Sequence[str]) -> list[list[bytes]]:
    """For each NIK every token under which it may be stored, the current one first.

    There is more than one only while an index key is being replaced.
    """
    if len(index.search_tokens(NIK_FIELD, "")) == 1:
        return [[token] for token in index.tokens(NIK_FIELD, niks)]
    return [index.search_tokens(NIK_FIELD, nik) for nik in niks]


def profile_text(person: StagedPerson) -> str:
    """Everything that identifies or reaches a person, as it is sealed."""
    text = to_json(
        {
            "nik": person.nik,
            "name": person.name,
            "birth_date": person.birth_date,
            "sex": person.sex,
            "village_code": person.village_code,
            "occupation_code": person.occupation_code,
            "address": person.address,
            "phone": person.phone,
            "email": person.email,
        }
    ).decode()
    return text + " " * (-len(text) % _PAD_CHARACTERS)


def open_profiles(vault: Vault, rows: Iterable[Row]) -> list[dict[str, str] | None]:
    """The profiles of people (worker_id, kek_id, wrapped_key, profile), in order; None for who was erased."""
    sealed = ((WrappedKey(row["worker_id"], row["kek_id"], row["wrapped_key"]), row["profile"]) for row in rows)
    opened = vault.decrypt_many((key, {PROFILE_FIELD: profile}) for key, profile in sealed)
    return [None if texts is None else json.loads(texts[PROFILE_FIELD]) for texts in opened]


def near_value(person: StagedPerson) -> str:
    """Name and birth date as they are compared: letters only, so that spaces, dots and case do not matter."""
    letters = _NOT_LETTERS.sub("", person.name.casefold())
    return f"{letters}|{person.birth_date}"


def seal_block(vault: Vault, key: WrappedKey, people: Sequence[StagedPerson]) -> bytes:
    """Accepted rows, sealed under their roster's key until they are registered."""
    return vault.encrypt(key, f"block-{people[0].row_number}", to_json(people).decode())


def open_block(vault: Vault, key: WrappedKey, first_row: int, sealed: bytes) -> list[StagedPerson]:
    """The rows of a sealed block."""
    return [StagedPerson(*row) for row in json.loads(vault.decrypt(key, f"block-{first_row}", sealed))]


def seal_chunk(vault: Vault, key: WrappedKey, position: int, chunk: bytes) -> bytes:
    """A piece of a file; Latin-1 gives each byte a letter of its own."""
    return vault.encrypt(key, f"chunk-{position}", chunk.decode("latin-1"))


def open_chunk(vault: Vault, key: WrappedKey, position: int, sealed: bytes) -> bytes:
    """The piece again."""
    return vault.decrypt(key, f"chunk-{position}", sealed).encode("latin-1")
