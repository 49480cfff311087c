"""What can be set of enrolment: where its keys are and the folder that it shares with BPJS."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from shared.settings import ServiceSettings


class EnrolmentSettings(ServiceSettings):
    """The common settings, the key files of the privacy vault, and the exchange folder."""

    encryption_keys_path: Path = Field(
        description="the file with the key-encryption keys of this service's vault (shared/privacy/keyring.py)",
        examples=["/run/secrets/enrolment-encryption-keys"],
    )
    index_keys_path: Path = Field(
        description="the file with the keys of the blind index by which a NIK is found again",
        examples=["/run/secrets/enrolment-index-keys"],
    )
    contact_keys_path: Path = Field(
        description="the file with the contact keys, the same that notification reads",
        examples=["/run/secrets/contact-keys"],
    )
    exchange_folder: Path = Field(
        description="the folder for files to and from BPJS Ketenagakerjaan, with out/, in/, done/ and refused/",
        examples=["/var/lib/payung/enrolment/exchange"],
    )
