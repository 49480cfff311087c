"""No error and no text of an object shows a key or what it protects."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.privacy import (
    BlindIndex,
    NotTextError,
    PrivacyError,
    SealedPerson,
)
from tests.shared.values.vault_world import ANI, VAULT, key, keyring


def chain(error: BaseException) -> str:
    """Everything that a log could show of an error: text, arguments, attributes and what it was raised from."""
    seen: BaseException | None = error
    shown = ""
    while seen is not None:
        shown += "".join(traceback.format_exception(seen)) + repr(seen.args) + repr(vars(seen))
        shown += repr(getattr(seen, "object", ""))  # UnicodeError carries the text there
        seen = seen.__cause__ or seen.__context__
    return shown


@settings(max_examples=50)
@given(st.integers(0, 200), st.integers(1, 255))
def test_no_error_shows_what_is_protected(position: int, change: int) -> None:
    name = "Siti-Aminah-Rahmawati"
    (person,) = VAULT.encrypt_new_people([(ANI, {"name": name})])
    changed = bytearray(person.fields["name"])
    changed[position % len(changed)] ^= change
    with pytest.raises(PrivacyError) as caught:
        VAULT.decrypt(person.key, "name", bytes(changed))
    assert name not in chain(caught.value)
    with pytest.raises(NotTextError) as not_text:
        VAULT.encrypt(person.key, "name", name + "\ud800")
    assert name not in chain(not_text.value)
    with pytest.raises(NotTextError) as not_text:
        BlindIndex(keyring()).token("name", name + "\ud800")
    assert name not in chain(not_text.value)


def test_nothing_shows_keys_or_data() -> None:
    ring = keyring()
    (person,) = VAULT.encrypt_new_people([(ANI, {"name": "Siti"})])
    assert person.key.wrapped is not None
    secrets = [
        repr(key(1).secret),
        repr(key(101).secret),
        repr(person.key.wrapped),
        repr(person.fields["name"]),
        "Siti",
    ]
    for thing in (
        ring,
        ring.encryption_keys[0],
        VAULT,
        BlindIndex(ring),
        person,
        person.key,
        SealedPerson(person.key, {}),
    ):
        assert not any(secret in f"{thing} {thing!r}" for secret in secrets)
