"""How to reach an employer, readable only with the key of its contact person."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.contracts import examples
from shared.contracts.base import Event
from shared.contracts.fields import EmployerRef
from shared.contracts.values import CleanText, about


class EmployerContact(Event):
    """How to reach an employer, encrypted under its contact's own key. Restricted and compacted: the latest one holds.

    Emitted when contact data are stored or corrected. A deletion mark (null body) or a deleted key means: forget.
    """

    TOPIC = "employer.contact"
    KEY_FIELD = "employer_id"

    employer_id: EmployerRef
    key_reference: Annotated[CleanText, about("Which key of the privacy vault opens it. Not the key itself.")]
    algorithm: Annotated[
        CleanText,
        about(
            "How it was encrypted.",
            known={
                "payung-vault-1": "wrapped data key of 61 bytes, then the sealed contact; shared/privacy/contact.py",
                "AES-256-GCM": "nonce of 12 bytes, ciphertext, tag of 16 bytes, in this order; not in use",
            },
        ),
    ]
    ciphertext: Annotated[
        str,
        Field(min_length=4, max_length=8192, pattern=r"^[A-Za-z0-9+/]+={0,2}$"),
        about("The encrypted contact data, base64.", unit="base64"),
    ]
    content_version: Annotated[int, Field(ge=1, le=1000), about("Version of the layout inside the ciphertext.")]

    @classmethod
    def example(cls) -> EmployerContact:
        """Ciphertext that nobody can read without the key."""
        return cls(
            aggregate_version=2,
            employer_id=examples.EMPLOYER,
            key_reference="person-key/3",
            algorithm="payung-vault-1",
            ciphertext="q83vEjRWeJCrze8SU1BBWVVORy1FWEFNUExFLW5vdC1hLXJlYWwtY2lwaGVydGV4dA==",
            content_version=1,
        )
