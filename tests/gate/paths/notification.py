"""Notification: facts become messages, contacts are kept, messages are handed over."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.notification.app import SERVICE
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.worker_enrolled import WorkerEnrolled
from shared.ids import RandomIds
from shared.periods import Month
from shared.privacy import ContactSealer, contact_vault
from tests.gate.cost import PER_WORKERS, Cost, Meter
from tests.gate.place import PEOPLE, Place, feed
from tests.notification.conftest import NOVEMBER, Town
from tests.service_world import key_files


async def measure(place: Place) -> dict[str, Cost]:
    """The costs of every path of the service."""
    folder, ids = place.folder / "notification", RandomIds()
    keys = key_files(folder / "keys", "contact_keys_path")["contact_keys_path"]
    people = [ids.next() for _ in range(PEOPLE)]
    async with place.service(SERVICE, contact_keys_path=keys, mailbox_folder=folder / "mailbox") as (world, meter):
        town = Town(world, ContactSealer(contact_vault(keys)), keys, folder / "mailbox")
        await messages(town, meter, people)
        assert await town.states() == {"delivered": 2 * PEOPLE}
        return meter.costs


async def messages(town: Town, meter: Meter, people: Sequence[UUID], month: Month = NOVEMBER) -> None:
    """People leave their contacts, and each is told of the cover and of a month that was paid."""
    await feed(meter, "notification worker.contact", town.world, *(town.contact(person) for person in people))
    enrolled, paid = WorkerEnrolled.example(), ContributionPaid.example()
    await feed(
        meter,
        "notification worker.enrolled",
        town.world,
        *(enrolled.model_copy(update={"worker_id": person, "cover_from": month}) for person in people),
    )
    await feed(
        meter,
        "notification contribution.paid",
        town.world,
        *(paid.model_copy(update={"subject_id": person, "month": month}) for person in people),
    )
    with meter.measured("notification deliver", f"{PER_WORKERS}, two messages each"):
        await town.deliver()
