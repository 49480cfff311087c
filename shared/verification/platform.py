"""Has every service recompute its promises, and compares what they say of each other (`payung verify`).

Events that are still on their way look like loss, so a result that is not whole is looked at again until nothing moves.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.verification import Broken, FactsFile, compare_facts

PAUSE_S = 1.0
STILL_S = 10.0  # consumers that share out their topics anew read nothing for some seconds
Runner = Callable[[str, Path], None]


class VerificationError(Exception):
    """A service could not be asked; the text says which and what to do."""


@dataclass(frozen=True)
class Finding:
    """One check: where (a service, or the services that must agree), its promise, and what breaks it."""

    where: str
    name: str
    promise: str
    broken: tuple[Broken, ...]


@dataclass(frozen=True)
class Verified:
    """All findings of one look."""

    findings: tuple[Finding, ...]
    facts: int

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return not any(finding.broken for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """For programs; only what is broken is spelt out."""
        return {
            "ok": self.ok,
            "checks": len(self.findings),
            "facts": self.facts,
            "broken": [
                {
                    "where": one.where,
                    "check": one.name,
                    "promise": one.promise,
                    "row": row.row,
                    "sentence": row.sentence,
                }
                for one in self.findings
                for row in one.broken
            ],
        }


def verify(services: Sequence[str], run: Runner, *, wait_s: float) -> Verified:
    """Look until everything holds, or until ``wait_s`` have passed, or until nothing has moved for `STILL_S`.

    ``run(service, folder)`` has the service write its report and facts into ``folder``.
    """
    began_at = moved_at = time.monotonic()
    before: Verified | None = None
    while True:
        with tempfile.TemporaryDirectory(prefix="payung-verify-") as folder:
            now, is_moving = _look(services, run, Path(folder))
        if now.ok and not is_moving:
            return now
        if now != before or is_moving:
            before, moved_at = now, time.monotonic()
        if time.monotonic() > min(moved_at + STILL_S, began_at + wait_s):
            return now
        time.sleep(PAUSE_S)


def _look(services: Sequence[str], run: Runner, folder: Path) -> tuple[Verified, bool]:
    """One look, and whether events wait in an outbox."""
    with ThreadPoolExecutor(len(services)) as pool:
        list(pool.map(lambda service: run(service, folder), services))
    findings: list[Finding] = []
    files: list[FactsFile] = []
    waiting = rows = 0
    for service in services:
        report = _report(folder / f"{service}.json", service)
        waiting += report["outbox"]
        findings.append(_outbox(service, report["outbox"]))
        for check in report["checks"]:
            broken = tuple(Broken(**one) for one in check["broken"])
            findings.append(Finding(service, check["name"], check["promise"], broken))
        for fact in report["facts"]:
            rows += fact["rows"]
            files.append(FactsFile(fact["name"], fact["side"], service, folder / fact["path"]))
    for name, differences in compare_facts(files).items():
        where = " = ".join(sorted({file.service for file in files if file.name == name}))
        findings.append(Finding(where, name, "what one says, the other has, once and alike", tuple(differences)))
    return Verified(tuple(findings), rows), waiting > 0


def _report(path: Path, service: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise VerificationError(
            f"{service} could not recompute its promises; its log says why. Is its database migrated and reachable?"
        ) from None


def _outbox(service: str, waiting: int) -> Finding:
    broken = (Broken("outbox", f"{waiting} events have not reached Kafka yet; does a relay run?"),) if waiting else ()
    return Finding(service, "outbox", "every committed event has reached Kafka", broken)
