"""What can be set of compliance."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from shared.settings import ServiceSettings


class ComplianceSettings(ServiceSettings):
    """The common settings, the key files, and two of its own."""

    encryption_keys_path: Path = Field(
        description="the file with the keys that seal employers' contacts at rest", examples=["keys/encryption"]
    )
    index_keys_path: Path = Field(
        description="the file with the keys that turn a NIK into a token", examples=["keys/index"]
    )
    contact_keys_path: Path = Field(
        description="the file with the keys that seal contacts for notification, the same as there",
        examples=["keys/contact"],
    )
    ageing_hour: int = Field(1, ge=0, le=23, description="hour (WITA) at which unpaid contributions are aged")
    upload_limit_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, le=256 * 1024 * 1024, description="largest file that may be uploaded, in bytes"
    )
