"""Ends a process that is stuck although everything it stands on answers: aiokafka and FastStream know such states.

Not on lag alone: a backlog, or an outage of Kafka or the database, is not mended by a restart and would only be made
worse. The orchestrator starts the process anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import structlog

from shared.health.health import Answer, Check, Health, Report
from shared.health.measurement import Status

log = structlog.get_logger(__name__)

_LOG_LEVEL = {Status.OK: "info", Status.WARNING: "warning", Status.FAILED: "error"}


class StuckError(Exception):
    """This process does not get on and a new one would. ``check`` is the check that says so."""

    def __init__(self, check: Check, stuck_s: float) -> None:
        super().__init__(check.name)
        self.check = check
        self.stuck_s = stuck_s
        self.safe_message = (
            f"The check {check.name} has failed for {stuck_s:.0f} s although everything this process needs answers; "
            "it ends, to be started anew."
        )


class Watchdog:
    """Looks at all answers every ``period_s``, logs what has changed, and raises StuckError when a restart is due.

    A look also keeps the metrics fresh that the checks set.
    """

    name = "watchdog"

    def __init__(
        self,
        health: Health,
        *,
        stuck_limit_s: float,
        period_s: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._health = health
        self._stuck_limit_s = stuck_limit_s
        self._period_s = period_s
        self._monotonic = monotonic
        self._stuck_since: dict[str, float] = {}
        self._last: dict[tuple[Answer, str], Status] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Look until ``stop`` is set. Raises StuckError."""
        while True:
            # First wait: what is only just starting has nothing to show yet.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._period_s):
                    await stop.wait()
                return
            await self.look()

    async def look(self) -> None:
        """Look once. Raises StuckError when a check has been stuck for too long while we were ready."""
        reports = {answer: await self._health.ask(answer) for answer in Answer}
        for report in reports.values():
            self._log_changes(report)
        if not reports[Answer.READY].yes:
            self._stuck_since.clear()
            return
        now = self._monotonic()
        stuck = {check.name: check for check in reports[Answer.PROGRESSING].checks if _is_stuck(check)}
        self._stuck_since = {name: self._stuck_since.get(name, now) for name in stuck}
        for name, since in self._stuck_since.items():
            if now - since >= self._stuck_limit_s:
                raise StuckError(stuck[name], now - since)

    def _log_changes(self, report: Report) -> None:
        for check in report.checks:
            status = check.measurement.status
            before = self._last.get((report.answer, check.name))
            self._last[(report.answer, check.name)] = status
            if status is not before and (before is not None or status is not Status.OK):
                facts = check.as_json()
                facts["check"] = facts.pop("name")
                getattr(log, _LOG_LEVEL[status])("health_changed", answer=report.answer, **facts)


def _is_stuck(check: Check) -> bool:
    return check.measurement.status is Status.FAILED and check.measurement.restart_helps
