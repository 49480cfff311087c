"""The offices' client, patient and with a memory: what it sent, what it was answered, what it was never answered."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.sandbox.programme.offices import Offices, ProgrammeError
from tests.faults.command_history import CommandHistory

# Answers that say: not now. 500 is among them here, and counted, so that a month ends and the report shows them.
LATER = frozenset({429, 500, 502, 503})


@dataclass
class RememberingOffices(Offices):
    """Sends like the offices do, notes every attempt of a command in ``history`` and every status in ``statuses``."""

    history: CommandHistory = field(default_factory=CommandHistory)
    statuses: Counter[int] = field(default_factory=Counter)

    async def _send(self, whom: str, method: str, url: str, **content: Any) -> httpx.Response:
        key = content.get("headers", {}).get("Idempotency-Key")
        operation = f"{method} {httpx.URL(url).path}"
        record = self.history.command(key, whom, operation) if key else None
        give_up_at = time.monotonic() + self.patience_s
        while True:
            answer: httpx.Response | None = None
            with contextlib.suppress(httpx.TransportError):
                answer = await self.http.request(method, url, **content)
            if record is not None:
                record.answer(answer.status_code if answer else None, answer.content if answer else b"")
            if answer is not None:
                self.statuses[answer.status_code] += 1
                if not is_for_later(answer):
                    return answer
            if time.monotonic() > give_up_at:
                said = "nothing" if answer is None else f"HTTP {answer.status_code}"
                raise ProgrammeError(f"{whom} answered {said} to {operation} for {self.patience_s:.0f} s.")
            await asyncio.sleep(0.2)


def is_for_later(answer: httpx.Response) -> bool:
    """Whether to send the same again: the service is busy, or still at work on this very command."""
    return answer.status_code in LATER or (answer.status_code == 409 and "command-in-progress" in answer.text)
