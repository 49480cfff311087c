"""What a month took, where the time went, and what was not as it has to be; for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.month.measure import Measured, MonthRun
from benchmarks.month.profile import busy_s
from benchmarks.month.watch import STEPS
from benchmarks.printing import make_table, print_faults, print_remarks

_MEANING: Final = {
    "assess": "assessed and reserved",
    "due_in_cover": "due in enrolment",
    "bill": "billed by BPJS",
    "confirm": "confirmed by BPJS",
    "paid": "paid in the ledger",
    "cover": "cover extended",
    "notices": "messages queued",
}


@dataclass(frozen=True, slots=True)
class Baseline:
    """Another way to do the same, in the same run: seconds, and seconds of the processors, for so many workers."""

    name: str
    what: str
    workers: int
    elapsed_s: float
    cpu_s: float

    @property
    def us_per_worker(self) -> float:
        """Microseconds of elapsed time for each worker."""
        return self.elapsed_s * 1e6 / self.workers


@dataclass(frozen=True)
class MonthReport:
    """The outcome of `python -m benchmarks month`. The figures are those of the month with the median time."""

    measured: Measured
    machine: Mapping[str, Any]
    baselines: Sequence[Baseline] = ()
    remarks: Sequence[str] = field(default=())
    name: str = "month"

    @property
    def workers(self) -> int:
        """Workers of a month."""
        return self.measured.shape.workers

    @property
    def median(self) -> MonthRun:
        """The month with the median time; of two, the faster."""
        ordered = sorted(self.measured.months, key=lambda month: month.elapsed_s)
        return ordered[(len(ordered) - 1) // 2]

    @property
    def us_per_worker(self) -> float:
        """Microseconds of elapsed time for each worker."""
        return self.median.elapsed_s * 1e6 / self.workers

    @property
    def faults(self) -> list[str]:
        """What is wrong, a sentence each. Must be empty."""
        found = [
            f"{month.month}: {count:,} of {self.workers:,} workers are through {_MEANING[step]}."
            for month in self.measured.months
            for step, count in month.counts.items()
            if count != self.workers
        ]
        verified = self.measured.verified
        if verified is not None and not verified.ok:
            broken = sorted({finding.name for finding in verified.findings if finding.broken})
            found.append(f"Verification does not hold: {', '.join(broken)}.")
        return found

    def ratio(self, name: str) -> float | None:
        """``floor``: our time by its time, each for a worker. ``plain``: its time by ours. None if it did not run."""
        found = next((baseline for baseline in self.baselines if baseline.name == name), None)
        if found is None:
            return None
        ours, theirs = self.us_per_worker, found.us_per_worker
        return theirs / ours if name == "plain" else ours / theirs

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        median, verified = self.median, self.measured.verified
        return {
            "name": self.name,
            "workers": self.workers,
            "elapsed_s": round(median.elapsed_s, 2),
            "us_per_worker": round(self.us_per_worker, 1),
            "steps": {step: _step(median, step) for step in STEPS},
            "rss_max_mb": {name: round(usage.rss_max_mb) for name, usage in median.usage.items()},
            "cpu_us_per_worker": self._cpu(),
            "cores_busy": round(self._busy_s() / median.elapsed_s, 2),
            "cores": self._cores(),
            "wal_bytes_per_worker": round(median.wal_bytes / self.workers),
            "ratios": {name: None if (it := self.ratio(name)) is None else round(it, 2) for name in ("floor", "plain")},
            "baselines": {
                one.name: {
                    "what": one.what,
                    "workers": one.workers,
                    "elapsed_s": round(one.elapsed_s, 2),
                    "us_per_worker": round(one.us_per_worker, 1),
                    "cpu_us_per_worker": round(one.cpu_s * 1e6 / one.workers, 1),
                }
                for one in self.baselines
            },
            "runs_s": [round(month.elapsed_s, 2) for month in self.measured.months],
            "counts": median.counts,
            "verify": None if verified is None else _verified(verified.as_json(), self.measured.verifying_s),
            "seeding_s": round(self.measured.seeding_s, 1),
            "machine": dict(self.machine),
            "remarks": list(self.remarks),
            "faults": self.faults,
        }

    def show(self, console: Console) -> None:
        """Print it for people."""
        facts = self.as_json()
        console.print(_steps_table(facts))
        console.print(_profile_table(facts))
        cores = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts["cores"].items())
        console.print(f"Other cores: {cores}. WAL: {facts['wal_bytes_per_worker']:,} bytes a worker.", highlight=False)
        for baseline in facts["baselines"].values():
            console.print(
                f"{baseline['what']}, {baseline['workers']:,} workers in {baseline['elapsed_s']:.1f} s:"
                f" {baseline['us_per_worker']:,.1f} µs a worker, {baseline['cpu_us_per_worker']:,.1f} of processors",
                highlight=False,
            )
        ratios = facts["ratios"]
        if ratios["floor"] is not None or ratios["plain"] is not None:
            console.print(
                f"Ours takes {ratios['floor'] or '–'} × the floor; plain code takes {ratios['plain'] or '–'} × ours."
            )
        print_remarks(console, self.remarks, self.machine)
        print_faults(console, self.faults)

    def _cpu(self) -> dict[str, float]:
        """By process or group, most first; ``total`` is that of the programme, without what measures it."""
        usage = self.median.usage
        ordered = sorted(usage.items(), key=lambda item: -item[1].cpu_s)
        shown = {name: round(used.cpu_s * 1e6 / self.workers, 1) for name, used in ordered}
        return {"total": round(self._busy_s() * 1e6 / self.workers, 1), **shown}

    def _cores(self) -> dict[str, float]:
        """How many cores worked for others, waited for the disk, or were taken away; it should be nearly nothing."""
        median = self.median
        others_s = median.machine.busy_s - sum(used.cpu_s for used in median.usage.values())
        seconds = {
            "of_others": max(0.0, others_s),
            "waiting_for_disk": median.machine.waiting_s,
            "taken_away": median.machine.stolen_s,
        }
        return {name: round(value / median.elapsed_s, 2) for name, value in seconds.items()}

    def _busy_s(self) -> float:
        return busy_s(self.median.usage)


def _step(month: MonthRun, step: str) -> dict[str, float | None]:
    timing = month.timings[step]
    began_s, done_s = timing.began_s or 0.0, timing.done_s or 0.0
    return {"began_s": round(began_s, 2), "done_s": round(done_s, 2), "took_s": round(done_s - began_s, 2)}


def _verified(facts: Mapping[str, Any], took_s: float) -> dict[str, Any]:
    return {**facts, "took_s": round(took_s, 1)}


def _steps_table(facts: Mapping[str, Any]) -> Table:
    title = f"python -m benchmarks month: {facts['workers']:,} workers in {facts['elapsed_s']:.1f} s"
    title += f" ({facts['us_per_worker']:,.1f} µs a worker; runs {facts['runs_s']})"
    table = make_table(title, ("step", "began s", "done s", "took s"))
    for step, timing in facts["steps"].items():
        table.add_row(_MEANING[step], *(f"{timing[name]:.1f}" for name in ("began_s", "done_s", "took_s")))
    return table


def _profile_table(facts: Mapping[str, Any]) -> Table:
    table = make_table(
        f"processor time ({facts['cores_busy']:.2f} cores busy) and memory", ("process", "CPU µs a worker", "peak MB")
    )
    for name, us_per_worker in facts["cpu_us_per_worker"].items():
        peak_mb = facts["rss_max_mb"].get(name)
        table.add_row(name, f"{us_per_worker:,.1f}", "" if peak_mb is None else f"{peak_mb:,}")
    return table
