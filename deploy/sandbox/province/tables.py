"""The small tables that the made-up province is drawn from; each figure has its source in the CSV beside this file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deploy.sandbox.province.errors import SampleError
from shared.reference import REFERENCE_FOLDER, read_table

_FOLDER = Path(__file__).parent
_CITED = ("source", "confidence")


@dataclass(frozen=True)
class Regency:
    """A regency or city. ``minimum_wage_rupiah`` is the UMK of 2026; villages are made up within Kemendagri's form."""

    code: str
    population: int
    districts: int
    urban: bool
    minimum_wage_rupiah: int


@dataclass(frozen=True)
class BusinessLine:
    """A line of business: 5-digit KBLI, words for names, risk class 1 to 5, how far wages rise above the minimum."""

    kbli: str
    words: tuple[str, ...]
    risk_class: int
    weight: int
    spread_permille: int


@cache
def regencies() -> tuple[Regency, ...]:
    """The ten regencies and cities, by code."""
    columns = ("code", "population_2020", "districts", "has_urban_villages", "minimum_wage_2026_rupiah", *_CITED)
    return tuple(
        Regency(
            row["code"],
            int(row["population_2020"]),
            int(row["districts"]),
            row["has_urban_villages"] == "true",
            int(row["minimum_wage_2026_rupiah"]),
        )
        for row in read_table(_FOLDER / "regencies.csv", columns)
    )


@cache
def business_lines() -> tuple[BusinessLine, ...]:
    """Lines of business of the province."""
    columns = ("kbli", "words", "risk_class", "weight", "wage_spread_permille", *_CITED)
    return tuple(
        BusinessLine(
            row["kbli"],
            tuple(row["words"].split("|")),
            int(row["risk_class"]),
            int(row["weight"]),
            int(row["wage_spread_permille"]),
        )
        for row in read_table(_FOLDER / "business_lines.csv", columns)
    )


@cache
def nik_origins() -> tuple[tuple[str, int], ...]:
    """Regencies of other provinces that migrants' NIKs begin with, with weights."""
    columns = ("prefix", "weight", "name", *_CITED)
    return tuple((row["prefix"], int(row["weight"])) for row in read_table(_FOLDER / "nik_origins.csv", columns))


@cache
def legacy_prefixes() -> tuple[str, ...]:
    """NIK prefixes of regencies that belonged to East Kalimantan until 2012."""
    columns = ("legacy_prefix", "current_code", "name", *_CITED)
    return tuple(row["legacy_prefix"] for row in read_table(REFERENCE_FOLDER / "nik_legacy_prefixes.csv", columns))


@cache
def names(kind: str) -> tuple[str, ...]:
    """Words of one kind: male, female, last_male, last_female, street, company, company_last."""
    rows = read_table(_FOLDER / "names.csv", ("kind", "names"))
    return {row["kind"]: tuple(row["names"].split("|")) for row in rows}[kind]


@cache
def vulnerable_occupations() -> tuple[tuple[str, int], ...]:
    """Codes with weights, all of them in the project's list of vulnerable occupations.

    Raises SampleError when the sample uses a code that the project's list does not have.
    """
    rows = read_table(_FOLDER / "occupations.csv", ("code", "weight", *_CITED))
    weighted = tuple((row["code"], int(row["weight"])) for row in rows)
    unknown = sorted({code for code, _ in weighted} - _occupations(vulnerable=True))
    if unknown:
        raise SampleError(
            f"deploy/sandbox/province/occupations.csv uses {', '.join(unknown)}, "
            "not vulnerable in shared/reference; correct it."
        )
    return weighted


@cache
def other_occupations() -> tuple[str, ...]:
    """Codes of the project's list that are not vulnerable."""
    return tuple(sorted(_occupations(vulnerable=False)))


def _occupations(*, vulnerable: bool) -> set[str]:
    # Only two columns are read: the list has others for its own users.
    with (REFERENCE_FOLDER / "occupations.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"] for row in csv.DictReader(file) if (row["is_vulnerable"] == "true") is vulnerable}
