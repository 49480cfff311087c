"""What people and BPJS do in the tests of subsidy, in a few words each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.subsidy.checks import VERIFICATION
from services.subsidy.handlers import receiving
from shared.access.roles import Role
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_verified import WorkerVerified
from shared.ids import RandomIds, WorkerId
from shared.periods import Month
from tests.service_world import ServiceWorld, person
from tests.subsidy.branch import Branch

IDS = RandomIds()
MONTH = Month(2026, 11)
BAND_1_RUPIAH = 16_800
OWNER = ("owner", Role.PROGRAMME_OWNER)
APPROVER = ("approver", Role.APPROVER)
TREASURER = ("treasurer", Role.TREASURER)
AUDITOR = ("auditor", Role.AUDITOR)


def fresh_workers(count: int) -> list[WorkerId]:
    """New identifiers, in order."""
    return [WorkerId(IDS.next()) for _ in range(count)]


class _UndoError(Exception):
    """Ends a transaction without a commit."""


@dataclass
class Play(Branch):
    """The world, its API, and the exchange folder that it shares with the branch."""

    world: ServiceWorld[Any]
    api: httpx.AsyncClient
    reports: Path
    _reference: int = field(default=0)

    # --- what enrolment says -----------------------------------------------------------------------------------

    async def verified(self, workers: Iterable[UUID], *, region: str = "6402", occupation: str = "K11") -> None:
        """These workers are verified."""
        await self.world.feed(*(verified(worker, region=region, occupation=occupation) for worker in workers))

    async def enrolled(self, workers: Iterable[UUID], *, cover_from: Month = MONTH, version: int = 3) -> None:
        """BPJS has accepted these workers."""
        await self.world.feed(*(enrolled(worker, cover_from=cover_from, version=version) for worker in workers))

    # --- what people do ----------------------------------------------------------------------------------------

    async def post(
        self, path: str, body: Any, who: tuple[str, Role], *, areas: Sequence[str] = ("64",)
    ) -> httpx.Response:
        """A command."""
        return await self.api.post(f"/v1{path}", json=body, headers=person(*who, areas=areas))

    async def get(self, path: str, *, areas: Sequence[str] = ("64",)) -> Any:
        """What the auditor sees."""
        answer = await self.api.get(f"/v1{path}", headers=person(*AUDITOR, areas=areas))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def done(self, path: str, body: Any, who: tuple[str, Role]) -> Any:
        """A command that works; gives its answer."""
        answer = await self.post(path, body, who)
        assert answer.is_success, answer.text
        return answer.json()

    def line_body(self, **changes: Any) -> dict[str, Any]:
        """A funding line of the province for 2026."""
        self._reference += 1
        body = {
            "reference": f"DPA-{self._reference}",
            "funding_source": "apbd-province",
            "region_code": "64",
            "office": "Disnakertrans",
            "budget_year": 2026,
            "first_month": "2026-01",
            "last_month": "2026-12",
            "amounts_rupiah": {"JKK": 10_000_000_000, "JKM": 6_800_000_000},
            "budget_accounts": {"JKK": "5.1.02.02.02.0006", "JKM": "5.1.02.02.02.0007"},
            "worker_quota": None,
            "legal_basis": "DPA-SKPD 2026",
        }
        return body | changes

    async def line(self, **changes: Any) -> str:
        """An open funding line; gives its id."""
        made = await self.done("/funding-lines", self.line_body(**changes), OWNER)
        await self.done(f"/funding-lines/{made['funding_line_id']}/approval", {}, APPROVER)
        return str(made["funding_line_id"])

    async def decree(self, line: str, **changes: Any) -> dict[str, Any]:
        """A decree in force, all of it granted."""
        self._reference += 1
        body = {
            "number": f"SK-{100 + self._reference}",
            "funding_line_id": line,
            "first_month": "2026-10",
            "last_month": "2026-12",
            "region_codes": ["64"],
            "max_workers": None,
        } | changes
        made: dict[str, Any] = await self.done("/decrees", body, OWNER)
        approval = {"content_sha256": made["content_sha256"]}
        await self.done(f"/decrees/{made['decree_id']}/approval", approval, APPROVER)
        await self.world.run_job("grant")
        return made

    async def run(self, line: str, month: str = "2026-11") -> str:
        """An assessed month run; gives its id."""
        made = await self.done("/month-runs", {"funding_line_id": line, "month": month}, OWNER)
        await self.world.run_jobs("assess", rounds=2)  # the pass, and then whoever is queued
        return str(made["month_run_id"])

    async def funded(self, count: int = 3, **line: Any) -> tuple[str, str, list[WorkerId]]:
        """A line, a run with ``count`` due workers, and the workers."""
        workers = fresh_workers(count)
        await self.verified(workers)
        line_id = await self.line(**line)
        await self.decree(line_id)
        await self.enrolled(workers)
        return line_id, await self.run(line_id), workers

    async def billed(self, count: int = 3) -> tuple[str, str, list[WorkerId]]:
        """A run whose bill BPJS has answered: run, bill, workers."""
        _, run_id, workers = await self.funded(count)
        bill = await self.done(f"/month-runs/{run_id}/bills", {}, TREASURER)
        await self.world.run_job("send")
        self.answer_bill(bill["bill_id"])
        await self.world.run_jobs("receive", rounds=2)
        assert (await self.get(f"/bills/{bill['bill_id']}"))["state"] == "billed"
        return run_id, bill["bill_id"], workers

    async def instructed(self, count: int = 3) -> tuple[str, str, list[WorkerId]]:
        """A disbursement whose payment file is sent: bill, disbursement, workers."""
        _, bill_id, workers = await self.billed(count)
        made = await self.done(f"/bills/{bill_id}/disbursements", {"document_number": "SPP-1"}, TREASURER)
        path = f"/disbursements/{made['disbursement_id']}"
        await self.done(f"{path}/approval", {"document_number": "SPM-1"}, APPROVER)
        await self.done(f"{path}/sp2d", {"document_number": "SP2D-1", "instructed_on": "2026-11-10"}, TREASURER)
        await self.world.run_job("send")
        return bill_id, made["disbursement_id"], workers

    async def read_in_pieces(self, monkeypatch: pytest.MonkeyPatch, rows: int, runs: int) -> None:
        """Run the job that reads, ``runs`` times, at most ``rows`` rows each time."""
        with monkeypatch.context() as patched:
            patched.setattr(receiving, "ROWS_PER_PIECE", rows)
            await self.world.run_jobs("receive", rounds=runs)

    async def received(self) -> None:
        """Take all files and pay what they confirm."""
        await self.world.run_jobs("receive", "pay", rounds=3)

    # --- what anybody can see ----------------------------------------------------------------------------------

    async def broken(self) -> dict[str, list[str]]:
        """What the checks find: rows by name of the check."""
        found = await self.world.verify(self.reports)
        return {name: [one.row for one in broken] for name, broken in found.items() if broken}

    async def broken_by(self, *statements: str) -> dict[str, list[str]]:
        """What the checks find after ``statements``, all of which are undone."""
        found: dict[str, list[str]] = {}
        with contextlib.suppress(_UndoError):
            async with self.world.database.transaction() as tx:
                for statement in statements:
                    await tx.run(statement)
                for check in VERIFICATION.checks:
                    broken = [one.row for one in await check.find(tx)]
                    if broken:
                        found[check.name] = broken
                raise _UndoError
        return found

    async def cases(self, kind: str, state: str = "open") -> list[dict[str, Any]]:
        """Cases of a kind."""
        items: list[dict[str, Any]] = (await self.get(f"/cases?kind={kind}&state={state}"))["items"]
        return items

    async def balances(self, line: str) -> dict[str, int]:
        """Whole rupiah by account, both programmes together."""
        found = (await self.get(f"/funding-lines/{line}"))["balances_rupiah"]
        return {account: sum(amounts.values()) for account, amounts in found.items()}

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.world.clock.advance(timedelta(seconds=seconds))


def verified(worker: UUID, *, region: str = "6402", occupation: str = "K11", version: int = 2) -> WorkerVerified:
    """The event."""
    return WorkerVerified(
        aggregate_version=version,
        worker_id=WorkerId(worker),
        region_code=region,
        occupation_code=occupation,
        participant_kind="bpu",
        verified_on=date(2026, 11, 2),
        decision_id=IDS.next(),
        decision_kind="automatic",
    )


def enrolled(
    worker: UUID, *, cover_from: Month = MONTH, version: int = 3, region: str = "6402", number: int = 1
) -> WorkerEnrolled:
    """The event."""
    return WorkerEnrolled(
        aggregate_version=version,
        worker_id=WorkerId(worker),
        region_code=region,
        occupation_code="K11",
        participant_kind="bpu",
        programmes=("JKK", "JKM"),
        enrolled_on=date(2026, 11, 5),
        cover_from=cover_from,
        enrolment_number=number,
    )
