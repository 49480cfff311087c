"""The whole main job, in order, with what came of it. Every step looks first at what is there: it may be repeated."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.sandbox.programme import employers, funding, roster
from deploy.sandbox.programme.offices import Offices
from deploy.sandbox.programme.people import OPERATOR
from deploy.sandbox.programme.plan import SHORT_OF_MONEY, Line, Plan, overdue_month
from shared.contracts.catalogue import RUNNING_SERVICES

SETTLE_TIMEOUT_S = 900.0
Report = Callable[[str, float], None]


@dataclass(frozen=True)
class Counts:
    """What the four services count at one moment."""

    enrolment: Any
    subsidy: Any
    compliance: Any
    notification: Any

    @property
    def contributions(self) -> int:
        """Contributions assessed so far, of workers and employers."""
        return int(self.subsidy["contributions"]["due"]) + int(self.compliance["assessed"])

    @property
    def messages(self) -> int:
        """Messages made so far."""
        return sum(self.notification["messages"].values())


@dataclass(frozen=True)
class Outcome:
    """What the main job did: counts before and after, and how long the month and everything took."""

    before: Counts
    after: Counts
    roster: Any
    month_s: float
    elapsed_s: float


async def count(offices: Offices) -> Counts:
    """Ask all four services at once."""
    return Counts(*await asyncio.gather(*(offices.get(OPERATOR, name, "/summary") for name in RUNNING_SERVICES)))


async def run(offices: Offices, plan: Plan, today: date, report: Report) -> Outcome:
    """Carry out ``plan``; ``report`` hears each step and how far along the job is (0 to 1).

    Raises ProgrammeError when a step does not go through.
    """
    began = time.monotonic()
    before = await count(offices)
    report("Daftar pekerja diunggah dan diperiksa (roster)", 0.05)
    await roster.hand_in_check_lists(offices, plan.folder)
    accepted, _ = await asyncio.gather(
        roster.hand_in(offices, plan.folder / "roster.csv"), _employers(offices, plan, today)
    )
    report("Jalur dana dan SK (funding lines, decrees)", 0.3)
    await _settled(offices, _decisions_known)
    lines = await asyncio.gather(*(_grant(offices, plan, line) for line in plan.lines))
    report("Pendaftaran ke BPJS (enrolment at BPJS)", 0.45)
    await _settled(offices, _enrolments_known)
    began_month = time.monotonic()
    report("Iuran bulan ini ditetapkan (month run)", 0.6)
    runs = await asyncio.gather(*(funding.assess_month(offices, plan, line_id) for line_id in lines))
    report("Tagihan, SPP, SPM, SP2D, konfirmasi (bills and payment)", 0.7)
    paying = zip(runs, plan.lines, strict=True)
    await asyncio.gather(*(funding.pay_month(offices, run, line, today) for run, line in paying))
    report("Peserta diberi tahu (messages)", 0.85)
    await _settled(offices, _everybody_told)
    month_s = time.monotonic() - began_month
    after = await count(offices)
    return Outcome(before, after, accepted, month_s, time.monotonic() - began)


async def _employers(offices: Offices, plan: Plan, today: date) -> None:
    for kind, name in (("employer", "employers.csv"), ("wage", "wages.csv"), ("payment", "payments.csv")):
        await employers.hand_in(offices, kind, plan.folder / name)
    await employers.assess(offices, overdue_month(today), today)


async def _grant(offices: Offices, plan: Plan, line: Line) -> str:
    """Open a line and its decree; gives the line's identifier."""
    workers = 0
    if line.region_code == SHORT_OF_MONEY:
        workers = await _verified_in(offices, line.region_code)
    line_id = await funding.open_line(offices, plan, line, workers)
    await funding.decree(offices, plan, line, line_id)
    return line_id


async def _verified_in(offices: Offices, region_code: str) -> int:
    summary = await funding.summary(offices)
    return int(summary["verified_by_region"].get(region_code, 0))


async def _settled(offices: Offices, is_settled: Callable[[Counts], bool]) -> Counts:
    counts: Counts = await offices.until(
        is_settled.__name__.strip("_").replace("_", " "), lambda: count(offices), is_settled, SETTLE_TIMEOUT_S
    )
    return counts


def _decisions_known(now: Counts) -> bool:
    """Whether subsidy has heard of every verified worker."""
    return bool(now.subsidy["verified"] == now.enrolment["verified"])


def _enrolments_known(now: Counts) -> bool:
    """Whether BPJS has answered for every grant and subsidy has heard of it."""
    answered = sum(now.enrolment[state] for state in ("enrolled", "lapsing", "lapsed", "exited", "refused_by_bpjs"))
    return bool(
        answered >= now.subsidy["granted"]
        and now.enrolment["in_group_waiting"] == 0
        and now.subsidy["enrolled"] == now.enrolment["enrolled"] + now.enrolment["lapsing"]
    )


def _everybody_told(now: Counts) -> bool:
    """Whether cover and messages have caught up with what is paid and late."""
    told, states = now.notification["messages"], now.notification["states"]
    return bool(
        now.enrolment["cover"]["paid"] == now.subsidy["contributions"]["paid"]
        and told.get("paid", 0) >= now.subsidy["contributions"]["paid"]
        and told.get("covered", 0) >= now.enrolment["enrolled"]
        and told.get("employer-late", 0) >= now.compliance["late"]
        and not states.get("queued", 0)
        and not states.get("claimed", 0)
        and not states.get("waiting-contact", 0)
    )
