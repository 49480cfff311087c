"""Where the suite's time went: the slowest tests, the folders beside their budgets, and whether it was too long.

``python -m tests.suite.report FOLDER`` reads what `tests.suite.recording` left there; ends with 1 when the suite took
longer than the limit of budget.toml on a machine that was ours. A folder above its budget is only warned of: one
folder's time depends on what ran beside it, the total does not. When others used the processors for more than a
seventh of the time, the clock is no measure, and that is said instead.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.suite.recording import Cost, Record

BUDGET: Final = Path(__file__).with_name("budget.toml")
SLOWEST: Final = 40
WARN_ABOVE: Final = 1.5
WARN_FROM_S: Final = 5.0
OTHERS_SHARE: Final = 0.15


@dataclass(frozen=True)
class Budget:
    """Seconds of the whole run that each folder may take, and when the run has failed. ``check_s`` is what `make check`
    takes before it, which counts with the run."""

    limit_s: float
    aim_s: float
    check_s: float
    folders: dict[str, float]


@dataclass(frozen=True)
class Folder:
    """A folder's share of the run on the clock (its tests' seconds over the processes that ran beside each other)."""

    name: str
    tests: int
    clock_s: float
    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Whole:
    """The run. ``others`` is the share of the processors' time that somebody else used."""

    clock_s: float
    cpu_s: float
    others: float
    folders: Sequence[Folder]
    slowest: Sequence[Cost]


def read_budget(path: Path = BUDGET) -> Budget:
    """What stands in budget.toml."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return Budget(found["limit_s"], found["aim_s"], found["check_s"], found["folders"])


def read_records(folder: Path) -> list[Record]:
    """What the processes have left."""
    records = []
    for path in sorted(folder.glob("*.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        costs = {name: [Cost(**one) for one in facts[name]] for name in ("tests", "shared")}
        records.append(Record(**(facts | costs)))
    return records


def add_up(records: Sequence[Record], cores: int) -> Whole:
    """One picture of all parts, which ran one after the other."""
    parts: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        parts[record.part].append(record)
    clock_s = machine_s = own_s = 0.0
    shares: dict[str, list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0])
    for part in parts.values():
        length_s = max(one.ended_at for one in part) - min(one.began_at for one in part)
        clock_s += length_s
        machine_s += max(one.machine_ended_s for one in part) - min(one.machine_began_s for one in part)
        own_s += sum(one.own_cpu_s for one in part)
        processes = sum(one.runs_tests for one in part)
        for record in part:
            for cost, count in [*((one, 1) for one in record.tests), *((one, 0) for one in record.shared)]:
                share = shares[cost.folder]
                share[0] += count
                share[1] += cost.wall_s / processes
                share[2] += cost.wall_s
                share[3] += cost.cpu_s
    folders = [Folder(name, int(n), clock, wall, cpu) for name, (n, clock, wall, cpu) in shares.items()]
    every = [cost for record in records for cost in (*record.tests, *record.shared)]
    others = max(0.0, machine_s - own_s) / (clock_s * cores) if clock_s else 0.0
    return Whole(
        clock_s,
        own_s,
        others,
        sorted(folders, key=lambda one: -one.clock_s),
        sorted(every, key=lambda one: -one.wall_s)[:SLOWEST],
    )


def tell(whole: Whole, budget: Budget) -> list[str]:
    """The report in lines."""
    lines = ["", f"The {len(whole.slowest)} slowest: seconds on the clock, of the processors"]
    lines += [f"  {one.wall_s:7.1f} {one.cpu_s:7.1f}  {_named(one)}" for one in whole.slowest]
    lines += ["", "By folder: seconds of the run (budget), on the clock, of the processors, tests"]
    for folder in whole.folders:
        allowed = budget.folders.get(folder.name)
        note = "" if not is_above(folder, budget) else "  above its budget by more than half"
        lines.append(
            f"  {folder.name:20} {folder.clock_s:7.1f} ({'none' if allowed is None else format(allowed, '.0f'):>4})"
            f" {folder.wall_s:7.1f} {folder.cpu_s:7.1f} {folder.tests:5}{note}"
        )
    lines += [
        "",
        f"All: {whole.clock_s:.0f} s and {budget.check_s:.0f} s of checks (aim {budget.aim_s:.0f}, limit"
        f" {budget.limit_s:.0f}), {whole.cpu_s:.0f} s of the processors; others used {whole.others:.0%} of them.",
    ]
    return lines


def is_above(folder: Folder, budget: Budget) -> bool:
    """Whether a folder took so much more than it may that somebody should look."""
    allowed = budget.folders.get(folder.name, 0.0)
    return folder.clock_s > max(allowed * WARN_ABOVE, allowed + WARN_FROM_S)


def is_too_long(whole: Whole, budget: Budget) -> bool:
    """Whether tests and checks together pass the limit."""
    return whole.clock_s + budget.check_s > budget.limit_s


def fault(whole: Whole, budget: Budget) -> str | None:
    """Why the run took too long; None if it did not, or if the clock cannot tell."""
    if not is_too_long(whole, budget) or whole.others > OTHERS_SHARE:
        return None
    most = ", ".join(f"{one.name} {one.clock_s:.0f} s" for one in whole.folders[:3])
    took = f"The suite took {whole.clock_s:.0f} s, with the checks more than {budget.limit_s:.0f} s"
    return f"{took}; most of it: {most}. See docs/testing.md."


def main() -> int:
    """Print the report; 1 if the suite took too long."""
    whole, budget = add_up(read_records(Path(sys.argv[1])), os.cpu_count() or 1), read_budget()
    sys.stdout.write("\n".join(tell(whole, budget)) + "\n")
    if found := fault(whole, budget):
        sys.stdout.write(f"FAILED: {found}\n")
        return 1
    if is_too_long(whole, budget):
        sys.stdout.write("Too long, but not judged: others used this machine meanwhile, so the clock says little.\n")
    return 0


def _named(cost: Cost) -> str:
    return cost.name if "::" in cost.name else f"{cost.name} ({cost.folder})"


if __name__ == "__main__":
    sys.exit(main())
