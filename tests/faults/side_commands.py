"""A stream of small commands beside the month, each with one countable effect: a funding line drafted.

Some clients are impatient and hang up before the answer, some send the same command twice at once, some never come
back. What they were answered is remembered, and at the end each line must be there as often as that allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from typing import Any

import httpx

from deploy.sandbox.programme.people import OWNER
from tests.faults.client import RememberingOffices, is_for_later
from tests.faults.command_history import CommandHistory
from tests.faults.databases import Databases

PAUSE_S = (0.05, 0.6)
PATIENCE_S = 60.0
_LINES = "SELECT reference, count(*) FROM funding_line WHERE reference LIKE 'UJI-%' GROUP BY reference"


class SideCommands:
    """Drafts funding lines until told to stop."""

    def __init__(self, offices: RememberingOffices, seed: int, year: int) -> None:
        self._offices = offices
        self._history: CommandHistory = offices.history
        self._chance = random.Random(seed)
        self._year = year
        self._stop = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """One errand after another, some at the same time."""
        while not self._stop.is_set():
            task = asyncio.create_task(self._errand(self._chance.random(), self._chance.uniform(0.002, 0.05)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._chance.uniform(*PAUSE_S)):
                    await self._stop.wait()

    async def finish(self) -> None:
        """No further errand; those under way get their answers or give up."""
        self._stop.set()
        await asyncio.gather(*self._under_way)

    async def _errand(self, mood: float, hurry_s: float) -> None:
        key = str(uuid.uuid4())
        body = self._line(f"UJI-{key}")
        if mood < 0.15:  # hangs up, and never comes back
            await self._once(key, body, hurry_s)
        elif mood < 0.4:  # hangs up, and sends it again
            await self._once(key, body, hurry_s)
            await self._until_answered(key, body)
        elif mood < 0.5:  # sends it three times at once
            await asyncio.gather(*(self._until_answered(key, body) for _ in range(3)))
        else:
            await self._until_answered(key, body)

    async def _until_answered(self, key: str, body: dict[str, Any]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while not await self._once(key, body, 30.0):
                    await asyncio.sleep(0.3)

    async def _once(self, key: str, body: dict[str, Any], timeout_s: float) -> bool:
        """Send it once; gives whether there was a definite answer."""
        record = self._history.command(key, "subsidy", "POST /v1/funding-lines", effect=body["reference"])
        url = f"{self._offices.addresses.services['subsidy']}/v1/funding-lines"
        token = await self._offices._token(OWNER)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        answer: httpx.Response | None = None
        try:
            answer = await self._offices.http.post(url, json=body, headers=headers, timeout=timeout_s)
        except httpx.TransportError:
            record.answer(None)
            return False
        except asyncio.CancelledError:
            record.answer(None)
            raise
        record.answer(answer.status_code, answer.content)
        self._offices.statuses[answer.status_code] += 1
        return not is_for_later(answer)

    def _line(self, reference: str) -> dict[str, Any]:
        return {
            "reference": reference,
            "funding_source": "apbd-province",
            "region_code": "64",
            "office": "Disnakertrans",
            "budget_year": self._year,
            "first_month": f"{self._year}-01",
            "last_month": f"{self._year}-12",
            "amounts_rupiah": {"JKK": 1_000_000, "JKM": 1_000_000},
            "budget_accounts": {"JKK": "5.1.02.02.02.0006", "JKM": "5.1.02.02.02.0007"},
            "worker_quota": None,
            "legal_basis": "DPA-SKPD",
        }


async def lines_made(databases: Databases) -> dict[str, int]:
    """How often each errand's line is there."""
    return {row[0]: row[1] for row in await databases.fetch("subsidy", _LINES)}
