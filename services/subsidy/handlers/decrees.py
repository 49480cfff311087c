"""Decrees (SK): one person freezes the list, another approves exactly that content, a job grants in chunks."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from services.subsidy import store
from services.subsidy.handlers.failing import GRANT
from services.subsidy.handlers.visible import lock_open_line, visible
from services.subsidy.rules.decree import DecreeTerms, check_period, check_regions, content_sha256, worker_limit
from services.subsidy.rules.states import DecreeState
from services.subsidy.rules.values import LOWEST_BAND, PROGRAMMES
from services.subsidy.store.decrees import Grant
from services.subsidy.tables import Decree
from shared import audit
from shared.access.areas import AreaScope
from shared.access.errors import RefusedError
from shared.access.maker_checker import require_second_person
from shared.clock import local_date
from shared.contracts.events.subsidy_granted import SubsidyGranted
from shared.ids import WorkerId
from shared.invariants import require
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from shared.service.jobs import item

# Rows of one transaction: enough to be set-based, few enough to hold in memory.
GRANTS_PER_RUN = 15_000


async def draft_decree(
    uow: UnitOfWork, terms: DecreeTerms, actor: str, areas: AreaScope, *, include_promised: bool = False
) -> Decree:
    """Freeze the verified workers of the decree's regions. Raises NotVisibleError and RefusedError.

    Workers whom an earlier decree promises some of the same months are left out, unless ``include_promised``.
    """
    line = (await lock_open_line(uow, terms.funding_line_id, areas)).line
    check_period(terms.first_month, terms.last_month, Month.parse(line.first_month), Month.parse(line.last_month))
    check_regions(terms.region_codes, line.region_code)
    promised = await store.decrees.promised(uow, line.funding_line_id)
    limit = worker_limit(terms.max_workers, line.worker_quota, promised)
    decree_id = uow.ids.next()
    eligible = await store.decrees.freeze(uow, decree_id, terms, limit, include_promised=include_promised)
    frozen = await store.decrees.list_hash(uow, decree_id)
    if frozen.workers == 0:
        raise RefusedError("nobody-to-grant", eligible=eligible)
    require(frozen.workers == (eligible if limit is None else min(eligible, limit)), "The list is whole.")
    decree = Decree(
        decree_id=decree_id,
        funding_line_id=line.funding_line_id,
        region_code=line.region_code,
        budget_year=line.budget_year,
        number=terms.number,
        group_id=uow.ids.next(),
        first_month=str(terms.first_month),
        last_month=str(terms.last_month),
        region_codes=list(terms.region_codes),
        max_workers=terms.max_workers,
        income_band=LOWEST_BAND,
        workers=frozen.workers,
        eligible=eligible,
        content_sha256=content_sha256(terms, *frozen),
        state=DecreeState.DRAFT,
        granted=0,
        created_by=actor,
        created_at=uow.moment,
    )
    if not await store.decrees.add(uow, decree):
        raise RefusedError("decree-number-taken")
    details: dict[str, str | int] = {"workers": frozen.workers, "content_sha256": decree.content_sha256}
    await audit.record(uow, uow.moment, actor, "draft-decree", f"decree {decree_id}", details)
    return decree


async def approve_decree(
    uow: UnitOfWork, decree_id: UUID, approved_sha256: str, actor: str, areas: AreaScope
) -> Decree:
    """Put a decree in force: exactly the content of the given hash.

    The hash is computed anew from the stored rows, so a list that was touched since cannot be approved.
    Raises NotVisibleError, RefusedError and SamePersonError.
    """
    visible(await store.decrees.find(uow, areas.sql_prefixes(), decree_id=decree_id))
    decree = await store.decrees.lock(uow, decree_id)
    require_second_person(decree.created_by, actor)
    if decree.state != DecreeState.DRAFT:
        raise RefusedError("not-waiting-for-approval")
    computed = content_sha256(store.decrees.terms(decree), *await store.decrees.list_hash(uow, decree_id))
    if not approved_sha256 == decree.content_sha256 == computed:
        raise RefusedError("other-content")
    approved = await store.decrees.approve(uow, decree_id, actor, local_date(uow.moment))
    details = {"content_sha256": computed}
    await audit.record(uow, uow.moment, actor, "approve-decree", f"decree {decree_id}", details)
    return approved


async def grant_next(uow: UnitOfWork, limit: int = GRANTS_PER_RUN) -> int:
    """Grant the next workers of the oldest approved decree. Gives how many; 0 when there is nothing to grant."""
    decree = await store.decrees.next_to_grant(uow, GRANT)
    if decree is None:
        return 0
    with item(decree.decree_id):
        (funding,) = await store.funding.find(uow, [decree.region_code], line_id=decree.funding_line_id)
        rows = await store.decrees.workers_after(uow, decree.decree_id, decree.grant_cursor, limit)
        require(bool(rows) or decree.granted == decree.workers, "A decree's list is as long as was approved.")
        grants = [Grant(uow.ids.next(), row["worker_id"]) for row in rows]
        await store.decrees.add_grants(uow, decree, grants)
        await store.workers.queue(uow, [grant.worker_id for grant in grants])
        by_place: dict[tuple[str, str], list[Grant]] = defaultdict(list)
        for row, grant in zip(rows, grants, strict=True):
            by_place[row["region_code"], row["occupation_code"]].append(grant)
        for (region_code, occupation_code), promised in by_place.items():
            first = SubsidyGranted(
                aggregate_version=1,
                worker_id=WorkerId(promised[0].worker_id),
                region_code=region_code,
                occupation_code=occupation_code,
                grant_id=promised[0].grant_id,
                decree_id=decree.decree_id,
                funding_line_id=decree.funding_line_id,
                funding_source=funding.line.funding_source,
                decree_number=decree.number,
                group_id=decree.group_id,
                first_month=Month.parse(decree.first_month),
                last_month=Month.parse(decree.last_month),
                programmes=PROGRAMMES,
                income_band=decree.income_band,
                granted_on=decree.granted_on or local_date(uow.moment),
            )
            uow.emit_copies(first, ("grant_id", "worker_id"), promised)
        return len(rows)
