"""What enrolment does when subsidy grants or ends a subsidy: it keeps the grant and puts the worker into the group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.enrolment.rules.cases import CaseKind
from services.enrolment.store import groups as store
from services.enrolment.store.cases import NewCase, open_cases
from shared.contracts.events.subsidy_ended import SubsidyEnded
from shared.contracts.events.subsidy_granted import SubsidyGranted
from shared.messaging.envelope import Received
from shared.messaging.outbox import UnitOfWork


async def on_subsidy_granted(uow: UnitOfWork, events: Sequence[Received[SubsidyGranted]]) -> None:
    """Keep grants and put verified workers into their groups, where they wait for the next list to BPJS."""
    grants: dict[UUID, SubsidyGranted] = {}
    for received in events:
        known = grants.get(received.event.grant_id)
        if known is None or known.aggregate_version < received.event.aggregate_version:
            grants[received.event.grant_id] = received.event
    rows = [
        (
            grant.grant_id,
            grant.worker_id,
            group_of(grant),
            grant.first_month.first_day,
            grant.last_month.first_day,
            grant.aggregate_version,
        )
        for grant in sorted(grants.values(), key=lambda grant: grant.grant_id)
    ]
    await store.put_grants(uow, rows)
    await store.put_groups(uow, _terms(grants.values()))
    await store.add_members(uow, [(group_of(grant), grant.worker_id) for grant in grants.values()])
    workers = sorted({grant.worker_id for grant in grants.values()})
    unfit = await store.not_verified(uow, workers)
    await open_cases(uow, [NewCase(CaseKind.GRANTED_NOT_VERIFIED, str(worker), worker) for worker in unfit])


async def on_subsidy_ended(uow: UnitOfWork, events: Sequence[Received[SubsidyEnded]]) -> None:
    """Keep the end of grants. Cover goes on until months stay unpaid; whoever was not listed yet is not listed."""
    ends: dict[UUID, SubsidyEnded] = {}
    for received in events:
        known = ends.get(received.event.grant_id)
        if known is None or known.aggregate_version < received.event.aggregate_version:
            ends[received.event.grant_id] = received.event
    rows = [
        (
            end.grant_id,
            end.worker_id,
            end.aggregate_version,
            end.last_month.first_day if end.last_month else None,
            end.reason,
        )
        for end in sorted(ends.values(), key=lambda end: end.grant_id)
    ]
    await store.end_grants(uow, rows)


def group_of(grant: SubsidyGranted) -> UUID:
    """The group that BPJS bills; a decree without one is billed as a group of its own."""
    return grant.group_id or grant.decree_id


def _terms(grants: Iterable[SubsidyGranted]) -> list[store.GroupTerms]:
    """One entry per group, with the widest months."""
    terms: dict[UUID, store.GroupTerms] = {}
    for grant in grants:
        group_id = group_of(grant)
        first, last = grant.first_month.first_day, grant.last_month.first_day
        known = terms.get(group_id)
        if known is not None:
            first, last = min(first, known.first_month), max(last, known.last_month)
        terms[group_id] = store.GroupTerms(
            group_id, grant.decree_id, grant.decree_number, grant.programmes, grant.income_band, first, last
        )
    return list(terms.values())
