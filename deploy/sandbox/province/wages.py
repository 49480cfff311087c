"""What employers report and pay for one month: wage rows and payments, most of them right and in time.

Wages are multiples of 10,000 rupiah. So every programme's share is a whole number of rupiah by itself, and whether an
employer has paid in full does not hang on a rounding rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Final

from deploy.sandbox.province.chance import between, deal
from deploy.sandbox.province.employers import Breach, Employer
from deploy.sandbox.province.people import People
from shared.money import Rounding, Rupiah, percent
from shared.periods import Month

WAGE_COLUMNS = ("npp", "bulan", "nik", "upah_rupiah")
PAYMENT_COLUMNS = ("npp", "bulan", "nomor_pembayaran", "iuran_rupiah", "denda_rupiah", "tanggal_bayar")

_STEP_RUPIAH: Final = 10_000
# Hundredths of a percent of the wage, employer's and worker's parts together: domain facts 2.1, PP 44, 45, 46/2015.
_JKK_BY_CLASS: Final = {1: 24, 2: 54, 3: 89, 4: 127, 5: 174}
_JKM, _JHT, _JP = 30, 570, 300
# BPJS letters B/726/022025 and B/1226/022026: the last one known holds on.
_CEILINGS_RUPIAH: Final = ((Month(2026, 3), 11_086_300), (Month(2025, 3), 10_547_400), (Month(1, 1), 10_042_300))
_FINE = percent("2")  # per month of being late, PP 44/2015; late payments here are less than a month late


class Punctuality(StrEnum):
    """How an employer pays its month."""

    FULL = "paid-in-time"
    LATE = "paid-late-with-fine"
    PART = "paid-in-part"
    NOTHING = "not-paid"


PUNCTUALITY_PERCENT: Final = {Punctuality.LATE: 7, Punctuality.PART: 6, Punctuality.NOTHING: 7}


class WageReport:
    """Iterate once over ``rows()``, then over ``payments()``."""

    def __init__(self, employers: list[Employer], month: Month, people: People, chance: Callable[[], float]) -> None:
        self.counts: Counter[str] = Counter()
        self.due_rupiah: dict[str, int] = {}
        self.reported_rupiah = 0
        self._employers = employers
        self._month = month
        self._people = people
        self._chance = chance
        self._ceiling_rupiah = next(ceiling for since, ceiling in _CEILINGS_RUPIAH if since <= month)

    def rows(self, first_number: int, from_roster: list[str], niks: list[str]) -> Iterator[tuple[object, ...]]:
        """Wage rows; persons of the roster who are employed are spread among them.

        New persons are numbered from ``first_number``; everybody's NIK is appended to ``niks``.
        """
        waiting, left = list(reversed(from_roster)), sum(employer.reported for employer in self._employers)
        month, number = str(self._month), first_number
        for employer in self._employers:
            programmes_due_rupiah = 0
            for _ in range(employer.reported):
                if waiting and self._chance() * left < len(waiting):
                    nik = waiting.pop()
                    self.counts["rows_of_roster_persons"] += 1
                else:
                    nik, number = self._people.wage_nik(number, employer.home), number + 1
                left -= 1
                niks.append(nik)
                wage_rupiah = self._wage_rupiah(employer)
                self.reported_rupiah += wage_rupiah
                programmes_due_rupiah += contribution_rupiah(employer, wage_rupiah, self._ceiling_rupiah)
                yield employer.npp, month, nik, wage_rupiah
            self.counts["rows"] += employer.reported
            if employer.reported:
                self.due_rupiah[employer.npp] = programmes_due_rupiah

    def payments(self) -> Iterator[tuple[object, ...]]:
        """What is paid for the month, and when; complete after ``rows()``.

        The iuran is due on the 15th of the next month or the next working day (PP 44/2015). Dates keep clear of that
        day, so that no holiday decides what is late, and none lies after the 20th: from the 21st on all have happened.
        """
        chance, fourteenth = self._chance, self._month.next().day(14)
        ways = deal(PUNCTUALITY_PERCENT, Punctuality.FULL, len(self.due_rupiah), chance, deck_size=100)
        for number, ((npp, due_rupiah), way) in enumerate(zip(self.due_rupiah.items(), ways, strict=True), start=1):
            self.counts[way.value] += 1
            if way is Punctuality.NOTHING:
                continue
            paid_rupiah, fine_rupiah, paid_on = due_rupiah, 0, fourteenth - timedelta(days=between(0, 12, chance))
            if way is Punctuality.LATE:
                fine_rupiah = int(Rupiah(due_rupiah).share(_FINE, Rounding.HALF_UP))
                paid_on = fourteenth + timedelta(days=between(5, 6, chance))
            elif way is Punctuality.PART:
                paid_rupiah = max(1, due_rupiah * between(30, 80, chance) // 100)
            yield npp, str(self._month), f"PB-{self._month}-{number:06d}", paid_rupiah, fine_rupiah, paid_on.isoformat()

    def _wage_rupiah(self, employer: Employer) -> int:
        chance = self._chance
        floor_rupiah = employer.home.minimum_wage_rupiah
        if employer.breach is Breach.PDS_WAGE and chance() < 0.7:
            self.counts["rows_below_minimum_wage"] += 1
            return floor_rupiah * between(60, 96, chance) // 100 // _STEP_RUPIAH * _STEP_RUPIAH
        rise = chance()
        permille = 1000 + int(rise * rise * employer.line.spread_permille)
        if chance() < 0.03:
            permille += between(800, 3000, chance)  # who leads the others
        return -(-floor_rupiah * permille // 1000 // _STEP_RUPIAH) * _STEP_RUPIAH


def contribution_rupiah(employer: Employer, wage_rupiah: int, ceiling_rupiah: int) -> int:
    """What the employer deposits for one worker and month in the programmes that it takes part in."""
    basis_points = _JKK_BY_CLASS[employer.line.risk_class] + _JKM
    if "JHT" in employer.programmes:
        basis_points += _JHT
    pension_basis_rupiah = min(wage_rupiah, ceiling_rupiah) if "JP" in employer.programmes else 0
    # Nothing is left over: wages are multiples of 10,000, ceilings of 100.
    return (wage_rupiah * basis_points + pension_basis_rupiah * _JP) // 10_000
