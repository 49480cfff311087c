"""The tables of the stamp book."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer
from sqlmodel import Field, SQLModel


class Booklet(SQLModel, table=True):
    """A booklet and how many stamps are in it. The writing side."""

    __tablename__ = "booklet"

    booklet_id: UUID = Field(primary_key=True)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    stamps: int = Field(sa_column=Column(Integer, nullable=False))


class StampTotal(SQLModel, table=True):
    """What is known from events of a booklet. The reading side."""

    __tablename__ = "stamp_total"

    booklet_id: UUID = Field(primary_key=True)
    additions: int = Field(sa_column=Column(BigInteger, nullable=False))
    stamps: int = Field(sa_column=Column(BigInteger, nullable=False))


class DayClosed(SQLModel, table=True):
    """The total at the end of a day (WITA)."""

    __tablename__ = "day_closed"

    day: date = Field(sa_column=Column(Date, primary_key=True))
    stamps: int = Field(sa_column=Column(BigInteger, nullable=False))
    closed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
