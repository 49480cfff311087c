"""What enrolment does when subsidy grants or ends a subsidy: it keeps the grant and puts the worker into the group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from services.enrolment import store
from services.enrolment.rules.cases import CaseKind
from services.enrolment.store.cases import NewCase
from services.enrolment.store.grants import Ended, Granted
from services.enrolment.tables import MemberGroup
from shared.contracts.events.subsidy_ended import SubsidyEnded
from shared.contracts.events.subsidy_granted import SubsidyGranted
from shared.database.records import changed, record
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork

_EventT = TypeVar("_EventT", SubsidyGranted, SubsidyEnded)


async def on_subsidy_granted(uow: UnitOfWork, events: Sequence[Received[SubsidyGranted]]) -> None:
    """Keep grants and put verified workers into their groups, where they wait for the next list to BPJS."""
    grants = _newest(events)
    await store.grants.put(uow, [_granted(grant) for grant in grants])
    await store.groups.put(uow, _groups(grants))
    await store.members.add(uow, [(group_of(grant), grant.worker_id) for grant in grants])
    unfit = await store.people.find_unverified(uow, sorted({grant.worker_id for grant in grants}))
    await store.cases.open(uow, [NewCase(CaseKind.GRANTED_NOT_VERIFIED, str(worker), worker) for worker in unfit])


async def on_subsidy_ended(uow: UnitOfWork, events: Sequence[Received[SubsidyEnded]]) -> None:
    """Keep the end of grants. Cover goes on until months stay unpaid; whoever was not listed yet is not listed."""
    ends = [
        Ended(
            end.grant_id,
            end.worker_id,
            end.aggregate_version,
            str(end.last_month) if end.last_month else None,
            end.reason,
        )
        for end in _newest(events)
    ]
    await store.grants.end(uow, ends)


def group_of(grant: SubsidyGranted) -> UUID:
    """The group that BPJS bills; a decree without one is billed as a group of its own."""
    return grant.group_id or grant.decree_id


def _newest(events: Sequence[Received[_EventT]]) -> list[_EventT]:
    """Of each grant the event with the highest version."""
    newest: dict[UUID, _EventT] = {}
    for received in events:
        event = received.event
        before = newest.get(event.grant_id)
        if before is None or before.aggregate_version < event.aggregate_version:
            newest[event.grant_id] = event
    return list(newest.values())


def _granted(grant: SubsidyGranted) -> Granted:
    months = (str(grant.first_month), str(grant.last_month))
    return Granted(grant.grant_id, grant.worker_id, group_of(grant), *months, grant.aggregate_version)


def _groups(grants: Iterable[SubsidyGranted]) -> list[MemberGroup]:
    """The groups of grants, with the widest months."""
    groups: dict[UUID, MemberGroup] = {}
    for grant in grants:
        group_id, first, last = group_of(grant), str(grant.first_month), str(grant.last_month)
        group = groups.get(group_id)
        if group is None:
            groups[group_id] = record(
                MemberGroup,
                {
                    "group_id": group_id,
                    "decree_id": grant.decree_id,
                    "decree_number": grant.decree_number,
                    "programmes": list(grant.programmes),
                    "income_band": grant.income_band,
                    "first_month": first,
                    "last_month": last,
                    "lists": 0,
                },
            )
        else:
            first, last = min(first, group.first_month), max(last, group.last_month)
            groups[group_id] = changed(group, first_month=first, last_month=last)
    return list(groups.values())
