"""The jobs processes of a service. A job is looked at when something may wait for it, as it would be every second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from shared.service.jobs import table
from tests.simulation.node import Node
from tests.simulation.scheduler import Scheduler, SimulatedCrashError

# How much waits for a job; running one that has nothing to do costs ten times the question.
_WAITING: Final[Mapping[str, str]] = {
    "grant": "SELECT count(*) FROM decree WHERE state = 'approved'",
    "assess": (
        "SELECT (SELECT count(*) FROM month_run WHERE assessing AND due_on IS NOT NULL)"
        " + (SELECT count(*) FROM changed_worker)"
    ),
    "send": (
        "SELECT (SELECT count(*) FROM bill WHERE state = 'cut')"
        " + (SELECT count(*) FROM disbursement WHERE state = 'instructed' AND sent_at IS NULL)"
    ),
    "pay": "SELECT count(*) FROM exchange_file WHERE state = 'paying'",
    "read-rosters": "SELECT count(*) FROM roster WHERE state IN ('received', 'reading')",
    "register-rosters": "SELECT count(*) FROM roster WHERE state IN ('accepted', 'registering')",
    "cut-group-lists": "SELECT count(*) FROM group_member WHERE state = 'waiting'",
    "write-group-lists": "SELECT count(*) FROM group_list WHERE state = 'cut'",
    "deliver": (
        "SELECT (SELECT count(*) FROM message WHERE state = 'queued')"
        " + (SELECT count(*) FROM delivery_batch WHERE closed_at IS NULL)"
    ),
}


class Waiting:
    """The jobs of a service for which something may wait, and what waited before the last run."""

    def __init__(self) -> None:
        self.names: list[tuple[str, str]] = []
        self.counts: dict[str, int] = {}
        self.failures: dict[str, int] = {}

    def want(self, name: str, period_key: str = "") -> None:
        """Something may wait for this job."""
        self.counts.pop(name, None)
        if (name, period_key) not in self.names:
            self.names.append((name, period_key))

    def more(self, name: str, period_key: str) -> None:
        """Something may wait still, and less than before the run."""
        if (name, period_key) not in self.names:
            self.names.append((name, period_key))

    def done(self, name: str, period_key: str) -> None:
        """Nothing waits any more."""
        if (name, period_key) in self.names:
            self.names.remove((name, period_key))


class JobsProcess:
    """One process for the timed work of a service; several share it, and each job runs in one of them at a time."""

    def __init__(self, node: Node, scheduler: Scheduler, waiting: Waiting, number: int) -> None:
        self.name = f"{node.name}/jobs-{number}"
        self._node, self._scheduler, self._waiting = node, scheduler, waiting
        self._running = ""
        self.after_job: Callable[[str], None] = lambda _: None
        self.die()

    def die(self) -> None:
        """A new process looks at everything anew, also at what the dead one had begun."""
        self._waiting.counts.clear()
        if self._running:
            self.after_job(self._running)
            self._running = ""
        self._jobs = {job.name: job for job in self._node.service.jobs_for(self._node.context)}

    def is_ready(self) -> bool:
        """Whether something may wait."""
        return bool(self._waiting.names)

    async def turn(self) -> None:
        """One run of the job that has waited longest, if anything waits for it."""
        name, period_key = self._waiting.names[0]
        if not await self._has_work(name):
            self._waiting.done(name, period_key)
            return
        self._scheduler.story.tell(f"{self.name} runs {name} {period_key}".rstrip())
        self._running = name
        try:
            async with self._node.outbox.unit_of_work() as work:
                if not await table.try_lock(work, name):
                    return
                again = await self._jobs[name].handler(work, period_key)
        except SimulatedCrashError:
            raise
        except Exception as error:
            self._failed(name, error)
            return
        self._running = ""
        self._waiting.failures.pop(name, None)
        if again or name in _WAITING:
            self._waiting.more(name, period_key)  # another process may have looked meanwhile
        else:
            self._waiting.done(name, period_key)
        self.after_job(name)

    async def _has_work(self, name: str) -> bool:
        """Whether something waits that did not wait before the last run as well: that waits for others."""
        question = _WAITING.get(name)
        if question is None:
            return True
        count: int = (await self._node.rows(question))[0][0]
        before, self._waiting.counts[name] = self._waiting.counts.get(name), count
        return count > 0 and count != before

    def _failed(self, name: str, error: Exception) -> None:
        """The runner tries again; a job that keeps failing is a finding."""
        self._waiting.counts.pop(name, None)
        count = self._waiting.failures[name] = self._waiting.failures.get(name, 0) + 1
        self._scheduler.story.tell(f"{self.name}: {name} failed with {type(error).__name__}")
        if count > 6:
            raise error
