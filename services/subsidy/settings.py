"""What can be set of subsidy beyond the common settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from shared.settings import ServiceSettings


class SubsidySettings(ServiceSettings):
    """The common settings, the folder that is shared with BPJS, and how long BPJS may be silent."""

    exchange_folder: Path = Field(
        description="the folder in which files are exchanged with the BPJS Ketenagakerjaan branch (out/, in/)",
        examples=["/var/lib/payung/exchange/subsidy"],
    )
    answer_patience_s: int = Field(
        86_400,
        ge=1,
        le=90 * 86_400,
        description="seconds after which a bill request or a payment that BPJS has not answered becomes a case",
    )
