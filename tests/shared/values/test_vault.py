"""The vault gives back what was put in, to the right person and field only, and nothing after erasure."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shared.privacy import (
    BlindIndex,
    Key,
    Keyring,
    ShreddedError,
    TamperedError,
    UnknownKeyError,
    UnsupportedFormatError,
    Vault,
    WrappedKey,
)
from tests.shared.values.vault_world import ANI, BUDI, FIELDS, NIK, TEXTS, VAULT, key, keyring


@given(st.uuids(), st.dictionaries(FIELDS, TEXTS))
def test_what_was_put_in_comes_out(person_id: UUID, fields: dict[str, str]) -> None:
    wrapped = VAULT.new_key(person_id)
    sealed = VAULT.encrypt_fields(wrapped, fields)
    assert Vault(keyring()).decrypt_fields(wrapped, sealed) == fields
    assert all(len(sealed[name]) == len(fields[name].encode()) + 29 for name in fields)


@given(TEXTS, FIELDS)
def test_equal_texts_have_unequal_ciphertexts(text: str, field: str) -> None:
    wrapped = VAULT.new_key(ANI)
    assert VAULT.encrypt(wrapped, field, text) != VAULT.encrypt(wrapped, field, text)


def test_no_nonce_and_no_key_comes_twice() -> None:
    people = VAULT.encrypt_new_people((UUID(int=n), {"nik": NIK, "name": "Ani"}) for n in range(2_000))
    nonces = [sealed[1:13] for person in people for sealed in person.fields.values()]
    wraps = [person.key.wrapped for person in people]
    assert len(set(nonces)) == len(nonces) == 4_000
    assert len(set(wraps)) == 2_000
    assert not any(NIK.encode() in sealed for person in people for sealed in person.fields.values())


def test_bulk_and_single_agree() -> None:
    people = [(UUID(int=n), {"nik": f"{n:016d}", "name": f"Orang {n}"}) for n in range(50)]
    sealed = VAULT.encrypt_new_people(people)
    assert [person.key.person_id for person in sealed] == [person_id for person_id, _ in people]
    again = VAULT.encrypt_many((person.key, fields) for person, (_, fields) in zip(sealed, people, strict=True))
    expected: list[dict[str, str] | None] = [fields for _, fields in people]
    assert VAULT.decrypt_many((person.key, person.fields) for person in sealed) == expected
    assert VAULT.decrypt_many(zip([person.key for person in sealed], again, strict=True)) == expected
    erased = sealed[3].key.shredded()
    assert VAULT.decrypt_many([(erased, sealed[3].fields)]) == [None]


def test_every_changed_byte_is_noticed() -> None:
    wrapped = VAULT.new_key(ANI)
    sealed = VAULT.encrypt(wrapped, "nik", NIK)
    for position, bit in itertools.product(range(len(sealed)), range(8)):
        changed = bytearray(sealed)
        changed[position] ^= 1 << bit
        with pytest.raises(UnsupportedFormatError if position == 0 else TamperedError):
            VAULT.decrypt(wrapped, "nik", bytes(changed))


def test_every_changed_byte_of_a_wrapped_key_is_noticed() -> None:
    wrapped = VAULT.new_key(ANI)
    sealed = VAULT.encrypt(wrapped, "nik", NIK)
    assert wrapped.wrapped is not None
    assert len(wrapped.wrapped) == 61
    for position, bit in itertools.product(range(61), range(8)):
        changed = bytearray(wrapped.wrapped)
        changed[position] ^= 1 << bit
        with pytest.raises(UnsupportedFormatError if position == 0 else TamperedError):
            VAULT.decrypt(WrappedKey(ANI, wrapped.kek_id, bytes(changed)), "nik", sealed)


def test_cut_and_lengthened_ciphertexts_are_noticed() -> None:
    wrapped = VAULT.new_key(ANI)
    sealed = VAULT.encrypt(wrapped, "nik", NIK)
    for length in range(len(sealed)):
        with pytest.raises((TamperedError, UnsupportedFormatError)):
            VAULT.decrypt(wrapped, "nik", sealed[:length])
    with pytest.raises(TamperedError):
        VAULT.decrypt(wrapped, "nik", sealed + b"\0")


def test_ciphertexts_cannot_be_swapped() -> None:
    ani, budi = VAULT.encrypt_new_people([(ANI, {"nik": NIK, "phone": NIK}), (BUDI, {"nik": NIK})])
    with pytest.raises(TamperedError, match="field 'phone'"):
        VAULT.decrypt(ani.key, "phone", ani.fields["nik"])  # another field
    with pytest.raises(TamperedError):
        VAULT.decrypt(ani.key, "nik", budi.fields["nik"])  # another person's
    assert ani.key.wrapped is not None
    as_budi = WrappedKey(BUDI, ani.key.kek_id, ani.key.wrapped)
    with pytest.raises(TamperedError, match="wrapped data key"):
        VAULT.decrypt(as_budi, "nik", ani.fields["nik"])  # her key and ciphertext under his name


def test_a_key_cannot_be_moved_to_another_kek_id() -> None:
    same_secret = key(1).secret
    vault = Vault(keyring())
    renamed = Vault(Keyring([Key("renamed", same_secret)], [key(101)]))
    wrapped = vault.new_key(ANI)
    with pytest.raises(TamperedError):
        renamed.encrypt(WrappedKey(ANI, "renamed", wrapped.wrapped), "nik", NIK)


@given(st.uuids(), TEXTS)
def test_rewrapping_changes_the_key_and_not_the_data(person_id: UUID, text: str) -> None:
    old = Vault(keyring([1]))
    wrapped = old.new_key(person_id)
    sealed = old.encrypt(wrapped, "name", text)
    both = Vault(keyring([1, 2]))
    assert both.needs_rewrap(wrapped)
    assert both.decrypt(wrapped, "name", sealed) == text
    (rewrapped,) = both.rewrap_many([wrapped])
    assert rewrapped.kek_id == both.current_kek_id == "k2"
    assert not both.needs_rewrap(rewrapped)
    assert both.rewrap(rewrapped) is rewrapped
    new = Vault(keyring([2]))
    assert new.decrypt(rewrapped, "name", sealed) == text
    with pytest.raises(UnknownKeyError, match="'k1'"):
        new.decrypt(wrapped, "name", sealed)


def test_new_keys_are_wrapped_by_the_last_kek() -> None:
    assert Vault(keyring([1, 2])).new_key(ANI).kek_id == "k2"
    assert Vault(keyring([2, 1])).new_key(ANI).kek_id == "k1"


def test_a_foreign_kek_of_the_same_id_does_not_open() -> None:
    wrapped = VAULT.new_key(ANI)
    foreign = Vault(Keyring([Key("k1", key(9).secret)], [key(101)]))
    with pytest.raises(TamperedError):
        foreign.encrypt(wrapped, "nik", NIK)


def test_erasure_is_final() -> None:
    (person,) = VAULT.encrypt_new_people([(ANI, {"nik": NIK, "name": "Ani"})])
    erased = person.key.shredded()
    assert erased.is_shredded
    assert not person.key.is_shredded
    with pytest.raises(ShreddedError, match="erased") as caught:
        VAULT.decrypt_fields(erased, person.fields)
    assert caught.value.person_id == ANI
    with pytest.raises(ShreddedError):
        VAULT.encrypt(erased, "nik", NIK)
    assert Vault(keyring([1, 2])).rewrap(erased) is erased
    fresh = VAULT.new_key(ANI)  # registering again does not bring the old data back
    with pytest.raises(TamperedError):
        VAULT.decrypt_fields(fresh, person.fields)


@given(TEXTS, TEXTS, FIELDS, FIELDS)
def test_tokens_are_equal_exactly_for_equal_values_of_one_field(a: str, b: str, f: str, g: str) -> None:
    one, two = BlindIndex(keyring()), BlindIndex(keyring())
    assert (one.token(f, a) == two.token(g, b)) == ((f, a) == (g, b))
    assert one.tokens(f, [a, b]) == [one.token(f, a), one.token(f, b)]
    assert len(one.token(f, a)) == 35
    assert one.search_tokens(f, a) == [one.token(f, a)]


@given(TEXTS)
def test_index_keys_rotate(value: str) -> None:
    old, both, new = (BlindIndex(keyring(index=numbers)) for numbers in ([1], [1, 2], [2]))
    stored = old.token("nik", value)
    assert stored in both.search_tokens("nik", value)
    assert not both.is_current(stored)
    renewed = both.token("nik", value)
    assert both.is_current(renewed)
    assert renewed.startswith(both.current_prefix)
    assert renewed == new.token("nik", value) != stored
    assert both.search_tokens("nik", value) == [renewed, stored]
    assert stored not in new.search_tokens("nik", value)


def test_layouts_stay_readable() -> None:
    """Fixed bytes from version 1: if this fails, stored data has become unreadable."""
    kek, index_key = Key("kek-2026", bytes(range(32))), Key("idx-2026", bytes(range(32, 64)))
    ring = Keyring([kek], [index_key])
    counter = itertools.count(1)
    vault = Vault(ring, lambda size: bytes([next(counter)]) * size)
    (person,) = vault.encrypt_new_people([(ANI, {"nik": NIK})])
    assert person.key.wrapped is not None
    assert person.key.wrapped.hex() == GOLDEN_WRAPPED
    assert person.fields["nik"].hex() == GOLDEN_FIELD
    assert BlindIndex(ring).token("nik", NIK).hex() == GOLDEN_TOKEN
    stored = WrappedKey(ANI, "kek-2026", bytes.fromhex(GOLDEN_WRAPPED))
    assert Vault(ring).decrypt(stored, "nik", bytes.fromhex(GOLDEN_FIELD)) == NIK


def test_documented_layouts_are_the_real_ones() -> None:
    """Open stored bytes by hand, with nothing but the docstrings of cipher, vault and blind_index."""
    ring = keyring()
    (person,) = Vault(ring).encrypt_new_people([(ANI, {"nik": NIK})])
    wrapped, sealed = person.key.wrapped, person.fields["nik"]
    assert wrapped is not None
    assert wrapped[0] == sealed[0] == 1
    data_key = AESGCM(key(1).secret).decrypt(wrapped[1:13], wrapped[13:], b"payung/data-key/1\0" + ANI.bytes + b"k1")
    context = b"payung/field/1\0" + ANI.bytes + b"nik"
    assert AESGCM(data_key).decrypt(sealed[1:13], sealed[13:], context) == NIK.encode()
    field_key = hmac.digest(key(101).secret, b"payung/blind-index/1\0nik", "sha256")
    tag = hashlib.sha256(b"k101").digest()[:2]
    assert BlindIndex(ring).token("nik", NIK) == b"\1" + tag + hmac.digest(field_key, NIK.encode(), "sha256")


GOLDEN_WRAPPED = (
    "01030303030303030303030303ef4a3dd70a935317df5c077fccab55061b57f7"
    "f1dbf93db083bc471c0523a85303e34724e2d16cba511066b2756872e4"
)
GOLDEN_FIELD = "0102020202020202020202020231e2fe7b7a66f5c8e3f984f86c97f28388d8ab5915db174952cec6c104d0133f"
GOLDEN_TOKEN = "01f794105c93df4c76f7d3c40993f8dda9c7669bf963547bf87b67ae191bc9c135995c"
