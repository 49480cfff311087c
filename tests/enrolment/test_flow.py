"""From an uploaded roster to an enrolled worker, the whole way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.access.roles import Role
from shared.contracts.events.worker_contact import WorkerContact
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.contracts.events.worker_verified import WorkerVerified
from shared.periods import Month
from tests.enrolment.kit import changed, enrol, register, rows
from tests.service_world import ServiceWorld, person


async def test_a_roster_becomes_enrolled_workers(
    world: ServiceWorld[Any], exchange_folder: Path, tmp_path: Path
) -> None:
    lines = [*rows(5), changed(rows(1, 5)[0], desil="7"), rows(1, 2)[0], changed(rows(1, 7)[0], kode_pekerjaan="P19")]
    workers = await register(world, lines)
    assert len(workers) == 7
    assert len(await world.emitted(WorkerRegistered)) == len(await world.emitted(WorkerContact)) == 7
    (rejected,) = await world.emitted(WorkerRejected)
    assert (rejected.worker_id, rejected.reasons) == (workers[5], ("not-poor",))
    verified = await world.emitted(WorkerVerified)
    assert {event.occupation_code for event in verified} == {"K11", "P23"}
    taken = [event.worker_id for event in verified]
    await enrol(world, exchange_folder, taken)
    enrolled = await world.emitted(WorkerEnrolled)
    assert {event.worker_id for event in enrolled} == set(taken)
    assert {event.cover_from for event in enrolled} == {Month(2026, 11)}
    assert sorted((exchange_folder / "done").iterdir())
    broken = await world.verify(tmp_path / "facts")
    assert not any(broken.values()), broken
    facts = await world.facts("worker.enrolled", "source", tmp_path / "facts")
    assert facts == {str(worker): "1|2026-11" for worker in taken}
    async with world.api() as client:
        answer = await client.get("/v1/summary", headers=person("auditor", Role.AUDITOR))
    summary = answer.json()
    assert (summary["registered"], summary["verified"], summary["rejected"], summary["enrolled"]) == (7, 6, 1, 6)
    assert summary["rosters"] == {
        "rows": 8,
        "accepted": 7,
        "refused": 1,
        "refused_by_reason": {"duplicate": 1},
        "waiting": 0,
    }
