"""Encrypts each person's data under a key of their own, so that erasing a person means destroying one small key.

The data key exists in the clear only while it is used; what a service stores is the key wrapped by a key-encryption
key (KEK). Copies of the ciphertext in topics, backups and other services become unreadable with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.privacy.cipher import KEY_BYTES, NONCE_BYTES, DoesNotOpenError, NotInLayoutError, open_sealed, seal
from shared.privacy.errors import ShreddedError, TamperedError, UnknownKeyError, UnsupportedFormatError, utf8
from shared.privacy.keyring import Keyring, RandomBytes

_WRAP_DOMAIN: Final = b"payung/data-key/1\x00"
_FIELD_DOMAIN: Final = b"payung/field/1\x00"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A person's data key as a service stores it: three columns, of which ``wrapped`` is NULL after erasure.

    ``wrapped`` is 61 bytes in the layout of ``shared.privacy.cipher``; its context is
    ``"payung/data-key/1" NUL person id (16 bytes) KEK id``.
    """

    person_id: UUID
    kek_id: str
    wrapped: bytes | None = field(repr=False)

    def shredded(self) -> WrappedKey:
        """What to store to erase the person for good. Delete the blind-index tokens in the same transaction."""
        return WrappedKey(self.person_id, self.kek_id, None)

    @property
    def is_shredded(self) -> bool:
        """Whether the person was erased."""
        return self.wrapped is None


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """A new person, ready to store: the wrapped key and one ciphertext per field."""

    key: WrappedKey
    fields: dict[str, bytes] = field(repr=False)


