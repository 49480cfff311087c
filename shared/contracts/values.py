"""The types that events are made of, so that a region code or an amount means and refuses the same everywhere.

Every text is bounded and free of control characters, every number is bounded, every date is a real one of this
century. What a field means, its unit and its legal source are written beside the field with ``about``; they travel
into the published schemas and the documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, Protocol, TypeVar

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from shared.money import NonNegativeRupiah, Rupiah
from shared.periods import Month

# Control characters, line and paragraph separators, marks that reverse the reading direction, byte order mark.
CLEAN_PATTERN: Final = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]*$"
_CODE = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_DATE = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|\+00:00)$"
MONTH_PATTERN: Final = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


def about(
    description: str, *, unit: str | None = None, source: str | None = None, known: Mapping[str, str] | None = None
) -> FieldInfo:
    """Describe a field: what it means, its unit, where the rule stands, and the values known today of an open code.

    ``known`` maps value to meaning. Readers must tolerate values that are not in it; a closed set is a ``Literal``.
    """
    extra: dict[str, Any] = {}
    if unit is not None:
        extra["x-unit"] = unit
    if source is not None:
        extra["x-source"] = source
    if known is not None:
        extra["x-known-values"] = dict(known)
    info: FieldInfo = Field(description=description, json_schema_extra=extra)
    return info


@dataclass(frozen=True, slots=True)
class _TextForm:
    """Reads a JSON string that matches ``pattern`` into what ``inner`` accepts in Python.

    pydantic alone would also take Unix seconds as text and times without a zone.
    """

    pattern: str
    inner: CoreSchema
    format: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=self.pattern)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.chain_schema([text, {**self.inner, "strict": False}]),
            python_schema=self.inner,
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": self.format, "pattern": self.pattern}


@dataclass(frozen=True, slots=True)
class _Publishes:
    """Adds to the published schema what a check in Python enforces."""

    keyword: str
    value: Any

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), self.keyword: self.value}


def _of_this_century(month: Month) -> Month:
    if not _FIRST_YEAR <= month.year <= _LAST_YEAR:
        raise ValueError("A contribution month lies in the years 2000 to 2099; check how the month was made.")
    return month


def _each_once(codes: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(codes)) != len(codes):
        raise ValueError("Each value may be named once.")
    return codes


def _oldest_first(months: tuple[Month, ...]) -> tuple[Month, ...]:
    if any(later <= earlier for earlier, later in pairwise(months)):
        raise ValueError("The months must be in order, oldest first, each once.")
    return months


CleanText = Annotated[str, Field(min_length=1, max_length=200, pattern=CLEAN_PATTERN)]
"""One line of text for people, 1 to 200 characters, without control characters. Never personal data."""

Code = Annotated[str, Field(max_length=60, pattern=_CODE)]
"""A stable code such as ``budget-exhausted``. Open: readers must tolerate values they do not know."""

Codes = Annotated[
    tuple[Code, ...], Field(min_length=1, max_length=20), AfterValidator(_each_once), _Publishes("uniqueItems", True)
]
"""One to 20 stable codes, each once."""

LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
"""ISO 639-1."""

RegencyCode = Annotated[str, Field(pattern=r"^[0-9]{4}$")]
"""Kemendagri code of a regency or city, 4 digits (6471 is Balikpapan). Not the code of BPS, which differs."""

RegionCode = Annotated[str, Field(pattern=r"^[0-9]{2}([0-9]{2})?$")]
"""Kemendagri code of a province (2 digits) or of a regency or city (4 digits)."""

OccupationCode = Annotated[str, Field(pattern=r"^[A-Z][0-9]{2,3}$")]
"""A code of the programme's occupation list: ``K`` from the identity card, ``P`` added by the programme."""

Programme = Annotated[str, Field(pattern=r"^[A-Z]{2,8}$")]
"""JKK, JKM, JHT, JP or JKP. Open: the law has added a programme before."""

Programmes = Annotated[
    tuple[Programme, ...],
    Field(min_length=1, max_length=12),
    AfterValidator(_each_once),
    _Publishes("uniqueItems", True),
]
"""The programmes that something is about, each once."""

AmountsByProgramme = Annotated[dict[Programme, NonNegativeRupiah], Field(min_length=1, max_length=12)]
"""Whole rupiah per programme, since bills and budget accounts are split by programme."""

Count = Annotated[int, Field(ge=0, le=100_000_000)]
"""How many people or things."""

SizeClass = Literal["mikro", "kecil", "menengah", "besar"]
"""The size of a business after PP 7/2021. Closed: the law names four."""

RiskClass = Annotated[int, Field(ge=1, le=5)]
"""The work-accident risk class of a business, 1 very low to 5 very high. Closed: the law names five."""

PayerKind = Literal["subsidy", "self", "employer"]
"""Who owes a contribution. Closed, because it decides whose identifier the key is."""

BusinessDate = Annotated[
    date,
    _TextForm(
        _DATE,
        core_schema.date_schema(strict=True, ge=date(_FIRST_YEAR, 1, 1), le=date(_LAST_YEAR, 12, 31)),
        "date",
    ),
]
"""A calendar day in East Kalimantan (Asia/Makassar)."""

UtcMoment = Annotated[
    datetime, _TextForm(_MOMENT, core_schema.datetime_schema(strict=True, tz_constraint=0), "date-time")
]
"""A moment with its zone, always UTC; another zone or none is refused."""

ContributionMonth = Annotated[Month, AfterValidator(_of_this_century), _Publishes("pattern", MONTH_PATTERN)]
"""The month that a contribution covers, ``YYYY-MM``, of this century."""

Months = Annotated[
    tuple[ContributionMonth, ...],
    Field(min_length=1, max_length=12),
    AfterValidator(_oldest_first),
    _Publishes("uniqueItems", True),
]
"""One to 12 contribution months, oldest first, each once."""


def require_sum(amounts: Mapping[str, int], total: int) -> None:
    """Refuse an event whose total is not the sum of its parts. Raises ValueError."""
    if Rupiah.total(amounts.values()) != total:
        raise ValueError("The total is not the sum of the amounts per programme; correct whichever is wrong.")


class _Split(Protocol):
    @property
    def amounts_rupiah(self) -> dict[str, NonNegativeRupiah]: ...
    @property
    def amount_rupiah(self) -> NonNegativeRupiah: ...


_SplitEvent = TypeVar("_SplitEvent", bound=_Split)


def sum_agrees(event: _SplitEvent) -> _SplitEvent:
    """`require_sum` of an event's own amounts, for ``model_validator(mode="after")``. Raises ValueError."""
    require_sum(event.amounts_rupiah, event.amount_rupiah)
    return event


def require_order(first: Month, last: Month) -> None:
    """Refuse a period that ends before it begins. Raises ValueError."""
    if last < first:
        raise ValueError("The last month lies before the first; exchange them or correct the period.")
