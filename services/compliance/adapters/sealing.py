"""The keys of compliance in use: contacts sealed at rest and for the topic, NIKs turned into tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.compliance.rules.rows import EmployerRow
from services.compliance.tables import EmployerContact as StoredContact
from shared.contracts.events.employer_contact import EmployerContact
from shared.database.records import record
from shared.ids import EmployerId
from shared.privacy import Contact
from shared.privacy.service_keys import ServiceKeys

_NIK_FIELD = "nik"
_CONTACT_FIELD = "employer-contact"


class KeysInUse(ServiceKeys):
    """Vault and index of this service, and the sealer that notification has the keys to."""

    def nik_tokens(self, niks: Sequence[str]) -> list[bytes]:
        """The tokens under which workers are known, in order."""
        return self.index.tokens(_NIK_FIELD, niks)

    def contact_tokens(self, row: EmployerRow) -> list[bytes]:
        """The tokens that the row's contact may be stored under, the current key's first."""
        return self.index.search_tokens(_CONTACT_FIELD, _canonical(row))

    def stored(self, contacts: Sequence[tuple[UUID, EmployerRow]], moment: datetime) -> list[StoredContact]:
        """Contacts sealed for the table, each under a fresh key of its own; stored at ``moment``."""
        people = self.vault.encrypt_new_people((employer_id, _fields(row)) for employer_id, row in contacts)
        tokens = self.index.tokens(_CONTACT_FIELD, [_canonical(row) for _, row in contacts])
        return [
            record(
                StoredContact,
                {
                    "employer_id": person.key.person_id,
                    "kek_id": person.key.kek_id,
                    "wrapped_key": person.key.wrapped or b"",
                    "sealed_name": person.fields["name"],
                    "sealed_phone": person.fields.get("phone"),
                    "sealed_email": person.fields.get("email"),
                    "token": token,
                    "changed_at": moment,
                },
            )
            for person, token in zip(people, tokens, strict=True)
        ]

    def events(
        self, contacts: Sequence[tuple[UUID, EmployerRow]], versions: Mapping[UUID, int]
    ) -> list[EmployerContact]:
        """Contacts sealed for the restricted topic; ``versions`` of the employers, by id."""
        people = [
            (employer_id, Contact(row.contact_name, row.contact_phone, row.contact_email))
            for employer_id, row in contacts
        ]
        return [
            EmployerContact(
                aggregate_version=versions[employer_id],
                employer_id=EmployerId(employer_id),
                key_reference=sealed.key_reference,
                algorithm=sealed.algorithm,
                ciphertext=sealed.ciphertext,
                content_version=sealed.content_version,
            )
            for (employer_id, _), sealed in zip(people, self.contacts.seal_many(people), strict=True)
        ]


def _canonical(row: EmployerRow) -> str:
    return json.dumps([row.contact_name, row.contact_phone, row.contact_email])


def _fields(row: EmployerRow) -> dict[str, str]:
    fields = {"name": row.contact_name, "phone": row.contact_phone, "email": row.contact_email}
    return {name: text for name, text in fields.items() if text is not None}