class Vault:
    """Encrypts and decrypts personal fields; keeps nothing but the keyring.

    The context of a field's ciphertext is ``"payung/field/1" NUL person id (16 bytes) field name``. Ciphertexts are as
    long as their text (plus 29 bytes), so fields whose length says something should be padded by the caller.
    All methods may raise UnknownKeyError (KEK missing), ShreddedError, TamperedError, UnsupportedFormatError,
    NotTextError. They compute without pause: call the ``_many`` methods for large rosters in a thread or in chunks.
    """

    def __init__(self, keyring: Keyring, random_bytes: RandomBytes = secrets.token_bytes) -> None:
        self._random_bytes = random_bytes
        self._current_kek_id = keyring.encryption_keys[-1].id
        self._keks = {key.id: AESGCM(key.secret) for key in keyring.encryption_keys}

    def new_key(self, person_id: UUID) -> WrappedKey:
        """A fresh data key for a person who has none."""
        return self._wrap(person_id, self._random_bytes(KEY_BYTES), self._random_bytes(NONCE_BYTES))

    def encrypt(self, key: WrappedKey, field_name: str, text: str) -> bytes:
        """The ciphertext of one field."""
        return self.encrypt_fields(key, {field_name: text})[field_name]

    def decrypt(self, key: WrappedKey, field_name: str, ciphertext: bytes) -> str:
        """The text of one field."""
        return self.decrypt_fields(key, {field_name: ciphertext})[field_name]

    def encrypt_fields(self, key: WrappedKey, fields: Mapping[str, str]) -> dict[str, bytes]:
        """The ciphertexts of several fields of one person, unwrapping the key once."""
        nonces = _cut(self._random_bytes(NONCE_BYTES * len(fields)), NONCE_BYTES)
        return _seal_fields(AESGCM(self._unwrap(key)), key.person_id, fields, nonces)

    def decrypt_fields(self, key: WrappedKey, fields: Mapping[str, bytes]) -> dict[str, str]:
        """The texts of several fields of one person, unwrapping the key once."""
        cipher, owner = AESGCM(self._unwrap(key)), _FIELD_DOMAIN + key.person_id.bytes
        texts = {}
        for name, ciphertext in fields.items():
            try:
                texts[name] = open_sealed(cipher, ciphertext, owner + name.encode()).decode()
            except NotInLayoutError:
                raise UnsupportedFormatError(f"field '{name}'") from None
            except DoesNotOpenError:
                raise TamperedError(f"field '{name}'", key.person_id) from None
        return texts

    def encrypt_new_people(self, people: Iterable[tuple[UUID, Mapping[str, str]]]) -> list[SealedPerson]:
        """A fresh key and all ciphertexts for each new person of a roster, in order."""
        wanted = list(people)
        # One draw for all: asking the system for randomness costs more than a small encryption.
        data_keys = _cut(self._random_bytes(KEY_BYTES * len(wanted)), KEY_BYTES)
        nonces = _cut(self._random_bytes(NONCE_BYTES * sum(len(fields) for _, fields in wanted)), NONCE_BYTES)
        wraps = _cut(self._random_bytes(NONCE_BYTES * len(wanted)), NONCE_BYTES)
        return [
            SealedPerson(
                self._wrap(person_id, data_key, wrap_nonce), _seal_fields(AESGCM(data_key), person_id, fields, nonces)
            )
            for (person_id, fields), data_key, wrap_nonce in zip(wanted, data_keys, wraps, strict=True)
        ]

    def encrypt_many(self, rows: Iterable[tuple[WrappedKey, Mapping[str, str]]]) -> list[dict[str, bytes]]:
        """Ciphertexts for many people who have a key already, in order."""
        return [self.encrypt_fields(key, fields) for key, fields in rows]

    def decrypt_many(self, rows: Iterable[tuple[WrappedKey, Mapping[str, bytes]]]) -> list[dict[str, str] | None]:
        """Texts for many people, in order; None for a person who was erased."""
        return [None if key.is_shredded else self.decrypt_fields(key, fields) for key, fields in rows]

    def needs_rewrap(self, key: WrappedKey) -> bool:
        """Whether the key is wrapped by a KEK that is not the current one."""
        return not key.is_shredded and key.kek_id != self._current_kek_id

    def rewrap(self, key: WrappedKey) -> WrappedKey:
        """The same data key under the current KEK; no field has to be touched. A shredded key stays shredded."""
        if not self.needs_rewrap(key):
            return key
        return self._wrap(key.person_id, self._unwrap(key), self._random_bytes(NONCE_BYTES))

    def rewrap_many(self, keys: Sequence[WrappedKey]) -> list[WrappedKey]:
        """``rewrap`` for each, in order."""
        return [self.rewrap(key) for key in keys]

    @property
    def current_kek_id(self) -> str:
        """The KEK that wraps new keys, so that a job can select the others in SQL."""
        return self._current_kek_id

    def _wrap(self, person_id: UUID, data_key: bytes, nonce: bytes) -> WrappedKey:
        kek_id = self._current_kek_id
        return WrappedKey(
            person_id, kek_id, seal(self._keks[kek_id], nonce, data_key, _wrap_context(person_id, kek_id))
        )

    def _unwrap(self, key: WrappedKey) -> bytes:
        if key.wrapped is None:
            raise ShreddedError(key.person_id)
        kek = self._keks.get(key.kek_id)
        if kek is None:
            raise UnknownKeyError("key-encryption key", key.kek_id)
        try:
            return open_sealed(kek, key.wrapped, _wrap_context(key.person_id, key.kek_id))
        except NotInLayoutError:
            raise UnsupportedFormatError("wrapped data key") from None
        except DoesNotOpenError:
            raise TamperedError("wrapped data key", key.person_id) from None


def _cut(random: bytes, size: int) -> Iterator[bytes]:
    """Pieces of ``size`` bytes, each given once."""
    return (random[start : start + size] for start in range(0, len(random), size))


def _seal_fields(
    cipher: AESGCM, person_id: UUID, fields: Mapping[str, str], nonces: Iterator[bytes]
) -> dict[str, bytes]:
    owner = _FIELD_DOMAIN + person_id.bytes
    return {name: seal(cipher, next(nonces), utf8(name, text), owner + name.encode()) for name, text in fields.items()}


def _wrap_context(person_id: UUID, kek_id: str) -> bytes:
    return _WRAP_DOMAIN + person_id.bytes + kek_id.encode()
