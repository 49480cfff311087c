"""Takes a file of wage reports. A worker leaves nothing but the token of the NIK and the wage."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.compliance import store
from services.compliance.handlers.sealing import Sealing
from services.compliance.handlers.uploads import TakenFile, Upload, find_taken, finish, record_file
from services.compliance.rules.employers import KnownEmployer
from services.compliance.rules.rows import WageRow, WageSheet
from services.compliance.rules.sheet import Outcome, refused
from services.compliance.rules.states import FileKind, RowOutcome
from services.compliance.store.reports import EmployerMonth, Line, NewReport, Revision
from shared.clock import local_date
from shared.contracts.events.employer_reported import EmployerReported
from shared.ids import EmployerId
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah


async def import_wages(uow: UnitOfWork, upload: Upload, sheet: WageSheet, sealing: Sealing) -> TakenFile:
    """Take the file; gives the same file instead if it had been taken before.

    All rows of an employer and month are one report. A report that differs from the current one becomes its next
    revision and replaces it as a whole.
    """
    if taken := await find_taken(uow, upload, FileKind.WAGES):
        return taken
    employers = await store.employers.lock(uow, [row.npp for row in sheet.rows], upload.area_codes)
    lines = _lines(sheet.rows, employers, sealing)
    current = await store.reports.current(uow, list(lines))
    refused_rows = Counter(
        EmployerMonth(employers[npp].employer_id, month) for npp, month in sheet.refused_groups if npp in employers
    )
    new = []
    for about, reported in lines.items():
        before = current.get(about, Revision(0, b""))
        revision = Revision(before.number + 1, _digest(reported))
        if revision.content_digest != before.content_digest:
            new.append(NewReport(uow.ids.next(), about, revision, refused_rows[about], reported))
    outcomes = [*sheet.refused, *_outcomes(sheet.rows, employers, {report.about for report in new})]
    file = await record_file(uow, upload, FileKind.WAGES, outcomes)
    await store.reports.add(uow, new, file.file_id, local_date(uow.moment))
    await _announce(uow, new, {employer.employer_id: employer for employer in employers.values()})
    return await finish(uow, file, outcomes)


def _lines(
    rows: Sequence[WageRow], employers: Mapping[str, KnownEmployer], sealing: Sealing
) -> dict[EmployerMonth, list[Line]]:
    """The rows of employers that are on record, by what they report about."""
    lines: dict[EmployerMonth, list[Line]] = {}
    tokens = sealing.nik_tokens([row.nik for row in rows])
    for row, token in zip(rows, tokens, strict=True):
        if row.npp in employers:
            about = EmployerMonth(employers[row.npp].employer_id, row.month)
            lines.setdefault(about, []).append(Line(token, row.wage_rupiah))
    return lines


def _digest(lines: Sequence[Line]) -> bytes:
    """Tells whether two reports say the same of the same workers, in any order."""
    digest = hashlib.sha256()
    for line in sorted(lines):
        digest.update(line.worker_token + line.wage_rupiah.to_bytes(8, "big"))
    return digest.digest()


def _outcomes(
    rows: Sequence[WageRow], employers: Mapping[str, KnownEmployer], new: set[EmployerMonth]
) -> list[Outcome]:
    outcomes = []
    for row in rows:
        if row.npp not in employers:
            outcomes.append(refused(row.number, "npp-unknown"))
        elif EmployerMonth(employers[row.npp].employer_id, row.month) in new:
            outcomes.append(Outcome(row.number, RowOutcome.ACCEPTED))
        else:
            outcomes.append(Outcome(row.number, RowOutcome.KNOWN, "already-known"))
    return outcomes


async def _announce(uow: UnitOfWork, new: Sequence[NewReport], employers: Mapping[UUID, KnownEmployer]) -> None:
    versions: dict[UUID, int] = {}
    for report in sorted(new, key=lambda item: item.about):
        employer = employers[report.about.employer_id]
        version = versions[employer.employer_id] = versions.get(employer.employer_id, employer.version) + 1
        uow.emit(
            EmployerReported(
                aggregate_version=version,
                employer_id=EmployerId(employer.employer_id),
                region_code=employer.profile.region_code,
                report_id=report.report_id,
                month=report.about.month,
                revision=report.revision.number,
                worker_count=len(report.lines),
                wages_rupiah=Rupiah(report.wages_rupiah),
                reported_on=local_date(uow.moment),
            )
        )
    await store.employers.raise_versions(uow, versions)
