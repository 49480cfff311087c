"""Verification in this process, quick enough to look after each row that a test breaks."""

from __future__ import annotations

from pathlib import Path

from shared.database import Database
from shared.service.declaration import AnyService
from shared.service.verify import verify as verify_service
from shared.verification.platform import Verified, verify

# What is under way when the last message is counted: marks of a delivery, the last events of an outbox.
SETTLE_S = 30.0


def services() -> dict[str, AnyService]:
    """The declarations of all services."""
    from services.compliance.app import SERVICE as COMPLIANCE
    from services.enrolment.app import SERVICE as ENROLMENT
    from services.notification.app import SERVICE as NOTIFICATION
    from services.subsidy.app import SERVICE as SUBSIDY

    return {one.name: one for one in (ENROLMENT, SUBSIDY, COMPLIANCE, NOTIFICATION)}


def look(urls: dict[str, str], wait_s: float = 0.0) -> Verified:
    """One look at everything that runs on these databases; ``wait_s`` lets what is under way arrive first."""
    known = services()

    def run(service: str, folder: Path) -> None:
        import asyncio

        async def once() -> None:
            database = Database(urls[service])
            try:
                await verify_service(known[service], database, folder)
            finally:
                await database.close()

        asyncio.run(once())

    return verify(tuple(known), run, wait_s=wait_s)


def broken_rows(verified: Verified) -> set[str]:
    """Where and what: ``subsidy/budget`` or ``subsidy = enrolment/contribution.paid``."""
    return {f"{finding.where}/{finding.name}" for finding in verified.findings if finding.broken}
