"""The employers' part of the main job: registers, wage reports and payments go in, what is late comes out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from deploy.sandbox.programme.offices import Offices
from deploy.sandbox.programme.people import COMPLIANCE
from shared.periods import Month

FILE_TIMEOUT_S = 300.0
_BUSY = frozenset({"received", "reading", "read", "applying", "staged"})


async def hand_in(offices: Offices, kind: str, file: Path) -> Any:
    """Upload a file of ``kind`` (employer, wage, payment) and wait until its rows have taken effect."""
    given = await offices.upload(COMPLIANCE, "compliance", f"/{kind}-files", file)
    return await offices.until(
        f"{kind} file",
        lambda: offices.get(COMPLIANCE, "compliance", f"/files/{given['file_id']}"),
        lambda state: state.get("state") not in _BUSY,
        FILE_TIMEOUT_S,
    )


async def assess(offices: Offices, month: Month, today: date) -> Any:
    """Assess ``month`` and work out who is late today; gives the service's summary."""
    await offices.post(COMPLIANCE, "compliance", "/assessments", {"month": str(month)})
    await offices.post(COMPLIANCE, "compliance", "/ageing-runs", {"as_of": today.isoformat()})
    return await offices.get(COMPLIANCE, "compliance", "/summary")
