"""A notification service with its keyring and mailbox, and the events that its neighbours would send."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.notification.app import SERVICE
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.employer_contact import EmployerContact
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.worker_contact import WorkerContact
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.contracts.events.worker_lapsing import WorkerLapsing
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.ids import EmployerId, RandomIds, WorkerId
from shared.periods import Month
from shared.privacy import Contact, ContactSealer, contact_vault
from tests.conftest import MakeDatabase, MakeMigrated
from tests.service_world import ServiceWorld, key_files, service_world

IDS = RandomIds()
NOVEMBER = Month(2026, 11)


def enrolled(worker_id: UUID, **changes: Any) -> WorkerEnrolled:
    return WorkerEnrolled.example().model_copy(update={"worker_id": worker_id, "cover_from": NOVEMBER, **changes})


def registered(worker_id: UUID, **changes: Any) -> WorkerRegistered:
    return WorkerRegistered.example().model_copy(
        update={"worker_id": worker_id, "registered_on": date(2026, 11, 9), **changes}
    )


def paid(subject_id: UUID, **changes: Any) -> ContributionPaid:
    return ContributionPaid.example().model_copy(
        update={"subject_id": subject_id, "contribution_id": IDS.next(), "month": NOVEMBER, **changes}
    )


def lapsing(worker_id: UUID, **changes: Any) -> WorkerLapsing:
    return WorkerLapsing.example().model_copy(update={"worker_id": worker_id, **changes})


def late(employer_id: UUID, **changes: Any) -> EmployerLate:
    return EmployerLate.example().model_copy(update={"employer_id": employer_id, **changes})


@dataclass
class Town:
    """The service and people whom it writes to."""

    world: ServiceWorld[Any]
    sealer: ContactSealer
    keys_path: Path
    mailbox: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def contact(self, worker_id: UUID, contact: Contact | None = None, version: int = 1) -> WorkerContact:
        sealed = self.sealer.seal(worker_id, contact or Contact("Siti Aminah", "+6281234567890", "siti@example.id"))
        return WorkerContact(
            aggregate_version=version,
            worker_id=WorkerId(worker_id),
            key_reference=sealed.key_reference,
            algorithm=sealed.algorithm,
            ciphertext=sealed.ciphertext,
            content_version=sealed.content_version,
        )

    def employer_contact(self, employer_id: UUID, contact: Contact, version: int = 1) -> EmployerContact:
        sealed = self.sealer.seal(employer_id, contact)
        return EmployerContact(
            aggregate_version=version,
            employer_id=EmployerId(employer_id),
            key_reference=sealed.key_reference,
            algorithm=sealed.algorithm,
            ciphertext=sealed.ciphertext,
            content_version=sealed.content_version,
        )

    @property
    def log_path(self) -> Path:
        """Where processes of this town write."""
        return self.mailbox.parent / "log"

    async def deliver(self) -> None:
        await self.world.run_job("deliver")

    def lines(self) -> list[dict[str, Any]]:
        """Everything in the mailbox."""
        files = sorted(self.mailbox.glob("*.jsonl")) if self.mailbox.exists() else []
        return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]

    async def states(self) -> dict[str, int]:
        rows = await self.world.rows("SELECT state, count(*) AS n FROM message GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    async def message(self, recipient_id: UUID, purpose: str = "paid") -> Any:
        rows = await self.world.rows(
            "SELECT * FROM message WHERE recipient_id = $1 AND purpose = $2", recipient_id, purpose
        )
        assert len(rows) == 1
        return rows[0]

    async def assert_sound(self, folder: Path) -> None:
        """Every check of the service holds."""
        assert {name: broken for name, broken in (await self.world.verify(folder)).items() if broken} == {}


@contextlib.asynccontextmanager
async def open_town(
    database_url: str, folder: Path, *, keys_path: Path | None = None, **settings: Any
) -> AsyncIterator[Town]:
    """The service on a fresh database, with the channel mailbox unless ``settings`` say otherwise."""
    keys = keys_path or key_files(folder / "keys", "contact_keys_path")["contact_keys_path"]
    mailbox = folder / "mailbox"
    every = {"contact_keys_path": keys, "mailbox_folder": mailbox, **settings}
    async with service_world(SERVICE, database_url, **every) as world:
        yield Town(world, ContactSealer(contact_vault(keys)), keys, mailbox, every)


@pytest.fixture
def make_database(migrated_database: MakeMigrated) -> MakeDatabase:
    """Makes fresh databases with notification's schema."""
    return lambda: migrated_database(SERVICE.migrations)


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """The service with the channel mailbox."""
    async with open_town(database_url, tmp_path) as made:
        yield made


def worker() -> UUID:
    """A fresh identifier, of a worker or an employer."""
    return IDS.next()


async def write_to(town: Town, *addresses: str | None) -> list[UUID]:
    """Paid months of people with these e-mail addresses."""
    people = [worker() for _ in addresses]
    contacts = [
        town.contact(person, Contact(f"Orang {number}", None, address))
        for number, (person, address) in enumerate(zip(people, addresses, strict=True))
    ]
    await town.world.feed(*contacts, *(paid(person) for person in people))
    return people
