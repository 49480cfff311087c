"""The secrets of the vault, read from files so that they never stand in an environment variable or a database.

Two files, one for key-encryption keys (KEK) and one for blind-index keys. Each line is an id, a space and 32 random
bytes in base64; ``#`` starts a comment. The last line is the current key, which new data uses; the lines above stay
until nothing uses them. To rotate, append a line to the file and restart; the old line may go once every wrapped key
has been wrapped anew (`Vault.rewrap_many`) and every index token made anew, for which no service has a command.
To make backups of erased people unreadable as well, destroy the old KEK after that.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shared.privacy.cipher import KEY_BYTES
from shared.privacy.errors import KeyFileError

_ID_PATTERN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")

RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Key:
    """A secret key and the id under which data refers to it. Its repr shows the id only."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _ID_PATTERN.fullmatch(self.id):
            raise ValueError("A key id is 1 to 32 lower-case letters, digits, dots, dashes or underscores.")
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"A key has {KEY_BYTES} bytes.")


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys that a service holds; the last of each list is the current one. Never shows a secret.

    ``index_keys`` is None where nothing is searched for (`for_encryption`); a blind index cannot be made of it.
    """

    encryption_keys: Sequence[Key]
    index_keys: Sequence[Key] | None

    def __post_init__(self) -> None:
        lists = [self.encryption_keys] if self.index_keys is None else [self.encryption_keys, self.index_keys]
        every_secret = [key.secret for keys in lists for key in keys]
        for keys in lists:
            if not keys:
                raise ValueError("A keyring needs one key-encryption key and one blind-index key at least.")
            if len({key.id for key in keys}) < len(keys):
                raise ValueError("Two keys of the keyring have the same id; give each its own.")
        if len(set(every_secret)) < len(every_secret):
            raise ValueError("Two keys of the keyring are equal; make each with new_key_line.")

    @classmethod
    def from_files(cls, encryption_keys_file: Path, index_keys_file: Path) -> Keyring:
        """Read both files. Raises KeyFileError naming the file and the line, never its content."""
        encryption_keys, index_keys = _read(encryption_keys_file), _read(index_keys_file)
        try:
            return cls(encryption_keys, index_keys)
        except ValueError as problem:
            raise KeyFileError(f"{encryption_keys_file.name}' or '{index_keys_file.name}", str(problem)) from None

    @classmethod
    def for_encryption(cls, encryption_keys_file: Path) -> Keyring:
        """A keyring that encrypts but indexes nothing. Raises KeyFileError."""
        keys = _read(encryption_keys_file)
        try:
            return cls(keys, None)
        except ValueError as problem:
            raise KeyFileError(encryption_keys_file.name, str(problem)) from None


def new_key_line(key_id: str, random_bytes: RandomBytes = secrets.token_bytes) -> str:
    """A line with a fresh key, to append to a key file."""
    key = Key(key_id, random_bytes(KEY_BYTES))
    return f"{key.id} {base64.b64encode(key.secret).decode()}\n"


def _read(path: Path) -> tuple[Key, ...]:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as problem:
        raise KeyFileError(path.name, f"it cannot be read ({problem.strerror}).") from None
    except UnicodeDecodeError:
        raise KeyFileError(path.name, "it is not plain text.") from None
    keys = tuple(
        _parse(path, number, text)
        for number, line in enumerate(lines, start=1)
        if (text := line.partition("#")[0].strip())
    )
    if not keys:
        raise KeyFileError(path.name, "it has no key.")
    return keys


def _parse(path: Path, number: int, text: str) -> Key:
    key_id, _, encoded = text.partition(" ")
    try:
        return Key(key_id, base64.b64decode(encoded.strip(), validate=True))
    except binascii.Error:
        raise KeyFileError(path.name, f"line {number} is not base64.") from None
    except ValueError as problem:
        raise KeyFileError(path.name, f"line {number}: {problem}") from None
