"""A month for a list of new people, over HTTP and through all services, as in `make up`; and when it has settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deploy.sandbox.programme.journey import run
from deploy.sandbox.programme.offices import Offices
from deploy.sandbox.programme.plan import REGENCIES, SHORT_OF_MONEY, Line, Plan, overdue_month
from deploy.sandbox.province import Wish, generate
from shared.periods import Month

EMPLOYERS_PER_WORKER = 0.02


@dataclass(frozen=True)
class People:
    """The people of one month: ``workers`` rows of a roster, made from ``seed``."""

    workers: int
    seed: int

    def folder(self, home: Path, today: date) -> Path:
        """Their files."""
        folder = home / "sample" / str(self.seed)
        employers = max(4, int(self.workers * EMPLOYERS_PER_WORKER))
        generate(Wish(self.workers, employers, self.seed, overdue_month(today)), folder)
        return folder

    def plan(self, folder: Path, today: date) -> Plan:
        """Two lines of their own, one of which cannot pay everybody."""
        month = Month.of(today)
        ample = tuple(code for code in REGENCIES if code != SHORT_OF_MONEY)
        return Plan(folder, month, (self._line("PROV", "64", ample, None), self._line("KUKAR", SHORT_OF_MONEY, (), 60)))

    def _line(self, name: str, region: str, codes: tuple[str, ...], share: int | None) -> Line:
        reference = f"{name}-{self.seed}"
        source = "apbd-province" if region == "64" else "apbd-regency"
        return Line(
            reference=reference,
            funding_source=source,
            region_code=region,
            office="Disnakertrans",
            decree_number=f"SK/{reference}",
            region_codes=codes or (region,),
            funded_share_percent=share,
            legal_basis=f"DPA {reference}",
        )


async def live_through(people: People, home: Path, offices: Offices, today: date, say: Callable[[str], None]) -> None:
    """From the list to the last message. Raises ProgrammeError when a step does not go through."""
    folder = await asyncio.to_thread(people.folder, home, today)
    await run(offices, people.plan(folder, today), today, lambda step, _: say(step))
