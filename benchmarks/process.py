"""One measured process, run as a service's process is: uvloop, its own interpreter, one role.

``python -m benchmarks.process`` reads an `Assignment` from standard input, writes a `Sample` whenever its figures
have changed, and ends when standard input ends - also when the parent was killed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import BinaryIO

import uvloop

from benchmarks import floor, library, ours, plain
from benchmarks.assignment import Assignment, Sample, Work
from benchmarks.month import branch
from benchmarks.month.floor import money, readers
from benchmarks.month.floor import relay as month_relay
from benchmarks.month.plain import work as month_plain
from shared.service.garbage import tune_garbage_collection

SAMPLE_INTERVAL_S = 0.01

ROLES: dict[str, Callable[[Assignment], Work]] = {
    "ours-relay": ours.RelayWork,
    "ours-consume": ours.ConsumeWork,
    "floor-relay": floor.RelayWork,
    "floor-consume": floor.ConsumeWork,
    "plain-relay": plain.RelayWork,
    "plain-consume": plain.ConsumeWork,
    "library-relay": library.RelayWork,
    "month-floor-money": money.MoneyWork,
    "month-floor-relay": month_relay.RelayWork,
    "month-floor-cover": readers.CoverWork,
    "month-floor-notices": readers.NoticeWork,
    "month-branch": branch.BranchWork,
    "month-plain-money": month_plain.MoneyWork,
    "month-plain-cover": month_plain.CoverWork,
    "month-plain-notices": month_plain.NoticeWork,
}


async def _report(work: Work, channel: BinaryIO) -> None:
    last: tuple[int, bool] | None = None
    while True:
        now = (work.done, work.is_ready)
        if now != last:
            channel.write(Sample(time.monotonic(), *now).to_line())
            channel.flush()
            last = now
        await asyncio.sleep(SAMPLE_INTERVAL_S)


async def _serve(assignment: Assignment, channel: BinaryIO) -> None:
    stop = asyncio.Event()
    # The parent says nothing more, so there is something to read only at the end.
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
    work = ROLES[assignment.role](assignment)
    reporting = asyncio.create_task(_report(work, channel))
    try:
        await work.run(stop)
    finally:
        reporting.cancel()
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())


def main() -> None:
    """Do what standard input says."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no sample
    assignment = Assignment.from_line(sys.stdin.readline())
    tune_garbage_collection()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(assignment, channel))
    channel.close()


if __name__ == "__main__":
    main()
