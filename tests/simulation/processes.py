"""The processes of a service: relay, worker and jobs, each driving the kit's real code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final

from aiokafka import TopicPartition

from shared.messaging.consume.consumer import Consumer
from shared.messaging.consume.intake import Intake
from shared.messaging.consume.kafka_client import ConsumerSettings
from shared.messaging.consume.processor import BatchProcessor
from shared.messaging.publish.publisher import ProducerSettings
from shared.messaging.publish.relay import Relay, RelaySettings
from shared.messaging.tables import SLOT_COUNT
from tests.simulation.log import Log, Record, SimKafkaConsumer, SimPublisher
from tests.simulation.node import Node
from tests.simulation.scheduler import Scheduler

_CONSUMER: Final = ConsumerSettings(bootstrap_servers="", group_id="", retry_delay_s=0.0, retry_delay_max_s=0.0)
_PRODUCER: Final = ProducerSettings(bootstrap_servers="")
_MAX_RECORDS: Final = 1_000
_MANY_ROWS: Final = 1_000


class RelayProcess:
    """A relay that holds its share of the slots."""

    def __init__(self, node: Node, log: Log, scheduler: Scheduler, number: int, of: int) -> None:
        self.name = f"{node.name}/relay-{number}"
        self._node, self._log, self._scheduler, self._number = node, log, scheduler, number
        self._slots = list(range(SLOT_COUNT))[number::of]
        self.die()

    def is_ready(self) -> bool:
        """Whether events may wait."""
        return self._looked_after < self._node.outbox.commits

    def die(self) -> None:
        """The next relay begins with what the outbox holds."""
        self._looked_after = 0
        rows = self._scheduler.chance.choose(f"rows of {self.name}", (3, 64, 4_000, 4_000))
        self._relay = Relay(self._node.machine.database, self._node.name, _PRODUCER, RelaySettings(batch_rows=rows))
        self._takes_all = rows > _MANY_ROWS
        publisher = SimPublisher(self._node.name, self._log, self._scheduler.chance, self._scheduler.gate)
        self._relay._publisher = publisher  # type: ignore[assignment]

    async def turn(self) -> None:
        """One round."""
        connection, before = self._node.machine.relays[self._number], self._node.outbox.commits
        published = await self._relay.run_round(connection, self._slots)
        if published == 0 or (published and self._takes_all):  # then nothing is left of what was there before
            self._looked_after = before
        if published:
            self._scheduler.story.tell(f"{self.name} sends {published}")


class WorkerProcess:
    """A member of a service's consumer group."""

    def __init__(self, node: Node, log: Log, scheduler: Scheduler, number: int) -> None:
        self.name = f"{node.name}/worker-{number}"
        self._node, self._log, self._scheduler = node, log, scheduler
        self.assigned: list[TopicPartition] = []
        self._caught_up_at = -1
        self.members: Sequence[WorkerProcess] = ()
        self.after_batch: Callable[[set[str]], None] = lambda _: None
        self.die()

    def take_away(self, place: TopicPartition) -> None:
        """Another member has it now, whatever we are doing."""
        self.assigned.remove(place)
        self._kafka.positions.pop(place, None)

    def give(self, place: TopicPartition) -> None:
        """Read this partition, too, from where the group has committed."""
        self.assigned.append(place)
        self._caught_up_at = -1
        self._kafka.positions[place] = self._log.committed.get((self._node.name, place), 0)

    def die(self) -> None:
        """The next worker begins at the committed offsets."""
        self._caught_up_at = -1
        node = self._node
        intake = Intake(node.service.catalogue, node.clock)
        processor = BatchProcessor(node.outbox, intake, node.handlers, lanes=1)
        self._consumer = Consumer(processor, node.topics, _CONSUMER)
        self._kafka = SimKafkaConsumer(node.name, self._log, self._scheduler.gate, self.assigned)

    def is_ready(self) -> bool:
        """Whether there is anything to read."""
        if self._caught_up_at == self._log.length:
            return False
        records = self._log.records
        if any(len(records[place]) > position for place, position in self._kafka.positions.items()):
            return True
        self._caught_up_at = self._log.length
        return False

    async def turn(self) -> None:
        """Fetch a batch and hand it to the kit's consumer, as FastStream does."""
        self._rebalance()
        batch = self._fetch()
        if not batch:
            return
        self._scheduler.story.tell(f"{self.name} takes {_shown(batch)}")
        message: Any = SimpleNamespace(consumer=self._kafka, raw_message=batch)
        await self._consumer._handle(message)
        if self._consumer._failure is not None:
            raise self._consumer._failure
        self.after_batch({record.topic for record in batch})

    def _rebalance(self) -> None:
        """At times the group shares its partitions anew: one of another member's is ours now, in whatever it is."""
        others = [member for member in self.members if member is not self and member.assigned]
        if not others or not (name := self._scheduler.chance.strikes("rebalance", self.name)):
            return
        giver = self._scheduler.chance.choose(f"who {name}", others)
        place = self._scheduler.chance.choose(f"which {name}", giver.assigned)
        giver.take_away(place)
        self.give(place)
        self._scheduler.story.tell(f"{self.name} gets {place.topic}/{place.partition} from {giver.name}")

    def _fetch(self) -> list[Record]:
        chance = self._scheduler.chance
        places = sorted(place for place, at in self._kafka.positions.items() if len(self._log.records[place]) > at)
        name = chance.strikes("other-order", self.name)
        if name:
            places = chance.shuffled(name, places)
        batch: list[Record] = []
        for place in places:
            batch += self._read(place)
        return batch[:_MAX_RECORDS]

    def _read(self, place: TopicPartition) -> list[Record]:
        """What a fetch brings of a partition: all that is new, or less, or older things once more, or nothing yet."""
        chance, records = self._scheduler.chance, self._log.records[place]
        about = f"{self.name} reading {place.topic}/{place.partition}"
        first, end = self._kafka.positions[place], len(records)
        if chance.strikes("late", about):
            return []
        if name := chance.strikes("again", about):
            first = max(0, first - 1 - chance.number(name, 3))
        if name := chance.strikes("few", about):
            end = first + 1 + chance.number(name, end - first)
        self._kafka.positions[place] = max(end, self._kafka.positions[place])
        return records[first:end]


def _shown(batch: Sequence[Record]) -> str:
    """A batch in words: how many records of which partition, from where."""
    first: dict[tuple[str, int], list[int]] = {}
    for record in batch:
        first.setdefault((record.topic, record.partition), []).append(record.offset)
    return ", ".join(f"{topic}/{number} {offsets[0]}..{offsets[-1]}" for (topic, number), offsets in first.items())
