"""What else happens to enrolled people: credits, employers, ends, the lapse clock, check lists, and pages of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx

from shared.access.roles import Role
from shared.contracts.events.contribution_credited import ContributionCredited
from shared.contracts.events.contribution_unfunded import ContributionUnfunded
from shared.contracts.events.subsidy_ended import SubsidyEnded
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.periods import Month
from tests.enrolment.kit import Row, accept, granted, roster_csv, upload
from tests.gate.paths import enrolment
from tests.service_world import ServiceWorld, person

_READER = ("reader", Role.VERIFIER)


async def further(world: ServiceWorld[Any], workers: Sequence[UUID], group_id: UUID, number: int) -> None:
    """The events of a month's end, and the clock of that many days later."""
    december = Month(2026, 12)
    for version in (2, 3):  # said anew, so that it cannot be copied in as new
        dues = (enrolment.due(one, group_id).model_copy(update={"aggregate_version": version}) for one in workers)
        await world.feed(*dues)
    await world.feed(
        *(ContributionUnfunded.example().model_copy(update={"worker_id": one, "month": december}) for one in workers)
    )
    credited = ({"subject_id": one, "contribution_id": one, "month": Month(2026, 11)} for one in workers)
    await world.feed(*(ContributionCredited.example().model_copy(update=changes) for changes in credited))
    await world.feed(*(WorkerEmployed.example().model_copy(update={"worker_id": one}) for one in workers))
    ends = ({"worker_id": one, "grant_id": granted(one, group_id=group_id).grant_id} for one in workers)
    await world.feed(*(SubsidyEnded.example().model_copy(update=changes) for changes in ends))
    for day in (date(2026, 12, 17), date(2027, 3, 2)):
        await world.run_job("lapse-clock", str(day + timedelta(days=number)))
    # Whoever comes back is granted, listed and, as it is withdrawn in between, taken from the list again.
    again = UUID(int=group_id.int + 0x1000)
    await world.feed(*(granted(one, group_id=again, grant_id=UUID(int=one.int ^ 0xF)) for one in workers))
    first = SubsidyEnded.example().model_copy(update={"last_month": Month(2026, 10)})
    ends = ({"worker_id": one, "grant_id": UUID(int=one.int ^ 0xF)} for one in workers)
    await world.feed(*(first.model_copy(update=changes) for changes in ends))
    await world.run_job("cut-group-lists")


async def papers(client: httpx.AsyncClient, roster_id: UUID, known: Sequence[Row]) -> None:
    """Lists that name people who are known, a roster of people who are known, and what can be looked at."""
    for kind in ("deceased", "wage-worker"):
        content = "\n".join(["nik", *(row.nik for row in known)])
        files = {"file": ("daftar.csv", content.encode())}
        answer = await client.post(
            "/v1/check-lists", files=files, data={"kind": kind}, headers=person("branch", Role.BPJS_BRANCH)
        )
        assert answer.status_code == 201, answer.text
    doubled = roster_csv([*known, *known])
    assert (await upload(client, doubled)).status_code == 202
    assert (await upload(client, doubled)).status_code == 200
    pages = ("rosters", f"rosters/{roster_id}", f"rosters/{roster_id}/result", "workers", "cases", "summary")
    for page in pages:
        answer = await client.get(f"/v1/{page}", headers=person(*_READER))
        assert answer.status_code == 200, answer.text


async def twice(world: ServiceWorld[Any], client: httpx.AsyncClient, fresh: Sequence[Row]) -> None:
    """Two rosters with the same people, both read before either is registered."""
    taken = [await upload(client, roster_csv(fresh, line_end=end)) for end in ("\n", "\r\n")]
    await world.run_jobs("read-rosters", rounds=2)
    for answer in taken:
        assert (await accept(client, answer.json()["roster_id"])).status_code == 202
    await world.run_jobs("register-rosters", rounds=2)
