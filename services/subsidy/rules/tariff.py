"""What an informal worker's month costs: a function of programme, income band, sector, payer kind and month.

All numbers are rows of effective-dated tables with their citation (``*.csv`` beside this file). PP 50/2025 halves JKK
and JKM for a while, by sector; what APBN or APBD pays keeps the full rate, so the payer counts too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Final

from services.subsidy.rules.values import JKK, JKM, PROGRAMMES, Amounts
from shared.invariants import require
from shared.money import Rounding, Rupiah
from shared.periods import Month
from shared.reference import read_table

_FOLDER: Final = Path(__file__).parent
_CITATION: Final = ("source", "confidence")
_BAND_COLUMNS: Final = (
    *("tariff", "band", "first_month", "last_month", "income_from_rupiah", "income_to_rupiah", "base_rupiah"),
    *("jkk_rupiah", "jkm_rupiah", *_CITATION),
)
_RELIEF_COLUMNS: Final = (
    *("relief", "payer", "sector", "first_month", "last_month", "programmes", "percent_of_rate", *_CITATION),
)
ANY_SECTOR: Final = "any"
OTHER_SECTOR: Final = "other"
SECTORS: Final = ("transport", OTHER_SECTOR)


class TariffUnknownError(LookupError):
    """No row of the tables says what the month costs."""

    def __init__(self, band: int, month: Month) -> None:
        super().__init__(f"No tariff is on record for income band {band} and {month}. Add a row to bpu_bands.csv.")
        self.band, self.month = band, month


@dataclass(frozen=True, slots=True)
class Rate:
    """What one worker's month costs, under which published tariff, and the sources of the rows that decided."""

    amounts: Amounts
    tariff: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Band:
    tariff: str
    band: int
    first_month: Month
    last_month: Month | None
    amounts: Amounts
    source: str


@dataclass(frozen=True, slots=True)
class _Relief:
    name: str
    payer: str
    sector: str
    first_month: Month
    last_month: Month | None
    programmes: frozenset[str]
    share: Fraction
    source: str


@dataclass(frozen=True)
class Tariff:
    """The tables, read once. Make one with `load_tariff`."""

    bands: tuple[_Band, ...]
    reliefs: tuple[_Relief, ...]
    payers: Mapping[str, str]
    sectors: Mapping[str, str]
    _decided: dict[tuple[int, str, str, Month], Rate] = field(default_factory=dict)

    def sector_of(self, occupation_code: str) -> str:
        """``transport`` or ``other``; an occupation that the table does not know is ``other``."""
        return self.sectors.get(occupation_code, OTHER_SECTOR)

    def payer_of(self, funding_source: str) -> str:
        """``government`` (APBN or APBD money) or ``other``.

        A source that the table does not know counts as government: an overpayment is credited, an underpayment
        lapses cover.
        """
        return self.payers.get(funding_source, "government")

    def rate(self, *, band: int, sector: str, funding_source: str, month: Month) -> Rate:
        """What one worker's ``month`` costs. Raises TariffUnknownError."""
        key = (band, sector, self.payer_of(funding_source), month)
        rate = self._decided.get(key)
        if rate is None:
            rate = self._decided[key] = self._decide(*key)
        return rate

    def _decide(self, band: int, sector: str, payer: str, month: Month) -> Rate:
        base = next((row for row in self.bands if row.band == band and _in_force(row, month)), None)
        if base is None:
            raise TariffUnknownError(band, month)
        relief = next(
            (
                row
                for row in self.reliefs
                if row.payer == payer and row.sector in {sector, ANY_SECTOR} and _in_force(row, month)
            ),
            None,
        )
        if relief is None:
            return Rate(base.amounts, base.tariff, (base.source,))
        reduced = {
            programme: int(Rupiah(full_rupiah).share(relief.share, Rounding.EXACT))
            if programme in relief.programmes
            else full_rupiah
            for programme, full_rupiah in base.amounts.by_programme().items()
        }
        amounts = Amounts(reduced[JKK], reduced[JKM])
        require(amounts.fits(base.amounts), "A relief never makes a month dearer.")
        require(min(amounts) > 0, "A month always costs something in each programme.")
        named = base.tariff if relief.share == 1 else f"{base.tariff}-{relief.name}"
        return Rate(amounts, named, (base.source, relief.source))


def _in_force(row: _Band | _Relief, month: Month) -> bool:
    return row.first_month <= month and (row.last_month is None or month <= row.last_month)


def load_tariff(folder: Path = _FOLDER) -> Tariff:
    """Read the tables. Raises ValueError when rows contradict each other or a value is not of its kind."""
    tariff = Tariff(
        bands=tuple(_band(row) for row in read_table(folder / "bpu_bands.csv", _BAND_COLUMNS)),
        reliefs=tuple(_relief(row) for row in read_table(folder / "bpu_relief.csv", _RELIEF_COLUMNS)),
        payers=_kinds(folder / "payer_kinds.csv", "funding_source", "payer"),
        sectors=_kinds(folder / "occupation_sector.csv", "occupation_code", "sector"),
    )
    _refuse_overlaps(tariff)
    return tariff


def _kinds(path: Path, code: str, kind: str) -> dict[str, str]:
    return {row[code]: row[kind] for row in read_table(path, (code, kind, *_CITATION))}


def _band(row: Mapping[str, str]) -> _Band:
    amounts = Amounts(int(row["jkk_rupiah"]), int(row["jkm_rupiah"]))
    return _Band(row["tariff"], int(row["band"]), *_period(row), amounts, _cited(row))


def _relief(row: Mapping[str, str]) -> _Relief:
    programmes = frozenset(row["programmes"].split(";"))
    if not programmes <= set(PROGRAMMES):
        raise ValueError(f"bpu_relief.csv names a programme other than {', '.join(PROGRAMMES)}; correct the row.")
    share = Fraction(int(row["percent_of_rate"]), 100)
    return _Relief(row["relief"], row["payer"], row["sector"], *_period(row), programmes, share, _cited(row))


def _period(row: Mapping[str, str]) -> tuple[Month, Month | None]:
    return Month.parse(row["first_month"]), Month.parse(row["last_month"]) if row["last_month"] else None


def _cited(row: Mapping[str, str]) -> str:
    if not row["source"] or not row["confidence"]:
        raise ValueError("Every row of a tariff table names its source and how sure it is; add what is missing.")
    return row["source"]


def _refuse_overlaps(tariff: Tariff) -> None:
    """Two rows that could both decide make the answer depend on their order in the file."""
    for band, other in combinations(tariff.bands, 2):
        if band.band == other.band and _meet(band, other):
            raise ValueError(f"Two rows of bpu_bands.csv are in force for band {band.band}; end the older one.")
    for relief, second in combinations(tariff.reliefs, 2):
        is_same_sector = relief.sector == second.sector or ANY_SECTOR in {relief.sector, second.sector}
        if relief.payer == second.payer and is_same_sector and _meet(relief, second):
            raise ValueError(f"Two rows of bpu_relief.csv are in force for payer {relief.payer}; end the older one.")


def _meet(row: _Band | _Relief, other: _Band | _Relief) -> bool:
    return (row.last_month is None or other.first_month <= row.last_month) and (
        other.last_month is None or row.first_month <= other.last_month
    )
