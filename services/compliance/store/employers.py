"""Employers, as their files say and within the areas of whoever looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, case, func, select

from services.compliance.rules.employers import KnownEmployer
from services.compliance.rules.rows import EmployerProfile
from services.compliance.tables import Contribution, Employer
from shared.access.areas import AreaScope
from shared.access.paging import Keyset, PageQuery
from shared.database import Transaction
from shared.database.records import columns, record
from shared.messaging.outbox import UnitOfWork

_EMPLOYER: Final = Employer.__table__  # type: ignore[attr-defined]
_CONTRIBUTION: Final = Contribution.__table__  # type: ignore[attr-defined]
PAGES: Final = Keyset((_EMPLOYER.c.employer_id, UUID))

# Every change of an employer, its reports, contributions or money begins with this lock, in the order of the ids.
_LOCK = f"""
SELECT {columns(Employer, alias="e")}, c.token AS contact_token
FROM employer e LEFT JOIN employer_contact c USING (employer_id)
WHERE e.npp = ANY($1::text[]) AND ($2::text[] IS NULL OR e.region_code ^@ ANY($2::text[]))
ORDER BY e.employer_id FOR UPDATE OF e
"""  # noqa: S608 - columns of our own table
_LOCK_IDS = "SELECT employer_id FROM employer WHERE employer_id = ANY($1::uuid[]) ORDER BY employer_id FOR UPDATE"
_UPDATE = """
UPDATE employer e SET version = n.version, name = n.name, region_code = n.region_code, size_class = n.size_class,
    risk_class = n.risk_class, business_line = n.business_line, programmes = string_to_array(n.programmes, '+'),
    worker_count = n.worker_count, bpjs_registered = n.bpjs_registered, changed_at = $11
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::text[],
    $9::integer[], $10::boolean[])
    AS n(employer_id, version, name, region_code, size_class, risk_class, business_line, programmes, worker_count,
         bpjs_registered)
WHERE e.employer_id = n.employer_id
"""
_RAISE_VERSIONS = """
UPDATE employer e SET version = n.version FROM unnest($1::uuid[], $2::bigint[]) AS n(employer_id, version)
WHERE e.employer_id = n.employer_id
"""


async def lock(tx: Transaction, npps: Sequence[str], prefixes: Sequence[str] | None) -> dict[str, KnownEmployer]:
    """The employers with these NPP within the areas ``prefixes`` (None: wherever they are), locked until the end."""
    rows = await tx.fetch(_LOCK, sorted(set(npps)), None if prefixes is None else list(prefixes))
    return {row["npp"]: _on_record(row) for row in rows}


async def lock_ids(tx: Transaction, employer_ids: Sequence[UUID]) -> None:
    """Lock employers, in order, so that two transactions cannot deadlock."""
    await tx.fetch(_LOCK_IDS, list(employer_ids))


async def add(uow: UnitOfWork, employers: Sequence[KnownEmployer]) -> None:
    """Put new employers on record."""
    rows = [
        (
            e.employer_id, e.version, e.npp, p.name, p.region_code, p.size_class, p.risk_class, p.business_line,
            list(p.programmes), p.worker_count, p.bpjs_registered, e.registered_on, uow.moment, uow.moment,
        )
        for e in employers
        for p in (e.profile,)
    ]  # fmt: skip
    await uow.copy_rows("employer", list(Employer.model_fields), rows)


async def change(uow: UnitOfWork, employers: Sequence[KnownEmployer]) -> None:
    """Set the version and the profile of employers that are locked."""
    profiles = [employer.profile for employer in employers]
    arrays = [
        [employer.employer_id for employer in employers],
        [employer.version for employer in employers],
        [profile.name for profile in profiles],
        [profile.region_code for profile in profiles],
        [profile.size_class for profile in profiles],
        [profile.risk_class for profile in profiles],
        [profile.business_line for profile in profiles],
        ["+".join(profile.programmes) for profile in profiles],
        [profile.worker_count for profile in profiles],
        [profile.bpjs_registered for profile in profiles],
    ]
    await uow.run(_UPDATE, *arrays, uow.moment)


async def raise_versions(tx: Transaction, versions: Mapping[UUID, int]) -> None:
    """Set the versions of employers that are locked."""
    await tx.run(_RAISE_VERSIONS, list(versions), list(versions.values()))


async def page(tx: Transaction, scope: AreaScope, query: PageQuery, *, late: bool | None) -> list[Any]:
    """Employers in ``scope``, each with what it owes; ``late`` keeps those that are late, or those that are not."""
    owed = _CONTRIBUTION.c
    worst = func.coalesce(func.max(case((owed.outstanding_rupiah > 0, owed.months_late), else_=0)), 0)
    statement: Select[Any] = (
        select(
            *_EMPLOYER.c,
            func.coalesce(func.sum(owed.outstanding_rupiah), 0).label("outstanding_rupiah"),
            func.coalesce(func.sum(owed.fine_outstanding_rupiah), 0).label("fine_outstanding_rupiah"),
            worst.label("months_late"),
        )
        .select_from(_EMPLOYER.outerjoin(_CONTRIBUTION, owed.employer_id == _EMPLOYER.c.employer_id))
        .where(scope.where(_EMPLOYER.c.region_code))
        .group_by(_EMPLOYER.c.employer_id)
    )
    if late is not None:
        statement = statement.having(worst > 0 if late else worst == 0)
    return list((await tx.execute(PAGES.apply(statement, query))).all())


async def find(tx: Transaction, scope: AreaScope, employer_id: UUID) -> Employer | None:
    """One employer in ``scope``."""
    statement = select(_EMPLOYER).where(_EMPLOYER.c.employer_id == employer_id, scope.where(_EMPLOYER.c.region_code))
    row = (await tx.execute(statement)).one_or_none()
    return record(Employer, row._mapping) if row is not None else None


def _on_record(row: Any) -> KnownEmployer:
    profile = EmployerProfile(
        row["name"], row["region_code"], row["size_class"], row["risk_class"], row["business_line"],
        tuple(row["programmes"]), row["worker_count"], row["bpjs_registered"],
    )  # fmt: skip
    return KnownEmployer(
        row["employer_id"], row["version"], row["npp"], row["registered_on"], profile, row["contact_token"]
    )
