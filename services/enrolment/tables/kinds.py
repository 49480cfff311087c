"""The column types that enrolment's tables share, so that a month or a list of codes is stored alike everywhere."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB


def text(*, null: bool = False, key: bool = False) -> Column[Any]:
    """Text."""
    return Column(Text, nullable=null, primary_key=key)


def texts(*, null: bool = False) -> Column[Any]:
    """A list of texts."""
    return Column(ARRAY(Text), nullable=null)


def moment(*, null: bool = False) -> Column[Any]:
    """A moment in UTC."""
    return Column(DateTime(timezone=True), nullable=null)


def day(*, null: bool = False, key: bool = False) -> Column[Any]:
    """A business date."""
    return Column(Date, nullable=null, primary_key=key)


def month(*, null: bool = False, key: bool = False) -> Column[Any]:
    """A contribution month, `YYYY-MM`: compared byte by byte, which is the order of time."""
    return Column(Text(collation="C"), nullable=null, primary_key=key)


def integer(*, null: bool = False, key: bool = False) -> Column[Any]:
    """A small whole number. No sequence behind a key."""
    return Column(Integer, nullable=null, primary_key=key, autoincrement=False)


def large(*, null: bool = False, key: bool = False) -> Column[Any]:
    """A large whole number: versions, bytes, rupiah."""
    return Column(BigInteger, nullable=null, primary_key=key, autoincrement=False)


def sealed(*, null: bool = False, key: bool = False) -> Column[Any]:
    """Bytes: ciphertexts, keys and tokens."""
    return Column(LargeBinary, nullable=null, primary_key=key)


def facts() -> Column[Any]:
    """A JSON object without personal data."""
    return Column(JSONB, nullable=False)
