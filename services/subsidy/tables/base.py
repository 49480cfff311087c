"""What the tables of subsidy share: their own registry, and columns that are compared byte by byte."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, DateTime, String, Text, Uuid
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.access.areas import AREA_CODE_COLUMN

REGION: Any = AREA_CODE_COLUMN
MONTH: Any = String(7, collation="C")
MOMENT: Any = DateTime(timezone=True)
TEXTS: Any = ARRAY(Text)
UUIDS: Any = ARRAY(Uuid)


class SubsidyTable(SQLModel, registry=registry()):
    """The base of all tables here. A registry of their own: another service may have a table of the same name."""


class ByProgramme(SubsidyTable):
    """Whole rupiah, by programme."""

    jkk_rupiah: int = Field(sa_type=BigInteger)
    jkm_rupiah: int = Field(sa_type=BigInteger)


class MadeBy(SubsidyTable):
    """By whom, and when."""

    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)


class ApprovedBy(MadeBy):
    """And by which second person it was approved."""

    approved_by: str | None = Field(default=None, sa_type=Text)
    approved_at: datetime | None = Field(default=None, sa_type=MOMENT)
