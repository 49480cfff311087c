"""A roster through a real enrolment: sent over HTTP, read by the jobs process, judged against the sample's manifest."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.contestant import BenchError
from deploy.sandbox.programme.offices import Offices
from deploy.sandbox.programme.people import ENUMERATOR, VERIFIER
from deploy.sandbox.province import Wish, generate

_SERVICE: Final = "enrolment"
_POLL_S: Final = 0.05
_STALL_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A roster that was made up, and what a correct reader finds in it."""

    file: Path
    rows: int
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """How long a roster took, step by step, in seconds; ``faults`` is what was judged wrongly, a sentence each."""

    roster_id: str
    rows: int
    upload_s: float
    read_s: float
    result_s: float
    faults: tuple[str, ...]

    @property
    def elapsed_s(self) -> float:
        """From the first byte of the upload until every row's result is stored and the roster waits for acceptance."""
        return self.upload_s + self.read_s


def make_sample(folder: Path, rows: int, seed: int) -> Sample:
    """The roster of ``rows`` rows in ``folder``."""
    manifest = generate(Wish(rows, 0, seed), folder)
    return Sample(folder / "roster.csv", rows, manifest["expected"])


async def import_roster(offices: Offices, sample: Sample) -> Imported:
    """Upload, wait until it is read, fetch the result file. Raises BenchError when it is refused or stands still."""
    began_s = time.monotonic()
    given = await offices.upload(ENUMERATOR, _SERVICE, "/rosters", sample.file)
    uploaded_s = time.monotonic()
    roster = await _until(offices, given["roster_id"], {"read", "refused"})
    read_s = time.monotonic()
    if roster["state"] == "refused":
        raise BenchError(f"The sample roster was refused: {roster['reason_en']}")
    text = await offices.get_text(VERIFIER, _SERVICE, f"/rosters/{given['roster_id']}/result")
    fetched_s = time.monotonic()
    faults = _judge(sample, roster, await asyncio.to_thread(_count, text))
    steps = (uploaded_s - began_s, read_s - uploaded_s, fetched_s - read_s)
    return Imported(given["roster_id"], sample.rows, *steps, tuple(faults))


async def register_roster(offices: Offices, roster_id: str) -> float:
    """A second person accepts it; gives the seconds until all its people are registered."""
    began_s = time.monotonic()
    await offices.post(VERIFIER, _SERVICE, f"/rosters/{roster_id}/acceptance", {})
    await _until(offices, roster_id, {"registered"})
    return time.monotonic() - began_s


async def _until(offices: Offices, roster_id: str, states: set[str]) -> Any:
    give_up_at = time.monotonic() + _STALL_S
    while True:
        roster = await offices.get(VERIFIER, _SERVICE, f"/rosters/{roster_id}")
        if roster["state"] in states:
            return roster
        if time.monotonic() > give_up_at:
            raise BenchError(f"The roster is still '{roster['state']}' after {_STALL_S:.0f} s.")
        await asyncio.sleep(_POLL_S)


def _count(result: str) -> Counter[str]:
    """Rows of the result file by status."""
    rows = csv.DictReader(io.StringIO(result))
    return Counter(row["status"] for row in rows)


def _judge(sample: Sample, roster: Mapping[str, Any], listed: Counter[str]) -> list[str]:
    """What the service says against what the sample's maker knows."""
    expected, faults = sample.expected, []
    found = {reason: count for reason, count in (roster["refused_by_reason"] or {}).items() if count}
    wanted = {reason: count for reason, count in expected["refused_by_reason"].items() if count}
    if found != wanted:
        faults.append(f"Refused were {found} and should have been {wanted}.")
    if (roster["rows"], roster["accepted_rows"]) != (sample.rows, expected["registered"]):
        faults.append(
            f"Of {roster['rows']} rows {roster['accepted_rows']} were accepted, not {expected['registered']}."
        )
    if listed.total() != sample.rows:
        faults.append(f"The result file lists {listed.total()} of {sample.rows} rows.")
    return faults
