"""How to reach an employer, readable only with the key of its contact person."""

from __future__ import annotations

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import ContentVersion, EmployerRef, KeyReference, SealAlgorithm, SealedContact


class EmployerContact(Event):
    """How to reach an employer, encrypted under its contact's own key. Restricted and compacted: the latest one holds.

    Emitted when contact data are stored or corrected. A deletion mark (null body) or a deleted key means: forget.
    """

    TOPIC = "employer.contact"
    KEY_FIELD = "employer_id"

    employer_id: EmployerRef
    key_reference: KeyReference
    algorithm: SealAlgorithm
    ciphertext: SealedContact
    content_version: ContentVersion

    @classmethod
    def example(cls) -> EmployerContact:
        """Ciphertext that nobody can read without the key."""
        return cls(aggregate_version=2, employer_id=examples.EMPLOYER, **examples.SEALED)
