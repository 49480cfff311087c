"""What a contribution month costs per wage: rates by risk class and programme, and the ceiling of that month's JP wage.

All of it stands in effective-dated tables with citations. A month without rows is refused, not guessed: from August
2020 to January 2021 PP 49/2020 set other contributions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, get_args

from shared.access.errors import RefusedError
from shared.contracts.values import SizeClass
from shared.invariants import require
from shared.money import percent
from shared.periods import Month
from shared.reference import read_table

_FOLDER: Final = Path(__file__).parent
RATE_UNIT: Final = 100_000
"""Rates are whole parts of this: 0.24 % is 240. The finest published rate, 0.445 %, is 445."""

CHARGED: Final = ("JKK", "JKM", "JHT", "JP")
"""Programmes that are billed, in the order in which a part payment is attributed to them."""
KNOWN_PROGRAMMES: Final = (*CHARGED, "JKP")


def month_not_assessable() -> RefusedError:
    """The tables, which are never guessed at, do not say what the contribution month costs or when it is due."""
    return RefusedError("month-not-assessable")


@dataclass(frozen=True, slots=True)
class Tariff:
    """What is charged on a wage of one contribution month. Rates in parts of `RATE_UNIT`, the ceiling in rupiah.

    ``jkk_rates`` by risk class, 1 to 5 (PP 44/2015 Art. 16(1)); the JP wage counts up to ``jp_ceiling_rupiah`` (PP
    45/2015 Art. 28(3), 29). JKP costs the employer nothing: it is taken from JKK and the state inside the fund.
    """

    month: Month
    code: str
    jkk_rates: tuple[int, int, int, int, int]
    jkm_rate: int
    jht_employer_rate: int
    jht_worker_rate: int
    jp_employer_rate: int
    jp_worker_rate: int
    jp_ceiling_rupiah: int


def portion(wage_rupiah: int, rate: int) -> int:
    """``wage_rupiah`` times ``rate``, to the nearest whole rupiah, a half upwards: the rounding rule of every part.

    The laws name no rounding; each part of each worker is rounded once, so that totals are sums of what is on the
    worker's own line (docs/adr/0024).
    """
    if wage_rupiah < 0 or rate < 0:
        raise ValueError("A wage and a rate are zero or more; correct the row they come from.")
    amount_rupiah = (wage_rupiah * rate + RATE_UNIT // 2) // RATE_UNIT
    error = amount_rupiah * RATE_UNIT - wage_rupiah * rate
    require(-RATE_UNIT < 2 * error <= RATE_UNIT, "A part is the nearest rupiah, a half upwards.")
    return amount_rupiah


@dataclass(frozen=True, slots=True)
class TariffTables:
    """The rows of ``pu_rates.csv`` and ``jp_wage_ceiling.csv``."""

    rates: Sequence[Mapping[str, str]]
    ceilings: Sequence[Mapping[str, str]]

    def tariff(self, month: Month) -> Tariff:
        """The tariff of contribution month ``month``.

        Raises:
            RefusedError: "month-not-assessable", where a table has no row for the month.
            ValueError: a table is faulty; it says what to correct.
        """
        rates = {(row["programme"], row["risk_class"], row["payer"]): row for row in _valid(self.rates, month)}
        ceilings = _valid(self.ceilings, month)
        if not rates or not ceilings:
            raise month_not_assessable()

        def rate(programme: str, payer: str, risk_class: str = "") -> int:
            return rate_parts(rates[programme, risk_class, payer]["rate_pct"])

        first_month = rates["JKK", "1", "employer"]["first_month"]
        jkk1, jkk2, jkk3, jkk4, jkk5 = (rate("JKK", "employer", str(number)) for number in range(1, 6))
        if rate("JKP", "employer") if ("JKP", "", "employer") in rates else 0:
            raise ValueError(
                "pu_rates.csv bills JKP to the employer; PP 6/2025 Art. 11 takes it from the state and JKK."
            )
        return Tariff(
            month=month,
            code=f"pu-{first_month}",
            jkk_rates=(jkk1, jkk2, jkk3, jkk4, jkk5),
            jkm_rate=rate("JKM", "employer"),
            jht_employer_rate=rate("JHT", "employer"),
            jht_worker_rate=rate("JHT", "worker"),
            jp_employer_rate=rate("JP", "employer"),
            jp_worker_rate=rate("JP", "worker"),
            jp_ceiling_rupiah=int(ceilings[0]["ceiling_rupiah"]),
        )


def load_tariffs() -> TariffTables:
    """Read the rates and the ceilings of all months. Raises ValueError naming what to correct."""
    periods = ("first_month", "last_month")
    rates = ("programme", "risk_class", "payer", "rate_pct", *periods, "source", "confidence")
    ceilings = (*periods, "ceiling_rupiah", "source", "confidence")
    return TariffTables(
        read_table(_FOLDER / "pu_rates.csv", rates), read_table(_FOLDER / "jp_wage_ceiling.csv", ceilings)
    )


def load_compulsory_programmes() -> Mapping[SizeClass, tuple[str, ...]]:
    """The programmes that an employer has to take, by size class (Perpres 109/2013 Art. 6(3)).

    Raises ValueError naming what to correct.
    """
    columns = ("size_class", "programmes", "source", "confidence")
    rows = {row["size_class"]: row for row in read_table(_FOLDER / "compulsory_programmes.csv", columns)}
    if missing := set(get_args(SizeClass)) ^ rows.keys():
        raise ValueError(f"compulsory_programmes.csv: one row for each size class; look at {', '.join(missing)}.")
    return {size: tuple(rows[size]["programmes"].split("+")) for size in get_args(SizeClass)}


def covers(row: Mapping[str, str], month: Month) -> bool:
    """Whether an effective-dated row (first_month, last_month or empty) decides for ``month``."""
    last = row["last_month"]
    return Month.parse(row["first_month"]) <= month and (not last or month <= Month.parse(last))


def rate_parts(rate_pct: str) -> int:
    """A published percentage in parts of `RATE_UNIT`. Raises ValueError for one that is finer."""
    parts = percent(rate_pct) * RATE_UNIT
    if parts != Fraction(int(parts)):
        raise ValueError(f"The rate {rate_pct} % is finer than {RATE_UNIT} parts; make RATE_UNIT larger.")
    return int(parts)


def _valid(rows: Sequence[Mapping[str, str]], month: Month) -> list[Mapping[str, str]]:
    valid = [row for row in rows if covers(row, month)]
    names = [(row.get("programme"), row.get("risk_class"), row.get("payer")) for row in valid]
    if len(set(names)) != len(names):
        raise ValueError(f"Two rows of a tariff table are valid for {month}; end the older one the month before.")
    return valid
