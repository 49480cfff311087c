"""What the API takes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.values import ContributionMonth


class AssessmentOrder(BaseModel):
    """Which contribution month to assess."""

    model_config = ConfigDict(extra="forbid")

    month: ContributionMonth


class AgeingOrder(BaseModel):
    """Until which day to age; today or earlier."""

    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[date, Field(ge=date(2015, 7, 1), description="A day, YYYY-MM-DD.")]
