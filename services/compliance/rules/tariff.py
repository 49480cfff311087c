"""What a contribution month costs per wage: rates by risk class and programme, and the ceiling of that month's JP wage.

All of it stands in effective-dated tables with citations. A month without rows is refused, not guessed: from August
2020 to January 2021 PP 49/2020 set other contributions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

from shared.money import Rupiah, percent
from shared.periods import Month
from shared.reference import read_table

_FOLDER: Final = Path(__file__).parent
RATE_UNIT: Final = 100_000
"""Rates are whole parts of this: 0.24 % is 240. The finest published rate, 0.445 %, is 445."""

CHARGED: Final = ("JKK", "JKM", "JHT", "JP")
"""Programmes that are billed, in the order in which a part payment is attributed to them."""
KNOWN_PROGRAMMES: Final = (*CHARGED, "JKP")


class TariffUnknownError(LookupError):
    """The tables have no tariff for the contribution month."""

    def __init__(self, table: str, month: Month) -> None:
        super().__init__(
            f"{table} has no row for contribution month {month}. Add it with the law that sets it "
            "(August 2020 to January 2021: PP 49/2020)."
        )
        self.month = month


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


@dataclass(frozen=True, slots=True)
class WageShare:
    """What one worker's wage costs, per programme and payer; zero where the employer is not in the programme."""

    jkk_rupiah: int
    jkm_rupiah: int
    jht_employer_rupiah: int
    jht_worker_rupiah: int
    jp_employer_rupiah: int
    jp_worker_rupiah: int

    @property
    def total_rupiah(self) -> Rupiah:
        """Everything that the employer has to deposit for this worker, the worker's own part included."""
        parts = (self.jkk_rupiah, self.jkm_rupiah, self.jht_employer_rupiah, self.jht_worker_rupiah)
        return Rupiah.total((*parts, self.jp_employer_rupiah, self.jp_worker_rupiah))


def portion(wage_rupiah: int, rate: int) -> int:
    """``wage_rupiah`` times ``rate``, to the nearest whole rupiah, a half upwards: the rounding rule of every part.

    The laws name no rounding; each part of each worker is rounded once, so that totals are sums of what is on the
    worker's own line (docs/adr/0024).
    """
    if wage_rupiah < 0 or rate < 0:
        raise ValueError("A wage and a rate are zero or more; correct the row they come from.")
    amount_rupiah = (wage_rupiah * rate + RATE_UNIT // 2) // RATE_UNIT
    error = amount_rupiah * RATE_UNIT - wage_rupiah * rate
    assert 2 * error > -RATE_UNIT, "half a rupiah short at most"  # noqa: S101 - invariant of money
    assert 2 * error <= RATE_UNIT, "half a rupiah above at most"  # noqa: S101 - invariant of money
    return amount_rupiah


def wage_share(tariff: Tariff, risk_class: int, programmes: Iterable[str], wage_rupiah: int) -> WageShare:
    """What one wage costs under ``tariff``. The store computes the same in SQL for a whole month; tests compare."""
    joined = frozenset(programmes)
    pensionable_rupiah = min(wage_rupiah, tariff.jp_ceiling_rupiah)

    def part(programme: str, base_rupiah: int, rate: int) -> int:
        return portion(base_rupiah, rate) if programme in joined else 0

    return WageShare(
        jkk_rupiah=part("JKK", wage_rupiah, tariff.jkk_rates[risk_class - 1]),
        jkm_rupiah=part("JKM", wage_rupiah, tariff.jkm_rate),
        jht_employer_rupiah=part("JHT", wage_rupiah, tariff.jht_employer_rate),
        jht_worker_rupiah=part("JHT", wage_rupiah, tariff.jht_worker_rate),
        jp_employer_rupiah=part("JP", pensionable_rupiah, tariff.jp_employer_rate),
        jp_worker_rupiah=part("JP", pensionable_rupiah, tariff.jp_worker_rate),
    )


@cache
def tariff_of(month: Month) -> Tariff:
    """The tariff of contribution month ``month``. Raises TariffUnknownError, ValueError for a faulty table."""
    rates = {(row["programme"], row["risk_class"], row["payer"]): row for row in _valid(_rates(), month)}
    if not rates:
        raise TariffUnknownError("pu_rates.csv", month)
    ceilings = _valid(_ceilings(), month)
    if not ceilings:
        raise TariffUnknownError("jp_wage_ceiling.csv", month)
    if len(ceilings) > 1:
        raise ValueError(f"jp_wage_ceiling.csv has two rows for {month}; end the older one the month before.")

    def rate(programme: str, payer: str, risk_class: str = "") -> int:
        return _rate(rates[programme, risk_class, payer]["rate_pct"])

    first_month = rates["JKK", "1", "employer"]["first_month"]
    one, two, three, four, five = (rate("JKK", "employer", str(number)) for number in range(1, 6))
    if rate("JKP", "employer") if ("JKP", "", "employer") in rates else 0:
        raise ValueError("pu_rates.csv bills JKP to the employer; PP 6/2025 Art. 11 takes it from the state and JKK.")
    return Tariff(
        month=month,
        code=f"pu-{first_month}",
        jkk_rates=(one, two, three, four, five),
        jkm_rate=rate("JKM", "employer"),
        jht_employer_rate=rate("JHT", "employer"),
        jht_worker_rate=rate("JHT", "worker"),
        jp_employer_rate=rate("JP", "employer"),
        jp_worker_rate=rate("JP", "worker"),
        jp_ceiling_rupiah=int(ceilings[0]["ceiling_rupiah"]),
    )


@cache
def compulsory_programmes() -> Mapping[str, tuple[str, ...]]:
    """The programmes that an employer has to take, by size class (Perpres 109/2013 Art. 6(3))."""
    rows = read_table(_FOLDER / "compulsory_programmes.csv", ("size_class", "programmes", "source", "confidence"))
    return {row["size_class"]: tuple(row["programmes"].split("+")) for row in rows}


def covers(row: Mapping[str, str], month: Month) -> bool:
    """Whether an effective-dated row (first_month, last_month or empty) decides for ``month``."""
    last = row["last_month"]
    return Month.parse(row["first_month"]) <= month and (not last or month <= Month.parse(last))


def _valid(rows: Sequence[Mapping[str, str]], month: Month) -> list[Mapping[str, str]]:
    found = [row for row in rows if covers(row, month)]
    names = [(row.get("programme"), row.get("risk_class"), row.get("payer")) for row in found]
    if len(set(names)) != len(names):
        raise ValueError(f"Two rows of a tariff table are valid for {month}; end the older one the month before.")
    return found


def _rate(rate_pct: str) -> int:
    parts = percent(rate_pct) * RATE_UNIT
    if parts != Fraction(int(parts)):
        raise ValueError(f"The rate {rate_pct} % is finer than {RATE_UNIT} parts; make RATE_UNIT larger.")
    return int(parts)


@cache
def _rates() -> tuple[dict[str, str], ...]:
    columns = ("programme", "risk_class", "payer", "rate_pct", "first_month", "last_month", "source", "confidence")
    return tuple(read_table(_FOLDER / "pu_rates.csv", columns))


@cache
def _ceilings() -> tuple[dict[str, str], ...]:
    columns = ("first_month", "last_month", "ceiling_rupiah", "source", "confidence")
    return tuple(read_table(_FOLDER / "jp_wage_ceiling.csv", columns))
