"""The privacy vault: personal data encrypted under a key per person, searchable by a blind index, erasable for good.

Pure mechanism without storage: services keep ``WrappedKey`` and ciphertexts in their own tables.
"""

from shared.privacy.blind_index import BlindIndex
from shared.privacy.contact import Contact, ContactOpener, ContactSealer, SealedContact, contact_vault
from shared.privacy.errors import (
    KeyFileError,
    NotTextError,
    PrivacyError,
    ShreddedError,
    TamperedError,
    UnknownKeyError,
    UnsupportedFormatError,
)
from shared.privacy.keyring import Key, Keyring, new_key_line
from shared.privacy.vault import SealedPerson, Vault, WrappedKey

__all__ = [
    "BlindIndex",
    "Contact",
    "ContactOpener",
    "ContactSealer",
    "Key",
    "KeyFileError",
    "Keyring",
    "NotTextError",
    "PrivacyError",
    "SealedContact",
    "SealedPerson",
    "ShreddedError",
    "TamperedError",
    "UnknownKeyError",
    "UnsupportedFormatError",
    "Vault",
    "WrappedKey",
    "contact_vault",
    "new_key_line",
]
