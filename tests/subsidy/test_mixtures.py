"""Random mixtures of what people and BPJS do: most of it is refused, and no rupiah is ever made or lost."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from tests.subsidy.play import APPROVER, OWNER, TREASURER, Play, fresh_workers
from tests.subsidy.test_funding import amend


@dataclass
class Mixture:
    """What can happen; each step looks at the world through the API, as people do."""

    play: Play
    chance: random.Random
    lines: list[str] = field(default_factory=list)
    known: list[UUID] = field(default_factory=list)

    @property
    def steps(self) -> list[Callable[[], Awaitable[None]]]:
        """Everything that can happen."""
        return [
            self.verify_workers,
            self.enrol,
            self.decree,
            self.run,
            self.again,
            self.jobs,
            self.jobs,
            self.cut,
            self.answer,
            self.order,
            self.confirm,
            self.amend,
        ]

    async def verify_workers(self) -> None:
        fresh = fresh_workers(self.chance.randint(1, 4))
        self.known += fresh
        await self.play.verified(fresh)

    async def enrol(self) -> None:
        some = self.chance.sample(self.known, min(3, len(self.known)))
        await self.play.enrolled(some, version=self.chance.randint(3, 6))

    async def decree(self) -> None:
        body = {
            "number": f"SK-{self.chance.random()}",
            "funding_line_id": self.chance.choice(self.lines),
            "first_month": "2026-10",
            "last_month": "2026-12",
            "region_codes": ["64"],
            "include_already_granted": self.chance.random() < 0.5,
        }
        made = await self.play.post("/decrees", body, OWNER)
        if made.is_success:
            approval = {"content_sha256": made.json()["content_sha256"]}
            await self.play.done(f"/decrees/{made.json()['decree_id']}/approval", approval, APPROVER)

    async def run(self) -> None:
        body = {"funding_line_id": self.chance.choice(self.lines), "month": self.chance.choice(["2026-11", "2026-12"])}
        await self.play.post("/month-runs", body, OWNER)

    async def again(self) -> None:
        for run in (await self.play.get("/month-runs"))["items"][:2]:
            await self.play.post(f"/month-runs/{run['month_run_id']}/retries", {}, OWNER)

    async def jobs(self) -> None:
        await self.play.world.run_jobs(rounds=self.chance.randint(1, 2))

    async def cut(self) -> None:
        for run in (await self.play.get("/month-runs"))["items"]:
            await self.play.post(f"/month-runs/{run['month_run_id']}/bills", {}, TREASURER)

    async def answer(self) -> None:
        for bill in (await self.play.get("/bills"))["items"]:
            if bill["state"] in {"requested", "mismatch"}:
                wrong = self.chance.choice([{}, {}, {"worker_count": 99}])
                self.play.answer_bill(bill["bill_id"], f"_{self.chance.randint(0, 99)}", **wrong)

    async def order(self) -> None:
        for bill in (await self.play.get("/bills"))["items"]:
            number = {"document_number": bill["bill_id"][-12:]}
            made = await self.play.post(f"/bills/{bill['bill_id']}/disbursements", number, TREASURER)
            if made.is_success:
                path = f"/disbursements/{made.json()['disbursement_id']}"
                await self.play.done(f"{path}/approval", number, APPROVER)
                await self.play.done(f"{path}/sp2d", number | {"instructed_on": "2026-11-10"}, TREASURER)

    async def confirm(self) -> None:
        for made in (await self.play.get("/disbursements"))["items"]:
            disbursement = made["disbursement_id"]
            if (self.play.folder / "out" / f"payment_{disbursement}.csv").exists():
                rows = self.play.confirmation(disbursement)
                part = self.chance.sample(rows, self.chance.randint(1, len(rows)))
                wrong = self.chance.choice([0, 0, 1])
                self.play.confirm(disbursement, part, f"_{self.chance.randint(0, 99)}", wrong)

    async def amend(self) -> None:
        line = self.chance.choice(self.lines)
        await amend(self.play, line, self.chance.randint(0, 200_000), self.chance.randint(0, 200_000))


@pytest.mark.parametrize("seed", range(4))
async def test_any_mixture_conserves_money(play: Play, seed: int) -> None:
    mixture = Mixture(play, random.Random(seed))
    for budget in (90_000, 1_000_000):
        mixture.lines.append(await play.line(amounts_rupiah={"JKK": budget, "JKM": budget}))
    for number in range(1, 41):
        await mixture.chance.choice(mixture.steps)()
        if number % 10 == 0:
            assert await play.broken() == {}
    for _ in range(3):  # and to an end, so that every path is gone
        for step in (mixture.cut, mixture.jobs, mixture.answer, mixture.jobs, mixture.order, mixture.jobs):
            await step()
        await mixture.confirm()
        await play.received()
    assert await play.world.value("SELECT count(*) FROM payment_line") > 0
    assert await play.broken() == {}
