"""Employers and their sealed contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from services.compliance.rules.employers import KnownEmployer
from shared.database import Transaction

_SELECT = """
SELECT e.employer_id, e.version, e.npp, e.name, e.region_code, e.size_class, e.risk_class, e.business_line,
    e.programmes, e.worker_count, e.bpjs_registered, e.registered_on, c.token AS contact_token
FROM employer e LEFT JOIN employer_contact c USING (employer_id)
"""
# Every change of an employer, its reports, contributions or money begins with this lock, in the order of the ids.
_LOCK_BY_NPP = _SELECT + "WHERE e.npp = ANY($1::text[]) ORDER BY e.employer_id FOR UPDATE OF e"
_LOCK_IN_AREA = (
    _SELECT
    + "WHERE e.npp = ANY($1::text[]) AND e.region_code ^@ ANY($2::text[]) ORDER BY e.employer_id FOR UPDATE OF e"
)
_LOCK_IDS = "SELECT employer_id FROM employer WHERE employer_id = ANY($1::uuid[]) ORDER BY employer_id FOR UPDATE"
_COLUMNS: Final = (
    "employer_id", "version", "npp", "name", "region_code", "size_class", "risk_class", "business_line", "programmes",
    "worker_count", "bpjs_registered", "registered_on", "known_at", "changed_at",
)  # fmt: skip
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
_CONTACTS = """
INSERT INTO employer_contact
    (employer_id, kek_id, wrapped_key, sealed_name, sealed_phone, sealed_email, token, changed_at)
SELECT n.*, $8 FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[]) n
ON CONFLICT (employer_id) DO UPDATE SET kek_id = excluded.kek_id, wrapped_key = excluded.wrapped_key,
    sealed_name = excluded.sealed_name, sealed_phone = excluded.sealed_phone, sealed_email = excluded.sealed_email,
    token = excluded.token, changed_at = excluded.changed_at
"""


@dataclass(frozen=True, slots=True)
class StoredContact:
    """Contact data as they are stored: each field sealed under a key of this contact's own."""

    employer_id: UUID
    kek_id: str
    wrapped_key: bytes = field(repr=False)
    sealed_name: bytes = field(repr=False)
    sealed_phone: bytes | None = field(repr=False)
    sealed_email: bytes | None = field(repr=False)
    token: bytes = field(repr=False)


async def lock_by_npp(tx: Transaction, npps: Sequence[str]) -> dict[str, KnownEmployer]:
    """The employers with these NPP, wherever they are, locked until the end of the transaction."""
    return {row["npp"]: _known(row) for row in await tx.fetch(_LOCK_BY_NPP, sorted(set(npps)))}


async def lock_in_area(tx: Transaction, npps: Sequence[str], prefixes: Sequence[str]) -> dict[str, KnownEmployer]:
    """The same, but only those within the areas ``prefixes``."""
    rows = await tx.fetch(_LOCK_IN_AREA, sorted(set(npps)), list(prefixes))
    return {row["npp"]: _known(row) for row in rows}


async def lock_ids(tx: Transaction, employer_ids: Sequence[UUID]) -> None:
    """Lock employers, in order, so that two transactions cannot deadlock."""
    await tx.fetch(_LOCK_IDS, list(employer_ids))


async def add_employers(tx: Transaction, employers: Sequence[KnownEmployer], moment: datetime) -> None:
    """Put new employers on record."""
    rows = [
        (
            e.employer_id, e.version, e.npp, e.name, e.region_code, e.size_class, e.risk_class, e.business_line,
            list(e.programmes), e.worker_count, e.bpjs_registered, e.registered_on, moment, moment,
        )
        for e in employers
    ]  # fmt: skip
    await tx.copy_rows("employer", _COLUMNS, rows)


async def change_employers(tx: Transaction, employers: Sequence[KnownEmployer], moment: datetime) -> None:
    """Set what is known of employers that are locked."""
    columns = [
        [e.employer_id for e in employers],
        [e.version for e in employers],
        [e.name for e in employers],
        [e.region_code for e in employers],
        [e.size_class for e in employers],
        [e.risk_class for e in employers],
        [e.business_line for e in employers],
        ["+".join(e.programmes) for e in employers],
        [e.worker_count for e in employers],
        [e.bpjs_registered for e in employers],
    ]
    await tx.run(_UPDATE, *columns, moment)


async def raise_versions(tx: Transaction, versions: dict[UUID, int]) -> None:
    """Set the versions of employers that are locked."""
    await tx.run(_RAISE_VERSIONS, list(versions), list(versions.values()))


async def put_contacts(tx: Transaction, contacts: Sequence[StoredContact], moment: datetime) -> None:
    """Store contact data, in the place of older ones."""
    columns = [
        [c.employer_id for c in contacts],
        [c.kek_id for c in contacts],
        [c.wrapped_key for c in contacts],
        [c.sealed_name for c in contacts],
        [c.sealed_phone for c in contacts],
        [c.sealed_email for c in contacts],
        [c.token for c in contacts],
    ]
    await tx.run(_CONTACTS, *columns, moment)


def _known(row: object) -> KnownEmployer:
    values = dict(row)  # type: ignore[call-overload]
    return KnownEmployer(**{**values, "programmes": tuple(values["programmes"])})
