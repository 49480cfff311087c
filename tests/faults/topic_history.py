"""Judges a topic: what was committed to outboxes against what Kafka holds, in the order in which it holds it.

Legal is every committed event at least once, repeats included, as long as the first occurrences of a key come in the
order of commit ("1 2 3 2" is legal, "1 3 2" is not). Two events that say the same thing about the same version of it
are one effect made twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from tests.faults.anomalies import Anomaly, Class


@dataclass(frozen=True, slots=True)
class Committed:
    """An event as its writer's transaction committed it. ``position`` orders the events of a key of one writer."""

    writer: str
    position: int
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """A record as Kafka holds it. ``effect`` names what it says about which version of what; empty: not compared."""

    event_id: bytes
    key: str
    digest: bytes
    effect: bytes = b""


@dataclass
class TopicHistory:
    """One topic over the whole run; call :meth:`judge` whenever everything has drained."""

    topic: str
    seen: set[bytes] = field(default_factory=set)
    events: int = 0
    repeats: int = 0
    _effects: set[bytes] = field(default_factory=set)

    def judge(self, committed: Mapping[bytes, Committed], published: Iterable[Published]) -> Iterator[Anomaly]:
        """Judge what was committed and what came into the topic since last time, partition by partition in order."""
        latest: dict[tuple[str, str], int] = {}
        for record in published:
            self.events += 1
            if record.event_id in self.seen:
                self.repeats += 1
                continue
            cause = committed.get(record.event_id)
            self.seen.add(record.event_id)
            if cause is None:
                yield self._found(Class.FROM_NOTHING, record.event_id, "no transaction has committed it")
                continue
            if (cause.key, cause.digest) != (record.key, record.digest):
                yield self._found(Class.FROM_NOTHING, record.event_id, "its key or body is not the committed one")
            place = (cause.writer, cause.key)
            if cause.position < latest.get(place, 0):
                yield self._found(Class.REORDERED, record.event_id, f"key {cause.key}, position {cause.position}")
            latest[place] = max(cause.position, latest.get(place, 0))
            if record.effect and record.effect in self._effects:
                yield self._found(Class.DUPLICATE, record.event_id, f"another event of key {cause.key} says the same")
            self._effects.add(record.effect)
        for event_id in committed:
            if event_id not in self.seen:
                yield self._found(Class.LOST, event_id, "committed, and not in the topic")

    def _found(self, kind: Class, event_id: bytes, words: str) -> Anomaly:
        return Anomaly(kind, self.topic, f"event {UUID(bytes=event_id)}: {words}")


def judge_inbox(
    reader: str, entered: Iterable[bytes], parked: Iterable[bytes], published: Mapping[str, set[bytes]]
) -> Iterator[Anomaly]:
    """Judge what ``reader`` has taken in against everything in the topics it reads (``published``, by topic).

    ``entered`` are the ids of its inbox, ``parked`` of what waits in sight: one of the two, for each event.
    """
    waiting = set(parked)
    known = set(entered) | waiting
    there: set[bytes] = set()
    for topic, ids in published.items():
        there |= ids
        for event_id in ids - known:
            words = f"event {UUID(bytes=event_id)}: published, and never taken in"
            yield Anomaly(Class.LOST, f"{reader} reads {topic}", words)
    for event_id in known - waiting - there:
        words = f"event {UUID(bytes=event_id)}: taken in, and in no topic that it reads"
        yield Anomaly(Class.FROM_NOTHING, f"inbox of {reader}", words)
