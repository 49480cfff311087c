"""The way of one worker, in the order of the programme's month; after each step: who acted, what is where."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
from aiokafka import AIOKafkaConsumer

from deploy.sandbox.programme import funding, roster
from deploy.sandbox.programme.journey import Counts, count
from deploy.sandbox.programme.offices import Offices
from deploy.sandbox.programme.plan import REGENCIES, Line, Plan
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.periods import Month
from tools.tour.ground import Ground
from tools.tour.page import Page, spelled
from tools.tour.sources import Parts, called_parts, parts, place
from tools.tour.watching import Tables, Topics, first_verified

PATIENCE_S = 60.0
# Who works on it between two requests: the jobs of each step, by service.
JOBS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "list": (("enrolment", "read-rosters"), ("enrolment", "register-rosters")),
    "decree": (("subsidy", "grant"),),
    "enrolment": (
        ("enrolment", "cut-group-lists"),
        ("enrolment", "write-group-lists"),
        ("enrolment", "import-answers"),
    ),
    "month": (("subsidy", "assess"),),
    "payment": (("subsidy", "send"), ("subsidy", "receive"), ("subsidy", "pay")),
    "message": (("notification", "deliver"),),
}


class NobodyError(Exception):
    """Nobody of the list was let in, so that there is nobody to walk with."""


@dataclass
class Tour:
    """One walk: the offices that act, and what is watched meanwhile."""

    ground: Ground
    page: Page
    offices: Offices
    parts: Mapping[str, Parts]
    tables: Tables
    topics: Topics
    requests: list[tuple[str, str]] = field(default_factory=list)
    worker_id: UUID | None = None

    @property
    def plan(self) -> Plan:
        """One line of money for everybody, and one decree."""
        year = self.ground.today.year
        name = f"TOUR-{year}"
        line = Line(name, "apbd-province", "64", "Disnakertrans", f"SK/{name}", REGENCIES, None, f"DPA {name}")
        return Plan(self.ground.sample, Month.of(self.ground.today), (line,))

    async def walk(self) -> None:
        """All steps. Raises ProgrammeError or NobodyError when one does not go through."""
        line = self.plan.lines[0]

        async def hand_in() -> None:
            await roster.hand_in(self.offices, self.ground.sample / "roster.csv")
            self.worker_id = await first_verified(self.ground.processes.state.database_urls["enrolment"])
            if self.worker_id is None:
                raise NobodyError("Nobody of the list was let in; choose another seed in tools/tour/ground.py.")
            await self._until("decisions", lambda now: now.subsidy["verified"] == now.enrolment["verified"])

        async def grant() -> str:
            line_id = await funding.open_line(self.offices, self.plan, line, 0)
            await funding.decree(self.offices, self.plan, line, line_id)
            return line_id

        await self._step("An officer hands in a list, a second person accepts it", "list", hand_in)
        line_id = await self._step("Money is set aside, and a decree (SK) names who gets it", "decree", grant)
        await self._step(
            "BPJS takes the worker in: a list goes out as a file, an answer comes back",
            "enrolment",
            lambda: self._until("enrolments", _enrolled),
        )
        run = await self._step(
            "The month is run: what is owed", "month", lambda: funding.assess_month(self.offices, self.plan, line_id)
        )
        await self._step(
            "BPJS bills it; SPP, SPM and SP2D move the money; BPJS confirms",
            "payment",
            lambda: funding.pay_month(self.offices, run, line, self.ground.today),
        )
        await self._step("The worker is told", "message", lambda: self._until("messages", _told))
        await self._letters()

    async def _step(self, title: str, name: str, act: Callable[[], Awaitable[Any]]) -> Any:
        self.page.step(title)
        self.requests.clear()
        outcome = await act()
        for service, path in dict.fromkeys(self.requests):
            self._show_request(service, path)
        for service, job in JOBS[name]:
            self._show_job(service, job)
        if self.worker_id is not None:
            await self._show_news(self.worker_id)
        return outcome

    def _show_request(self, service: str, path: str) -> None:
        route = self.parts[service].route("POST", path)
        if route is not None:
            self.page.fact("request", f"{service} POST {path}", place(route))
            for handler in called_parts(route):
                self.page.fact("handler", handler.__name__, place(handler))

    def _show_job(self, service: str, name: str) -> None:
        job = self.parts[service].job(name)
        self.page.fact("job", f"{service} {name}", place(job))
        for handler in called_parts(job):
            self.page.fact("handler", handler.__name__, place(handler))

    async def _show_news(self, worker_id: UUID) -> None:
        for row in await self.tables.news(worker_id):
            name = f"{row.service}.{row.table.__tablename__}"
            self.page.fact("table", f"{name} {'+' if row.is_new else '~'}", place(row.table))
            self.page.detail(self._without_name(spelled(row.values)))
        for event in await self.topics.news(worker_id):
            self.page.fact("topic", event.spec.name, place(event.spec.event))
            body = "(sealed; only its readers can open it)" if event.body is None else json.dumps(event.body)
            self.page.detail(self._without_name(body))
            for reader in event.spec.readers:
                handler = self.parts[reader].handler(event.spec.event)
                if handler is not None:
                    self.page.fact("  read by", reader, place(handler))

    def _without_name(self, text: str) -> str:
        return text.replace(str(self.worker_id), "(this worker)")

    async def _until(self, what: str, done: Callable[[Counts], bool]) -> Counts:
        counts: Counts = await self.offices.until(what, lambda: count(self.offices), done, PATIENCE_S)
        return counts

    async def _letters(self) -> None:
        """What lies in the mailbox for this worker, without the address."""
        messages = {row["message_id"] for row in self.tables.seen("notification", "message")}
        for file in sorted(self.ground.processes.mailbox.glob("*.jsonl")):
            for line in (await asyncio.to_thread(file.read_text, "utf-8")).splitlines():
                letter = json.loads(line)
                if letter["message_id"] in messages:
                    self.page.fact("letter", letter["subject"], f"mailbox/{file.name}")
                    self.page.detail(" ".join(letter["text"].split()))


def _enrolled(now: Counts) -> bool:
    return bool(
        now.enrolment["enrolled"] > 0
        and now.enrolment["in_group_waiting"] == 0
        and now.subsidy["enrolled"] == now.enrolment["enrolled"]
    )


def _told(now: Counts) -> bool:
    paid, states = now.subsidy["contributions"]["paid"], now.notification["states"]
    return bool(
        now.enrolment["cover"]["paid"] == paid
        and now.notification["messages"].get("paid", 0) == paid
        and now.notification["messages"].get("covered", 0) == now.enrolment["enrolled"]
        and not states.get("queued", 0)
    )


async def walk(ground: Ground, page: Page) -> Tour:
    """Walk on ``ground`` and tell ``page``; gives the tour as it ended."""
    addresses, state = ground.processes.addresses, ground.processes.state
    by_address = {url: name for name, url in addresses.services.items()}
    async with AsyncExitStack() as closing:
        known = {name: parts(name, ground.processes.environment(name), closing) for name in RUNNING_SERVICES}
        consumer = AIOKafkaConsumer(bootstrap_servers=state.kafka_bootstrap, enable_auto_commit=False)
        await consumer.start()
        closing.push_async_callback(consumer.stop)
        http = await closing.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S))
        tables, topics = Tables(state.database_urls, known), Topics(consumer)
        tour = Tour(ground, page, Offices(addresses, http, patience_s=PATIENCE_S), known, tables, topics)

        async def note(request: httpx.Request) -> None:
            service = by_address.get(f"{request.url.scheme}://{request.url.netloc.decode()}")
            if service is not None and request.method == "POST":
                tour.requests.append((service, request.url.path))

        http.event_hooks = {"request": [note]}
        await tour.walk()
    return tour
