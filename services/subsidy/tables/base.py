"""What the tables of subsidy share: their own registry, and columns that are compared byte by byte."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, DateTime, String, Text, Uuid
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.access.areas import AREA_CODE_COLUMN

REGION: Any = AREA_CODE_COLUMN
MONTH: Any = String(7, collation="C")
MOMENT: Any = DateTime(timezone=True)
TEXTS: Any = ARRAY(Text)
UUIDS: Any = ARRAY(Uuid)


class SubsidyTable(SQLModel, registry=registry()):
    """The base of all tables here. A registry of their own: another service may have a table of the same name."""
