"""What can be set of the stamp book."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class DemoSettings(ServiceSettings):
    """The common settings and three of its own."""

    stamps_per_booklet: int = Field(10, ge=1, description="stamps that fill a booklet")
    ink_dries_s: float = Field(0.0, ge=0, le=600, description="seconds that the ink of a batch of stamps has to dry")
    closing_hour: int = Field(1, ge=0, le=23, description="hour (WITA) at which the day before is closed")
