"""The keys of a service that owns people's data: its own vault and index, and the seal of contacts for notification."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from shared.privacy.blind_index import BlindIndex
from shared.privacy.contact import ContactSealer, contact_vault
from shared.privacy.keyring import Keyring
from shared.privacy.vault import Vault


class KeyFiles(Protocol):
    """The settings that name the key files."""

    @property
    def encryption_keys_path(self) -> Path:
        """The keys of the vault."""
        ...

    @property
    def index_keys_path(self) -> Path:
        """The keys of the blind index."""
        ...

    @property
    def contact_keys_path(self) -> Path:
        """The keys that notification has, too."""
        ...


@dataclass(frozen=True)
class ServiceKeys:
    """The base of the services' keys in use. ``contacts`` seals what notification opens."""

    vault: Vault = field(repr=False)
    index: BlindIndex = field(repr=False)
    contacts: ContactSealer = field(repr=False)

    @classmethod
    def from_files(cls, files: KeyFiles) -> Self:
        """Read the keys. Raises like `Keyring.from_files`."""
        keyring = Keyring.from_files(files.encryption_keys_path, files.index_keys_path)
        return cls(Vault(keyring), BlindIndex(keyring), ContactSealer(contact_vault(files.contact_keys_path)))
