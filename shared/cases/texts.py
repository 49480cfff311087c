"""What every answer about a case tells the person who reads it, whatever the service."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field


class CaseTexts(BaseModel):
    """What kind of case it is and what to do about it, Indonesian first. A base of the services' answers."""

    title_id: Annotated[str, Field(description="What has happened, in Indonesian.")]
    title_en: Annotated[str, Field(description="What has happened, in English.")]
    advice_id: Annotated[str, Field(description="What to do, in Indonesian.")]
    advice_en: Annotated[str, Field(description="What to do, in English.")]
