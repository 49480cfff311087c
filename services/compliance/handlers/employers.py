"""Takes an employers' file: new employers, changed ones, and contacts that go sealed to whoever writes to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.compliance.handlers.sealing import Sealing
from services.compliance.handlers.uploads import TakenFile, Upload, begin, finish
from services.compliance.rules.employers import EmployerChange, KnownEmployer, plan_employers
from services.compliance.rules.rows import EmployerRow, EmployerSheet
from services.compliance.store import employers, files
from shared.clock import local_date
from shared.contracts.events.employer_changed import EmployerChanged
from shared.contracts.events.employer_registered import EmployerRegistered
from shared.contracts.values import SizeClass
from shared.ids import EmployerId
from shared.messaging.outbox import UnitOfWork

_SIZES: dict[str, SizeClass] = {"mikro": "mikro", "kecil": "kecil", "menengah": "menengah", "besar": "besar"}


async def import_employers(uow: UnitOfWork, upload: Upload, sheet: EmployerSheet, sealing: Sealing) -> TakenFile | UUID:
    """Take the file; gives the id of the same file instead if it had been taken before."""
    file = await begin(uow, upload, "employers")
    if not isinstance(file, files.NewFile):
        return UUID(str(file["file_id"]))
    known = await employers.lock_by_npp(uow, [row.npp for row in sheet.rows])
    tokens = {row.npp: sealing.contact_tokens(row) for row in sheet.rows if row.has_contact}
    plan = plan_employers(sheet.rows, known, tokens, upload.area_codes)
    outcomes = [*sheet.refused, *plan.outcomes]
    await files.add_file(uow, file, outcomes)
    new = [_new(uow.ids.next(), row) for row in plan.new]
    changed = [_after(change.known, change.row) for change in plan.changes]
    await employers.add_employers(uow, new, uow.moment)
    await employers.change_employers(uow, changed, uow.moment)
    uow.emit_all(_registered(employer) for employer in new)
    by_npp = {employer.npp: employer for employer in (*new, *changed)}
    for change in plan.changes:
        if change.changed:
            uow.emit(_changed_event(uow, by_npp[change.row.npp], change))
    await _put_contacts(uow, plan.contacts, by_npp, sealing)
    return await finish(uow, file, outcomes)


async def _put_contacts(
    uow: UnitOfWork, rows: Sequence[EmployerRow], by_npp: dict[str, KnownEmployer], sealing: Sealing
) -> None:
    contacts = [(by_npp[row.npp].employer_id, row) for row in rows]
    versions = {employer.employer_id: employer.version for employer in by_npp.values()}
    await employers.put_contacts(uow, sealing.stored(contacts), uow.moment)
    uow.emit_all(sealing.events(contacts, versions))


def _new(employer_id: UUID, row: EmployerRow) -> KnownEmployer:
    return KnownEmployer(
        employer_id, 1, row.npp, row.name, row.region_code, row.size_class, row.risk_class, row.business_line,
        row.programmes, row.worker_count, row.bpjs_registered, row.registered_on,
    )  # fmt: skip


def _after(known: KnownEmployer, row: EmployerRow) -> KnownEmployer:
    return replace(
        known,
        version=known.version + 1,
        name=row.name,
        region_code=row.region_code,
        size_class=row.size_class,
        risk_class=row.risk_class,
        business_line=row.business_line,
        programmes=row.programmes,
        worker_count=row.worker_count,
        bpjs_registered=row.bpjs_registered,
    )


def _registered(employer: KnownEmployer) -> EmployerRegistered:
    return EmployerRegistered(
        aggregate_version=employer.version,
        employer_id=EmployerId(employer.employer_id),
        region_code=employer.region_code,
        size_class=_SIZES[employer.size_class],
        risk_class=employer.risk_class,
        programmes=employer.programmes,
        worker_count=employer.worker_count,
        registered_on=employer.registered_on,
        bpjs_registered=employer.bpjs_registered,
        business_line=employer.business_line,
    )


def _changed_event(uow: UnitOfWork, employer: KnownEmployer, change: EmployerChange) -> EmployerChanged:
    return EmployerChanged(
        aggregate_version=employer.version,
        employer_id=EmployerId(employer.employer_id),
        region_code=employer.region_code,
        size_class=_SIZES[employer.size_class],
        risk_class=employer.risk_class,
        programmes=employer.programmes,
        worker_count=employer.worker_count,
        bpjs_registered=employer.bpjs_registered,
        changed_on=local_date(uow.moment),
        changed=change.changed,
        business_line=employer.business_line,
    )
