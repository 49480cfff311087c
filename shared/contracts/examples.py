"""One small story that all examples tell together, so that a reader can follow an identifier through the topics.

A fisher in Kutai Kartanegara is covered by the province; a plantation in Kutai Timur pays late.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from shared.ids import EmployerId, WorkerId
from shared.money import Rupiah
from shared.periods import Month

WORKER: Final = WorkerId(UUID("019aa0c2-7b10-7c3e-9d52-0b6f3a1e4c01"))
OTHER_WORKER: Final = WorkerId(UUID("019aa0c2-7b11-7a80-8f27-5c9d1e2b7f02"))
EMPLOYER: Final = EmployerId(UUID("019aa0c3-1f42-7d19-b6a4-8e0c5d7a9103"))

IMPORT: Final = UUID("019aa0c2-6a00-7f11-8c35-2d4b6e8f1a04")
DECISION: Final = UUID("019aa0c4-0c77-7b52-a1d8-3f5e7c9b0d05")
FUNDING_LINE: Final = UUID("019a8b51-22e4-7e06-9b7a-6c1d3f5a8e06")
DECREE: Final = UUID("019a9c07-4d18-7c94-8e21-7b9d0f2c4a07")
GRANT: Final = UUID("019aa0c5-3b69-7a3f-9c46-1e3a5c7d9f08")
GROUP: Final = UUID("019a9c07-9f30-7d85-b2e7-4a6c8e0b1d09")
CONTRIBUTION: Final = UUID("019ab1e0-5c2d-7e48-8a93-9d1f3b5c7e10")
EMPLOYER_CONTRIBUTION: Final = UUID("019aa27b-8e14-7f06-a5d2-0c2e4a6b8d11")
PAYMENT: Final = UUID("019ac4f2-6d3b-7b97-9e14-5f7b9d1c3e12")
CREDIT: Final = UUID("019ad806-7f4c-7c28-8b65-2a4c6e8d0f13")
DISBURSEMENT: Final = UUID("019ab9a7-1e5a-7d39-a7c6-8c0e2b4d6f14")
BILL: Final = UUID("019ab6d3-0b2f-7e8a-9f07-3d5f7a9c1b15")
REPORT: Final = UUID("019aa1d4-9c6e-7a1b-8d38-6e8a0c2b4d16")
CASE: Final = UUID("019ae02b-3a7d-7b0c-b4f9-1b3d5e7f9a17")
SANCTION: Final = UUID("019aef5c-5b8e-7c9d-86ea-9f1b3c5d7e18")
MESSAGE: Final = UUID("019ac4f3-0d9f-7d2e-97db-4c6e8a0b2d19")
CAUSE: Final = UUID("019ac4f2-9a01-7e5f-a8cc-7d9f1b3c5e20")

FISHER: Final[Mapping[str, Any]] = {
    "worker_id": WORKER,
    "region_code": "6402",
    "occupation_code": "K11",
}
PLANTATION: Final[Mapping[str, Any]] = {
    "employer_id": EMPLOYER,
    "region_code": "6408",
}
CASE_OF_ARREARS: Final[Mapping[str, Any]] = {
    **PLANTATION,
    "case_id": CASE,
    "breach": "penunggak",
}
PROVINCE_LINE: Final[Mapping[str, Any]] = {
    "funding_line_id": FUNDING_LINE,
    "funding_source": "apbd-province",
    "region_code": "64",
    "office": "Disnakertrans",
    "budget_year": 2026,
}
PROVINCE_BUDGET: Final[Mapping[str, Any]] = {
    **PROVINCE_LINE,
    "first_month": Month(2026, 1),
    "last_month": Month(2026, 12),
    "budget_accounts": {"JKK": "5.1.02.02.02.0006", "JKM": "5.1.02.02.02.0007"},
    "worker_quota": 100_000,
}
NOVEMBER: Final[Mapping[str, Any]] = {
    "contribution_id": CONTRIBUTION,
    "payer_kind": "subsidy",
    "subject_id": WORKER,
    "region_code": "6402",
    "occupation_code": "K11",
    "month": Month(2026, 11),
}
BILL_OF_NOVEMBER: Final[Mapping[str, Any]] = {
    "disbursement_id": DISBURSEMENT,
    "funding_line_id": FUNDING_LINE,
    "bill_id": BILL,
    "region_code": "64",
    "office": "Disnakertrans",
    "budget_year": 2026,
    "first_month": Month(2026, 11),
    "last_month": Month(2026, 11),
    "amounts_rupiah": {"JKK": Rupiah(1_000_000_000), "JKM": Rupiah(680_000_000)},
    "amount_rupiah": Rupiah(1_680_000_000),
    "worker_count": 100_000,
}
MESSAGE_OF_NOVEMBER: Final[Mapping[str, Any]] = {
    "message_id": MESSAGE,
    "recipient_id": WORKER,
    "recipient_kind": "worker",
    "purpose": "paid",
    "period": Month(2026, 11),
    "channel": "whatsapp",
}
PREMIUM: Final[Mapping[str, Any]] = {
    "amounts_rupiah": {"JKK": Rupiah(10_000), "JKM": Rupiah(6_800)},
    "amount_rupiah": Rupiah(16_800),
}
SEALED: Final[Mapping[str, Any]] = {
    "key_reference": "person-key/3",
    "algorithm": "payung-vault-1",
    "ciphertext": "q83vEjRWeJCrze8SU1BBWVVORy1FWEFNUExFLW5vdC1hLXJlYWwtY2lwaGVydGV4dA==",
    "content_version": 1,
}
