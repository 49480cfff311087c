"""Authenticated encryption of one value: AES-256-GCM in one versioned byte layout. Pure functions over bytes.

Layout, 29 bytes longer than the plaintext::

    offset  0   1 byte    layout version, 0x01
            1   12 bytes  nonce, random for every encryption
            13  n bytes   ciphertext, as long as the plaintext
            13+n 16 bytes GCM tag over ciphertext, context and nonce

The context (GCM's additional data) is not stored. It says what the value is, so a ciphertext that is copied to
another person, field or key does not open. Random nonces are safe up to 2**32 encryptions per key (NIST SP 800-38D):
a person's key makes a few hundred, a key-encryption key one per person and rotation.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.invariants import require

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
LAYOUT_V1: Final = b"\x01"
_TAG_BYTES: Final = 16
_HEADER_BYTES: Final = len(LAYOUT_V1) + NONCE_BYTES
OVERHEAD_BYTES: Final = _HEADER_BYTES + _TAG_BYTES


class NotInLayoutError(ValueError):
    """The bytes are not in layout version 1."""


class DoesNotOpenError(ValueError):
    """Key, context or bytes differ from those at encryption."""


def seal(key: AESGCM, nonce: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Encrypt; ``nonce`` is 12 bytes that this key has never seen."""
    require(len(nonce) == NONCE_BYTES, "A nonce has 12 bytes; a short one may repeat, which breaks the cipher.")
    return LAYOUT_V1 + nonce + key.encrypt(nonce, plaintext, context)


def open_sealed(key: AESGCM, sealed: bytes, context: bytes) -> bytes:
    """Decrypt. Raises NotInLayoutError or DoesNotOpenError, which say nothing about the content."""
    if len(sealed) < OVERHEAD_BYTES or sealed[:1] != LAYOUT_V1:
        raise NotInLayoutError
    try:
        return key.decrypt(sealed[1:_HEADER_BYTES], sealed[_HEADER_BYTES:], context)
    except InvalidTag:
        raise DoesNotOpenError from None
