"""Looks at everything when nothing moves any more, and says what is wrong: histories first, then `payung verify`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from shared.contracts.catalogue import CATALOGUE, RUNNING_SERVICES
from shared.verification.platform import Verified, verify
from tests.faults.anomalies import Anomaly, Class, Findings
from tests.faults.command_history import CommandHistory
from tests.faults.databases import Databases, letters
from tests.faults.message_history import judge_messages
from tests.faults.platform import Platform
from tests.faults.poison import READERS, Poison
from tests.faults.side_commands import lines_made
from tests.faults.topic_history import TopicHistory, judge_inbox
from tests.faults.topics import Topics

DRAIN_S = 180.0
VERIFY_WAIT_S = 60.0
INBOX_WAIT_S = 30.0


class Verdict:
    """Judges one platform, again and again; what was judged once is not read again."""

    def __init__(self, platform: Platform, databases: Databases, commands: CommandHistory, poison: Poison) -> None:
        self._platform = platform
        self._databases = databases
        self._commands = commands
        self._poison = poison
        self._topics = Topics(platform.ground.kafka_bootstrap)
        self._histories = {spec.name: TopicHistory(spec.name) for spec in CATALOGUE.existing}
        self._told: set[str] = set()
        self.verified: Verified | None = None

    @property
    def events(self) -> int:
        """Records read from all topics."""
        return sum(history.events for history in self._histories.values())

    @property
    def repeats(self) -> int:
        """Those of them that were there already: legal."""
        return sum(history.repeats for history in self._histories.values())

    async def judge(self, findings: Findings, say: Callable[[str], None]) -> None:
        """Wait until everything has drained, then judge it all. The nemesis rests."""
        await self._drained(findings)
        say("Unreadable events are parked and dropped; verify.")
        findings.add(self._new(await self._poison.drop_all(self._platform.ground.database_urls)))
        await self._drained(findings)
        findings.add(await self._verify())
        say("Topics.")
        committed, news = await self._databases.committed(), await self._topics.news()
        for topic, history in self._histories.items():
            ours = self._poison.committed.pop(topic, {})
            findings.add(history.judge(committed.get(topic, {}) | ours, news[topic]))
        say("Inboxes, messages, commands.")
        findings.add(self._new(await self._inboxes()))
        mailbox = self._platform.processes.mailbox
        sent = await asyncio.to_thread(lambda: list(letters(mailbox)))
        findings.add(self._new(judge_messages(await self._databases.messages(), sent)))
        findings.add(self._new(self._commands.judge(await lines_made(self._databases))))

    async def _drained(self, findings: Findings) -> None:
        give_up_at = time.monotonic() + DRAIN_S
        while any((waiting := await self._databases.waiting()).values()):
            if time.monotonic() > give_up_at:
                words = ", ".join(f"{service}: {count}" for service, count in waiting.items() if count)
                findings.add([Anomaly(Class.STUCK, "outbox", f"not drained in {DRAIN_S:.0f} s ({words})")])
                return
            await asyncio.sleep(0.25)

    async def _inboxes(self) -> list[Anomaly]:
        """What the readers' inboxes show; an event that is only late has some time to arrive."""
        give_up_at = time.monotonic() + INBOX_WAIT_S
        while True:
            found: list[Anomaly] = []
            for service, topics in READERS.items():
                published = {topic: self._histories[topic].seen for topic in topics}
                entered = await self._databases.entered(service)
                parked = await self._databases.parked(service)
                found += await asyncio.to_thread(list, judge_inbox(service, entered, parked, published))
            late = any(anomaly.kind is Class.LOST for anomaly in found)
            if not late or time.monotonic() > give_up_at:
                return found
            await asyncio.sleep(2.0)

    async def _verify(self) -> list[Anomaly]:
        loop = asyncio.get_running_loop()

        def run(service: str, folder: Path) -> None:
            role = self._platform.run(service, ["verify", "--facts", str(folder)])
            asyncio.run_coroutine_threadsafe(role, loop).result()

        self.verified = await asyncio.to_thread(verify, RUNNING_SERVICES, run, wait_s=VERIFY_WAIT_S)
        return [
            Anomaly(Class.PROMISE, f"{finding.where}/{finding.name}", f"{broken.row}: {broken.sentence}")
            for finding in self.verified.findings
            for broken in finding.broken
        ]

    def _new(self, anomalies: Iterable[Anomaly]) -> Iterable[Anomaly]:
        """Those that were not found in an earlier month."""
        for anomaly in anomalies:
            key = f"{anomaly.kind}{anomaly.where}{anomaly.evidence}"
            if key not in self._told:
                self._told.add(key)
                yield anomaly
