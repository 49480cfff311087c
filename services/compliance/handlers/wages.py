"""Takes a file of wage reports. A worker leaves nothing but the token of the NIK and the wage."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.compliance.handlers.sealing import Sealing
from services.compliance.handlers.uploads import TakenFile, Upload, begin, finish
from services.compliance.rules.employers import KnownEmployer
from services.compliance.rules.rows import WageRow, WageSheet
from services.compliance.rules.sheet import Outcome
from services.compliance.store import employers, files, reports
from shared.clock import local_date
from shared.contracts.events.employer_reported import EmployerReported
from shared.ids import EmployerId
from shared.messaging.outbox import UnitOfWork
from shared.money import Rupiah
from shared.periods import Month

_Group = tuple[UUID, str]


async def import_wages(uow: UnitOfWork, upload: Upload, sheet: WageSheet, sealing: Sealing) -> TakenFile | UUID:
    """Take the file; gives the id of the same file instead if it had been taken before.

    All rows of an employer and month are one report. A report that differs from the current one becomes its next
    revision and replaces it as a whole.
    """
    file = await begin(uow, upload, "wages")
    if not isinstance(file, files.NewFile):
        return UUID(str(file["file_id"]))
    known = await employers.lock_in_area(uow, [row.npp for row in sheet.rows], upload.area_codes)
    groups: dict[_Group, list[tuple[bytes, int]]] = {}
    tokens = sealing.nik_tokens([row.nik for row in sheet.rows])
    for row, token in zip(sheet.rows, tokens, strict=True):
        if row.npp in known:
            groups.setdefault((known[row.npp].employer_id, row.month), []).append((token, row.wage_rupiah))
    current = await reports.current_reports(uow, list(groups))
    refused = Counter((known[npp].employer_id, month) for npp, month in sheet.refused_groups if npp in known)
    new = []
    for key, lines in groups.items():
        revision, known_digest = current.get(key, (0, b""))
        if (digest := _digest(lines)) != known_digest:
            new.append(reports.NewReport(uow.ids.next(), *key, revision + 1, refused[key], digest, lines))
    outcomes = [*sheet.refused, *_outcomes(sheet.rows, known, {(item.employer_id, item.month) for item in new})]
    await files.add_file(uow, file, outcomes)
    await reports.add_reports(uow, new, file.file_id, local_date(uow.moment))
    await _announce(uow, new, known)
    return await finish(uow, file, outcomes)


def _digest(lines: Sequence[tuple[bytes, int]]) -> bytes:
    """Tells whether two reports say the same of the same workers, in any order."""
    digest = hashlib.sha256()
    for token, wage_rupiah in sorted(lines):
        digest.update(token + wage_rupiah.to_bytes(8, "big"))
    return digest.digest()


def _outcomes(rows: Sequence[WageRow], known: Mapping[str, KnownEmployer], new: set[_Group]) -> list[Outcome]:
    outcomes = []
    for row in rows:
        if row.npp not in known:
            outcomes.append(Outcome(row.number, "refused", "npp-unknown"))
        elif (known[row.npp].employer_id, row.month) in new:
            outcomes.append(Outcome(row.number, "accepted"))
        else:
            outcomes.append(Outcome(row.number, "known", "already-known"))
    return outcomes


async def _announce(uow: UnitOfWork, new: Sequence[reports.NewReport], known: Mapping[str, KnownEmployer]) -> None:
    by_id = {employer.employer_id: employer for employer in known.values()}
    versions: dict[UUID, int] = {}
    for report in sorted(new, key=lambda item: (item.employer_id, item.month)):
        employer = by_id[report.employer_id]
        version = versions[report.employer_id] = versions.get(report.employer_id, employer.version) + 1
        uow.emit(
            EmployerReported(
                aggregate_version=version,
                employer_id=EmployerId(report.employer_id),
                region_code=employer.region_code,
                report_id=report.report_id,
                month=Month.parse(report.month),
                revision=report.revision,
                worker_count=len(report.lines),
                wages_rupiah=Rupiah(report.wages_rupiah),
                reported_on=local_date(uow.moment),
            )
        )
    await employers.raise_versions(uow, versions)
