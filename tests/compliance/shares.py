"""What one wage costs, computed anew in Python: the service computes a whole month at once in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.compliance.rules.tariff import Tariff, portion
from shared.money import Rupiah


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


def wage_share(tariff: Tariff, risk_class: int, programmes: Iterable[str], wage_rupiah: int) -> WageShare:
    """What one wage costs under ``tariff``. The service computes it in SQL for a whole month."""
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
