"""One crowd after the other goes all the way through a service: every hot path of it, as the gate drives them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.compliance.app import SERVICE as COMPLIANCE
from services.enrolment.app import SERVICE as ENROLMENT
from services.notification.app import SERVICE as NOTIFICATION
from services.subsidy.app import SERVICE as SUBSIDY
from shared.ids import RandomIds
from shared.privacy import ContactSealer, contact_vault
from tests.compliance.office import Office
from tests.enrolment.kit import rows
from tests.gate.cost import Meter
from tests.gate.paths import enrolment, notification, subsidy
from tests.gate.place import Place
from tests.notification.conftest import Town
from tests.plans import company, letters, members, money
from tests.service_world import ServiceWorld, key_files, service_world
from tests.subsidy.play import Play, fresh_workers

Crowd = Callable[[int], Awaitable[None]]
_KEYS = ("encryption_keys_path", "index_keys_path", "contact_keys_path")


@dataclass
class _Count:
    """How many crowds and people came before, so that nobody comes twice."""

    crowds: int = 0
    people: int = 0

    def next(self, count: int) -> tuple[int, int]:
        """The number of the crowd and of its first person."""
        first = self.people
        self.crowds += 1
        self.people += count
        return self.crowds, first


@contextlib.asynccontextmanager
async def _enrolment(place: Place, url: str) -> AsyncIterator[tuple[ServiceWorld[Any], Crowd]]:
    folder = place.folder / "enrolment"
    settings: dict[str, Any] = dict(key_files(folder / "keys", *_KEYS))
    so_far, meter = _Count(), Meter(Counter())
    async with (
        service_world(ENROLMENT, url, exchange_folder=folder / "exchange", **settings) as world,
        world.api() as client,
    ):

        async def crowd(count: int) -> None:
            number, first = so_far.next(count)
            roster_id = await enrolment.roster(world, client, meter, first, first + count - 1)
            await enrolment.register_one(client, rows(1, start=first + count - 1)[0])
            found = await world.rows("SELECT worker_id FROM worker WHERE roster_id = $1", roster_id)
            workers = sorted(row["worker_id"] for row in found)
            group_id = UUID(int=0xA1 + number)
            await enrolment.membership(world, meter, folder / "exchange", workers, group_id)
            await members.further(world, workers, group_id, number)
            await members.papers(client, roster_id, rows(count, start=first))
            await world.run_jobs("read-rosters", rounds=2)
            await members.twice(world, client, rows(count, start=10_000 + first))

        yield world, crowd


@contextlib.asynccontextmanager
async def rosters_alone(place: Place, url: str) -> AsyncIterator[tuple[ServiceWorld[Any], Crowd]]:
    """Enrolment's rosters and nothing after them: enough for a test of the check."""
    settings: dict[str, Any] = dict(key_files(place.folder / "keys", *_KEYS))
    so_far, meter = _Count(), Meter(Counter())
    async with (
        service_world(ENROLMENT, url, exchange_folder=place.folder / "exchange", **settings) as world,
        world.api() as client,
    ):

        async def crowd(count: int) -> None:
            _, first = so_far.next(count)
            await enrolment.roster(world, client, meter, first, first + count)

        yield world, crowd


@contextlib.asynccontextmanager
async def _subsidy(place: Place, url: str) -> AsyncIterator[tuple[ServiceWorld[Any], Crowd]]:
    folder, so_far, meter = place.folder / "subsidy", _Count(), Meter(Counter())
    async with (
        service_world(SUBSIDY, url, exchange_folder=folder, answer_patience_s=3600) as world,
        world.api() as api,
    ):
        play = Play(folder, world, api, place.folder / "verify")

        async def crowd(count: int) -> None:
            number, _ = so_far.next(count)
            plan = subsidy.Plan(number, month=f"2026-{11 + number % 2}")
            await subsidy.funded_month(play, meter, fresh_workers(count), plan)
            await money.unlucky_month(play, count)

        yield world, crowd


@contextlib.asynccontextmanager
async def _notification(place: Place, url: str) -> AsyncIterator[tuple[ServiceWorld[Any], Crowd]]:
    folder, ids, meter = place.folder / "notification", RandomIds(), Meter(Counter())
    keys = key_files(folder / "keys", "contact_keys_path")["contact_keys_path"]
    async with service_world(NOTIFICATION, url, contact_keys_path=keys, mailbox_folder=folder / "mailbox") as world:
        town = Town(world, ContactSealer(contact_vault(keys)), keys, folder / "mailbox")

        async def crowd(count: int) -> None:
            await notification.messages(town, meter, [ids.next() for _ in range(count)])
            await letters.further(town, [ids.next() for _ in range(count)])

        yield world, crowd


@contextlib.asynccontextmanager
async def _compliance(place: Place, url: str) -> AsyncIterator[tuple[ServiceWorld[Any], Crowd]]:
    keys: dict[str, Any] = dict(key_files(place.folder / "compliance", *_KEYS))
    so_far = _Count()
    async with service_world(COMPLIANCE, url, **keys) as world, world.api() as client:
        office = Office(world, client, keys["contact_keys_path"])

        async def crowd(count: int) -> None:
            number, first = so_far.next(count)
            await company.year(office, number, first, count)

        yield world, crowd


Opening = Callable[[Place, str], "contextlib.AbstractAsyncContextManager[tuple[ServiceWorld[Any], Crowd]]"]
SERVICES: Final[Mapping[str, Opening]] = {
    "enrolment": _enrolment,
    "subsidy": _subsidy,
    "notification": _notification,
    "compliance": _compliance,
}
