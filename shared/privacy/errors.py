"""What can go wrong with protected data, each with what to do; none ever carries plaintext or a key."""

from __future__ import annotations

from uuid import UUID


class PrivacyError(Exception):
    """The root of everything that the vault raises."""


class ShreddedError(PrivacyError):
    """The person's data key was destroyed on purpose; the data is gone for good."""

    def __init__(self, person_id: UUID) -> None:
        super().__init__(
            f"The data of person {person_id} was erased and cannot be read again. "
            "Treat the fields as empty; to serve this person, register them anew."
        )
        self.person_id = person_id


class TamperedError(PrivacyError):
    """A ciphertext does not belong to this person and field under this key, or was changed."""

    def __init__(self, what: str, person_id: UUID) -> None:
        super().__init__(
            f"The {what} of person {person_id} does not fit its key: it was changed, swapped with another person's or "
            "field's, or restored from another backup. Compare the row with the last good backup before using it."
        )
        self.person_id = person_id


class UnknownKeyError(PrivacyError):
    """The keyring has no key of this id."""

    def __init__(self, kind: str, key_id: str) -> None:
        super().__init__(
            f"The {kind} '{key_id}' is not in the keyring. Put its line back into the key file and restart; "
            "a key may leave the file only when nothing uses it any more."
        )
        self.key_id = key_id


class UnsupportedFormatError(PrivacyError):
    """The first byte names a layout that this version does not know, or the bytes are too short to be one."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The {what} is not in a layout that this version knows. Update the service, or check that the column "
            "holds what the vault wrote."
        )


class NotTextError(PrivacyError):
    """A value is not Unicode text, so it has no bytes to encrypt or to index."""

    def __init__(self, field_name: str) -> None:
        super().__init__(
            f"The field '{field_name}' holds half a character (a lone surrogate). "
            "Ask for the value again, or repair the file's encoding before importing it."
        )
        self.field_name = field_name


def utf8(field_name: str, text: str) -> bytes:
    """``text`` as UTF-8. Raises NotTextError, not UnicodeEncodeError, which would carry the whole text along."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass  # raised below, outside this block, so that the original is not chained to it
    raise NotTextError(field_name)


class KeyFileError(PrivacyError):
    """A key file cannot be used."""

    def __init__(self, file_name: str, problem: str) -> None:
        super().__init__(
            f"The key file '{file_name}' cannot be used: {problem} Each line is '<id> <base64 of 32 bytes>', "
            "the last line is the current key; make one with shared.privacy.new_key_line."
        )
