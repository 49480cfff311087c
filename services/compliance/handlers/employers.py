"""Takes an employers' file: new employers, changed ones, and contacts that go sealed to whoever writes to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from services.compliance import store
from services.compliance.handlers.sealing import Sealing
from services.compliance.handlers.uploads import TakenFile, Upload, find_taken, finish, record_file
from services.compliance.rules.employers import KnownEmployer, plan_employers
from services.compliance.rules.rows import EmployerRow, EmployerSheet
from services.compliance.rules.states import FileKind
from shared.clock import local_date
from shared.contracts.events.employer_changed import EmployerChanged
from shared.contracts.events.employer_registered import EmployerRegistered
from shared.ids import EmployerId
from shared.messaging.outbox import UnitOfWork


async def import_employers(uow: UnitOfWork, upload: Upload, sheet: EmployerSheet, sealing: Sealing) -> TakenFile:
    """Take the file; gives the same file instead if it had been taken before."""
    if taken := await find_taken(uow, upload, FileKind.EMPLOYERS):
        return taken
    on_record = await store.employers.lock(uow, [row.npp for row in sheet.rows], None)
    tokens = {row.npp: sealing.contact_tokens(row) for row in sheet.rows if row.has_contact}
    plan = plan_employers(sheet.rows, on_record, tokens, upload.area_codes)
    outcomes = [*sheet.refused, *plan.outcomes]
    file = await record_file(uow, upload, FileKind.EMPLOYERS, outcomes)
    new = [KnownEmployer(uow.ids.next(), 1, row.npp, row.registered_on, row.profile) for row in plan.new]
    changed = [
        replace(change.before, version=change.before.version + 1, profile=change.row.profile) for change in plan.changes
    ]
    await store.employers.add(uow, new)
    await store.employers.change(uow, changed)
    uow.emit_all(EmployerRegistered(registered_on=employer.registered_on, **_told(employer)) for employer in new)
    today = local_date(uow.moment)
    uow.emit_all(
        EmployerChanged(changed_on=today, changed=change.changed, **_told(employer))
        for employer, change in zip(changed, plan.changes, strict=True)
        if change.changed
    )
    await _put_contacts(uow, plan.contacts, {employer.npp: employer for employer in (*new, *changed)}, sealing)
    return await finish(uow, file, outcomes)


async def _put_contacts(
    uow: UnitOfWork, rows: Sequence[EmployerRow], by_npp: Mapping[str, KnownEmployer], sealing: Sealing
) -> None:
    contacts = [(by_npp[row.npp].employer_id, row) for row in rows]
    versions = {employer.employer_id: employer.version for employer in by_npp.values()}
    await store.contacts.put(uow, sealing.stored(contacts, uow.moment))
    uow.emit_all(sealing.events(contacts, versions))


def _told(employer: KnownEmployer) -> dict[str, Any]:
    """What both events tell: the whole profile but the name, which stays here."""
    profile = asdict(employer.profile)
    del profile["name"]
    return {"aggregate_version": employer.version, "employer_id": EmployerId(employer.employer_id), **profile}
