"""Puts a whole sample into a folder: roster, check lists, employers, wages, payments, and a manifest to judge by."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from deploy.sandbox.province.chance import seeded
from deploy.sandbox.province.dirt import Kind
from deploy.sandbox.province.employers import EMPLOYER_COLUMNS, LARGEST_HEADCOUNT, Breach, Employer, make_employers
from deploy.sandbox.province.errors import SampleError
from deploy.sandbox.province.files import BLOCK_ROWS, SHEET_ROWS, CsvFile, Written, write_csv, write_sheet, write_text
from deploy.sandbox.province.numbers import BirthDates, Niks
from deploy.sandbox.province.people import COLUMNS, People, Person
from deploy.sandbox.province.readme import readme
from deploy.sandbox.province.roster import Finding, Roster
from deploy.sandbox.province.wages import PAYMENT_COLUMNS, WAGE_COLUMNS, WageReport
from shared.periods import Month

MAX_WORKERS: Final = 3_000_000
MAX_EMPLOYERS: Final = 5_000
DEFAULT_MONTH: Final = Month(2026, 11)  # fixed, not today's: the same command gives the same files tomorrow
MANIFEST: Final = "manifest.json"
_OTHER_DECEASED_PER_ROSTER_ONE = 5
_NOTICE = (
    "Data buatan; tidak ada orang, nomor, atau perusahaan sungguhan. "
    "Made up; no person, number or company in it is real."
)


@dataclass(frozen=True)
class Wish:
    """What is asked for. The same wish gives the same bytes; ``format`` is the roster's, csv or xlsx.

    ``people_of``: the month in which the people and employers were made up, where it is another than the month of
    wages and payments: the same people report a further month.
    """

    workers: int
    employers: int
    seed: int
    month: Month = DEFAULT_MONTH
    format: str = "csv"
    people_of: Month | None = None

    def check(self) -> None:
        """Raise SampleError when this cannot be made."""
        if not 1 <= self.workers <= MAX_WORKERS:
            raise SampleError(f"A sample has 1 to {MAX_WORKERS:,} workers; choose a number between them.")
        if not 0 <= self.employers <= MAX_EMPLOYERS:
            raise SampleError(f"A sample has 0 to {MAX_EMPLOYERS:,} employers; choose a number between them.")
        if self.format not in ("csv", "xlsx"):
            raise SampleError("A roster is written as csv or xlsx; choose one of them.")
        if self.format == "xlsx" and self.workers > SHEET_ROWS:
            raise SampleError(f"A sheet holds {SHEET_ROWS:,} rows; choose --format csv, or fewer workers.")


def generate(wish: Wish, folder: Path) -> dict[str, Any]:
    """Write a sample into ``folder`` and give its manifest.

    Files of an earlier sample there are replaced one by one; the manifest goes first and comes last, so a folder with
    a manifest is whole. Raises SampleError for a wish that cannot be met or a folder that cannot be written.
    """
    wish.check()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        return _write(wish, folder)
    except OSError as error:
        raise SampleError(f"Cannot write to {folder} ({error.strerror}); choose another folder.") from error


def _write(wish: Wish, folder: Path) -> dict[str, Any]:
    reference = (wish.people_of or wish.month).first_day
    employers = make_employers(wish.employers, reference, seeded(wish.seed, "employers"))
    niks = Niks(wish.workers + wish.employers * LARGEST_HEADCOUNT + wish.workers // 20 + 100)
    roster = Roster(wish.workers, reference, niks, seeded(wish.seed, "roster"))
    files = _write_roster(wish, folder, roster)

    others = People(niks, BirthDates(reference, 19, 57, niks.classes), seeded(wish.seed, "others"))
    # Deceased people of no roster come right after the roster's numbers, then those who work for a wage.
    dead = [
        others.make(wish.workers + number).nik
        for number in range(_OTHER_DECEASED_PER_ROSTER_ONE * len(roster.deceased))
    ]
    report = WageReport(employers, wish.month, others, seeded(wish.seed, "wages"))
    employed: list[str] = []
    rows = report.rows(wish.workers + len(dead), roster.employed, employed)
    files += [
        _write_niks(folder, "deceased.csv", roster.deceased + dead),
        write_csv(folder, "employers.csv", EMPLOYER_COLUMNS, (employer.row() for employer in employers)),
        write_csv(folder, "wages.csv", WAGE_COLUMNS, rows),
        write_csv(folder, "payments.csv", PAYMENT_COLUMNS, report.payments()),
        write_csv(folder, "employers-truth.csv", ("npp", "breach"), _breaches(employers)),
        _write_niks(folder, "wage-workers.csv", sorted({*roster.employed, *employed})),
        write_text(folder, "README.md", readme(wish.workers, wish.employers, wish.seed, str(wish.month))),
    ]
    manifest = {
        "notice": _NOTICE,
        "parameters": {**asdict(wish), "month": str(wish.month), "people_of": str(wish.people_of or wish.month)},
        "expected": roster.expected(),
        "roster": roster.planted(),
        "employers": _expected_of(employers, report),
        "files": {file.name: {"rows": file.rows, "bytes": file.bytes, "sha256": file.sha256} for file in files},
    }
    write_text(folder, MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return manifest


def _write_roster(wish: Wish, folder: Path, roster: Roster) -> list[Written]:
    truth = CsvFile(folder, "roster-truth.csv", ("row", "kind", "first_row"))
    rows = _with_truth(roster, truth)
    if wish.format == "xlsx":
        written = write_sheet(
            folder, "roster.xlsx", COLUMNS, rows, dates=frozenset({"tanggal_lahir"}), numbers=frozenset({"desil"})
        )
    else:
        written = write_csv(folder, "roster.csv", COLUMNS, rows)
    return [written, truth.close()]


def _with_truth(roster: Roster, truth: CsvFile) -> Iterator[Person]:
    """The rows; what is not clean among them goes into ``truth`` block by block."""
    source = roster.rows()
    while block := list(islice(source, BLOCK_ROWS)):
        truth.write([_truth_row(finding) for _, finding in block if finding.kind is not Kind.CLEAN])
        for person, _ in block:
            yield person


def _truth_row(finding: Finding) -> tuple[object, ...]:
    return finding.row, finding.kind.value, "" if finding.first_row is None else finding.first_row


def _write_niks(folder: Path, name: str, niks: list[str]) -> Written:
    return write_csv(folder, name, ("nik",), ((nik,) for nik in sorted(niks)))


def _breaches(employers: list[Employer]) -> Iterator[tuple[object, ...]]:
    return ((employer.npp, employer.breach.value) for employer in employers if employer.breach is not Breach.NONE)


def _expected_of(employers: list[Employer], report: WageReport) -> dict[str, Any]:
    """What compliance finds."""
    breaches = Counter(employer.breach for employer in employers)
    sizes = Counter(employer.size for employer in employers)
    return {
        "employers": len(employers),
        "registered": len(employers) - breaches[Breach.PWBD],
        "sizes": {size: sizes[size] for size in ("mikro", "kecil", "menengah", "besar")},
        "breaches": {breach.value: breaches[breach] for breach in Breach if breach is not Breach.NONE},
        "workers": sum(employer.workers for employer in employers),
        "wages": {"reported_rupiah": report.reported_rupiah, "due_rupiah": sum(report.due_rupiah.values())}
        | dict(sorted(report.counts.items())),
    }
