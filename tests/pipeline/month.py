"""A small month of its own on the running platform: new people, their own budget and decree, paid to the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from deploy.sandbox.programme import funding, roster
from deploy.sandbox.programme.journey import Counts, count
from deploy.sandbox.programme.offices import Offices
from deploy.sandbox.programme.plan import REGENCIES, Line, Plan
from deploy.sandbox.province import Wish, generate
from shared.clock import SystemClock, local_date
from shared.periods import Month
from tests.pipeline.conftest import Platform

WORKERS = 100
PATIENCE_S = 240.0


@dataclass
class SmallMonth:
    """One roster, one line, one decree, one month run."""

    platform: Platform
    offices: Offices
    seed: int
    today: date
    folder: Path
    before: Counts

    @property
    def line(self) -> Line:
        """An ample line of its own for the whole province."""
        name = f"UJI-{self.seed}-{self.today.year}"
        return Line(name, "apbd-province", "64", "Disnakertrans", f"SK/{name}", REGENCIES, None, f"PKS {name}")

    @property
    def plan(self) -> Plan:
        """The plan with this line only."""
        return Plan(self.folder, Month.of(self.today), (self.line,))

    def behave(self, **modes: Any) -> None:
        """Tell the pretended branch how to behave; without ``modes``, well."""
        control = self.platform.home / "exchange" / "sandbox.json"
        temporary = control.with_suffix(".tmp")
        temporary.write_text(json.dumps(modes))
        temporary.replace(control)

    async def register(self) -> None:
        """Hand the roster in and have all its people registered and known to subsidy."""
        await roster.hand_in_check_lists(self.offices, self.folder)
        await roster.hand_in(self.offices, self.folder / "roster.csv")
        await self.until("decisions", lambda now: now.subsidy["verified"] == now.enrolment["verified"])

    async def grant(self) -> str:
        """Open the line and the decree; gives the line's identifier."""
        line_id = await funding.open_line(self.offices, self.plan, self.line, 0)
        granted = await funding.decree(self.offices, self.plan, self.line, line_id)
        assert granted["workers"] > WORKERS * 0.7
        return line_id

    async def enrolled(self) -> Counts:
        """Wait until BPJS has answered for everybody."""
        return await self.until(
            "enrolments",
            lambda now: now.enrolment["in_group_waiting"] == 0 and now.subsidy["enrolled"] == now.enrolment["enrolled"],
        )

    async def assess(self, line_id: str) -> Any:
        """Run the month."""
        return await funding.assess_month(self.offices, self.plan, line_id)

    async def pay(self, run: Any) -> Any:
        """Bill and pay the run, to the end."""
        return await funding.pay_month(self.offices, run, self.line, self.today)

    async def finish(self) -> Counts:
        """Register, grant, enrol, assess and pay; wait until everybody is told."""
        await self.register()
        line_id = await self.grant()
        await self.enrolled()
        await self.pay(await self.assess(line_id))
        return await self.settled()

    async def settled(self) -> Counts:
        """Wait until everything that is due here is paid, covered and told."""
        return await self.until(
            "the end",
            lambda now: (
                now.subsidy["contributions"]["outstanding"] == 0
                and now.enrolment["cover"]["paid"] == now.subsidy["contributions"]["paid"]
                and now.notification["messages"]["paid"] == now.subsidy["contributions"]["paid"]
                and now.notification["messages"]["covered"] == now.enrolment["enrolled"]
            ),
        )

    async def until(self, what: str, done: Any) -> Counts:
        """Wait until ``done(counts)``."""
        counts: Counts = await self.offices.until(what, lambda: count(self.offices), done, PATIENCE_S)
        return counts

    async def count(self) -> Counts:
        """What is counted now."""
        return await count(self.offices)


@contextlib.asynccontextmanager
async def small_month(platform: Platform, seed: int) -> AsyncIterator[SmallMonth]:
    """A month for a new list of people; ``seed`` makes them, and no other test uses it."""
    folder = platform.home / "sample-more" / str(seed)
    today = local_date(SystemClock().now())
    await asyncio.to_thread(generate, Wish(WORKERS, 0, seed, Month.of(today)), folder)
    async with httpx.AsyncClient(trust_env=False, timeout=60.0) as http:
        offices = Offices(platform.processes.addresses, http, patience_s=120.0)
        month = SmallMonth(platform, offices, seed, today, folder, await count(offices))
        month.behave()
        try:
            yield month
        finally:
            month.behave()
