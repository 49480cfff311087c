"""Collects checks under the three answers and measures them together, each bounded in time, never twice at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.health.measurement import Measurement, Probe, Status
from shared.telemetry import metrics

_METRIC_VALUE = {Status.OK: 1.0, Status.WARNING: 0.5, Status.FAILED: 0.0}


class Answer(StrEnum):
    """The three questions that an orchestrator or a person asks."""

    LIVE = "live"  # the event loop ticks; if not, restart
    READY = "ready"  # what we stand on answers; if not, send no work here
    PROGRESSING = "progressing"  # work gets done; if not, wake somebody


@dataclass(frozen=True, slots=True)
class Check:
    """One named measurement."""

    name: str
    measurement: Measurement

    def as_json(self) -> dict[str, Any]:
        """The check as the health page shows it."""
        facts = {
            "figure": self.measurement.figure,
            "unit": self.measurement.unit,
            "advice": self.measurement.advice,
        }
        shown = {key: value for key, value in facts.items() if value not in (None, "")}
        return {"name": self.name, "status": self.measurement.status.value, **shown}


@dataclass(frozen=True, slots=True)
class Report:
    """An answer with all its checks."""

    answer: Answer
    service: str
    role: str
    checks: tuple[Check, ...]

    @property
    def status(self) -> Status:
        """The worst of the checks; ok if there are none."""
        found = {check.measurement.status for check in self.checks}
        return next((status for status in (Status.FAILED, Status.WARNING) if status in found), Status.OK)

    @property
    def yes(self) -> bool:
        """Whether the answer is yes: nothing failed. Warnings do not count."""
        return self.status is not Status.FAILED

    def as_json(self) -> dict[str, Any]:
        """The report as the health page shows it."""
        return {
            "answer": self.answer.value,
            "status": self.status.value,
            "service": self.service,
            "role": self.role,
            "checks": [check.as_json() for check in self.checks],
        }


class Health:
    """The checks of one process. Asking often is cheap: an answer is kept for ``keep_s``."""

    def __init__(self, *, service: str, role: str, probe_timeout_s: float = 3.0, keep_s: float = 1.0) -> None:
        self._service = service
        self._role = role
        self._probe_timeout_s = probe_timeout_s
        self._keep_s = keep_s
        self._probes: dict[Answer, list[Probe]] = {answer: [] for answer in Answer}
        self._locks = {answer: asyncio.Lock() for answer in Answer}
        self._kept: dict[Answer, tuple[float, Report]] = {}
        self._draining = False

    def add(self, answer: Answer, *probes: Probe) -> None:
        """Let ``probes`` take part in ``answer``. Raises ValueError for a name that is there already."""
        taken = {probe.name for probe in self._probes[answer]}
        for probe in probes:
            if probe.name in taken:
                raise ValueError(f"There is a check {probe.name} in {answer} already; give the new one another name.")
            taken.add(probe.name)
            self._probes[answer].append(probe)
        self._kept.pop(answer, None)

    def start_draining(self) -> None:
        """From now on we are not ready: new work belongs elsewhere."""
        self._draining = True
        self._kept.pop(Answer.READY, None)

    async def ask(self, answer: Answer) -> Report:
        """Measure all checks of ``answer`` side by side, or give what was measured a moment ago."""
        async with self._locks[answer]:
            kept = self._kept.get(answer)
            if kept is not None and time.monotonic() - kept[0] < self._keep_s:
                return kept[1]
            measured = await asyncio.gather(*(self._measure(probe) for probe in self._probes[answer]))
            checks = [Check(probe.name, result) for probe, result in zip(self._probes[answer], measured, strict=True)]
            if answer is Answer.READY and self._draining:
                advice = "This process is stopping; send work to another one."
                checks.append(Check("draining", Measurement(Status.FAILED, advice=advice)))
            for check in checks:
                metrics.HEALTH.labels(answer.value, check.name).set(_METRIC_VALUE[check.measurement.status])
            report = Report(answer, self._service, self._role, tuple(checks))
            self._kept[answer] = (time.monotonic(), report)
            return report

    async def _measure(self, probe: Probe) -> Measurement:
        try:
            async with asyncio.timeout(self._probe_timeout_s):
                return await probe.measure()
        except TimeoutError:
            advice = f"There was no answer within {self._probe_timeout_s:g} s; look whether it is up and reachable."
            return Measurement(Status.FAILED, self._probe_timeout_s, "s", advice)
        except Exception as error:  # noqa: BLE001 - whatever it is, the check has failed
            kind = type(error).__qualname__
            return Measurement(Status.FAILED, advice=f"Measuring failed ({kind}); look whether it is up and reachable.")
