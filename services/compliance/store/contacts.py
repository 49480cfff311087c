"""Employers' contact data, sealed; what seals them is ``adapters/sealing.py``."""

from __future__ import annotations

from collections.abc import Sequence

from services.compliance.tables import EmployerContact
from shared.database import Transaction
from shared.database.records import columns

_PUT = f"""
INSERT INTO employer_contact ({columns(EmployerContact)})
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[],
    $8::timestamptz[])
ON CONFLICT (employer_id) DO UPDATE SET kek_id = excluded.kek_id, wrapped_key = excluded.wrapped_key,
    sealed_name = excluded.sealed_name, sealed_phone = excluded.sealed_phone, sealed_email = excluded.sealed_email,
    token = excluded.token, changed_at = excluded.changed_at
"""  # noqa: S608 - columns of our own table


async def put(tx: Transaction, contacts: Sequence[EmployerContact]) -> None:
    """Store contact data, in the place of older ones."""
    await tx.run(_PUT, *([getattr(contact, name) for contact in contacts] for name in EmployerContact.model_fields))
