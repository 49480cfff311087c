"""The whole platform in one process: four services, the log, the branch and the people at their desks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from shared.access.errors import AccessError
from shared.clock import ManualClock
from shared.contracts.catalogue import CATALOGUE
from shared.messaging.outbox import UnitOfWork
from tests.simulation.branch import Branch
from tests.simulation.chance import Chance
from tests.simulation.clocks import SkewedClock
from tests.simulation.jobs import JobsProcess, Waiting
from tests.simulation.log import Log
from tests.simulation.node import Machine, Node
from tests.simulation.processes import RelayProcess, WorkerProcess
from tests.simulation.scheduler import Scheduler
from tests.simulation.story import Story

_PEOPLE: Final = (
    "worker.verified", "worker.rejected", "worker.enrolled", "worker.changed", "worker.lapsed", "worker.exited",
    "worker.employed",
)  # fmt: skip
_NEWS: Final = (
    "worker.contact", "employer.contact", "worker.enrolled", "contribution.paid", "worker.lapsing", "employer.late",
)  # fmt: skip
# Which job looks for what when events of these topics came in.
_AFTER_EVENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "enrolment": dict.fromkeys(("subsidy.granted", "subsidy.ended"), "cut-group-lists"),
    "subsidy": dict.fromkeys(_PEOPLE, "assess"),
    "notification": dict.fromkeys(_NEWS, "deliver"),
}
# What has something to do when a job has done its part.
_AFTER_JOB: Final = {
    "cut-group-lists": ("write-group-lists",),
    "grant": ("assess",),
    "receive": ("pay",),
}
_WRITES_FILES: Final = ("write-group-lists", "send")
_READS_FILES: Final = {"enrolment": "import-answers", "subsidy": "receive"}
_TRIES: Final = 4


class _Clerk:
    """A person at a desk, or rather the process that answers him."""

    def __init__(self, name: str) -> None:
        self.name = name

    def is_ready(self) -> bool:
        return False

    async def turn(self) -> None:
        """Commands are attempted, not scheduled."""

    def die(self) -> None:
        """Nothing is kept between two commands."""


class World:
    """One history's world. ``folder`` is emptied."""

    def __init__(self, machines: Mapping[str, Machine], folder: Path, seed: int, chance: Chance, now: datetime) -> None:
        self.seed, self.chance = seed, chance
        self.time = ManualClock(now)
        self.story = Story(self.time)
        self.scheduler = Scheduler(chance, self.story)
        self.log = Log((spec.name for spec in CATALOGUE), 1 + chance.number("partitions", 3))
        self.nodes = {name: Node(machine, seed, SkewedClock(self.time)) for name, machine in sorted(machines.items())}
        self.folder = folder
        self.exchange = {name: folder / name for name in _READS_FILES}
        shutil.rmtree(folder, ignore_errors=True)
        for service in self.exchange.values():
            for part in ("in", "out", "done", "refused"):
                (service / part).mkdir(parents=True)
        self.branch = Branch(self.exchange, chance, self.time, self.story, self._files_came)
        self._numbers: dict[str, int] = {}
        self.relays: list[RelayProcess] = []
        self.workers: list[WorkerProcess] = []
        self.jobs: dict[str, Waiting] = {}
        self.job_processes: list[JobsProcess] = []
        for node in self.nodes.values():
            self._start(node)
        self.scheduler.actors = [*self.relays, *self.workers, *self.job_processes, self.branch]
        for machine in machines.values():
            machine.database.bare.gate = self.scheduler.gate
            has_trouble = chance.can_strike("locked-out") or chance.can_strike("worker-locked-out")
            machine.database.bare.trouble = self.scheduler.trouble if has_trouble else None

    def _start(self, node: Node) -> None:
        relays = 1 + self.chance.number(f"relays of {node.name}", 2)
        self.relays += [RelayProcess(node, self.log, self.scheduler, number, relays) for number in range(relays)]
        jobs = self.jobs[node.name] = Waiting()
        for number in range(1 + self.chance.number(f"jobs processes of {node.name}", 2)):
            process = JobsProcess(node, self.scheduler, jobs, number)
            process.after_job = lambda name: self._after_job(node.name, name)
            self.job_processes.append(process)
        if not node.topics:
            return
        count, places = 1 + self.chance.number(f"workers of {node.name}", 2), self.log.places(node.topics)
        members = [WorkerProcess(node, self.log, self.scheduler, number) for number in range(count)]
        for number, worker in enumerate(members):
            for place in places[number::count]:
                worker.give(place)
            worker.members = members
            worker.after_batch = lambda topics: self._after_batch(node.name, topics)
        self.workers += members

    def _files_came(self, service: str) -> None:
        self.jobs[service].want(_READS_FILES[service])

    def _after_batch(self, service: str, topics: set[str]) -> None:
        wanted = _AFTER_EVENTS.get(service, {})
        for name in sorted({wanted[topic] for topic in topics if topic in wanted}):
            self.jobs[service].want(name)

    def _after_job(self, service: str, name: str) -> None:
        jobs = self.jobs[service]
        for other in _AFTER_JOB.get(name, ()):
            jobs.want(other)
        if name in _WRITES_FILES:
            self.branch.mail = True
        if name == _READS_FILES.get(service) and os.listdir(self.exchange[service] / "in"):
            jobs.want(name)

    # --- time --------------------------------------------------------------------------------------------------

    def set_time(self, moment: datetime) -> None:
        """Go to ``moment``; machines' clocks may be found wrong then."""
        self.time.set(max(moment, self.time.now()))
        for name, node in self.nodes.items():
            if struck := self.chance.strikes("clock", name):
                seconds = self.chance.number(f"seconds {struck}", 900) - 300
                node.clock.wrong_by = timedelta(seconds=seconds)
                self.story.tell(f"the clock of {name} is wrong by {seconds} s")

    async def rest(self) -> None:
        """Let everybody work until nobody has anything to do."""
        await self.scheduler.run()

    async def work(self, turns: int) -> None:
        """Let everybody work for so many turns."""
        await self.scheduler.run(turns)

    def look_again(self) -> None:
        """New processes everywhere: whatever any of them may have overlooked is looked for."""
        for actor in self.scheduler.actors:
            actor.die()
        for name, jobs in self.jobs.items():
            for job in self.nodes[name].service.jobs_for(self.nodes[name].context):
                if job.name not in ("lapse-clock", "age-contributions"):
                    jobs.want(job.name)

    def next_number(self, subject: str) -> int:
        """A document's number: the same for the same subject."""
        return self._numbers.setdefault(subject, len(self._numbers) + 1)

    # --- people ------------------------------------------------------------------------------------------------

    async def command(
        self, service: str, title: str, work: Callable[[UnitOfWork], Awaitable[Any]], *wants: str
    ) -> None:
        """Somebody gives a command, and gives it again when nobody answers. A refusal is an answer."""
        node = self.nodes[service]
        clerk = _Clerk(f"{service}/api")

        async def once() -> None:
            try:
                async with node.outbox.unit_of_work() as uow:
                    await work(uow)
            except AccessError as refusal:
                self.story.tell(f"{title}: refused, {refusal}")
            else:
                self.story.tell(title)

        for _ in range(_TRIES):
            done = await self.scheduler.attempt(clerk, once)
            if done:
                break
        for name in wants:
            self.jobs[service].want(name)
