"""How to reach a person, readable only with the person's key."""

from __future__ import annotations

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import ContentVersion, KeyReference, SealAlgorithm, SealedContact, WorkerRef


class WorkerContact(Event):
    """How to reach a person, encrypted under that person's own key. Restricted and compacted: the latest one holds.

    Emitted when contact data are stored or corrected. A deletion mark (null body) or a deleted key means: forget.
    """

    TOPIC = "worker.contact"
    KEY_FIELD = "worker_id"

    worker_id: WorkerRef
    key_reference: KeyReference
    algorithm: SealAlgorithm
    ciphertext: SealedContact
    content_version: ContentVersion

    @classmethod
    def example(cls) -> WorkerContact:
        """Ciphertext that nobody can read without the key."""
        return cls(aggregate_version=2, worker_id=examples.WORKER, **examples.SEALED)
