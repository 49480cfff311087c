"""Money is whole rupiah: nothing here has a smaller unit, and a float would lose one sooner or later.

``Rupiah`` is an integer that stays rupiah through arithmetic and refuses what is not whole. Percentages go through
``share`` with an exact rate and a rounding rule that the caller names, because the law, not the machine, decides it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Annotated, Any, NoReturn, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from shared.invariants import require

# Readers in JavaScript hold integers exactly up to here: about nine million milliard rupiah, 2.5 times the
# yearly budget of the whole state.
MAX_RUPIAH = 2**53 - 1

_FLOAT_REASON = (
    "Rupiah is whole and never a float; use share(rate, rounding) for a percentage and split(parts) for a division."
)


class Rounding(Enum):
    """What to do with the part of a rupiah (or of a step) that is left over. All rules treat a debit like a credit."""

    DOWN = "down"  # towards zero
    UP = "up"  # away from zero
    HALF_UP = "half_up"  # nearest, a half goes away from zero
    HALF_EVEN = "half_even"  # nearest, a half goes to the even neighbour
    EXACT = "exact"  # nothing may be left over: raises ValueError


def percent(text: str) -> Fraction:
    """An exact rate from its written percentage: ``percent("0.24")`` is 24/10000.

    Raises ValueError when the text is not a plain decimal number.
    """
    return Fraction(Decimal(text)) / 100 if _is_plain_decimal(text) else _refuse_percent(text)


def _is_plain_decimal(text: str) -> bool:
    whole, _, part = text.partition(".")
    return text.isascii() and whole.isdigit() and (part.isdigit() or "." not in text)


def _refuse_percent(text: str) -> NoReturn:
    raise ValueError(f"{text!r} is not a percentage; write digits with a decimal point, for example '0.24'.")


class Rupiah(int):
    """A whole amount of rupiah, negative for a credit.

    Adding and subtracting rupiah or whole numbers, multiplying by a whole number (months, workers), negating and
    ``sum`` give Rupiah again. Division and floats raise TypeError. An ``int`` subclass, so it goes into JSON,
    asyncpg and SQL ``bigint`` as it is; as a pydantic field it accepts JSON integers only, in strict mode or not.

    Raises TypeError for anything that is not an integer (bool included), OverflowError beyond ``MAX_RUPIAH``.
    One gap that Python leaves open: in ``1.5 * amount`` the float is asked first; mypy and every Rupiah field refuse
    the result.
    """

    __slots__ = ()

    def __new__(cls, amount: int = 0) -> Self:
        """Make rupiah out of a whole number."""
        if not isinstance(amount, int) or isinstance(amount, bool):
            raise TypeError(f"Rupiah takes a whole number, not {type(amount).__name__}. {_FLOAT_REASON}")
        if not -MAX_RUPIAH <= amount <= MAX_RUPIAH:
            raise OverflowError("The amount is larger than any that Payung can carry exactly; check its unit.")
        return int.__new__(cls, amount)

    def __add__(self, other: int) -> Rupiah:
        return Rupiah(int.__add__(self, _whole(other)))

    __radd__ = __add__

    def __sub__(self, other: int) -> Rupiah:
        return Rupiah(int.__sub__(self, _whole(other)))

    def __rsub__(self, other: int) -> Rupiah:
        return Rupiah(int.__rsub__(self, _whole(other)))

    def __mul__(self, times: int) -> Rupiah:
        if isinstance(times, Rupiah):
            raise TypeError("Rupiah times rupiah has no meaning; multiply by a plain number of months or workers.")
        return Rupiah(int.__mul__(self, _whole(times)))

    __rmul__ = __mul__

    def __neg__(self) -> Rupiah:
        return Rupiah(int.__neg__(self))

    def __pos__(self) -> Rupiah:
        return self

    def __abs__(self) -> Rupiah:
        return Rupiah(int.__abs__(self))

    def __truediv__(self, other: object) -> NoReturn:
        raise TypeError(_FLOAT_REASON)

    __rtruediv__ = __truediv__

    def __floordiv__(self, other: object) -> NoReturn:
        raise TypeError(_FLOAT_REASON)

    __rfloordiv__ = __floordiv__

    def __divmod__(self, other: object) -> NoReturn:
        raise TypeError(_FLOAT_REASON)

    def __pow__(self, exponent: object, modulus: object = None) -> NoReturn:
        raise TypeError(_FLOAT_REASON)

    def __round__(self, digits: object = None) -> NoReturn:
        raise TypeError("Rupiah is whole; to round to hundreds use share(Fraction(1), rounding, step_rupiah=100).")

    def __float__(self) -> NoReturn:
        raise TypeError(_FLOAT_REASON)

    def __repr__(self) -> str:
        return f"Rupiah({int.__repr__(self)})"

    def __str__(self) -> str:
        return int.__repr__(self)

    def format(self) -> str:
        """As Indonesians write it: ``Rp16.800``, a credit ``-Rp16.800``."""
        sign = "-" if self < 0 else ""
        return f"{sign}Rp{int.__abs__(self):,}".replace(",", ".")

    def share(self, rate: Fraction | Decimal, rounding: Rounding, *, step_rupiah: int = 1) -> Rupiah:
        """This amount times ``rate``, computed exactly and rounded once to a multiple of ``step_rupiah``.

        ``Rupiah(1_000_000).share(percent("0.24"), Rounding.EXACT)`` is 2,400. ``share`` of the negative amount is the
        negative of the share. Raises TypeError for a float rate, ValueError for a step below 1 or, with
        ``Rounding.EXACT``, when something is left over.
        """
        if not isinstance(rate, Fraction | Decimal):
            raise TypeError(
                f"A rate is a Fraction or a Decimal, not {type(rate).__name__}; "
                "use percent('0.24') or Fraction(24, 10_000)."
            )
        if step_rupiah < 1:
            raise ValueError("step_rupiah is the multiple to round to: 1 for whole rupiah, 100 for full hundreds.")
        steps = Fraction(rate) * int(self) / step_rupiah
        return Rupiah(_round(steps, rounding) * step_rupiah)

    def split(self, parts: int) -> tuple[Rupiah, ...]:
        """Divide into ``parts`` amounts that add up to this one and differ by at most one rupiah, larger ones first.

        Raises ValueError when ``parts`` is below 1.
        """
        if parts < 1:
            raise ValueError("An amount can be split into one part or more.")
        quotient, rest = divmod(int.__abs__(self), parts)
        sign = -1 if self < 0 else 1
        amounts = tuple(Rupiah(sign * (quotient + (index < rest))) for index in range(parts))
        require(sum(amounts) == self, "A split neither makes nor loses money.")
        return amounts

    @classmethod
    def total(cls, amounts: Iterable[int]) -> Rupiah:
        """The sum of amounts, added as plain integers and checked once: several times faster than ``sum``."""
        plain = 0
        for amount in amounts:
            plain = int.__add__(plain, amount)
        return cls(plain)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _integer_schema(-MAX_RUPIAH)


@dataclass(frozen=True, slots=True)
class _AtLeast:
    """Narrows a Rupiah field so that pydantic itself, not a Python function, compares the bound."""

    minimum: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _integer_schema(self.minimum)


NonNegativeRupiah = Annotated[Rupiah, _AtLeast(0)]
"""A pydantic field of an amount due, paid or budgeted: zero or more."""

PositiveRupiah = Annotated[Rupiah, _AtLeast(1)]
"""A pydantic field of an amount that moves: one rupiah or more."""


def _integer_schema(minimum: int) -> CoreSchema:
    integer = core_schema.int_schema(strict=True, ge=minimum, le=MAX_RUPIAH)
    return core_schema.no_info_after_validator_function(
        _checked, integer, serialization=core_schema.plain_serializer_function_ser_schema(int, when_used="json")
    )


def _checked(amount: int) -> Rupiah:
    """Rupiah from an integer whose type and size pydantic has just checked."""
    return int.__new__(Rupiah, amount)


def _whole(number: int) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"Rupiah counts with whole numbers, not {type(number).__name__}. {_FLOAT_REASON}")
    return number


def _round(exact: Fraction, rounding: Rounding) -> int:
    """Round symmetrically about zero."""
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    twice, half = 2 * rest, exact.denominator
    match rounding:
        case Rounding.DOWN:
            up = False
        case Rounding.UP:
            up = rest > 0
        case Rounding.HALF_UP:
            up = twice >= half
        case Rounding.HALF_EVEN:
            up = twice > half or (twice == half and whole % 2 == 1)
        case Rounding.EXACT:
            if rest:
                raise ValueError("The share is not a whole amount; name a rounding rule or correct the rate.")
            up = False
    return (whole + up) * (-1 if exact < 0 else 1)
