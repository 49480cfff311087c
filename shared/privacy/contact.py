"""How to reach a person, sealed so that it may travel on a restricted topic and only its readers can open it.

Writer and reader share one keyring, the contact keyring. Each sealing has a data key of its own, wrapped under the
keyring's current key and carried along, so that the deletion mark on the compacted topic takes the only copy of the
key with it.

Layout version 1, base64 of: wrapped data key (61 bytes, `Vault`'s layout), then the sealed JSON (`Vault`'s layout,
field "contact").
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from shared.privacy.errors import UnsupportedFormatError
from shared.privacy.keyring import Keyring
from shared.privacy.vault import SealedPerson, Vault, WrappedKey

ALGORITHM: Final = "payung-vault-1"
CONTENT_VERSION: Final = 1
_FIELD: Final = "contact"
_WRAPPED_BYTES: Final = 61


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's name and ways to be reached: ``phone`` in E.164, ``language`` of the messages."""

    name: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    language: Literal["id", "en"] = "id"


@dataclass(frozen=True, slots=True)
class SealedContact:
    """The fields of the events worker.contact and employer.contact."""

    key_reference: str
    algorithm: str
    ciphertext: str = field(repr=False)
    content_version: int


def contact_vault(keys_path: Path) -> Vault:
    """The vault of the contact keyring. Raises KeyFileError."""
    return Vault(Keyring.for_encryption(keys_path))


class ContactSealer:
    """Seals contacts, on the side that owns them."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, person_id: UUID, contact: Contact) -> SealedContact:
        """One contact."""
        return self.seal_many([(person_id, contact)])[0]

    def seal_many(self, people: Iterable[tuple[UUID, Contact]]) -> list[SealedContact]:
        """Many contacts, in order."""
        texts = ((person_id, {_FIELD: _text(contact)}) for person_id, contact in people)
        return [_packed(sealed) for sealed in self._vault.encrypt_new_people(texts)]


class ContactOpener:
    """Opens contacts, on the side that writes to people."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def open(self, person_id: UUID, sealed: SealedContact) -> Contact:
        """The contact. Raises the vault's errors, UnsupportedFormatError for another layout."""
        if sealed.algorithm != ALGORITHM or sealed.content_version != CONTENT_VERSION:
            raise UnsupportedFormatError("contact")
        try:
            content = base64.b64decode(sealed.ciphertext, validate=True)
        except binascii.Error:
            raise UnsupportedFormatError("contact") from None
        key = WrappedKey(person_id, sealed.key_reference, content[:_WRAPPED_BYTES])
        return _contact(self._vault.decrypt(key, _FIELD, content[_WRAPPED_BYTES:]))


def _contact(text: str) -> Contact:
    """The contact of the sealed JSON. Raises UnsupportedFormatError, which quotes nothing of it."""
    try:
        known = json.loads(text)
        name, phone, email, language = (known[field] for field in ("name", "phone", "email", "language"))
    except (ValueError, KeyError, TypeError):
        raise UnsupportedFormatError("contact") from None
    ways = (phone, email)
    if not isinstance(name, str) or not all(way is None or isinstance(way, str) for way in ways):
        raise UnsupportedFormatError("contact")
    return Contact(name, phone, email, "en" if language == "en" else "id")


def _text(contact: Contact) -> str:
    """The JSON that is sealed. Field by field: dataclasses.asdict costs more than the encryption."""
    fields = {"name": contact.name, "phone": contact.phone, "email": contact.email, "language": contact.language}
    return json.dumps(fields)


def _packed(sealed: SealedPerson) -> SealedContact:
    wrapped = sealed.key.wrapped
    if wrapped is None or len(wrapped) != _WRAPPED_BYTES:
        raise ValueError("A fresh data key has a wrapped form of 61 bytes; the vault's layout has changed.")
    ciphertext = base64.b64encode(wrapped + sealed.fields[_FIELD]).decode()
    return SealedContact(sealed.key.kek_id, ALGORITHM, ciphertext, CONTENT_VERSION)
