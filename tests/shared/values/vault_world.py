"""Keys, people and texts that the tests of the vault share."""

from __future__ import annotations

import random
from uuid import UUID

from hypothesis import strategies as st

from shared.privacy import (
    Key,
    Keyring,
    Vault,
)

NIK = "6472014505800001"
ANI, BUDI = UUID(int=1), UUID(int=2)
TEXTS = st.text(max_size=80)
FIELDS = st.sampled_from(["nik", "name", "phone", "address"])


def key(number: int) -> Key:
    return Key(f"k{number}", random.Random(number).randbytes(32))


def keyring(encryption: list[int] | None = None, index: list[int] | None = None) -> Keyring:
    """Keys by number; the last of each list is current."""
    return Keyring([key(n) for n in encryption or [1]], [key(100 + n) for n in index or [1]])


VAULT = Vault(keyring())
