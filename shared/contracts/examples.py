"""One small story that all examples tell together, so that a reader can follow an identifier through the topics.

A fisher in Kutai Kartanegara is covered by the province; a plantation in Kutai Timur pays late.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from shared.ids import EmployerId, WorkerId

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
