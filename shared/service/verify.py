"""The role `verify`: recomputes a service's own checks and writes its facts, from one snapshot of its database.

It changes nothing. Its report and facts go into files, for `payung verify` to compare with the other services'.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import structlog

from shared import audit
from shared.database import Database, Transaction
from shared.service.declaration import AnyService
from shared.service.exit_codes import ExitCode
from shared.verification import Broken, Check, Facts

log = structlog.get_logger(__name__)

_FLUSH_LINES = 10_000
_OUTBOX_COUNT = "SELECT coalesce(sum(events), 0) FROM outbox"
_PARKED = """
SELECT position, topic, reason_code FROM parked_event WHERE status = 'parked' ORDER BY position LIMIT 20
"""


async def _nothing_parked(tx: Transaction) -> Sequence[Broken]:
    return [
        Broken(
            f"parked_event {row['position']}",
            f"An event of {row['topic']} waits ({row['reason_code']}); see payung parked list.",
        )
        for row in await tx.fetch(_PARKED)
    ]


async def _audit_whole(tx: Transaction) -> Sequence[Broken]:
    return [Broken(row, sentence) for row, sentence in await audit.broken_entries(tx)]


KIT_CHECKS = (
    Check("parked", "no event waits parked", _nothing_parked),
    Check("audit", "the audit record is whole: nothing changed, deleted or doubled", _audit_whole),
)


async def verify(service: AnyService, database: Database, folder: Path) -> ExitCode:
    """Write ``<service>.json`` and one file per fact into ``folder``. FAILED when a check does not hold."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with database.snapshot() as tx:
        checks = [await _result(check, tx) for check in (*KIT_CHECKS, *service.verification.checks)]
        facts = [await _write(facts, tx, service.name, folder) for facts in service.verification.facts]
        waiting = int(await tx.fetch_value(_OUTBOX_COUNT))
    report = {"service": service.name, "outbox": waiting, "checks": checks, "facts": facts}
    (folder / f"{service.name}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    failed = [check["name"] for check in checks if check["broken"]]
    log.info("verified", checks=len(checks), failed=failed, outbox=waiting)
    return ExitCode.FAILED if failed else ExitCode.CLEAN


async def _result(check: Check, tx: Transaction) -> dict[str, Any]:
    broken = await check.find(tx)
    return {
        "name": check.name,
        "promise": check.promise,
        "broken": [{"row": one.row, "sentence": one.sentence} for one in broken],
    }


async def _write(facts: Facts, tx: Transaction, service: str, folder: Path) -> dict[str, Any]:
    path = folder / f"{facts.name}.{facts.side}.{service}.tsv"
    rows = 0
    with path.open("w", encoding="utf-8") as file:
        async for lines in _batches(facts.stream(tx)):
            file.write("".join(lines))
            rows += len(lines)
    return {"name": facts.name, "side": facts.side, "rows": rows, "path": path.name}


async def _batches(stream: AsyncIterator[tuple[str, str]]) -> AsyncIterator[list[str]]:
    lines: list[str] = []
    async for key, value in stream:
        lines.append(f"{key}\t{value}\n")
        if len(lines) >= _FLUSH_LINES:
            yield lines
            lines = []
    yield lines
