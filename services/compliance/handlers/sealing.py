"""The keys of compliance in use: contacts sealed at rest and for the topic, NIKs turned into tokens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.compliance.rules.rows import EmployerRow
from services.compliance.store.employers import StoredContact
from shared.contracts.events.employer_contact import EmployerContact
from shared.ids import EmployerId
from shared.privacy import BlindIndex, Contact, ContactSealer, Vault

_NIK_FIELD = "nik"
_CONTACT_FIELD = "employer-contact"


@dataclass(frozen=True, slots=True)
class Sealing:
    """Vault and index of this service, and the sealer that notification has the keys to."""

    vault: Vault = field(repr=False)
    index: BlindIndex = field(repr=False)
    contacts: ContactSealer = field(repr=False)

    def nik_tokens(self, niks: Sequence[str]) -> list[bytes]:
        """The tokens under which workers are known, in order."""
        return self.index.tokens(_NIK_FIELD, niks)

    def contact_tokens(self, row: EmployerRow) -> list[bytes]:
        """The tokens that the row's contact may be stored under, the current key's first."""
        return self.index.search_tokens(_CONTACT_FIELD, _canonical(row))

    def stored(self, contacts: Sequence[tuple[UUID, EmployerRow]]) -> list[StoredContact]:
        """Contacts sealed for the table, each under a fresh key of its own."""
        sealed = self.vault.encrypt_new_people((key, _fields(row)) for key, row in contacts)
        tokens = self.index.tokens(_CONTACT_FIELD, [_canonical(row) for _, row in contacts])
        return [
            StoredContact(
                person.key.person_id, person.key.kek_id, person.key.wrapped or b"", person.fields["name"],
                person.fields.get("phone"), person.fields.get("email"), token,
            )
            for person, token in zip(sealed, tokens, strict=True)
        ]  # fmt: skip

    def events(self, contacts: Sequence[tuple[UUID, EmployerRow]], versions: dict[UUID, int]) -> list[EmployerContact]:
        """Contacts sealed for the restricted topic."""
        people = [(key, Contact(row.contact_name, row.contact_phone, row.contact_email)) for key, row in contacts]
        return [
            EmployerContact(
                aggregate_version=versions[key],
                employer_id=EmployerId(key),
                key_reference=sealed.key_reference,
                algorithm=sealed.algorithm,
                ciphertext=sealed.ciphertext,
                content_version=sealed.content_version,
            )
            for (key, _), sealed in zip(people, self.contacts.seal_many(people), strict=True)
        ]


def _canonical(row: EmployerRow) -> str:
    return json.dumps([row.contact_name, row.contact_phone, row.contact_email])


def _fields(row: EmployerRow) -> dict[str, str]:
    fields = {"name": row.contact_name, "phone": row.contact_phone, "email": row.contact_email}
    return {name: text for name, text in fields.items() if text is not None}
