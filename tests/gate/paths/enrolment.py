"""Enrolment: a roster is read and registered, its people are enrolled, their months come due and are paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from services.enrolment.app import SERVICE
from shared.access.roles import Role
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.service.declaration import AnyService
from tests.enrolment.kit import (
    GROUP,
    HEADER,
    Row,
    accept,
    accepted_row,
    answer_lines,
    granted,
    list_members,
    put_answer,
    roster_csv,
    rows,
    upload,
)
from tests.gate.cost import PER_COMMAND, PER_ROWS, PER_WORKERS, Cost, Meter
from tests.gate.place import PEOPLE, Place, feed
from tests.service_world import ServiceWorld, key_files, person

_KEYS = ("encryption_keys_path", "index_keys_path", "contact_keys_path")
_WARM_UP_ROWS = 10


async def measure(place: Place) -> dict[str, Cost]:
    """The costs of every path of the service."""
    return await measure_service(place, SERVICE)


async def measure_service(place: Place, service: AnyService) -> dict[str, Cost]:
    """The same for a changed ``service``, for the test that the gate notices."""
    folder = place.folder / "enrolment"
    settings: dict[str, Any] = dict(key_files(folder / "keys", *_KEYS))
    async with (
        place.service(service, exchange_folder=folder / "exchange", **settings) as (world, meter),
        world.api() as client,
    ):
        await roster(world, client, Meter(Counter()), 0, _WARM_UP_ROWS)
        await roster(world, client, meter, _WARM_UP_ROWS, PEOPLE)
        for path_meter, row in zip((Meter(Counter()), meter), rows(2, start=PEOPLE), strict=True):
            with path_meter.measured("enrolment register one worker", PER_COMMAND):
                await register_one(client, row)
        workers = [
            row["worker_id"]
            for row in await world.rows("SELECT worker_id FROM worker ORDER BY worker_id LIMIT $1", PEOPLE)
        ]
        await membership(world, meter, folder / "exchange", workers)
        assert await world.value("SELECT count(*) FROM worker WHERE status = 'enrolled'") == PEOPLE
        return meter.costs


async def membership(
    world: ServiceWorld[Any], meter: Meter, exchange: Path, workers: Sequence[UUID], group_id: UUID = GROUP
) -> None:
    """Registered workers are granted a subsidy in a group of their own and enrolled; a month comes due and is paid."""
    grants = (granted(worker, group_id=group_id) for worker in workers)
    await feed(meter, "enrolment subsidy.granted", world, *grants)
    await list_members(world)
    lines = answer_lines([accepted_row(worker) for worker in workers])
    put_answer(exchange, lines, group_id=group_id)
    with meter.measured("enrolment import-answers", PER_WORKERS):
        await world.run_job("import-answers")
    await feed(meter, "enrolment contribution.due", world, *(due(worker, group_id) for worker in workers))
    await feed(meter, "enrolment contribution.paid", world, *(paid(worker) for worker in workers))


async def roster(world: ServiceWorld[Any], client: httpx.AsyncClient, meter: Meter, start: int, end: int) -> UUID:
    """Upload, read, accept and register rows; people of some other test's rows are none of ours. Gives the roster."""
    answer = await upload(client, roster_csv(rows(end - start, start)))
    assert answer.status_code == 202, answer.text
    roster_id = answer.json()["roster_id"]
    with meter.measured("enrolment read-rosters", PER_ROWS):
        await world.run_job("read-rosters")
    with meter.measured("enrolment HTTP write command", PER_COMMAND):
        answer = await accept(client, roster_id)
    assert answer.status_code == 202, answer.text
    with meter.measured("enrolment register-rosters", PER_ROWS):
        await world.run_job("register-rosters")
    registered = await world.value("SELECT count(*) FROM worker WHERE roster_id = $1", UUID(roster_id))
    assert registered == end - start
    return UUID(roster_id)


async def register_one(client: httpx.AsyncClient, row: Row) -> None:
    """Register somebody at the desk."""
    entry = dict(zip(HEADER, row.cells, strict=True))
    answer = await client.post("/v1/workers", json=entry, headers=person("officer", Role.ENUMERATOR))
    assert answer.status_code == 201, answer.text


def due(worker: UUID, group_id: UUID) -> ContributionDue:
    """The worker's month is due."""
    changes = {"contribution_id": worker, "subject_id": worker, "group_id": group_id}
    return ContributionDue.example().model_copy(update=changes)


def paid(worker: UUID) -> ContributionPaid:
    """The worker's month is paid."""
    changes = {"contribution_id": worker, "subject_id": worker, "payment_id": worker}
    return ContributionPaid.example().model_copy(update=changes)
