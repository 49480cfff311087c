"""Everything the programme owes or covers belongs to a contribution month, not to a date or a moment.

``Month`` makes that a type of its own, so that a due date or a time zone cannot slip in where a month is meant, and
month arithmetic is written once.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any, ClassVar, Final, overload

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MONTH_PATTERN: Final = r"^\d{4}-(0[1-9]|1[0-2])$"

_MONTHS_PER_YEAR: Final = 12


class Month:
    """A contribution month such as ``Month(2026, 11)``, written ``2026-11``; years 1 to 9999.

    Ordered, hashable and immutable. Equal months are the same object, so comparing and parsing cost next to nothing.
    As a pydantic field it is the string ``YYYY-MM``, in JSON and in Python; a date or a number is refused.
    Raises ValueError for a month that does not exist.
    """

    __slots__ = ("_index", "_text")

    _index: int
    _text: str
    # At most 120,000 entries can ever exist; a running service sees a few hundred.
    _by_index: ClassVar[dict[int, Month]] = {}
    _by_text: ClassVar[dict[str, Month]] = {}

    def __new__(cls, year: int, month: int) -> Month:
        """The month number ``month`` (1 to 12) of ``year``."""
        if type(year) is not int or type(month) is not int:
            raise TypeError("Month takes a year and a month number as integers, for example Month(2026, 11).")
        if not 1 <= month <= _MONTHS_PER_YEAR:
            raise ValueError(f"There is no month number {month}; give 1 to 12.")
        return cls._at(year * _MONTHS_PER_YEAR + month - 1)

    @classmethod
    def _at(cls, index: int) -> Month:
        known = cls._by_index.get(index)
        if known is not None:
            return known
        year, month0 = divmod(index, _MONTHS_PER_YEAR)
        if not date.min.year <= year <= date.max.year:
            raise ValueError(f"The year {year} is outside 1 to 9999; check the month that the calculation starts from.")
        fresh = object.__new__(cls)
        object.__setattr__(fresh, "_index", index)
        object.__setattr__(fresh, "_text", f"{year:04d}-{month0 + 1:02d}")
        # setdefault is atomic: two threads that meet here leave with the same object.
        fresh = cls._by_index.setdefault(index, fresh)
        cls._by_text[fresh._text] = fresh
        return fresh

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read ``YYYY-MM``. Raises ValueError saying what is expected."""
        known = cls._by_text.get(text)
        if known is not None:
            return known
        digits = text[:4] + text[5:]
        if len(text) != 7 or text[4] != "-" or not (digits.isascii() and digits.isdigit()):
            raise ValueError("A month is written YYYY-MM, for example 2026-11.")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that ``day`` lies in. For a moment, take its business date first: ``Month.of(local_date(moment))``.

        Raises TypeError for a datetime, because its month depends on the time zone.
        """
        if type(day) is not date:
            raise TypeError("Month.of takes a date; turn a moment into a business date with shared.clock.local_date.")
        return cls._at(day.year * _MONTHS_PER_YEAR + day.month - 1)

    @property
    def year(self) -> int:
        """The calendar year."""
        return self._index // _MONTHS_PER_YEAR

    @property
    def month(self) -> int:
        """The month number, 1 to 12."""
        return self._index % _MONTHS_PER_YEAR + 1

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last day of the month, leap years included."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def day(self, number: int) -> date:
        """Day ``number`` of the month. Raises ValueError when the month has no such day."""
        return date(self.year, self.month, number)

    def next(self) -> Month:
        """The month after this one."""
        return self._at(self._index + 1)

    def previous(self) -> Month:
        """The month before this one."""
        return self._at(self._index - 1)

    def __add__(self, months: int) -> Month:
        if type(months) is not int:
            return NotImplemented
        return self._at(self._index + months)

    @overload
    def __sub__(self, other: Month) -> int: ...
    @overload
    def __sub__(self, other: int) -> Month: ...
    def __sub__(self, other: Month | int) -> Month | int:
        if isinstance(other, Month):
            return self._index - other._index
        if type(other) is not int:
            return NotImplemented
        return self._at(self._index - other)

    # Equality is identity (inherited); the hash is the number, so that sets iterate alike in every process.
    __eq__ = object.__eq__

    def __hash__(self) -> int:
        return self._index

    def __lt__(self, other: Month) -> bool:
        return self._index < other._index if isinstance(other, Month) else NotImplemented

    def __le__(self, other: Month) -> bool:
        return self._index <= other._index if isinstance(other, Month) else NotImplemented

    def __gt__(self, other: Month) -> bool:
        return self._index > other._index if isinstance(other, Month) else NotImplemented

    def __ge__(self, other: Month) -> bool:
        return self._index >= other._index if isinstance(other, Month) else NotImplemented

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Month({self.year}, {self.month})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("A Month cannot be changed; make another one.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("A Month cannot be changed; make another one.")

    def __reduce__(self) -> tuple[type[Month], tuple[int, int]]:
        return Month, (self.year, self.month)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from_text = core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema(strict=True))
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.no_info_plain_validator_function(cls._from_python),
            serialization=core_schema.to_string_ser_schema(when_used="json"),
        )

    @classmethod
    def _from_python(cls, value: object) -> Month:
        if isinstance(value, Month):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise ValueError("A month is written YYYY-MM, for example 2026-11.")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": MONTH_PATTERN}
